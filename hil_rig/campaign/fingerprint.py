"""What flew: one hash over all the source that decides a run, so that no table mixes two of them."""

import hashlib
from functools import cache
from pathlib import Path

_TOP = Path(__file__).resolve().parents[2]
_CAMPAIGN = "distributions flying plan profile row sampling strata subset values".split()
_PARTS = (
    "firmware/perilune/**/*.py",
    "sim_bridge/**/*.py",
    "sim_bridge/world/src/*.h",
    "hil_rig/requirements.toml",
    "hil_rig/policies/*.py",
    "hil_rig/matrix/*.py",
    "hil_rig/vm/port/*",
    "hil_rig/*.py",
    "host/*.py",
    *(f"hil_rig/campaign/{name}.py" for name in _CAMPAIGN),
)


@cache
def source() -> str:
    """SHA-256 over paths and contents."""
    digest = hashlib.sha256()
    for path in sorted({path for part in _PARTS for path in _TOP.glob(part) if path.is_file()}):
        digest.update(f"{path.relative_to(_TOP)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()

"""What flew: one hash over all the source that decides a run, so that no table mixes two of them."""

import hashlib
from functools import cache
from pathlib import Path

_TOP = Path(__file__).resolve().parents[4]
_PARTS = (
    "firmware/perilune/**/*.py",
    "sim_bridge/perilune_sim/**/*.py",
    "sim_bridge/perilune_sim/world/src/*.h",
    "hil_rig/perilune_rig/verdict/requirements.toml",
    "hil_rig/perilune_rig/policies/*.py",
    "hil_rig/perilune_rig/baseline/**/*.py",
    "hil_rig/perilune_rig/matrix/*.py",
    "hil_rig/perilune_rig/vm/port/*",
    *(f"hil_rig/perilune_rig/{part}/**/*.py" for part in ("faults", "flight", "scenario", "verdict")),
    "hil_rig/perilune_rig/campaign/plan/*.py",
    *(f"hil_rig/perilune_rig/campaign/run/{name}.py" for name in ("descent_profile", "flying", "row")),
    "host/perilune_host/*.py",
)


@cache
def source() -> str:
    """SHA-256 over paths and contents."""
    digest = hashlib.sha256()
    for path in sorted({path for part in _PARTS for path in _TOP.glob(part) if path.is_file()}):
        digest.update(f"{path.relative_to(_TOP)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()

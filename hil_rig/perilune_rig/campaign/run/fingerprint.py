"""What flew: one hash over all the source that decides a run, so that no table mixes two of them."""

import hashlib
from functools import cache
from pathlib import Path

import perilune
import perilune_host
import perilune_rig
import perilune_sim

# What decides a run, below each package: the same files in a clone and installed.
_PARTS = {
    perilune: ("**/*.py",),
    perilune_host: ("*.py",),
    perilune_sim: ("**/*.py", "world/src/*"),
    perilune_rig: (
        "baseline/**/*.py",
        *(f"{part}/**/*.py" for part in ("faults", "flight", "matrix", "policies", "scenario", "verdict")),
        "scenario/requirements.toml",
        "vm/port/*",
        "campaign/plan/*.py",
        *(f"campaign/run/{name}.py" for name in ("descent_profile", "flying", "row")),
    ),
}


@cache
def source() -> str:
    """SHA-256 over paths and contents."""
    digest = hashlib.sha256()
    for package, parts in _PARTS.items():
        top = Path(str(package.__file__)).parent
        for path in sorted({path for part in parts for path in top.glob(part) if path.is_file()}):
            name = f"{package.__name__}/{path.relative_to(top).as_posix()}"
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()

"""The compiled extension, and the little that Python needs from it: random streams and portable trigonometry."""

import hashlib
from typing import Any

from perilune.wire import schema
from perilune_host.errors import RigError
from perilune_sim.world.build import fingerprint

_MEND = "run python -m perilune_sim.world.build"

try:
    from perilune_sim.world import _world  # type: ignore[attr-defined]
except ImportError as error:
    raise RigError(f"perilune_sim.world is not compiled ({error}): {_MEND}") from None

ffi: Any = _world.ffi
lib: Any = _world.lib
if getattr(lib, "PL_FINGERPRINT", None) != fingerprint(schema):
    raise RigError(f"perilune_sim.world was compiled from other sources or another wire schema: {_MEND}")


def stream_id(seed: int, name: str) -> int:
    """64-bit identity of the random stream `name` of a run; streams are independent of each other."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "little")


class Stream:
    """Random numbers drawn while a run is set up (the sensors draw theirs in C, by tick)."""

    def __init__(self, seed: int, name: str) -> None:
        self._id = stream_id(seed, name)
        self._count = 0

    def normal(self, sigma: float) -> float:
        """One draw from N(0, sigma)."""
        self._count += 1
        return sigma * lib.pl_stream_normal(self._id, self._count)

    def normal3(self, sigma: float) -> list[float]:
        """Three draws from N(0, sigma)."""
        return [self.normal(sigma) for _ in range(3)]

    def uniform(self, low: float, high: float) -> float:
        """One draw, uniform between low and high."""
        self._count += 1
        return low + (high - low) * lib.pl_stream_uniform(self._id, 2**40 + self._count)

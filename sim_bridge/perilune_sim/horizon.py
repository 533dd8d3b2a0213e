"""Until when nothing of a scenario can happen: a flight may be flown so far without anybody asking."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

NO_TICK = 2**32 - 1


@dataclass(frozen=True)
class Horizon:
    """Something may happen from a tick on, or once the true height above ground is down to `low_m`."""

    tick: int = NO_TICK
    low_m: float = -inf


NEVER = Horizon()


def nearest(horizons: Iterable[Horizon]) -> Horizon:
    """The first of several."""
    every = [NEVER, *horizons]
    return Horizon(min(one.tick for one in every), max(one.low_m for one in every))

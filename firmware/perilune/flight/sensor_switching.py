"""Where the radar looks: without a velocimeter its rate tells the horizontal velocity too, aside of straight down.

The radar's descent head looks forward of the body's axis. With the vehicle turned about the vertical by and by, that
head sees motion in both directions; in between it looks down, for the height.
"""

from perilune.flight import modes

_LOOK_TICKS = 100  # of each 2 s ...
_ASIDE_TICKS = 80  # ... so long aside
_LOOK_DOWN_M = 15.0  # lower than this only the height counts


def needed(mode, estimate):
    """Whether the radar is the only source of horizontal velocity near the ground."""
    return mode in modes.AFTER_BRAKING and estimate.agl > _LOOK_DOWN_M and estimate.velocimeter_lost


def now(tick):
    """Whether this tick is one to look aside in, where that is needed."""
    return tick % _LOOK_TICKS < _ASIDE_TICKS

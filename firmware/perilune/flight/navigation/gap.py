"""Ticks without a sensor frame: how far they are bridged, in what leaps, and how far the velocity may then be off."""

_POWERED_TICKS = 150  # longest gap bridged with the engine on: 3 s ...
_FALLING_TICKS = 3000  # ... and in free fall: 60 s
_POWERED_LEAP = 10  # ticks of a gap crossed at once, with the engine on ...
_FALLING_LEAP = 50  # ... and in free fall
_FORCE_M_S2 = 0.3  # how far the specific force within a gap may be from the one taken, 1 sigma ...
_CHANGE_SHARE = 0.3  # ... and this much of the change across it
COVARIANCE_TICKS = 25  # of a gap that the covariance is propagated over at once


def extent(missed, engine_on):
    """How many of the missed ticks are bridged, and how many at once."""
    if engine_on:
        return min(missed, _POWERED_TICKS), _POWERED_LEAP
    return min(missed, _FALLING_TICKS), _FALLING_LEAP


def velocity_sigma(push, push_then, missed, engine_on):
    """1 sigma of the velocity after the gap on each axis, m/s, from the delta-velocity of a tick on either side."""
    changed = 50.0 * abs(push_then[2] - push[2]) if engine_on else 0.0
    return (_FORCE_M_S2 + _CHANGE_SHARE * changed) * 0.02 * missed


def between(a, b, k):
    """The vector a share k of the way from a to b."""
    return a[0] + k * (b[0] - a[0]), a[1] + k * (b[1] - a[1]), a[2] + k * (b[2] - a[2])

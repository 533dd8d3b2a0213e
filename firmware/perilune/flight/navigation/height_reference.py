"""What two altimeters last told together: the ground and the altitude that what one of them says later is held against.

Alone, a wrong altimeter looks like ground that the map does not have. But the altitude it drives has to part from the
inertial one by as much, at a rate that the velocimeter does not see.

`offset` is the filter against the inertial height: (its altitude above that, m; its vertical speed less that, m/s; its
ground above the map, m).
"""

_GAIN = 0.02  # share of a new value in the means: 5 s at 10 Hz
_PAUSE_TICKS = 250  # after a longer pause the means start anew
_DRIFT_M_S = 0.3  # of an altitude that no altimeter corrects, the velocimeter speaking late


class HeightReference:
    """Means over 5 s: at the last moment that both speak one of them may have gone wrong already."""

    def __init__(self):
        self.tick = 0  # of the last one; 0: never yet
        self.above = 0.0  # altitude above the inertial one then, m
        self.ground = 0.0  # ground above the map, m ...
        self.variance = 0.0  # ... and how well the map is known there, m2

    def renew(self, tick, offset, sigma):
        """At 10 Hz while two altimeters tell the height; sigma: of the ground about the map, m.

        What was told before a longer pause is no part of the means: the inertial height has drifted away from under it.
        """
        above, drift, ground = offset
        since = tick - self.tick
        if self.tick == 0 or since > _PAUSE_TICKS:
            self.above = above
            self.ground = ground
        else:
            a = self.above + 0.02 * since * drift
            b = self.ground
            self.above = a + _GAIN * (above - a)
            self.ground = b + _GAIN * (ground - b)
        self.variance = sigma * sigma
        self.tick = tick

    def lift(self, tick, offset):
        """What one altimeter has done to the altitude since then, m: its change against the inertial one, less that
        one's drift by what the velocimeter says of its rate."""
        above, drift, _ground = offset
        since = 0.02 * (tick - self.tick)
        return above - self.above - since * drift

    def gap(self, tick, offset, sigma):
        """How far the ground has sunk below the map since then, m, as one altimeter alone has it; and the variance of
        that, m2: the map's there and here, and what is left of the drift."""
        drift = _DRIFT_M_S * 0.02 * (tick - self.tick)
        gap = self.lift(tick, offset) - offset[2] + self.ground
        return gap, self.variance + sigma * sigma + drift * drift

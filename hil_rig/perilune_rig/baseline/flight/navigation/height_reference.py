"""What two altimeters last told together: the ground and the altitude that what one of them says later is held against.

Alone, a wrong altimeter looks like ground that the map does not have. But the altitude it drives has to part from the
inertial one by as much, at a rate that the velocimeter does not see.
"""

from perilune_rig.baseline.flight.navigation.process_model import terrain_sigma

_GAIN = 0.02
_LAPSED_TICKS = 250  # after a longer pause the means start anew
_DRIFT_M_S = 0.3  # of an altitude that no altimeter corrects, the velocimeter speaking late


class Agreement:
    """Means over 5 s: at the last moment that both speak one of them may have gone wrong already."""

    def __init__(self):
        self.tick = 0  # of the last one; 0: never yet
        self.above = 0.0  # altitude above the inertial one then, m
        self.ground = 0.0  # ground above the map, m ...
        self.variance = 0.0  # ... and how well the map is known there, m2

    def renew(self, nav):
        """At 10 Hz while two altimeters tell the height.

        What was told before a longer pause is no part of the means: the inertial height has drifted away from under it.
        """
        sigma = terrain_sigma(nav)
        above = nav.above_witness()
        since = nav.tick - self.tick
        if self.tick == 0 or since > _LAPSED_TICKS:
            self.above = above
            self.ground = nav.terrain
        else:
            a = self.above + 0.02 * since * (nav.strapdown.v_up - nav.witness.v_up)
            b = self.ground
            self.above = a + _GAIN * (above - a)
            self.ground = b + _GAIN * (nav.terrain - b)
        self.variance = sigma * sigma
        self.tick = nav.tick

    def lift(self, nav):
        """What one altimeter has done to the altitude since then, m: its change against the inertial one, less that
        one's drift by what the velocimeter says of its rate."""
        since = 0.02 * (nav.tick - self.tick)
        return nav.above_witness() - self.above - since * (nav.strapdown.v_up - nav.witness.v_up)

    def gap(self, nav):
        """How far the ground has sunk below the map since then, m, as one altimeter alone has it; and the variance of
        that, m2: the map's there and here, and what is left of the drift."""
        sigma = terrain_sigma(nav)
        drift = _DRIFT_M_S * 0.02 * (nav.tick - self.tick)
        gap = self.lift(nav) - nav.terrain + self.ground
        return gap, self.variance + sigma * sigma + drift * drift

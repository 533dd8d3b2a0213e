"""IM-1 Odysseus: without altimetry the estimate is flown as if it were exact, and it drifts."""

# pyright: reportAttributeAccessIssue=false

from perilune.wire.schema import VALID
from perilune_rig.policies.base import AsFlown, View

HIGH_M = 100.0  # reported: about 100 m too high at the ground
DRIFT_M = 0.05  # ... and per tick on the way there
LEVEL_M_S = 2.0  # reported: about 2 m/s to the side at contact
SINK_M_S = 3.0  # reported: sink rate at contact
SLOW_BELOW_M = 300.0


class PolicyFlight(AsFlown):
    """Sinks at 3 m/s towards a ground it takes to lie 100 m deeper, with a drift it does not see."""

    def __init__(self, parameters):
        super().__init__(parameters)
        self.silent = 0
        plan = View(parameters.guidance)
        plan.approach_end_m = SLOW_BELOW_M
        self.guidance.gains = plan
        self.guidance.sink_rate = self.sink_rate

    def estimate(self, nav, frame):
        self.silent = 0 if frame.radar[0] & VALID else self.silent + 1
        if self.silent > 100:
            self.seen.v_left = nav.v_left - LEVEL_M_S
            self.seen.agl = nav.agl + min(HIGH_M, DRIFT_M * self.silent)
            self.seen.sigma_agl = 0.5

    def sink_rate(self, height_m):
        """Slow only at the very end of the height it believes in."""
        if height_m < 12.0:
            return 1.0
        return SINK_M_S + 0.02 * max(0.0, height_m - SLOW_BELOW_M)

"""HAKUTO-R M2 Resilience: one laser, and until it speaks a dead-reckoned height that is too great."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from perilune.wire.schema import FRESH, VALID
from perilune_rig.policies.base import TICK_S, OwnHeight, View

ESTIMATE_HIGH_M = 920.0  # derived: what makes 66 m/s at 893 m of the planned 45 m/s
DRIFT_M_S = 1.5  # how fast the estimate goes wrong, from ignition on
PLAN_DECEL_M_S2 = 1.15  # derived: 45 m/s at 893 m, by constant deceleration
GATE_M = 4000.0  # assumed: vertical from here
GATE_M_S = -96.0  # on that plan
GATE_FORWARD_M_S = 30.0


class PolicyFlight(OwnHeight):
    """Trusts the estimate, then the first range, at once."""

    def __init__(self, parameters):
        super().__init__(parameters)
        plan = View(parameters.guidance)
        plan.gate_altitude_m = plan.approach_end_m = GATE_M
        plan.gate_descent_m_s = GATE_M_S
        plan.gate_forward_m_s = GATE_FORWARD_M_S
        plan.terminal_decel_m_s2 = PLAN_DECEL_M_S2
        self.guidance.gains = plan
        self.high_m = 0.0

    def estimate(self, nav, frame):
        self.sink()
        measured = None
        if frame.lrf[0] & (VALID | FRESH) == VALID | FRESH:
            measured = self.slant_height(frame.lrf, self.heads[0])
        if measured is not None:
            self.height = measured
        if self.height is not None:
            self.believe(self.height)
            return
        if self.flying():
            self.high_m = min(ESTIMATE_HIGH_M, self.high_m + DRIFT_M_S * TICK_S)
        self.believe(nav.agl + self.high_m)
        self.seen.altitude = nav.altitude + self.high_m

"""Luna-25: no acceleration is measured, so the burn runs until its timer ends it."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from perilune_rig.baseline.flight import modes
from perilune_rig.policies.base import AsFlown

OVERRUN = 127.0 / 84.0  # reported: 127 s in place of 84 s
FELT_M_S = 0.005  # velocity gained in a tick by which the accelerometers count as alive


class PolicyFlight(AsFlown):
    """While accelerometers feel nothing the attitude and thrust of ignition are kept until the timer."""

    def __init__(self, parameters):
        super().__init__(parameters)
        self.guide = self.guidance.update
        self.guidance.update = self.burn
        self.plan_s = 0.0
        self.burnt_s = 0.0

    def burn(self, nav, craft, mode, *rest):
        """Guidance, or the blind burn."""
        if mode != modes.BRAKING or self.felt():
            return self.guide(nav, craft, mode, *rest)
        if not self.plan_s:
            self.plan_s = self.guidance.tgo
        self.burnt_s += 0.1
        if self.burnt_s > OVERRUN * self.plan_s:
            self.cut = True
        return mode

    def felt(self):
        """Whether unit A measures any thrust."""
        x, y, z = self.frame.imu_a[4:7]
        return x * x + y * y + z * z > FELT_M_S * FELT_M_S

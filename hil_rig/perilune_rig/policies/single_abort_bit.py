"""Apollo 14, without the patch keyed in two hours before: one abort bit is an abort."""

from perilune_rig.policies.base import AsFlown

ABORT = 0x01


class PolicyFlight(AsFlown):
    """The descent engine stops for staging; there is no ascent stage here."""

    def step(self, frame):
        if self.flying() and frame.discretes & ABORT:
            self.cut = True
        super().step(frame)

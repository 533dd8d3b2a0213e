"""HAKUTO-R M1: a height that jumps is a broken altimeter, and a broken altimeter stays broken."""

from perilune.wire.schema import FRESH, VALID
from perilune_rig.policies.base import OwnHeight

GATE_M = 80.0  # innovation accepted near the ground
GATE_RATIO = 0.01  # ... and more with height
LATCH = 5  # rejections in a row


class PolicyFlight(OwnHeight):
    """One altimeter, one gate, no way back; a height of zero is the ground, whatever the legs say."""

    def __init__(self, parameters):
        super().__init__(parameters)
        self.rejected = 0

    def estimate(self, nav, frame):
        self.sink()
        if self.rejected < LATCH and frame.lrf[0] & (VALID | FRESH) == VALID | FRESH:
            measured = self.slant_height(frame.lrf, self.heads[0])
            if measured is not None:
                self.judge(measured)
        if self.height is not None:
            self.believe(self.height)

    def judge(self, measured):
        """Accept, or count towards the latch."""
        if self.height is not None and abs(measured - self.height) > GATE_M + GATE_RATIO * self.height:
            self.rejected += 1
            return
        self.rejected = 0
        self.take(measured)

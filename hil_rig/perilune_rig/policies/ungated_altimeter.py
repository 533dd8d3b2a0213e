"""IM-2 Athena: every valid range is the height."""

from perilune.wire.schema import FRESH, VALID
from perilune_rig.baseline.flight import modes
from perilune_rig.policies.base import OwnHeight

CUT_M = 1.0


class PolicyFlight(OwnHeight):
    """No gate, no average, one sample is enough for a transition, also for the last one: engines off at the ground."""

    def estimate(self, nav, frame):
        self.sink()
        if frame.lrf[0] & (VALID | FRESH) == VALID | FRESH:
            measured = self.slant_height(frame.lrf, self.heads[0])
            if measured is not None:
                self.height = measured
        if self.height is None:
            return
        self.believe(self.height)
        if self.mode == modes.TERMINAL and self.height < CUT_M:
            self.cut = True

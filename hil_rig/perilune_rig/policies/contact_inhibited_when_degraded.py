"""Surveyor 3: with the radars lost, contact does not cut the engines."""

from perilune.wire.schema import VALID
from perilune_rig.policies.base import AsFlown, PlainTouchdown


class _Inhibited(PlainTouchdown):
    """Contact counts while an altimeter is locked."""

    degraded = False

    def update(self, nav, *rest):
        if not self.degraded:
            PlainTouchdown.update(self, nav, *rest)


class PolicyFlight(AsFlown):
    """Inertial mode: the rate is held, the engines stay on until the ground commands them off."""

    def __init__(self, parameters):
        super().__init__(parameters)
        self.touchdown = _Inhibited(self.touchdown.of, self.seen)
        self.silent = 0

    def estimate(self, nav, frame):
        speaks = (frame.lrf[0] | frame.radar[0]) & VALID
        self.silent = 0 if speaks else self.silent + 1
        self.touchdown.degraded = self.silent > 25

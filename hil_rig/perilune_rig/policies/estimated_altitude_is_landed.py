"""Schiaparelli: saturated gyros turn the attitude estimate over, the height comes out negative, so it has landed."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from perilune.wire.schema import SATURATED
from perilune_rig.policies.base import AsFlown

PERSISTENCE_TICKS = 10  # of the saturation before it ruins the attitude
THRUST_S = 3.0  # reported: thrusters ran 3 s


class PolicyFlight(AsFlown):
    """A negative height for three seconds ends the descent, wherever that is."""

    def __init__(self, parameters):
        super().__init__(parameters)
        self.saturated = 0
        self.below = 0

    def estimate(self, nav, frame):
        if frame.imu_a[0] & SATURATED:
            self.saturated += 1
        if self.saturated >= PERSISTENCE_TICKS:
            self.seen.agl = -0.97 * nav.agl  # cos 165 deg
            self.seen.sigma_agl = 0.5
            self.below += 1 if self.flying() else 0
        if self.below > THRUST_S * 50.0:
            self.cut = True

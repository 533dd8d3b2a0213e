"""Mars Polar Lander: a contact seen at any time is kept, and obeyed once touchdown sensing is enabled at 40 m."""

from perilune_rig.policies.base import AsFlown

ENABLED_BELOW_M = 40.0
PERSISTENT = 2  # samples in a row that set the latch


class PolicyFlight(AsFlown):
    """The latch is not cleared when sensing is enabled."""

    def __init__(self, parameters):
        super().__init__(parameters)
        self.same = 0
        self.latched = False

    def estimate(self, nav, frame):
        self.same = self.same + 1 if frame.legs else 0
        if self.same >= PERSISTENT:
            self.latched = True
        if self.latched and self.flying() and nav.agl < ENABLED_BELOW_M:
            self.cut = True

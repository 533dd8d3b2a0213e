"""Apollo 11, had its computer not been protected against restarts: each begins with the first program, engine off."""

from perilune_rig.baseline.flight import modes
from perilune_rig.policies.base import AsFlown


class PolicyFlight(AsFlown):
    """What its memory still holds of the descent is of no use to it: it waits to be armed."""

    def resume(self):
        """After a reset of the computer."""
        super().resume()
        self.mode = modes.COAST

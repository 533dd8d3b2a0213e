"""Chandrayaan-2: a phase of held attitude and thrust, then a correction the turn limit does not allow."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from perilune_rig.baseline.flight import modes
from perilune_rig.policies.base import CYCLE_S, AsFlown

PHASE_BELOW_M = 7400.0
HELD_S = 38.0  # reported: the camera coasting phase


class PolicyFlight(AsFlown):
    """Below 7.4 km the command is held for 38 s as if thrust were exact; after it time to go runs on by the clock."""

    def __init__(self, parameters):
        super().__init__(parameters)
        self.held_s = 0.0
        self.guide = self.guidance.update
        self.guidance.update = self.phase

    def phase(self, nav, craft, mode, *rest):
        """Guidance, or the held command. The clock decides when the phases end."""
        if mode != modes.BRAKING or nav.agl > PHASE_BELOW_M or self.held_s >= HELD_S:
            return self.guide(nav, craft, mode, *rest)
        self.held_s += CYCLE_S
        if self.held_s < HELD_S:
            return mode
        self.guidance.tgo = self.guidance.gains.approach_min_s
        return modes.APPROACH

"""SLIM: goes on steering to the landing point, as precisely as before, on half the thrust."""

from perilune_rig.policies.base import AsFlown, tilted


class PolicyFlight(AsFlown):
    """Near the ground the pinpoint comes first, the horizontal speed second."""

    def __init__(self, parameters):
        super().__init__(parameters)
        self.guidance.terminal = self.terminal
        self.craft.watch = self.unaware

    def unaware(self, chamber_kpa):
        """Both engines are taken to give what they are asked for, alike."""

    def terminal(self):
        """To the pin, at any height."""
        guidance = self.guidance
        nav = self.seen
        ahead, left = guidance.to_go()
        up = (-guidance.sink_rate(nav.agl) - nav.v_up) / 1.5 - nav.gravity
        along = 0.3 * max(-8.0, min(8.0, 0.3 * ahead)) - 0.3 * nav.v_ahead
        across = 0.3 * max(-8.0, min(8.0, 0.3 * left)) - 0.3 * nav.v_left
        guidance.accel = tilted(max(0.3, up), along, across, 0.6)

"""Beresheet: a restart of the computer stops the main engine, which waits until the software is whole again."""

from perilune_rig.policies.base import AsFlown

RESTART_S = 20.0  # reported: some five restarts, patches in RAM to be loaded again after each


class PolicyFlight(AsFlown):
    """After a restart it neither navigates nor burns for a while; then it takes up where it was."""

    def __init__(self, parameters):
        super().__init__(parameters)
        self.down = 0  # ticks still without its software

    def resume(self):
        """After a reset of the computer."""
        super().resume()
        self.down = int(RESTART_S * 50.0)

    def step(self, frame):
        if self.down:
            self.down -= 1
            self.cut = self.down > 0
            self.tick = frame.tick
            self.control.rest()
        else:
            super().step(frame)

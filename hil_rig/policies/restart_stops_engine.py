"""Beresheet: reviving the dead inertial unit blocks both and restarts the computer, which stops the engine."""

from hil_rig.policies.base import AsFlown
from perilune.wire.schema import VALID

RESTARTS = 5  # reported: about five, one after the other
RESTART_S = 20.0


class PolicyFlight(AsFlown):
    """While it restarts it neither navigates nor burns; afterwards it takes up where it was."""

    def __init__(self, parameters):
        super().__init__(parameters)
        self.down = 0  # ticks still without a computer
        self.restarted = False

    def step(self, frame):
        if self.flying() and not frame.imu_b[0] & VALID and not self.restarted:
            self.restarted = True
            self.down = int(RESTARTS * RESTART_S * 50.0)
        if self.down:
            self.down -= 1
            self.cut = self.down > 0
            self.tick = frame.tick
            self.control.rest()
        else:
            super().step(frame)

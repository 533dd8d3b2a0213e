"""The propellant gauge against what the engines should have burnt: a tank that leaks loses more.

The gauge's constant error is learned in the first seconds of coast. What the model of the engines may be wrong by
grows with what they burnt. A gauge that leaps, or says no number, has failed: no tank loses a tenth of its load in
two seconds.
"""

from perilune.flight import events

_BASE_LOOKS = 50  # 5 s at 10 Hz
_FAST = 0.05  # of a new difference in the running means: 2 s ...
_SLOW = 0.01  # ... and 10 s
_APART_S = 8.0  # by which the slower mean lags behind the faster: 10 s less 2 s
_SURE_KG = 6.0  # ten times what the mean of 2 s may be off
_MODEL_SHARE = 0.02  # of what was burnt: specific impulse and mass
_LEAP_SHARE = 0.1  # of the load


class Gauge:
    """`leaking` once sure; then `rate` kg/s."""

    def __init__(self, log):
        self.log = log
        self.looks = 0
        self.base = 0.0  # kg, gauge over model at the start
        self.fast = 0.0
        self.slow = 0.0
        self.leaking = False

    def update(self, gauge_kg, mass_kg, vehicle):
        """At 10 Hz. What has leaked beyond what the model of the engines says is left, kg; mass_kg: by that model."""
        gap = gauge_kg - (mass_kg - vehicle.dry_mass_kg)
        most = _LEAP_SHARE * (vehicle.wet_mass_kg - vehicle.dry_mass_kg)
        if not -most < gap - self.fast < most:
            return 0.0
        self.looks += 1
        if self.looks <= _BASE_LOOKS:
            self.base += (gap - self.base) / self.looks
            self.fast = self.slow = self.base
            return 0.0
        self.fast += _FAST * (gap - self.fast)
        self.slow += _SLOW * (gap - self.slow)
        lost = self.base - self.fast
        burnt = vehicle.wet_mass_kg - mass_kg
        if not self.leaking and lost > _SURE_KG + _MODEL_SHARE * burnt:
            self.leaking = True
            self.log(events.LEAK, lost, self.rate, mass_kg, 0.0)
        if not self.leaking or lost <= 0.0:
            return 0.0
        self.fast += lost
        self.slow += lost
        return lost

    @property
    def rate(self):
        """What leaks, kg/s."""
        return max(0.0, self.slow - self.fast) / _APART_S if self.leaking else 0.0

"""Inertial units: one delta-angle and delta-velocity out of two units, free of their coasting bias.

In coast the engine is off and the vehicle falls freely, so an accelerometer must read zero: the mean of what it
reads is its bias. An uncalibrated 0.75 mg would cost 1.3 km over a 600 s descent.
"""

from perilune.wire.schema import SATURATED, VALID

_QUIET_M_S = 0.004  # a tick with more delta-velocity than this is no free fall (0.2 m/s2: thrusters, not bias)
_DISAGREE_RAD = 0.002  # difference of the two units over one tick: 5.7 deg/s
_DISAGREE_M_S = 0.02  # 1 m/s2


class Unit:
    """One inertial unit: its validity and its accelerometer bias."""

    def __init__(self):
        self.bias = (0.0, 0.0, 0.0)  # m/s per tick, body frame
        self.samples = 0
        self.good = False
        self.sums = (0.0, 0.0, 0.0)

    def calibrate(self, sample):
        """Add a coasting sample to the mean that becomes the bias."""
        x, y, z = sample[4:7]
        if not self.good or x * x + y * y + z * z > _QUIET_M_S * _QUIET_M_S:
            return
        a, b, c = self.sums
        self.sums = a + x, b + y, c + z
        self.samples += 1
        k = 1.0 / self.samples
        self.bias = self.sums[0] * k, self.sums[1] * k, self.sums[2] * k


class Inertial:
    """Both units; `update` gives what navigation integrates."""

    def __init__(self):
        self.a = Unit()
        self.b = Unit()
        self.dtheta = (0.0, 0.0, 0.0)
        self.dvel = (0.0, 0.0, 0.0)
        self.calibrated = False

    def update(self, a, b, coasting):
        """Take the samples (status, dtheta xyz, dvel xyz) of units A and B for one tick.

        With no good unit the last rotation is kept for the tick and the specific force is taken as its last value.
        """
        self.a.good = a[0] & (VALID | SATURATED) == VALID
        self.b.good = b[0] & (VALID | SATURATED) == VALID
        if coasting:
            self.a.calibrate(a)
            self.b.calibrate(b)
        if self.a.good and self.b.good:
            self._mean(a, b)
        elif self.a.good:
            self._single(a, self.a.bias)
        elif self.b.good:
            self._single(b, self.b.bias)

    @property
    def good(self):
        """At least one unit delivers."""
        return self.a.good or self.b.good

    def _single(self, s, bias):
        self.dtheta = s[1:4]
        self.dvel = s[4] - bias[0], s[5] - bias[1], s[6] - bias[2]

    def _mean(self, a, b):
        p = self.a.bias
        q = self.b.bias
        self.dtheta = 0.5 * (a[1] + b[1]), 0.5 * (a[2] + b[2]), 0.5 * (a[3] + b[3])
        self.dvel = (
            0.5 * (a[4] - p[0] + b[4] - q[0]),
            0.5 * (a[5] - p[1] + b[5] - q[1]),
            0.5 * (a[6] - p[2] + b[6] - q[2]),
        )

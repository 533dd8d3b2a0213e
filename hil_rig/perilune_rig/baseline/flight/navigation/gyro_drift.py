"""When all gyros drift alike: the star tracker's samples then leave the integrated attitude steadily and without end.

A star tracker that is off stays where it is, a noisy one jumps about, a late one is off by the rotation since. Only
gyros that share a fault go on and on, so that only then they are not believed although they agree.
"""

_DT = 0.02
_APART_S = 1.0  # samples farther apart than this show no slope
_SHARE = 0.2  # of a new slope in the running mean
_SLOPE_RAD_S = 3e-4
_SAMPLES = 12  # of steady growth
_LATEST_S = 2.0  # no star sample is later
_BLOCK_TICKS = 125


class GyroDrift:
    """Watches rejected star samples; `slope2` is the drift found, (rad/s)2."""

    def __init__(self):
        self.samples = 0  # rejected samples in a row whose error grew steadily
        self.error = (0.0, 0.0, 0.0)  # rad, of the last of them
        self.tick = 0
        self.slope = (0.0, 0.0, 0.0)  # rad/s, running mean of its growth ...
        self.slope2 = 0.0  # ... and of its square
        self.turned_now = 0.0  # (rad/s)2, fastest turn in this block of ticks
        self.turned_before = 0.0
        self.block_tick = 0

    def leaving(self, x, y, z, rate, tick):
        """Take a rejected sample's error, rad, at this body rate, rad/s; whether the gyros are found to drift."""
        a, b, c = self.error
        self.error = x, y, z
        dt = _DT * (tick - self.tick)
        self.tick = tick
        self._turning(rate, tick)
        if dt > _APART_S or dt <= 0.0 or self.samples == 0:
            self.samples = 1
            self.slope = (0.0, 0.0, 0.0)
            self.slope2 = 0.0
            return False
        k = 1.0 / dt
        a = k * (x - a)
        b = k * (y - b)
        c = k * (z - c)
        u, v, w = self.slope
        u += _SHARE * (a - u)
        v += _SHARE * (b - v)
        w += _SHARE * (c - w)
        self.slope = u, v, w
        self.slope2 += _SHARE * (a * a + b * b + c * c - self.slope2)
        mean2 = u * u + v * v + w * w
        steady = mean2 > _SLOPE_RAD_S * _SLOPE_RAD_S and mean2 > 0.5 * self.slope2
        self.samples = self.samples + 1 if steady else 1
        late2 = _LATEST_S * _LATEST_S * max(self.turned_now, self.turned_before)
        if self.samples < _SAMPLES or x * x + y * y + z * z < late2:
            return False
        self.samples = 0
        return True

    def _turning(self, rate, tick):
        """The fastest turn of the last seconds, squared: in blocks, this one and the one before."""
        p, q, r = rate
        if tick - self.block_tick > _BLOCK_TICKS:
            self.block_tick = tick
            self.turned_before = self.turned_now
            self.turned_now = 0.0
        self.turned_now = max(self.turned_now, p * p + q * q + r * r)

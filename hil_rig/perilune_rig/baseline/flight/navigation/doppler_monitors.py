"""What tells on a Doppler source: scatter beyond its specification, disagreement with the other one, silence."""

from perilune_rig.baseline.flight import events
from perilune_rig.baseline.flight.algebra import clamp, cross

_QUANTILE = 0.3  # of the differences of successive samples: up to half of them may be spoilt by outliers
_AT_QUANTILE = 0.545  # its place for normal noise of 1 sigma
_STEP = 0.1
_MOST = 200.0
_NOISY = 6.0  # times the specified noise ...
_CALM = 3.0
_GAIN = 0.1  # 1 s at 10 Hz
_MEAN = 0.0526  # variance of a running mean with that gain over that of a sample
_APART = 16.0  # 4 sigma
_TOGETHER = 4.0  # 2 sigma: less than apart does not vouch for anybody
AGREED = 20  # comparisons in a row
_SILENT_TICKS = 100
_WARM_TICKS = 150
_WRONG_TICKS = 250
_OFF_TICKS = 25


class NoiseFactor:
    """How many times the specified noise a source's samples scatter by; at least 1."""

    def __init__(self, source, log):
        self.source = source
        self.log = log
        self.factor = 1.0
        self.noisy = False

    def update(self, difference):
        """Take the difference of two successive samples over the specified sigma; returns the factor."""
        low = _AT_QUANTILE * self.factor
        inside = -low < difference < low
        factor = self.factor * (1.0 - _STEP * (1.0 - _QUANTILE) if inside else 1.0 + _STEP * _QUANTILE)
        self.factor = 1.0 if factor < 1.0 else _MOST if factor > _MOST else factor
        if self.factor > _NOISY and not self.noisy:
            self.noisy = True
            self.log(events.DOPPLER_NOISY, self.source, self.factor, _NOISY, 0.0)
        elif self.factor < _CALM:
            self.noisy = False
        return self.factor


class Versus:
    """The radar's range rate against what the velocimeter's three beams say along the same direction."""

    def __init__(self, beams, heads):
        self.mixes = (mix(beams, heads[0:3]), mix(beams, heads[3:6]))
        self.gap = 0.0  # running mean of the difference, m/s
        self.agreed = 0  # comparisons in a row

    def update(self, head, radar, beams, noise, pointing):
        """Innovations of the radar (through that head) and of the beams, m/s; noise of both and pointing error.

        Returns whether they are apart.
        """
        weights = self.mixes[head]
        if weights is None:
            return False
        difference = radar - weights[0] * beams[0] - weights[1] * beams[1] - weights[2] * beams[2] - self.gap
        most = 4.0 * noise + pointing  # a lone false return must not look like a disagreement
        self.gap += _GAIN * clamp(difference, -most, most)
        apart = self.gap * self.gap / (_MEAN * noise * noise + pointing * pointing)
        self.agreed = self.agreed + 1 if apart < _TOGETHER else 0
        return apart > _APART


def mix(beams, head):
    """Weights with which the three beams' speeds give the speed along `head`; None if they do not span space."""
    a, b, c = beams
    bc = cross(b[0], b[1], b[2], c[0], c[1], c[2])
    ca = cross(c[0], c[1], c[2], a[0], a[1], a[2])
    ab = cross(a[0], a[1], a[2], b[0], b[1], b[2])
    det = _dot(a, bc)
    if abs(det) < 1e-3:
        return None
    return _dot(bc, head) / det, _dot(ca, head) / det, _dot(ab, head) / det


def _dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


class Silence:
    """Notices that the velocimeter says nothing usable where it should; it gets one power cycle, as when isolated."""

    def __init__(self, height_m, log):
        self.height_m = height_m  # below it the ground is in reach whatever the attitude in flight
        self.log = log
        self.heard_tick = -100000
        self.due_tick = 0  # since when it has been due; 0: not yet
        self.cycled_tick = -100000
        self.wrong_tick = 0
        self.told = False

    def watch(self, tick, agl, isolated):
        """Once a guidance cycle."""
        self.due_tick = 0 if agl > self.height_m else self.due_tick or tick
        self.wrong_tick = 0 if not isolated else self.wrong_tick or tick
        since = max(self.heard_tick, self.due_tick, self.cycled_tick + _WARM_TICKS)
        mute = self.due_tick and tick - since > _SILENT_TICKS
        if mute and not self.told:
            self.log(events.DOPPLER_SILENT, (tick - since) * 0.02, agl, 0.0, 0.0)
        self.told = bool(mute)
        wrong = self.wrong_tick and tick - self.wrong_tick > _WRONG_TICKS
        if (mute or wrong) and self.cycled_tick < 0:
            self.cycled_tick = tick
            self.log(events.POWER_CYCLED, events.VELOCIMETER, int(bool(mute)), 0, int(bool(wrong)))

    def power_off(self, tick):
        """Whether the unit is to be unpowered at this tick."""
        return tick - self.cycled_tick < _OFF_TICKS

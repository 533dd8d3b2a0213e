"""One altimeter as navigation sees it: slant range to height, its noise as observed, and its health.

Apollo's Luminary skipped each sample that failed and never isolated a sensor. HAKUTO-R M1 isolated its own at a crater
rim, and for good. Here rejected samples are counted, isolation ends after two seconds of consistent samples, and a unit
that is silent, frozen or isolated gets one power cycle.
"""

from math import sqrt

from perilune.flight.algebra import clamp
from perilune.wire.schema import FRESH, HEAD, SATURATED, STALE, VALID

_USABLE = VALID | FRESH
_FROZEN_AFTER = 3  # identical readings in a row: noise never repeats
_OFF_TICKS = 25  # 0.5 s without power
_WARM_TICKS = 150  # off, then warming up: silence means nothing
_NOISE_GAIN = 0.1  # 1 s at 10 Hz
_SLOW_GAIN = 0.01  # 10 s at 10 Hz
SETTLED = 30  # after silence, samples that have to agree with each other before they count
_SLOPE_SAMPLES = 10  # a second, over which the height rate is taken
_STEEPEST = 10.0  # rise over run of the ground, at the most, along the way of the footprint


class Altimeter:
    """Geometry and noise of one unit, and what became of its samples."""

    def __init__(self, source, heads, maximum_m, noise_m, noise_ratio, height_m):
        self.source = source  # its number in events
        self.heads = (heads[0:3], heads[3:6])  # body unit vectors: hover, descent
        self.maximum_m = maximum_m
        self.noise_m = noise_m
        self.noise_ratio = noise_ratio
        self.height_m = height_m  # of the unit above the footpads
        self.range_m = -1.0
        self.head = 0
        self.switched = False  # to the other head since the last sample
        self.sweep_m_s = 0.0  # upper bound of the footprint's speed over the ground
        self.same = 0
        self.cosine = 1.0
        self.innovation = 0.0
        self.own = 0.0  # variance of the last sample without the ground's share, m2
        self.noise = 0.0  # variance observed from sample to sample, m2
        self.rejected = 0  # samples in a row
        self.consistent = 0  # samples in a row, while isolated
        self.isolated = False
        self.isolated_tick = 0
        self.heard = 0  # samples since it last fell silent
        self.total = 0  # samples ever
        self.mean_1s = 0.0  # running mean over 1 s of the height against the inertial one, m
        self.mean_10s = 0.0  # ... over 10 s
        self.jump = 0.0
        self.behind = False  # the running means have not caught up with its latest height
        self.above = 0.0  # the last sample's height against the inertial one, m
        self.leapt = False  # its height has changed faster than ground can, and has not come back
        self.alive_tick = 0
        self.used_tick = -100000
        self.judged_tick = -100000
        self.cycled_tick = -100000
        self.history = []  # (tick, height) of the last second

    def height(self, sample, axes, up, tick):
        """Height of the footpads above the ground where the beam falls, or None.

        sample (status, age ms, slant range m, ...), body axes in the site frame, local up in the site frame.
        Sets range_m, cosine (beam against the vertical) and offset_m (footprint ahead of the vehicle).
        """
        status = sample[0]
        if status & FRESH:
            self.alive_tick = tick
        slant = sample[2]
        if status & (_USABLE | STALE | SATURATED) != _USABLE or not 0.0 < slant <= self.maximum_m:
            return None
        self.same = self.same + 1 if slant == self.range_m else 0
        self.range_m = slant
        if self.same >= _FROZEN_AFTER:
            return None
        head = 1 if status & HEAD else 0
        self.switched = head != self.head
        self.head = head
        x, y, z = self.beam(head, axes)
        cosine = -(x * up[0] + y * up[1] + z * up[2])
        if cosine < 0.5:
            return None
        self.cosine = cosine
        self.offset_m = slant * x  # the site's x axis is downrange to 1 % wherever altimeters reach
        deck = axes[6] * up[0] + axes[7] * up[1] + axes[8] * up[2]
        return slant * cosine - self.height_m * deck

    def beam(self, head, axes):
        """Beam direction of a head in the site frame."""
        a, b, c = self.heads[head]
        return (
            a * axes[0] + b * axes[3] + c * axes[6],
            a * axes[1] + b * axes[4] + c * axes[7],
            a * axes[2] + b * axes[5] + c * axes[8],
        )

    def best_head(self, axes, up):
        """The head that points closer to the ground."""
        hover = self.beam(0, axes)
        descent = self.beam(1, axes)
        a = hover[0] * up[0] + hover[1] * up[1] + hover[2] * up[2]
        b = descent[0] * up[0] + descent[1] * up[1] + descent[2] * up[2]
        return 1 if b < a else 0

    def variance(self, sigma_attitude_rad, roughness):
        """Noise variance of the height: the instrument's own, pointing, and ground between vehicle and footprint.

        At least the scatter seen from sample to sample: so a unit whose noise stays high (IM-2) counts for less.
        """
        noise = self.noise_m + self.noise_ratio * self.range_m
        across2 = self.range_m * self.range_m * (1.0 - self.cosine * self.cosine)
        pointing = sigma_attitude_rad * sigma_attitude_rad + 1e-6  # beam alignment to the body: 1 mrad
        r = noise * noise * self.cosine * self.cosine + across2 * (pointing + roughness * roughness) + 0.09
        return max(r, self.noise)

    def own_variance(self):
        """Noise variance without the ground's share, which both altimeters have in common but for their beam widths:
        over relief a wide beam and a narrow one differ by some 0.7 % of the range."""
        noise = (self.noise_m + self.noise_ratio * self.range_m) * self.cosine
        return max(noise * noise, self.noise) + 5e-5 * self.range_m * self.range_m

    def is_credible(self):
        """Whether it may contradict the other altimeter: it has delivered for a while, and its samples scatter by
        no more than three times its specified noise and 3 % of the range, for the ground."""
        noise = self.noise_m + self.noise_ratio * self.range_m
        return self.heard >= SETTLED and self.noise < 9.0 * noise * noise + 1e-3 * self.range_m * self.range_m

    def observe(self, innovation, height, inertial, drift_m_s, tick, calm):
        """Keep statistics of one sample: its scatter, its place against the inertial height, a second of history.

        Noise shows in half the squared difference of successive innovations; a bias does not.
        """
        if tick - self.judged_tick > 100:
            self.heard = 0
            self.history = []
        d = innovation - self.innovation
        self.innovation = innovation
        above = height - inertial
        own = self.own_variance()
        if self.heard > 0 and self.used_tick == self.judged_tick and not (self.switched or self.isolated):
            most = _STEEPEST * self.sweep_m_s * 0.02 * (tick - self.judged_tick)
            self.leapt = abs(above - self.above) > most + 4.0 * sqrt(own) + 10.0
            if self.leapt:
                d = 0.0  # a single step is not noise: counted as noise it would widen the unit's own gate
        self.above = above
        moved = (
            drift_m_s * 0.02 * min(tick - self.judged_tick, 100)
        )  # the inertial height's own drift is known
        self.mean_1s += moved
        self.mean_10s += moved
        self.judged_tick = tick
        self.jump = above - self.mean_10s  # how far this sample lies from where the unit used to be
        self.heard += 1
        self.total += 1
        usual = min(own, self.own)  # a false return from far off would have a large variance
        most = (
            3.0 * sqrt(usual) + 20.0
        )  # m, of a step that the means follow: a false return counts for no more
        if self.heard > 1:
            # bounded, so that one false return does not widen the gate either
            self.noise += _NOISE_GAIN * (min(0.5 * d * d, 9.0 * usual) - self.noise)
        self.own = own
        if self.heard == 1 or (self.heard < _SLOPE_SAMPLES and abs(above - self.mean_1s) > 3.0 * most):
            self.heard = 1  # the means start anew: they must not start from a false return
            self.mean_1s = above
            self.mean_10s = above
        step = above - self.mean_1s
        self.behind = abs(step) > most
        self.mean_1s += _NOISE_GAIN * clamp(step, -most, most)
        if calm:
            self.mean_10s += _SLOW_GAIN * clamp(above - self.mean_10s, -most, most)
        self.history.append((tick, height))
        if len(self.history) > _SLOPE_SAMPLES:
            self.history.pop(0)

    def rebase(self, step):
        """The ground that its heights are compared with is taken to lie lower by `step`, m, from now on."""
        self.above += step
        self.mean_1s += step
        self.mean_10s += step

    def settled(self, v_up, v_downrange):
        """The last three samples agree with each other and with the motion: false returns come one at a time."""
        if len(self.history) < 3:
            return False
        t2, h2 = self.history[-1]
        allowed = 6.0 * sqrt(self.own_variance()) + 0.05 * abs(v_downrange) + 5.0
        for t, h in self.history[-3:-1]:
            if t2 - t > 25 or abs(h2 - h - v_up * 0.02 * (t2 - t)) > allowed:
                return False
        return True

    def slope(self):
        """Height rate over the remembered second, m/s; None before it is full."""
        if len(self.history) < _SLOPE_SAMPLES:
            return None
        t0, h0 = self.history[0]
        t1, h1 = self.history[-1]
        return (h1 - h0) * 50.0 / clamp(t1 - t0, 1, 500)

    def power_off(self, tick):
        """Whether the unit is to be unpowered at this tick."""
        return tick - self.cycled_tick < _OFF_TICKS

    def cycle(self, tick):
        """Start the one power cycle this unit gets; False if it has had it."""
        if self.cycled_tick > 0:
            return False
        self.cycled_tick = tick
        self.rejected = 0
        self.history = []
        return True

    def silent(self, tick, limit):
        """No fresh sample for `limit` ticks, a power cycle not counted."""
        return tick - max(self.alive_tick, self.cycled_tick + _WARM_TICKS) > limit

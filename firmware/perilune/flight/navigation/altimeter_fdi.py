"""Two altimeters and the inertial height as mutual witnesses: detection, isolation and recovery.

While both speak their difference is watched: the ground is common to it, so a fault shows long before either leaves
its own gate. The filter cannot say which one is wrong, since the faulty one drags it along; the inertial height can:
whichever altimeter has jumped against it is isolated (or, where one is new, the one farther from it). A sample
outside its gate is not used; persistent rejection by all who speak means that the prior is wrong (a crater rim): the
height's uncertainty is opened and they are believed. A leap that no ground makes is never the prior's fault. Nothing
is shut out for good.
"""

from math import sqrt

from perilune.flight import events
from perilune.flight.navigation.altimeter import SETTLED
from perilune.flight.navigation.height_reference import HeightReference

# what the filter is to do with a sample
IGNORE = 0
USE = 1
REOPEN = 2

GATE = 25.0  # innovation squared over its variance: 5 sigma
_SUDDEN = 36.0  # difference of two samples, squared over its variance: use neither until it is resolved
_GRADUAL = 2.5  # difference of the one-second means over the sigma of a single difference
_CONTRADICTION = 8  # samples of sudden contradiction before it is resolved
_CLEAR = 4.0  # squared lead of one unit's jump over the other's, over their variances
_EXPECTED = 6.25  # 2.5 sigma, of who is to come back after a leap
_PERSIST = 10  # samples rejected in a row before anything is concluded: 1 s
_PERSIST_ALONE = 30
_READMIT = 20
_PAIR_TICKS = 8  # samples this close together are compared
_SILENT_TICKS = 100
_WRONG_TICKS = 250
_DEAF_TICKS = 500
_BOTH_TICKS = 15
_NEAR_M = 3000.0  # of the site, where the map is best
_ASTRAY = 16.0  # 4 sigma
_NEW_SAMPLES = 50  # a unit that has spoken less often has no baseline


class Altimetry:
    """Judges every sample and says what the filter is to do with it."""

    def __init__(self, lrf, radar, log):
        self.lrf = lrf
        self.radar = radar
        self.log = log
        self.used_tick = -100000  # last tick any altimeter corrected the height
        self.reference = HeightReference()
        self.tick = 0  # of the sample judged last
        self.contradiction = 0  # samples in a row that differ suddenly ...
        self.parted = 0  # ... whose means have drifted apart

    def judge(self, unit, height, predicted, r, variance, inertial, estimate):
        """One height of `unit`, m, against its prediction: IGNORE, USE or REOPEN it, for the filter to do.

        r: its noise variance, variance: of the predicted one, m2. inertial: (height m, sigma m, drift m/s against the
        filter) of the inertial channel. REOPEN: the height may be wrong by all of the innovation.
        """
        tick = self.tick = estimate.tick
        innovation = height - predicted
        other = self.radar if unit is self.lrf else self.lrf
        unit.observe(innovation, height, inertial[0], inertial[2], tick, self.contradiction == 0)
        paired = tick - other.judged_tick <= _PAIR_TICKS
        if unit.isolated and not self._readmitted(unit, other, innovation, variance + r, paired):
            return IGNORE
        if not paired:
            self.contradiction = 0
            self.parted = 0
        elif not other.isolated and self._contradict(unit, other, inertial[1], estimate):
            return IGNORE
        if unit.heard < SETTLED and not unit.settled(estimate.v_up, estimate.v_downrange):
            return IGNORE
        if innovation * innovation <= GATE * (variance + r):
            self._use(unit, innovation, estimate)
            return USE
        return self._reject(unit, other, innovation, estimate)

    def _contradict(self, unit, other, sigma, estimate):
        """Whether the two contradict each other now; isolates the wrong one once that is clear."""
        variance = unit.own_variance() + other.own_variance() + 4.0
        d = unit.innovation - other.innovation
        sudden = d * d > _SUDDEN * variance
        self.contradiction = self.contradiction + 1 if sudden else 0
        gap = unit.mean_1s - other.mean_1s
        settled = unit.heard > _PERSIST and other.heard > _PERSIST
        # after a step that both make (other heads see other ground) their means come along at different rates
        settled = settled and not (unit.behind or other.behind)
        parted = settled and gap * gap > _GRADUAL * _GRADUAL * variance + 25.0
        self.parted = self.parted + 1 if parted else 0
        if self.contradiction >= _CONTRADICTION or self.parted >= _PERSIST:
            sudden = self.contradiction >= _CONTRADICTION
            self.contradiction = 0
            self.parted = 0
            self._isolate(self._wrong(unit, other, sigma, sudden), estimate)
            return unit.isolated
        return sudden

    def _wrong(self, unit, other, sigma, sudden):
        if unit.leapt != other.leapt:
            return unit if unit.leapt else other
        if unit.heard >= _NEW_SAMPLES and other.heard >= _NEW_SAMPLES:
            mine = unit.jump if sudden else unit.mean_1s - unit.mean_10s
            its = other.jump if sudden else other.mean_1s - other.mean_10s
            lead = abs(mine) - abs(its)
            if lead * lead > _CLEAR * (unit.own_variance() + other.own_variance()):
                return unit if lead > 0.0 else other
        # the inertial height may tell; else the lower one is flown on: if it is wrong it reads zero in the air, which
        # costs propellant and shows, if the higher one is wrong the ground comes too soon
        high, low = (unit, other) if unit.mean_1s > other.mean_1s else (other, unit)
        return low if abs(low.mean_1s) > 2.0 * sigma and abs(high.mean_1s) < 0.5 * abs(low.mean_1s) else high

    def _use(self, unit, innovation, estimate):
        if unit.used_tick < 0:
            self.log(events.FIRST_RANGE, unit.source, estimate.agl, innovation, estimate.sigma_agl)
        unit.rejected = 0
        unit.used_tick = self.used_tick = self.tick

    def _readmitted(self, unit, other, innovation, variance, paired):
        """Back after two consistent seconds; at once when the other one falls silent, unless it has leapt."""
        alone = self.tick - other.judged_tick > _SILENT_TICKS
        # height lost with it makes its gate wide: one that has leapt has to be where it is expected
        gate = _EXPECTED if unit.leapt else GATE
        inside = innovation * innovation <= gate * variance
        together = self._together(unit.own_variance() + other.own_variance())
        unit.consistent = unit.consistent + 1 if inside and (alone or (paired and together)) else 0
        if unit.consistent < _READMIT and (unit.leapt or not alone):
            return False
        unit.isolated = False
        unit.leapt = False
        unit.rejected = 0
        self.log(events.READMITTED, unit.source, innovation, sqrt(unit.noise), unit.consistent)
        return True

    def _reject(self, unit, other, innovation, estimate):
        """Outside its gate. Persistent and shared by all who speak, that condemns the prior, if ground can do it."""
        unit.rejected += 1
        alone = self.tick - other.judged_tick > _SILENT_TICKS or other.isolated
        if alone:
            slope = unit.slope()
            fits = slope is not None and abs(slope - estimate.v_up) < 2.0 + 0.3 * abs(estimate.v_downrange)
            if unit.rejected >= _PERSIST_ALONE and fits:
                return self._conclude(unit, unit.leapt, innovation, estimate)
        elif unit.rejected >= _PERSIST and other.rejected >= _PERSIST - 1:
            leapt = unit.leapt and other.leapt
            if not leapt:
                self.reference.tick = 0  # the two tell another ground from now on
            return self._conclude(unit, leapt, innovation, estimate)
        return IGNORE

    def _conclude(self, unit, leapt, innovation, estimate):
        if leapt:
            self._isolate(unit, estimate)
            return IGNORE
        self.log(events.REOPENED, unit.source, innovation, estimate.sigma_agl, unit.rejected)
        self.lrf.rejected = 0
        self.radar.rejected = 0
        return REOPEN

    def _isolate(self, unit, estimate):
        unit.isolated = True
        unit.consistent = 0
        unit.rejected = 0
        unit.isolated_tick = self.tick
        self.log(events.ISOLATED, unit.source, unit.mean_1s - unit.mean_10s, estimate.sigma_agl, 0.0)

    def check_against_map(self, tick, offset, sigma, velocimeter_tick, estimate):
        """At 10 Hz: one altimeter's word, near the site, against the map from where two have told the ground.

        offset: of the filter against the inertial height, see HeightReference; sigma: of the ground about the map, m;
        velocimeter_tick: when it last corrected the velocity. Returns whether what the one has said is to be taken
        back: the filter's height since the reference.

        One that scatters tells nothing about the other, nor one that has hardly spoken (the first samples of a frozen
        one are new), nor do two that differ: near it they would vouch for a bias.
        """
        self.tick = tick
        lrf = tick - self.lrf.used_tick < _BOTH_TICKS
        radar = tick - self.radar.used_tick < _BOTH_TICKS
        if lrf and radar:
            lrf = self.lrf.is_credible()
            radar = self.radar.is_credible()
            if lrf and radar:
                if self._together(self.lrf.own + self.radar.own):
                    self.reference.renew(tick, offset, sigma)
                return False
        elif lrf != radar and self._rejected(self.radar if lrf else self.lrf, tick):
            return False  # it is not alone
        if lrf == radar or self.reference.tick == 0 or abs(estimate.downrange) > _NEAR_M:
            return False
        if tick - velocimeter_tick > _BOTH_TICKS:
            return False  # the altitude drifts on dead reckoning alone
        gap, variance = self.reference.gap(tick, offset, sigma)
        unit, other = (self.lrf, self.radar) if lrf else (self.radar, self.lrf)
        if gap * gap <= _ASTRAY * variance or _seconded(unit, other, gap, tick):
            return False
        unit.leapt = True
        self._isolate(unit, estimate)
        return True

    def _together(self, variance):
        """Whether the means of both are as one, for this variance, m2, of their difference."""
        gap = self.lrf.mean_1s - self.radar.mean_1s
        return gap * gap < variance + 4.0

    def rebase(self, step):
        """The ground that heights are compared with lies lower by `step`, m, from now on."""
        self.reference.ground -= step
        self.lrf.rebase(step)
        self.radar.rebase(step)

    def _rejected(self, unit, tick):
        """It speaks and would tell the ground, but is outside its gate: between two the other rules decide."""
        return tick - unit.judged_tick < _BOTH_TICKS and not unit.isolated and unit.is_credible()

    def range_may_come(self, tick):
        """A unit that answers and never gave a range may still come; one that is mute is dead, and so is one that
        spoke and fell silent nearer the ground."""
        for unit in (self.lrf, self.radar):
            if unit.total < _NEW_SAMPLES and not unit.silent(tick, _SILENT_TICKS):
                return True
        return False

    def power_cycle_failed(self, tick, expected):
        """Power-cycle a unit that says nothing, says the same for ever or stays isolated.

        expected: ranges are due by now.
        """
        for unit in (self.lrf, self.radar):
            mute = unit.silent(tick, _SILENT_TICKS)
            stuck = unit.same >= 10
            wrong = unit.isolated and tick - unit.isolated_tick > _WRONG_TICKS
            deaf = expected and tick - unit.judged_tick > _DEAF_TICKS and tick - unit.alive_tick < 10
            if (mute or stuck or wrong or deaf) and unit.cycle(tick):
                self.log(events.POWER_CYCLED, unit.source, int(mute), int(stuck), int(wrong))


def _seconded(unit, other, gap_m, tick):
    """Whether the other one, however noisy, has the ground nearer to where this one has it than to where the map does.

    Athena's altimeters, both right and too noisy to tell by themselves, were held against the map one by one.
    """
    if other.isolated or other.heard < SETTLED or tick - other.judged_tick >= _BOTH_TICKS:
        return False
    apart = unit.mean_1s - other.mean_1s
    return apart * apart < 0.25 * gap_m * gap_m

"""Two altimeters and the inertial height as mutual witnesses: detection, isolation and recovery.

While both speak their difference is watched: the ground is common to it, so it shows a fault long before either
leaves its own gate. When they contradict each other neither is used for half a second; then the one that left the
prior is isolated, or, where one of them is new, the one farther from the inertial height. A sample alone outside its
gate is not used; persistent rejection by all who speak means that the prior is wrong (a crater rim): the ground's
uncertainty is opened and they are believed. Nothing is shut out for good.
"""

from math import sqrt

from perilune.flight import covariance as cov
from perilune.flight import events

GATE = 25.0  # innovation squared over its variance: 5 sigma
_APART = 36.0  # difference of both, squared over its variance, that is a contradiction
_TOGETHER = 16.0  # ... that is agreement enough to come back
_CONTRADICTION = 10  # samples of contradiction before it is resolved: half a second of both
_PERSIST = 10  # samples rejected in a row before anything is concluded: 1 s
_PERSIST_ALONE = 30
_READMIT = 20
_PAIR_TICKS = 8  # samples this close together are compared
_SILENT_TICKS = 100
_NEW_SAMPLES = 50  # a unit used less often than this has no standing


class Altimetry:
    """Judges every sample and tells the filter what to do with it."""

    def __init__(self, lrf, radar, log):
        self.lrf = lrf
        self.radar = radar
        self.log = log
        self.used_tick = -100000  # last tick any altimeter corrected the height
        self.contradiction = 0  # samples

    def judge(self, unit, height, predicted, r, witness, nav):
        """One height of `unit`, m, against its prediction; r its noise variance, witness (height, sigma) of the
        inertial channel. Corrects `nav` through its `correct_height` and `open_height`."""
        tick = nav.tick
        innovation = height - predicted
        unit.observe_noise(innovation, r)
        unit.remember(tick, height)
        unit.judged_tick = tick
        other = self.radar if unit is self.lrf else self.lrf
        apart = self._apart(unit, other, tick)
        if unit.isolated and not self._readmitted(unit, other, innovation, r, apart, nav):
            return
        if not other.isolated and apart > _APART:
            self._contradicted(unit, other, witness, nav)
        elif self.contradiction:
            self.contradiction -= 1
        elif innovation * innovation <= GATE * (nav.covariance.rows[cov.AGL][cov.AGL] + r):
            self._use(unit, innovation, r, nav)
        else:
            self._reject(unit, other, innovation, nav)

    def _apart(self, unit, other, tick):
        """Squared difference of both innovations over its variance; 0 while only one speaks."""
        if tick - other.judged_tick > _PAIR_TICKS:
            return 0.0
        d = unit.innovation - other.innovation
        return d * d / (unit.own_variance() + other.own_variance() + 4.0)

    def _use(self, unit, innovation, r, nav):
        if unit.used == 0:
            self.log(events.FIRST_RANGE, unit.source, nav.agl, innovation, nav.sigma_agl)
        unit.used += 1
        unit.rejected = 0
        unit.used_tick = nav.tick
        self.used_tick = nav.tick
        nav.correct_height(innovation, r)

    def _readmitted(self, unit, other, innovation, r, apart, nav):
        """An isolated unit comes back after two consistent seconds, or at once when the other one falls silent."""
        alone = nav.tick - other.judged_tick > _SILENT_TICKS
        inside = innovation * innovation <= GATE * (nav.covariance.rows[cov.AGL][cov.AGL] + r)
        unit.consistent = unit.consistent + 1 if inside and 0.0 < apart < _TOGETHER else 0
        if not alone and unit.consistent < _READMIT:
            return False
        unit.isolated = False
        unit.rejected = 0
        self.log(events.READMITTED, unit.source, innovation, sqrt(unit.noise), unit.consistent)
        return True

    def _contradicted(self, unit, other, witness, nav):
        """Both speak and differ: use neither until half a second has shown who left the prior."""
        if self.contradiction == 0:
            unit.sum = 0.0
            other.sum = other.innovation
        self.contradiction += 1
        unit.sum += unit.innovation
        if self.contradiction < _CONTRADICTION:
            return
        self.contradiction = 0
        height, sigma = witness
        mine = abs(nav.agl + unit.innovation - height)
        others = abs(nav.agl + other.innovation - height)
        if unit.used < _NEW_SAMPLES or other.used < _NEW_SAMPLES:
            new, old, near, far = (unit, other, mine, others) if unit.used < other.used else (other, unit, others, mine)
            wrong = old if far > 2.0 * sigma and near < 0.5 * far else new
        else:
            wrong = unit if abs(unit.sum) > abs(other.sum) else other
        self._isolate(wrong, nav)
        if wrong is not unit and unit.used < _NEW_SAMPLES:
            self._reopen(unit, unit.innovation, nav)

    def _reject(self, unit, other, innovation, nav):
        """Outside its gate. Persistent and shared by all who speak, that condemns the prior."""
        unit.rejected += 1
        alone = nav.tick - other.judged_tick > _SILENT_TICKS or other.isolated
        if alone:
            slope = unit.slope()
            fits = slope is not None and abs(slope - nav.v_up) < 2.0 + 0.3 * abs(nav.v_ahead)
            if unit.rejected >= _PERSIST_ALONE and fits:
                self._reopen(unit, innovation, nav)
        elif unit.rejected >= _PERSIST and other.rejected >= _PERSIST - 1:
            self._reopen(unit, innovation, nav)

    def _reopen(self, unit, innovation, nav):
        self.log(events.REOPENED, unit.source, innovation, nav.sigma_agl, unit.rejected)
        self.lrf.rejected = 0
        self.radar.rejected = 0
        nav.open_height(innovation)

    def _isolate(self, unit, nav):
        unit.isolated = True
        unit.consistent = 0
        unit.rejected = 0
        cycled = unit.cycle(nav.tick)
        self.log(events.ISOLATED, unit.source, unit.innovation, nav.sigma_agl, int(cycled))

    def tend(self, tick, expected):
        """Power-cycle a unit that says nothing, or says the same for ever; `expected`: ranges are due by now."""
        for unit in (self.lrf, self.radar):
            mute = unit.silent(tick, _SILENT_TICKS)
            stuck = unit.same >= 10
            deaf = expected and not unit.isolated and tick - unit.judged_tick > 500 and tick - unit.alive_tick < 10
            if (mute or stuck or deaf) and unit.cycle(tick):
                self.log(events.POWER_CYCLED, unit.source, int(mute), int(stuck), int(deaf))

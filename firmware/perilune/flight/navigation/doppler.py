"""Velocity over the ground: three velocimeter beams, and the radar's range rate as a second source.

Every beam is a scalar measurement of velocity along its direction; noise is weighed by what it shows. A velocimeter
is believed once it has been consistent with inertial navigation and with the radar, and is isolated, until that is so
again, when it leaves its gate for long or when it and the radar part and it is the one that has pulled the velocity
away from the inertial one. The radar's descent head looks aside, so its rate carries horizontal velocity too: with the
velocimeter dead it is what keeps the landing from drifting.
"""

from math import sqrt

from perilune.flight import events
from perilune.flight.navigation.doppler_monitors import AGREED, NoiseFactor, Silence, Versus
from perilune.wire.schema import FRESH, SATURATED, STALE, VALID

# what the filter is to do with a sample: none or several of these
USE = 1  # correct the velocity by it
INFLATE = 2  # the velocity along it may be wrong by a share of the innovation
REVERT = 4  # take back what the velocimeter has done to velocity and specific force since `anchors`
DISTRUST = 8  # the velocity may be wrong by all that it was corrected by since then

GATE = 25.0  # 5 sigma
_LIKELY = 9.0  # 3 sigma, of one that is to be believed: its mean counts, which its noise does not take so far
_USABLE = VALID | FRESH
_PERSIST = 30  # beams: 1 s
_CONSISTENT = 60  # beams in a row: 2 s
_CONSISTENT_ALONE = 600  # ... where the radar cannot confirm them
_DOUBLINGS = 4  # of these, at the most: nothing is shut out for good
_ANCHOR_TICKS = 250
_MINE = 0.5  # share of the disagreement by which the filter has been pulled
_LATELY_TICKS = 15
_HEARD = 100  # samples: the ten seconds of the slower mean
_MEANS_S = 9.0  # between the ages of an altimeter's two means
_GROUND_M = 4.0  # by which they are apart over ground that is not flat ...
_GROUND_S = 0.9  # ... and over a slope of a tenth
_LEAST_SHARE = 0.4  # of what the radar's rate says
_MOST_SHARE = 2.0
_OLDEST_MS = 300  # attitude and thrust have changed since: no use
POINTING_RAD = 1e-3  # beam alignment to the body
_RADAR_RATE_M_S = 0.4
_COMPARED_TICKS = 5  # a radar rate this long after a whole sample of the velocimeter is held against it
_BETTER_TICKS = 25  # a velocimeter used within half a second tells the velocity better than the radar
_RADAR_SILENT_TICKS = 100  # without a rate: nothing to be confirmed by
_RADAR_DOUBT = 5  # of its samples in a row outside their gate
_ALONE_TICKS = 250
_OPEN_TRUSTED = 1e-6  # share of innovation squared added to the velocity variance by a rejection ...
_OPEN_SUSPECT = 0.02  # ... when inertial units or the radar say that the prior may be wrong


class Doppler:
    """Judges the velocimeter's and the radar's samples and says what the filter is to do with them."""

    def __init__(self, sensors, log):
        beams = sensors.velocimeter_beam
        self.beams = (beams[0:3], beams[3:6], beams[6:9])
        self.noise_m_s = sensors.velocimeter_noise_m_s
        self.noise_ratio = sensors.velocimeter_noise_ratio
        self.lever = sensors.altimeter_height_m - sensors.imu_height_m  # the deck's instruments above the IMU
        self.log = log
        self.innovations = [0.0, 0.0, 0.0]
        self.tick = 0  # of the sample judged last
        self.specified = 0.0  # m/s, noise of a beam at this speed
        self.pointing2 = 0.0  # (m/s)2, of its alignment
        self.whole = True  # all beams of this sample were inside their gates so far
        self.r = 0.0  # noise variance of what was judged last, (m/s)2
        self.share = 0.0  # of innovation squared by which INFLATE widens
        self.noise = NoiseFactor(events.VELOCIMETER, log)
        self.radar_noise = NoiseFactor(events.RADAR, log)
        self.versus = Versus(self.beams, sensors.radar_head)
        self.silence = Silence(0.4 * sensors.velocimeter_max_m, log)
        self.rejected = 0  # beams since a sample was taken whole
        self.consistent = 0  # ... inside their gate, while isolated
        self.isolated = True  # until it has shown that it may be believed
        self.parted = False  # from the radar, and that has been dealt with
        self.blamed = False  # it had been believed, or stayed outside its gate
        self.isolations = 0
        self.radar_rejected = 0
        self.radar_innovation = 0.0
        self.radar_heard_tick = -100000
        none = 0.0, 0.0, 0.0
        # what was not inertial in the velocity when it was vouched for, 5 to 10 s ago and 0 to 5 ...
        self.anchors = none, none
        self.forces = none, none  # ... and in the specific force
        self.anchored_tick = -100000
        self.used_tick = -100000
        self.radar_tick = -100000
        self.whole_tick = -100000  # when all three beams last spoke
        self.last = None
        self.same = 0

    def resume(self, correction, bias):
        """After a reset: `correction` and `bias` are all that is not inertial in velocity and specific force."""
        self.anchors = correction, correction
        self.forces = bias, bias

    def begin(self, sample, estimate):
        """Whether the velocimeter's sample (status, beams, age ms, closing speed along each beam x 3, m/s) can be used:
        then its beams are to be judged one after the other, and `end` called."""
        if sample[0] & (_USABLE | STALE | SATURATED) != _USABLE or sample[2] > _OLDEST_MS:
            return False
        speeds = sample[3:6]
        self.same = self.same + 1 if speeds == self.last else 0
        self.last = speeds
        if self.same >= 3:
            return False
        tick = self.tick = self.silence.heard_tick = estimate.tick
        if sample[1] & 7 == 7:
            self.whole_tick = tick
        self.specified = self.noise_m_s + self.noise_ratio * estimate.speed
        pointing = POINTING_RAD * estimate.speed
        self.pointing2 = pointing * pointing
        # where one beam is outside its gate the others would move the velocity where it is known least
        self.whole = True
        return True

    def judge_beam(self, i, innovation, pending, variance, estimate):
        """What the filter is to do with beam i; `r` is its noise variance.

        innovation: measured less predicted closing speed; pending: what the beams before it have corrected of that,
        m/s; variance: of the velocity along the beam, (m/s)2.
        """
        noise = self.specified
        noise *= self.noise.update((innovation - self.innovations[i]) / noise)
        self.innovations[i] = innovation
        innovation -= pending
        r = self.r = noise * noise + self.pointing2
        variance += r
        if innovation * innovation > GATE * variance:
            self.whole = False
            self.consistent = 0
            found = self._count(innovation, estimate)
            self.share = _OPEN_TRUSTED if self._prior_trusted(estimate) else _OPEN_SUSPECT
            return found | INFLATE
        if not self.whole:
            return self._count(innovation, estimate)
        if not self.isolated or self._believed(innovation, variance, r, estimate):
            self.used_tick = self.tick
            return USE
        return 0

    def end(self):
        """After the last beam of a sample."""
        if self.whole and not self.isolated:
            self.rejected = 0

    def hears_radar(self, sample, unit):
        """Whether the range rate of the radar's sample (status, age ms, range, closing rate m/s) can be used."""
        if sample[0] & (_USABLE | STALE | SATURATED) != _USABLE or unit.isolated or unit.same:
            return False
        return sample[1] <= _OLDEST_MS

    def compare_radar(self, head, direction, innovation, correction, units, estimate):
        """What the filter is to do about the velocimeter, now that the radar's range rate through that head is here.

        direction: (up, downrange, crossrange) of the beam; innovation: measured less predicted closing speed, m/s;
        correction: of the velocity so far, all that is not inertial in it; units: both altimeters.
        """
        self.tick = self.radar_heard_tick = estimate.tick
        factor = self.radar_noise.update((innovation - self.radar_innovation) / _RADAR_RATE_M_S)
        self.radar_innovation = innovation
        noise = _RADAR_RATE_M_S * factor
        pointing = 2.0 * POINTING_RAD * estimate.speed
        self.r = noise * noise + pointing * pointing
        self.pointing2 = pointing * pointing
        if self.tick - self.whole_tick > _COMPARED_TICKS:
            return 0
        return self._compare(head, direction, noise, pointing, correction, units, estimate)

    def radar_needed(self):
        """Whether the radar's rate is the best there is: the velocimeter has said nothing for half a second."""
        return self.tick - self.used_tick >= _BETTER_TICKS

    def judge_radar(self, innovation, variance, considered):
        """What the filter is to do with the radar's rate just compared, of noise variance `r`.

        variance: of the velocity along it; considered: the part of that which no averaging removes, (m/s)2.
        """
        if innovation * innovation > GATE * (variance + self.r):
            self.radar_rejected += 1
            return 0
        self.radar_rejected = 0
        self.radar_tick = self.tick
        # as askew as it was is what the same beam says again: it does not average out
        return USE if variance - considered > 0.5 * self.pointing2 else 0

    def _compare(self, head, direction, noise, pointing, correction, units, estimate):
        """Radar against velocimeter. Where they part, who has pulled the filter from the inertial velocity is wrong."""
        own = self.noise_m_s * self.noise.factor
        versus = self.versus
        apart = versus.update(head, self.radar_innovation, self.innovations, noise + own, pointing)
        if versus.agreed >= AGREED:
            self.parted = False
        if not apart or self.isolated:
            return 0
        if self.parted:
            outvoted = self._outvoted(direction[0], units, estimate)
            return self._isolate(versus.gap, estimate) if outvoted else 0
        self.parted = True
        x, y, z = self.pulled(correction)
        moved = direction[0] * x + direction[1] * y + direction[2] * z
        self.log(events.DOPPLER_APART, versus.gap, noise, pointing, moved)
        return self._isolate(versus.gap, estimate) if abs(moved) > _MINE * abs(versus.gap) else 0

    def pulled(self, correction):
        """What of the velocity's `correction` (up, downrange, crossrange) came after `anchors`, m/s."""
        a, b, c = correction
        x, y, z = self.anchors[0]
        return a - x, b - y, c - z

    def innovation(self, beam, measured, velocity, axes, rate):
        """Direction of a body-frame beam in the site frame, x y z, and measured less predicted closing speed, m/s.

        velocity: at the time of the sample, site frame; axes, rate: of the body.
        """
        a, b, c = beam
        x = a * axes[0] + b * axes[3] + c * axes[6]
        y = a * axes[1] + b * axes[4] + c * axes[7]
        z = a * axes[2] + b * axes[5] + c * axes[8]
        p, q, _r = rate
        turning = self.lever * (q * a - p * b)  # w x (0, 0, lever) along the beam
        return x, y, z, measured - (x * velocity[0] + y * velocity[1] + z * velocity[2] + turning)

    def _outvoted(self, steepness, units, estimate):
        """Whether an altimeter's height changes as the radar's rate says and not as the filter's velocity does.

        Means over 1 s and over 10 s, both moved along with the filter, are apart by 9 s of what it is wrong by.
        steepness: upward part of the radar's beam.
        """
        across = abs(estimate.v_downrange) + abs(estimate.v_crossrange)
        for unit in units:
            if self.tick - unit.used_tick < _LATELY_TICKS and unit.heard >= _HEARD and not unit.isolated:
                drift = unit.mean_1s - unit.mean_10s
                ground = _GROUND_M + _GROUND_S * across + 3.0 * sqrt(unit.own_variance())
                share = steepness * drift / (_MEANS_S * self.versus.gap)
                if abs(drift) > ground and _LEAST_SHARE < share < _MOST_SHARE:
                    return True
        return False

    def _believed(self, innovation, variance, r, estimate):
        """Whether the velocimeter has been consistent for long enough, also with the radar if that speaks."""
        if innovation * innovation > _LIKELY * variance and self._prior_trusted(estimate):
            return False
        self.consistent += 1
        enough = _CONSISTENT if self._vouched_by_radar(self.tick) else _CONSISTENT_ALONE
        if self.consistent < enough << min(self.isolations, _DOUBLINGS):
            return False
        self.isolated = False
        if self.blamed:
            self.blamed = False
            self.log(events.DOPPLER_BACK, innovation, sqrt(r), self.rejected, 0.0)
        return True

    def _vouched_by_radar(self, tick):
        """Whether the radar agrees with the velocimeter, or says nothing."""
        return self.versus.agreed >= AGREED or tick - self.radar_heard_tick > _RADAR_SILENT_TICKS

    def _isolate(self, innovation, estimate):
        """Not believed any more; what it has done to velocity and specific force since it was vouched for goes."""
        found = DISTRUST
        if not self.isolated:
            self.isolations += 1
            found = DISTRUST | REVERT
        self.isolated = True
        self.blamed = True
        self.consistent = 0
        self.versus.agreed = 0
        self.log(events.DOPPLER_REJECTED, innovation, estimate.sigma_v_up, estimate.sigma_v_level, 0.0)
        return found

    def _count(self, innovation, estimate):
        """One more beam of no use."""
        self.rejected += 1
        return self._isolate(innovation, estimate) if self.rejected == _PERSIST else 0

    def _prior_trusted(self, estimate):
        """Neither inertial units nor the radar say that the velocity may be wrong."""
        doubtful = estimate.accel_suspect or estimate.rate_modelled
        return not doubtful and self.radar_rejected < _RADAR_DOUBT

    def lost(self, tick):
        """The velocimeter has not been used for some seconds: the radar is the only source."""
        return tick - self.used_tick > _ALONE_TICKS

    def update_reference(self, tick, agl, correction, bias):
        """At 10 Hz: remember `correction` and `bias` where they are vouched for, report a velocimeter that says nothing
        where it should, power-cycle it once."""
        vouched = self.isolated or (self._vouched_by_radar(tick) and self.rejected == 0)
        if vouched and tick - self.anchored_tick >= _ANCHOR_TICKS:
            self.anchored_tick = tick
            self.anchors = self.anchors[1], correction
            self.forces = self.forces[1], bias
        self.silence.watch(tick, agl, self.blamed)

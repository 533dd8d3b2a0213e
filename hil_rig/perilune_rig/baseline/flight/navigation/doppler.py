"""Velocity over the ground: three velocimeter beams, and the radar's range rate as a second source.

Every beam is a scalar measurement of velocity along its direction; noise is weighed by what it shows. A velocimeter
is believed once it has been consistent with inertial navigation and with the radar, and is isolated, until that is so
again, when it leaves its gate for long or when it and the radar part and it is the one that has pulled the velocity
away from the inertial one. The radar's descent head looks aside, so its rate carries horizontal velocity too: with the
velocimeter dead it is what keeps the landing from drifting.
"""

from math import sqrt

from perilune_rig.baseline.flight import events
from perilune_rig.baseline.flight.navigation.covariance import V_UP
from perilune_rig.baseline.flight.navigation.doppler_monitors import AGREED, NoiseFactor, Silence, Versus
from perilune.wire.schema import FRESH, HEAD, SATURATED, STALE, VALID

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
_RADAR_DOUBT = 5  # of its samples in a row outside their gate
_ALONE_TICKS = 250
_OPEN_TRUSTED = 1e-6  # share of innovation squared added to the velocity variance by a rejection ...
_OPEN_SUSPECT = 0.02  # ... when inertial units or the radar say that the prior may be wrong


class Doppler:
    """Takes the velocimeter's and the radar's samples into the filter."""

    def __init__(self, sensors, log):
        beams = sensors.velocimeter_beam
        self.beams = (beams[0:3], beams[3:6], beams[6:9])
        self.noise_m_s = sensors.velocimeter_noise_m_s
        self.noise_ratio = sensors.velocimeter_noise_ratio
        self.lever = sensors.altimeter_height_m - sensors.imu_height_m  # the deck's instruments above the IMU
        self.log = log
        self.innovations = [0.0, 0.0, 0.0]
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

    def resume(self, pull, bias):
        """After a reset: `pull` and `bias` are all that is not inertial in velocity and specific force."""
        self.anchors = pull, pull
        self.forces = bias, bias

    def velocimeter(self, sample, nav):
        """Sample (status, beams, age ms, closing speed along each beam x 3, m/s)."""
        if sample[0] & (_USABLE | STALE | SATURATED) != _USABLE or sample[2] > _OLDEST_MS:
            return
        speeds = sample[3:6]
        self.same = self.same + 1 if speeds == self.last else 0
        self.last = speeds
        if self.same >= 3:
            return
        self.silence.heard_tick = nav.tick
        if sample[1] & 7 == 7:
            self.whole_tick = nav.tick
        velocity = nav.velocity_at(sample[2] * 0.001)
        specified = self.noise_m_s + self.noise_ratio * nav.speed
        pointing = POINTING_RAD * nav.speed
        pointing2 = pointing * pointing
        # where one beam is outside its gate the others would move the velocity where it is known least
        whole = True
        for i in range(3):
            if sample[1] & (1 << i):
                whole = self._beam(i, speeds[i], velocity, specified, pointing2, nav, whole)
        if whole and not self.isolated:
            self.rejected = 0
        nav.settle()

    def radar(self, sample, unit, nav):
        """Range rate of the radar's sample (status, age ms, range, closing rate m/s)."""
        if sample[0] & (_USABLE | STALE | SATURATED) != _USABLE or unit.isolated or unit.same:
            return
        if sample[1] > _OLDEST_MS:
            return
        head = 1 if sample[0] & HEAD else 0
        velocity = nav.velocity_at(sample[1] * 0.001)
        direction, innovation = self._innovation(unit.heads[head], sample[3], velocity, nav)
        factor = self.radar_noise.update((innovation - self.radar_innovation) / _RADAR_RATE_M_S)
        self.radar_innovation = innovation
        noise = _RADAR_RATE_M_S * factor
        pointing = 2.0 * POINTING_RAD * nav.speed
        self.radar_heard_tick = nav.tick
        self._compare(head, direction, noise, pointing, nav)
        if nav.tick - self.used_tick < 25:
            return  # the velocimeter says it better
        r = noise * noise + pointing * pointing
        own = nav.covariance.velocity_variance(direction)
        if innovation * innovation > GATE * (own + r):
            self.radar_rejected += 1
            return
        self.radar_rejected = 0
        self.radar_tick = nav.tick
        # as askew as it was is what the same beam says again: it does not average out
        if own - nav.covariance.considered > 0.5 * pointing * pointing:
            nav.correct_velocity(direction, innovation, r)

    def _compare(self, head, direction, noise, pointing, nav):
        """Radar against velocimeter. Where they part, who has pulled the filter from the inertial velocity is wrong."""
        if nav.tick - self.whole_tick > 5:
            return
        own = self.noise_m_s * self.noise.factor
        versus = self.versus
        apart = versus.update(head, self.radar_innovation, self.innovations, noise + own, pointing)
        if versus.agreed >= AGREED:
            self.parted = False
        if not apart or self.isolated:
            return
        if self.parted:
            if self._outvoted(direction[0], nav):
                self._isolate(versus.gap, nav)
            return
        self.parted = True
        x, y, z = self._pulled(nav)
        moved = direction[0] * x + direction[1] * y + direction[2] * z
        self.log(events.DOPPLER_APART, versus.gap, noise, pointing, moved)
        if abs(moved) > _MINE * abs(versus.gap):
            self._isolate(versus.gap, nav)

    def _outvoted(self, steepness, nav):
        """Whether an altimeter's height changes as the radar's rate says and not as the filter's velocity does.

        Means over 1 s and over 10 s, both moved along with the filter, are apart by 9 s of what it is wrong by.
        steepness: upward part of the radar's beam.
        """
        across = abs(nav.v_ahead) + abs(nav.v_left)
        for unit in (nav.lrf, nav.radar):
            if nav.tick - unit.used_tick < _LATELY_TICKS and unit.heard >= _HEARD and not unit.isolated:
                drift = unit.fast - unit.slow
                ground = _GROUND_M + _GROUND_S * across + 3.0 * sqrt(unit.own_variance())
                share = steepness * drift / (_MEANS_S * self.versus.gap)
                if abs(drift) > ground and _LEAST_SHARE < share < _MOST_SHARE:
                    return True
        return False

    def _pulled(self, nav):
        """By how much corrections have moved the velocity since it was vouched for (up, ahead, left)."""
        a, b, c = nav.pull
        x, y, z = self.anchors[0]
        return a - x, b - y, c - z

    def _innovation(self, beam, measured, velocity, nav):
        """Beam direction (up, ahead, left) and measured minus expected closing speed."""
        a, b, c = beam
        axes = nav.attitude.axes
        x = a * axes[0] + b * axes[3] + c * axes[6]
        y = a * axes[1] + b * axes[4] + c * axes[7]
        z = a * axes[2] + b * axes[5] + c * axes[8]
        p, q, _r = nav.attitude.rate
        turning = self.lever * (q * a - p * b)  # w x (0, 0, lever) along the beam
        expected = x * velocity[0] + y * velocity[1] + z * velocity[2] + turning
        return nav.strapdown.to_level(x, y, z), measured - expected

    def _beam(self, i, measured, velocity, noise, pointing2, nav, whole):
        """Take one beam if those before it were inside their gates; returns whether this one is too.

        noise: the specified one, m/s; pointing2: variance of its alignment, (m/s)2.
        """
        direction, innovation = self._innovation(self.beams[i], measured, velocity, nav)
        noise *= self.noise.update((innovation - self.innovations[i]) / noise)
        self.innovations[i] = innovation
        innovation -= nav.taken(direction)  # the beams before this one have said as much
        r = noise * noise + pointing2
        variance = nav.covariance.velocity_variance(direction) + r
        if innovation * innovation > GATE * variance:
            self._reject(direction, innovation, nav)
            return False
        if not whole:
            self._count(innovation, nav)
        elif not self.isolated or self._believed(innovation, variance, r, nav):
            self.used_tick = nav.tick
            nav.take_velocity(direction, innovation, r)
        return whole

    def _believed(self, innovation, variance, r, nav):
        """Whether the velocimeter has been consistent for long enough, also with the radar if that speaks."""
        if innovation * innovation > _LIKELY * variance and self._prior_trusted(nav):
            return False
        tick = nav.tick
        self.consistent += 1
        agreed = self.versus.agreed >= AGREED or tick - self.radar_heard_tick > 100
        enough = _CONSISTENT if agreed else _CONSISTENT_ALONE
        if self.consistent < enough << min(self.isolations, _DOUBLINGS):
            return False
        self.isolated = False
        if self.blamed:
            self.blamed = False
            self.log(events.DOPPLER_BACK, innovation, sqrt(r), self.rejected, 0.0)
        return True

    def _isolate(self, innovation, nav):
        """Not believed any more; what it has done to velocity and specific force since it was vouched for is undone."""
        i = V_UP
        for moved in self._pulled(nav):
            nav.covariance.add_variance(i, moved * moved)
            i += 1
        if not self.isolated:
            self.isolations += 1
            nav.renounce(self.anchors[0], self.forces[0])
        self.isolated = True
        self.blamed = True
        self.consistent = 0
        self.versus.agreed = 0
        self.log(events.DOPPLER_REJECTED, innovation, nav.sigma_v_up, nav.sigma_v_level, 0.0)

    def _count(self, innovation, nav):
        """One more beam of no use."""
        self.rejected += 1
        if self.rejected == _PERSIST:
            self._isolate(innovation, nav)

    def _reject(self, direction, innovation, nav):
        self.consistent = 0
        self._count(innovation, nav)
        share = _OPEN_TRUSTED if self._prior_trusted(nav) else _OPEN_SUSPECT
        nav.covariance.open_velocity(direction, share * innovation * innovation)

    def _prior_trusted(self, nav):
        """Neither inertial units nor the radar say that the velocity may be wrong."""
        return not (nav.inertial.suspect or nav.inertial.blind) and self.radar_rejected < _RADAR_DOUBT

    def alone(self, tick):
        """The radar is the only source: the velocimeter has not been used for some seconds."""
        return tick - self.used_tick > _ALONE_TICKS

    def tend(self, tick, agl, pull, bias):
        """At 10 Hz: remember `pull` and `bias` where they are vouched for, report a velocimeter that says nothing where
        it should, power-cycle it once."""
        agreed = self.versus.agreed >= AGREED or tick - self.radar_heard_tick > 100
        vouched = self.isolated or (agreed and self.rejected == 0)
        if vouched and tick - self.anchored_tick >= _ANCHOR_TICKS:
            self.anchored_tick = tick
            self.anchors = self.anchors[1], pull
            self.forces = self.forces[1], bias
        self.silence.watch(tick, agl, self.blamed)

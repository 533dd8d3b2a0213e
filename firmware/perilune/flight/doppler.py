"""Velocity over the ground: three velocimeter beams, and the radar's range rate as a second source.

Every beam is a scalar measurement of velocity along its direction. The radar's descent head looks aside, so its rate
carries horizontal velocity too: with the velocimeter dead it is what keeps the landing from drifting.
"""

from math import sqrt

from perilune.flight import events
from perilune.flight.covariance import V_AHEAD, V_LEFT, V_UP
from perilune.wire.schema import FRESH, HEAD, SATURATED, STALE, VALID

GATE = 25.0  # 5 sigma
_USABLE = VALID | FRESH
_PERSIST = 30  # beams in a row
POINTING_RAD = 1e-3  # beam alignment to the body
_RADAR_RATE_M_S = 0.4
_OPEN_TRUSTED = 1e-6  # share of innovation squared added to the velocity variance by a rejection ...
_OPEN_SUSPECT = 0.02  # ... when inertial units or altimeters are in doubt too


class Doppler:
    """Takes the velocimeter's and the radar's samples into the filter."""

    def __init__(self, sensors, log):
        beams = sensors.velocimeter_beam
        self.beams = (beams[0:3], beams[3:6], beams[6:9])
        self.noise_m_s = sensors.velocimeter_noise_m_s
        self.noise_ratio = sensors.velocimeter_noise_ratio
        self.lever = sensors.altimeter_height_m - sensors.imu_height_m  # the deck's instruments above the IMU
        self.log = log
        self.rejected = 0  # beams in a row
        self.used_tick = -100000
        self.radar_tick = -100000
        self.last = None
        self.same = 0

    def velocimeter(self, sample, nav):
        """Sample (status, beams, age ms, closing speed along each beam x 3, m/s)."""
        if sample[0] & (_USABLE | STALE | SATURATED) != _USABLE:
            return
        speeds = sample[3:6]
        self.same = self.same + 1 if speeds == self.last else 0
        self.last = speeds
        if self.same >= 3:
            return
        velocity = nav.velocity_at(sample[2] * 0.001)
        for i in range(3):
            if sample[1] & (1 << i):
                self._beam(self.beams[i], speeds[i], velocity, nav)

    def radar(self, sample, unit, nav):
        """Range rate of the radar's sample (status, age ms, range, closing rate m/s)."""
        if sample[0] & (_USABLE | STALE | SATURATED) != _USABLE or unit.isolated or unit.same:
            return
        if nav.tick - self.used_tick < 25:
            return  # the velocimeter says it better
        beam = unit.heads[1 if sample[0] & HEAD else 0]
        direction, innovation = self._innovation(beam, sample[3], nav.velocity_at(sample[1] * 0.001), nav)
        pointing = 2.0 * POINTING_RAD * nav.speed
        r = _RADAR_RATE_M_S * _RADAR_RATE_M_S + pointing * pointing
        if innovation * innovation <= GATE * (nav.covariance.velocity_variance(direction) + r):
            self.radar_tick = nav.tick
            nav.correct_velocity(direction, innovation, r)

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

    def _beam(self, beam, measured, velocity, nav):
        direction, innovation = self._innovation(beam, measured, velocity, nav)
        noise = self.noise_m_s + self.noise_ratio * nav.speed
        pointing = POINTING_RAD * nav.speed
        r = noise * noise + pointing * pointing
        if innovation * innovation <= GATE * (nav.covariance.velocity_variance(direction) + r):
            if self.rejected >= _PERSIST:
                self.log(events.DOPPLER_BACK, innovation, sqrt(r), self.rejected, 0.0)
            self.rejected = 0
            self.used_tick = nav.tick
            nav.correct_velocity(direction, innovation, r)
            return
        self._reject(direction, innovation, nav)

    def _reject(self, direction, innovation, nav):
        self.rejected += 1
        if self.rejected == _PERSIST:
            self.log(events.DOPPLER_REJECTED, innovation, nav.sigma_v_up, nav.sigma_v_level, 0.0)
        trusted = not nav.inertial.suspect and nav.tick - nav.altimetry.used_tick < 50 and self.used_tick > 0
        share = _OPEN_TRUSTED if trusted else _OPEN_SUSPECT
        opened = share * innovation * innovation
        a, b, c = direction
        nav.covariance.add_variance(V_UP, opened * a * a)
        nav.covariance.add_variance(V_AHEAD, opened * b * b)
        nav.covariance.add_variance(V_LEFT, opened * c * c)

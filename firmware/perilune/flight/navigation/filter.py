"""The error-state filter: covariance, the corrections it makes, and what they have made of the state so far.

Corrections are made at once, to the strapdown state and to what it does not know: ground above the map, specific-force
error. Of the beams of one velocimeter sample each is taken into the covariance by itself, and the state is corrected
once.
"""

from math import sqrt

from perilune.flight.navigation import covariance as cov
from perilune.flight.navigation import process_model
from perilune.flight.navigation.covariance import Covariance
from perilune.flight.navigation.doppler import POINTING_RAD

_CONSIDERED_MOST = 0.09  # (m/s)2: 0.3 m/s, what beam alignment makes of the velocity at most
_REOPENED_FADES = 0.02  # share a second: the bound of reopened terrain fades within a minute
_SURVEYED_M = 15000.0  # of the site: there the map is surveyed
_ELSEWHERE_M = 50.0  # nearer by the map has the same ground


class ErrorFilter:
    """Corrects `strapdown` and holds what it is wrong by."""

    def __init__(self, site, sensors, strapdown, terrain_map):
        self.site = site
        self.walk = sensors.accel_noise_m_s
        self.strapdown = strapdown
        self.map = terrain_map
        self.terrain = 0.0  # ground above the map, m
        self.reopened = 0.0  # m, bound of the terrain after the height was reopened
        self.bias = (0.0, 0.0, 0.0)  # m/s2, specific-force error up, downrange, crossrange
        self.position_correction = 0.0, 0.0  # sum of all, m: guidance follows slowly
        self.velocity_correction = 0.0, 0.0, 0.0  # sum of all, m/s: what is not inertial in the velocity
        self.covariance = Covariance(process_model.initial_variances(site))
        self.pending = self.covariance.no_corrections()  # while a sample of several beams is taken
        self.any_pending = False
        self.covariance.couple(cov.AGL, cov.TERRAIN, -1.0)  # unknown ground is unknown height above it

    def resume(self):
        """After attributes were set to what they were: the bias as the strapdown state takes it."""
        self._tell_bias()

    def propagate(self, engine_on, modelled, speed, dt):
        """Let dt, s, pass without a measurement. modelled: extra noise, (m/s)2/s, of thrust by a model; speed: m/s."""
        c = self.covariance
        s = self.strapdown
        process_model.propagate(c, s, engine_on, dt)
        process_model.add_noise(c, self.walk, s.force if engine_on else (0.0, 0.0, 0.0), modelled, dt)
        sigma = self.terrain_sigma()
        pointing = POINTING_RAD * speed
        c.considered = min(pointing * pointing, _CONSIDERED_MOST)
        self.reopened *= 1.0 - _REOPENED_FADES * dt
        process_model.add_terrain(c, s, sigma, self.reopened, dt)

    def terrain_sigma(self):
        """1 sigma of the ground about the map here, m."""
        s = self.strapdown
        p = self.covariance.rows
        uprange = self.map.start - s.downrange
        return process_model.terrain_sigma(self.site, uprange, s.downrange, s.crossrange, p[2][2], p[3][3])

    def correct_height(self, innovation, r):
        """Take a height in: innovation m, noise variance m2. Returns how far the ground that heights are compared with
        now lies lower, m.

        A height that moves the position along the map is the height here, wherever that turns out to be: a first range
        780 m off moved it by 630 m, to where the map is 40 m lower. What was just measured was off by that, and the
        laser was isolated for a leap that it had not made.
        """
        corrections = self.covariance.observe(cov.AGL, innovation, r)
        downrange = corrections[cov.DOWNRANGE]
        step = 0.0
        if abs(downrange) > _ELSEWHERE_M:
            here = self.strapdown.downrange
            step = self.map.elevation(here + downrange) - self.map.elevation(here)
            self.terrain -= step
        self._apply(corrections)
        return step

    def correct_velocity(self, direction, innovation, r):
        """Take a velocity along `direction` (up, downrange, crossrange) in: innovation m/s, noise variance (m/s)2."""
        self._apply(self.covariance.observe_velocity(direction, innovation, r))

    def take_velocity(self, direction, innovation, r):
        """The same for one beam of several: the state is corrected once, by `apply_pending`."""
        c = self.covariance
        c.gather(self.pending, c.observe_velocity(direction, innovation, r))
        self.any_pending = True

    def pending_along(self, direction):
        """What those taken since then correct of the velocity along `direction`, m/s."""
        if not self.any_pending:
            return 0.0
        pending = self.pending
        a, b, c = direction
        return a * pending[cov.V_UP] + b * pending[cov.V_DOWNRANGE] + c * pending[cov.V_CROSSRANGE]

    def apply_pending(self):
        """Correct the state by all that was taken."""
        if self.any_pending:
            self._apply(self.pending)
            self.covariance.clear(self.pending)
            self.any_pending = False

    def inflate_velocity(self, sigmas):
        """The velocity may be wrong by so much more, m/s, up, downrange, crossrange."""
        i = cov.V_UP
        for sigma in sigmas:
            self.covariance.add_variance(i, sigma * sigma)
            i += 1

    def revert_velocity(self, correction, bias):
        """Velocity and specific force back to when these were all of them that was not inertial."""
        x, y, z = self.velocity_correction
        change = correction[0] - x, correction[1] - y, correction[2] - z
        self.strapdown.correct((0.0, 0.0, 0.0), change)
        self.velocity_correction = correction
        self.bias = bias
        self._tell_bias()
        self.covariance.renew_force(process_model.FORCE_SIGMA * process_model.FORCE_SIGMA)

    def inflate_height(self, innovation, downrange):
        """The height may be wrong by `innovation` after all, so far downrange of the site, m.

        Far from the site it is the ground that differs from the map (a crater rim), and the datum stays; near it,
        where the map was surveyed, it is the vehicle's altitude.
        """
        v = innovation * innovation
        if abs(downrange) > _SURVEYED_M:
            self.reopened = 1.5 * abs(innovation)
            self.covariance.move_terrain(v, self.reopened)
        else:
            self.covariance.add_variance(cov.AGL, v)

    def revert_height(self, lift, variance, ground, ground_variance):
        """Altitude back by `lift`, m, now of that variance, m2, and ground above the map as it was told, m."""
        self.strapdown.correct((-lift, 0.0, 0.0), (0.0, 0.0, 0.0))
        self.strapdown.to_level_frame()
        self.terrain = ground
        self.covariance.renew_height(variance, ground_variance)

    def _apply(self, corrections):
        (
            height,
            terrain,
            downrange,
            crossrange,
            v_up,
            v_downrange,
            v_crossrange,
            b_up,
            b_downrange,
            b_crossrange,
        ) = corrections
        self.strapdown.correct((height + terrain, downrange, crossrange), (v_up, v_downrange, v_crossrange))
        self.terrain += terrain
        a, b = self.position_correction
        self.position_correction = a + downrange, b + crossrange
        a, b, c = self.velocity_correction
        self.velocity_correction = a + v_up, b + v_downrange, c + v_crossrange
        x, y, z = self.bias
        self.bias = x + b_up, y + b_downrange, z + b_crossrange
        self._tell_bias()

    def _tell_bias(self):
        up, downrange, crossrange = self.bias
        s = self.strapdown
        s.bias = s.to_site(up, downrange, crossrange)

    def sigmas(self):
        """1 sigma of height above ground m, vertical and horizontal velocity m/s, horizontal position m."""
        p = self.covariance.rows
        considered = self.covariance.considered
        return (
            sqrt(p[0][0]),
            sqrt(p[4][4] + considered),
            sqrt(p[5][5] + p[6][6] + 2.0 * considered),
            sqrt(p[2][2] + p[3][3]),
        )

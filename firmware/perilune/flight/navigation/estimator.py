"""Navigation: one coupled error-state Kalman filter over strapdown integration.

Measurements are taken one at a time as they come (scalar updates): laser and radar height, Doppler beams. The
covariance is propagated at 10 Hz in a tick of its own, so that no tick carries more than one heavy task.
"""

from math import sqrt

from perilune.flight import events
from perilune.flight.algebra import clamp
from perilune.flight.navigation import covariance as cov
from perilune.flight.navigation import gap, process_model
from perilune.flight.navigation.altimeter import Altimeter
from perilune.flight.navigation.altimeter_fdi import Altimetry
from perilune.flight.navigation.attitude import Attitude
from perilune.flight.navigation.covariance import Covariance
from perilune.flight.navigation.doppler import Doppler
from perilune.flight.navigation.height_reference import Agreement
from perilune.flight.navigation.imu import Inertial
from perilune.flight.navigation.inertial_height import InertialHeight
from perilune.flight.navigation.sources import in_use
from perilune.flight.navigation.strapdown import Strapdown
from perilune.flight.navigation.switches import unit_bits
from perilune.flight.navigation.terrain_map import Profile
from perilune.flight.schedule import DEAD_RECKONING_TICKS, GRAVITY, GUIDANCE, LEVEL, PROPAGATE, SIGMAS, SLOTS
from perilune.wire.schema import FRESH

_DT = 0.1  # covariance step
_BUSY_TICKS = 500  # since a measurement last corrected the state
_SURVEYED_M = 15000.0  # of the site
_ELSEWHERE_M = 50.0  # nearer by the map has the same ground
_SETTLING_RAD = 0.1  # turn, 1 sigma, of a vehicle that comes to rest while no frame tells how
_IMPACT = 0.01  # (rad/s)2/s, growth of the rate error of an impact that no gyro tells
_SILENT_TICKS = 250  # 5 s without a sample: no altimeter to land with
_EXPECT_RANGE = 0.6  # of an altimeter's reach: below it, and pointing well, a range is due


class Navigation:
    """Estimates; `update` is called once a tick with the sensor frame's groups."""

    def __init__(self, parameters, estimate, log):
        site = parameters.site
        sensors = parameters.sensors
        self.estimate = estimate
        self.site = site
        self.sensors = sensors
        self.datum = site.site_elevation_m
        self.deck = sensors.imu_height_m
        self.tick = site.epoch_tick
        self.inertial = Inertial(log)
        self.attitude = Attitude(site, sensors, log)
        self.strapdown = Strapdown(site)
        self.profile = Profile(parameters.terrain)
        mount = sensors.altimeter_height_m
        self.lrf = Altimeter(
            events.LRF,
            sensors.lrf_head,
            sensors.lrf_max_m,
            sensors.lrf_noise_m,
            sensors.lrf_noise_ratio,
            mount,
        )
        self.radar = Altimeter(
            events.RADAR,
            sensors.radar_head,
            sensors.radar_max_m,
            sensors.radar_noise_m,
            sensors.radar_noise_ratio,
            mount,
        )
        self.altimetry = Altimetry(self.lrf, self.radar, log)
        self.doppler = Doppler(sensors, log)
        self.witness = InertialHeight(site, self.strapdown.altitude, self.strapdown.v_up)
        self.witness_tick = self.tick  # to which it has come ...
        self.inertial_v_up = self.strapdown.v_up  # ... and what of the vertical speed then was inertial
        self.terrain = 0.0  # ground above the map, m
        self.propagated_tick = self.tick
        self.agreement = Agreement()
        self.opened = 0.0  # m, bound of the terrain after a reopening; fades within a minute
        self.bias = (0.0, 0.0, 0.0)  # specific-force error up, ahead, left
        self.wander = 0.0, 0.0  # how far corrections have moved the position: guidance follows slowly
        self.pull = 0.0, 0.0, 0.0  # ... and the velocity (up, ahead, left): all that is not inertial in it
        self.covariance = Covariance(process_model.initial_variances(site))
        self.owed = self.covariance.nothing()  # corrections not yet made, while a sample of several is taken
        self.owing = False
        self.covariance.couple(cov.AGL, cov.TERRAIN, -1.0)  # unknown ground is unknown height above it
        self._publish_all()

    def update(self, frame, engine_on, expected_accel):
        """One tick: propagate, correct with what came, refresh the outputs guidance reads.

        engine_on: thrust may act; else the vehicle falls freely. expected_accel: what the engines should give, m/s2.
        """
        tick = frame.tick
        self.tick = tick
        inertial = self.inertial
        inertial.update(frame.imu_a, frame.imu_b, tick, engine_on, expected_accel)
        attitude = self.attitude
        if inertial.blind or attitude.unsteady != 0.0:
            stopped = inertial.stopped() if attitude.unsteady == 0.0 else 0
            if stopped:
                inertial.dtheta = attitude.disown(stopped, inertial.unfelt)
            attitude.trust_gyros(not inertial.blind)
        attitude.propagate(inertial.dtheta, tick)
        if frame.star[0] & FRESH and attitude.star(frame.star, tick, inertial.gyros_agree()):
            inertial.judge_gyros(attitude.error)
        s = self.strapdown
        slot = tick % SLOTS
        if slot == GRAVITY:
            s.update_gravity()
        if engine_on:
            s.propagate(attitude.axes, inertial.dtheta, inertial.dvel)
        else:
            s.advance(0.0, 0.0, 0.0)  # free fall: what an accelerometer reads now is its bias
        if slot == LEVEL:
            self._locate(tick)
        else:
            s.carry()
        if slot == PROPAGATE:
            process_model.set_floor(self)
            self._propagate_slot(tick, engine_on)
        if frame.lrf[0] & FRESH:
            self._altimeter(self.lrf, frame.lrf)
        if frame.radar[0] & FRESH:
            self._altimeter(self.radar, frame.radar)
            self.doppler.radar(frame.radar, self.radar, self)
        if frame.velocimeter[0] & FRESH:
            self.doppler.velocimeter(frame.velocimeter, self)
        if slot == SIGMAS:
            self._sigmas()
            self._publish_sources(tick)
        elif slot == GUIDANCE:
            self._publish_silences(tick)
        self._outputs()

    def bridge_gap(self, frame, missed, engine_on):
        """Bridge `missed` ticks without a sensor frame, from the last one to `frame`.

        Rotation and specific force are taken to have changed evenly in between: a constant torque, which is what acts
        while nothing is commanded, does just that to the rate.
        """
        self._witness(self.tick)
        n, most = gap.extent(missed, engine_on)
        inertial = self.inertial
        turn, push = inertial.dtheta, inertial.dvel
        turn_then, push_then = inertial.ahead(frame.imu_a, frame.imu_b)
        done = 0
        while done < n:
            ticks = min(most, n - done)
            k = (done + 0.5 * (ticks + 1)) / (n + 1)
            force = gap.between(push, push_then, k) if engine_on else None
            self._leap(gap.between(turn, turn_then, k), force, ticks)
            done += ticks
        self.strapdown.update_gravity()
        self.attitude.doubt(turn, turn_then, n, missed)
        sigma = gap.velocity_sigma(push, push_then, missed, engine_on)
        for i in (cov.V_UP, cov.V_AHEAD, cov.V_LEFT):
            self.covariance.add_variance(i, sigma * sigma)
        self.witness_tick = frame.tick - 1
        self._motion()
        while n > 0:
            process_model.propagate(self, engine_on, 0.02 * min(n, gap.COVARIANCE_TICKS))
            n -= gap.COVARIANCE_TICKS
        self._sigmas()

    def _leap(self, dtheta, dvel, ticks):
        """A few ticks at once: the attitude halfway, the motion, the rest of the rotation."""
        s = self.strapdown
        half = ticks // 2
        self.attitude.leap(dtheta, half)
        s.leap(self.attitude.axes, dvel, ticks)
        self.attitude.leap(dtheta, ticks - half)
        s.locate()
        s.arcs()
        self._witness(self.witness_tick + ticks)

    def _locate(self, tick):
        """Every 0.1 s: the level frame here, and what moves slowly in it."""
        self.strapdown.locate()
        self.strapdown.arcs()
        self._witness(tick)
        self._motion()

    def _witness(self, tick):
        """Bring the inertial height up to `tick`: what no measurement has changed of the vertical speed is its."""
        v_up = self.strapdown.v_up - self.pull[0]
        self.witness.propagate(v_up - self.inertial_v_up, 0.02 * (tick - self.witness_tick))
        self.inertial_v_up = v_up
        self.witness_tick = tick

    def _motion(self):
        s = self.strapdown
        # radial acceleration without thrust: gravity less the centrifugal term
        level2 = s.v_ahead * s.v_ahead + s.v_left * s.v_left
        self.gravity = (level2 - s.mu / s.rho) / s.rho
        self.speed = sqrt(level2 + s.v_up * s.v_up)
        e = self.estimate
        e.g_eff = self.gravity
        e.speed = self.speed
        e.axis_up = s.up
        e.axis_downrange = s.ahead
        e.axis_crossrange = s.left

    def resume(self, tick):
        """After attributes were set to what they were at `tick`: everything that follows from them."""
        self.tick = tick
        self.propagated_tick = tick
        self.inertial.resume()
        self.attitude.resume(tick)
        self.doppler.resume(self.pull, self.bias)
        s = self.strapdown
        s.locate()
        s.arcs()
        s.update_gravity()
        s.bias = s.to_site(self.bias[0], self.bias[1], self.bias[2])
        self._publish_all()

    def stand(self):
        """On the ground: the vehicle moves no more."""
        s = self.strapdown
        s.v = (0.0, 0.0, 0.0)
        s.v_up = s.v_ahead = s.v_left = self.speed = 0.0  # all that changes by it, in a tick with much to do
        self.estimate.speed = 0.0
        self._outputs()

    def _publish_all(self):
        """The whole estimate anew."""
        self._sigmas()
        self._motion()
        self._publish_sources(self.tick)
        self._publish_silences(self.tick)
        self._outputs()

    def _outputs(self):
        s = self.strapdown
        altitude = s.altitude
        downrange = s.downrange
        ground = self.profile.elevation(downrange)
        e = self.estimate
        e.tick = self.tick
        self.altitude = e.altitude = altitude - self.datum
        self.agl = e.agl = altitude - self.deck - ground - self.terrain
        self.downrange = e.downrange = downrange
        self.crossrange = e.crossrange = s.crossrange
        self.v_up = e.v_up = s.v_up
        self.v_ahead = e.v_downrange = s.v_ahead
        self.v_left = e.v_crossrange = s.v_left
        e.map_depth = self.datum - ground
        e.position_correction = self.wander
        e.position = s.r
        e.velocity = s.v
        self._publish_attitude()
        inertial = self.inertial
        e.delta_v = inertial.dvel
        e.accel_suspect = inertial.suspect
        e.rate_modelled = inertial.blind
        e.gyros_disagree = inertial.wrong_angle != 0
        e.imu_good = inertial.good()

    def _publish_attitude(self):
        attitude = self.attitude
        e = self.estimate
        e.attitude_known = attitude.known
        e.q = attitude.q
        e.axes = attitude.axes
        e.rate = attitude.rate
        e.star_tick = attitude.corrected

    def _publish_silences(self, tick):
        """Every 0.1 s, for guidance: who has told nothing for how long."""
        e = self.estimate
        altimetry = self.altimetry
        e.altimeter_tick = altimetry.used_tick
        e.range_may_come = altimetry.may_still_speak(tick)
        e.altimeters_silent = self.lrf.silent(tick, _SILENT_TICKS) and self.radar.silent(tick, _SILENT_TICKS)
        e.velocimeter_lost = self.doppler.alone(tick)

    def _publish_sources(self, tick):
        """Every 0.1 s: the bits of the health word that tell which sources are in use."""
        self.estimate.sources = in_use(tick, self.inertial, self.attitude, self.lrf, self.radar, self.doppler)

    def update_on_surface(self, frame):
        """One tick on the surface: the attitude alone."""
        inertial = self.inertial
        attitude = self.attitude
        tick = frame.tick
        inertial.update(frame.imu_a, frame.imu_b, tick, True, 0.0)
        if inertial.blind:  # nothing tells what the impact did: the star tracker has to
            inertial.dtheta = (0.0, 0.0, 0.0)
            attitude.unsteady = _IMPACT
        attitude.propagate(inertial.dtheta, tick)
        attitude.star(frame.star, tick, True)
        e = self.estimate
        e.rate_modelled = inertial.blind
        e.gyros_disagree = inertial.wrong_angle != 0
        self._publish_attitude()

    def widen_on_surface(self):
        """Ticks on the surface went by without a frame: it may have come to rest otherwise meanwhile."""
        self.attitude.loosen(_SETTLING_RAD)

    def rotation_doubtful(self):
        """No gyro tells the rotation, or both may have ceased to."""
        inertial = self.inertial
        return inertial.blind or not (inertial.a.calm or inertial.b.calm)

    def take_thruster_turn(self, acceleration):
        """Where the rotation is doubtful: the angular acceleration, rad/s2 in the body frame, of this tick's pulses."""
        if self.inertial.blind:
            self.inertial.turn(acceleration)
        else:
            self.inertial.foresee(acceleration)

    def monitor_velocimeter(self):
        """At 10 Hz in flight: what of the velocity is vouched for, and a velocimeter that says nothing."""
        e = self.estimate
        self.doppler.tend(e.tick, e.agl, self.pull, self.bias)

    def manage_sensors(self, aside):
        """At 10 Hz in flight, beside guidance: bits of units' heads and power; one altimeter against the map,
        and a power cycle for who needs it. aside: the radar is to look through its descent head."""
        up = self.strapdown.up
        silence = self.doppler.silence
        bits = unit_bits(self.lrf, self.radar, silence, self.attitude.axes, up, self.tick, aside)
        self.altimetry.survey(self)
        self.altimetry.tend(self.tick, self.ranges_due())
        return bits

    def mapped_depth(self):
        """How far below the site the map has the ground under the vehicle, m."""
        return self.datum - self.profile.elevation(self.downrange)

    def _sigmas(self):
        p = self.covariance.rows
        considered = self.covariance.considered
        e = self.estimate
        self.sigma_agl = e.sigma_agl = sqrt(p[0][0])
        self.sigma_v_up = e.sigma_v_up = sqrt(p[4][4] + considered)
        self.sigma_v_level = e.sigma_v_level = sqrt(p[5][5] + p[6][6] + 2.0 * considered)
        self.sigma_position = e.sigma_position = sqrt(p[2][2] + p[3][3])

    def velocity_at(self, age_s):
        """Site-frame velocity age_s ago, m/s."""
        s = self.strapdown
        gx, gy, gz = s.fall
        fx, fy, fz = s.force
        x, y, z = s.v
        ticks = 50.0 * age_s
        return x - age_s * fx - ticks * gx, y - age_s * fy - ticks * gy, z - age_s * fz - ticks * gz

    def ranges_due(self):
        """The ground is well within the altimeters' reach and in view."""
        return self.agl + 3.0 * self.sigma_agl < _EXPECT_RANGE * self.sensors.lrf_max_m

    def _propagate_slot(self, tick, engine_on):
        """Every 0.1 s while measurements come, every 0.5 s on dead reckoning: nothing is lost on it."""
        busy = tick - max(self.altimetry.used_tick, self.doppler.used_tick) < _BUSY_TICKS
        if busy or tick % DEAD_RECKONING_TICKS == PROPAGATE:
            steps = (tick - self.propagated_tick + 2) // SLOTS
            self.propagated_tick = tick
            process_model.propagate(self, engine_on, _DT * min(max(steps, 1), 5))

    def _altimeter(self, unit, sample):
        height = unit.height(sample, self.attitude.axes, self.strapdown.up, self.tick)
        if height is None:
            return
        s = self.strapdown
        p, q, w = self.attitude.rate
        unit.sweep_m_s = abs(s.v_ahead) + abs(s.v_left) + 0.2 * unit.range_m * (abs(p) + abs(q) + abs(w))
        map_here = self.profile.elevation(s.downrange)
        step = (
            self.profile.elevation(s.downrange + unit.offset_m) - map_here
        )  # ground there against ground here
        step -= unit.offset_m * unit.offset_m * 0.5 / s.radius  # the Moon curves away under a slanted beam
        predicted = s.altitude - self.deck - map_here - self.terrain - step - s.v_up * sample[1] * 0.001
        slopes = 0.1 * clamp(abs(s.downrange) * 0.001, 0.02, 1.0)  # they calm down towards the site
        r = unit.variance(self.attitude.star_var, slopes)
        witness = self.witness
        sigma = witness.sigma() + 3.0 * process_model.terrain_sigma(self)
        since = 0.02 * (self.tick - self.witness_tick)
        datum = witness.altitude + since * witness.v_up - self.deck - map_here
        self.altimetry.judge(unit, height, predicted, r, (datum, sigma, s.v_up - witness.v_up), self)

    def correct_height(self, innovation, r):
        """Take a height into the filter: innovation m, noise variance m2."""
        corrections = self.covariance.observe(cov.AGL, innovation, r)
        ahead = corrections[cov.AHEAD]
        if abs(ahead) > _ELSEWHERE_M:
            self._same_ground(ahead)
        self._apply(corrections)

    def _same_ground(self, ahead):
        """A height that moves the position along the map, m, is the height here, wherever that turns out to be.

        A first range 780 m off moved it by 630 m, to where the map is 40 m lower: what was just measured was off by
        that, and the laser was isolated for a leap that it had not made.
        """
        profile = self.profile
        downrange = self.strapdown.downrange
        step = profile.elevation(downrange + ahead) - profile.elevation(downrange)
        self.terrain -= step
        self.agreement.ground -= step
        for unit in (self.lrf, self.radar):
            unit.rebase(step)

    def correct_velocity(self, direction, innovation, r):
        """Take a velocity along `direction` (up, ahead, left) into the filter: innovation m/s, variance."""
        self._apply(self.covariance.observe_velocity(direction, innovation, r))

    def take_velocity(self, direction, innovation, r):
        """The same for one of several of a sample: the state itself is corrected once, by `settle`."""
        c = self.covariance
        c.gather(self.owed, c.observe_velocity(direction, innovation, r))
        self.owing = True

    def taken(self, direction):
        """What those taken since then correct of the velocity along `direction` (up, ahead, left), m/s."""
        if not self.owing:
            return 0.0
        owed = self.owed
        a, b, c = direction
        return a * owed[cov.V_UP] + b * owed[cov.V_AHEAD] + c * owed[cov.V_LEFT]

    def settle(self):
        """Correct the state by all that was taken."""
        if self.owing:
            self._apply(self.owed)
            self.covariance.clear(self.owed)
            self.owing = False

    def renounce(self, pull, bias):
        """Velocity and specific force back to when `pull` and `bias` were all of them that was not inertial."""
        x, y, z = self.pull
        s = self.strapdown
        s.correct((0.0, 0.0, 0.0), (pull[0] - x, pull[1] - y, pull[2] - z))
        self.pull = pull
        self.bias = bias
        s.bias = s.to_site(bias[0], bias[1], bias[2])
        self.covariance.renew_force(process_model.FORCE_SIGMA * process_model.FORCE_SIGMA)

    def open_height(self, innovation):
        """The height may be wrong by `innovation` after all.

        Far from the site it is the ground that differs from the map (a crater rim), and the datum stays; near it,
        where the map was surveyed, it is the vehicle's altitude.
        """
        v = innovation * innovation
        if abs(self.downrange) > _SURVEYED_M:
            self.opened = 1.5 * abs(innovation)
            self.covariance.move_terrain(v, self.opened)
        else:
            self.covariance.add_variance(cov.AGL, v)

    def above_witness(self):
        """Altitude against the inertial one, m."""
        since = 0.02 * (self.tick - self.witness_tick)
        return self.strapdown.altitude - self.witness.altitude - since * self.witness.v_up

    def retract(self):
        """What one altimeter has said since two told the height is taken back."""
        agreed = self.agreement
        _gap, variance = agreed.gap(self)
        self.strapdown.correct((-agreed.lift(self), 0.0, 0.0), (0.0, 0.0, 0.0))
        self.strapdown.locate()
        self.terrain = agreed.ground
        self.covariance.renew_height(variance, agreed.variance)

    def _apply(self, d):
        s = self.strapdown
        height, terrain, ahead, left, v_up, v_ahead, v_left, b_up, b_ahead, b_left = d
        s.correct((height + terrain, ahead, left), (v_up, v_ahead, v_left))
        self.terrain += terrain
        a, b = self.wander
        self.wander = a + ahead, b + left
        a, b, c = self.pull
        self.pull = a + v_up, b + v_ahead, c + v_left
        x, y, z = self.bias
        x += b_up
        y += b_ahead
        z += b_left
        self.bias = x, y, z
        s.bias = s.to_site(x, y, z)

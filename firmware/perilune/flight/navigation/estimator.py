"""Navigation: one coupled error-state Kalman filter over strapdown integration.

Measurements are taken one at a time as they come (scalar updates): laser and radar height, Doppler beams. The
covariance is propagated at 10 Hz in a tick of its own, so that no tick carries more than one heavy task. The parts
judge; what they find is applied here, and told in the estimate.
"""

from math import sqrt

from perilune.flight import events
from perilune.flight.algebra import clamp
from perilune.flight.navigation import altimeter_fdi, doppler, gap, process_model
from perilune.flight.navigation import covariance as cov
from perilune.flight.navigation.altimeter import Altimeter
from perilune.flight.navigation.attitude import Attitude
from perilune.flight.navigation.filter import ErrorFilter
from perilune.flight.navigation.imu import Inertial
from perilune.flight.navigation.inertial_height import InertialHeight
from perilune.flight.navigation.sources import in_use
from perilune.flight.navigation.strapdown import Strapdown
from perilune.flight.navigation.switches import unit_bits
from perilune.flight.navigation.terrain_map import Profile
from perilune.flight.schedule import DEAD_RECKONING_TICKS, GRAVITY, GUIDANCE, LEVEL, PROPAGATE, SIGMAS, SLOTS
from perilune.wire.schema import FRESH, HEAD

_DT = 0.1  # covariance step, s
_BUSY_TICKS = 500  # since a measurement last corrected the state
_SETTLING_RAD = 0.1  # turn, 1 sigma, of a vehicle that comes to rest while no frame tells how
_IMPACT = 0.01  # (rad/s)2/s, growth of the rate error of an impact that no gyro tells
_SILENT_TICKS = 250  # 5 s without a sample: no altimeter to land with
_LATELY_TICKS = 10  # the laser's beam counts where it was used no longer ago
_EXPECT_RANGE = 0.6  # of an altimeter's reach: below it, and pointing well, a range is due


class Navigation:
    """Fills `estimate`; `update` is called once a tick with the sensor frame's groups."""

    def __init__(self, parameters, estimate, log):
        site = parameters.site
        sensors = parameters.sensors
        self.estimate = estimate
        self.datum = site.site_elevation_m
        self.deck = sensors.imu_height_m
        self.reach = _EXPECT_RANGE * sensors.lrf_max_m
        estimate.tick = site.epoch_tick
        self.propagated_tick = site.epoch_tick
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
        self.altimeters = self.lrf, self.radar
        self.altimetry = altimeter_fdi.Altimetry(self.lrf, self.radar, log)
        self.doppler = doppler.Doppler(sensors, log)
        s = self.strapdown
        self.inertial_height = InertialHeight(site, s.altitude, s.v_up, site.epoch_tick)
        self.filter = ErrorFilter(site, sensors, s, self.profile)
        self._publish_all()

    def update(self, frame, engine_on, expected_accel):
        """One tick: propagate, correct with what came, tell what guidance reads.

        engine_on: thrust may act; else the vehicle falls freely. expected_accel: what the engines should give, m/s2.
        """
        tick = frame.tick
        slot = tick % SLOTS
        self.estimate.tick = tick
        inertial = self.inertial
        if inertial.update(frame.imu_a, frame.imu_b, tick, engine_on, expected_accel):
            self._publish_doubts()
        attitude = self.attitude
        if inertial.gyros_lost or attitude.unsteady != 0.0:
            self._replace_gyros()
        attitude.propagate(inertial.dtheta, tick)
        if frame.star[0] & FRESH:
            if attitude.star(frame.star, tick, inertial.gyros_agree()):
                inertial.judge_gyros(attitude.error)
            self._publish_attitude()
        s = self.strapdown
        if slot == GRAVITY:
            s.update_gravity()
        if engine_on:
            s.propagate(attitude.axes, inertial.dtheta, inertial.dvel)
        else:
            s.advance(0.0, 0.0, 0.0)  # free fall: what an accelerometer reads now is its bias
        if slot == LEVEL:
            self._update_level_frame(tick)
        else:
            s.carry()
        if slot == PROPAGATE:
            self._propagate(tick, engine_on)
        if frame.lrf[0] & FRESH:
            self._take_height(self.lrf, frame.lrf)
        if frame.radar[0] & FRESH:
            self._take_height(self.radar, frame.radar)
            self._take_radar_rate(frame.radar)
        if frame.velocimeter[0] & FRESH:
            self._take_beams(frame.velocimeter)
        if slot == SIGMAS:
            self._publish_sigmas()
            self._publish_sources(tick)
        self._publish_motion()
        if slot == GUIDANCE:
            self._publish_guidance(tick)

    def _replace_gyros(self):
        """Gyros are lost or come back: the rotation is a model's, or theirs again."""
        inertial = self.inertial
        attitude = self.attitude
        stopped = inertial.stopped() if attitude.unsteady == 0.0 else 0
        if stopped:
            inertial.dtheta = attitude.replace_frozen_gyro(stopped, inertial.unfelt)
        attitude.trust_gyros(not inertial.gyros_lost)

    def _propagate(self, tick, engine_on):
        """Every 0.1 s while measurements come, every 0.5 s on dead reckoning: nothing is lost on it."""
        e = self.estimate
        lrf = self.lrf
        used_tick = self.altimetry.used_tick
        cosine = lrf.cosine if lrf.used_tick > used_tick - _LATELY_TICKS else self.radar.cosine
        error = self.filter
        error.covariance.lowest[cov.AGL] = process_model.height_floor(e.agl, e.downrange, cosine)
        busy = tick - max(used_tick, self.doppler.used_tick) < _BUSY_TICKS
        if busy or tick % DEAD_RECKONING_TICKS == PROPAGATE:
            steps = (tick - self.propagated_tick + 2) // SLOTS
            self.propagated_tick = tick
            error.propagate(engine_on, self.inertial.extra_noise, e.speed, _DT * min(max(steps, 1), 5))

    def _take_height(self, unit, sample):
        """A sample of an altimeter: the height it tells against the one expected under its beam."""
        e = self.estimate
        tick = e.tick
        attitude = self.attitude
        s = self.strapdown
        height = unit.height(sample, attitude.axes, s.axis_up, tick)
        if height is None:
            return
        p, q, w = attitude.rate
        unit.sweep_m_s = (
            abs(s.v_downrange) + abs(s.v_crossrange) + 0.2 * unit.range_m * (abs(p) + abs(q) + abs(w))
        )
        profile = self.profile
        map_here = profile.elevation(s.downrange)
        step = profile.elevation(s.downrange + unit.offset_m) - map_here  # ground there against ground here
        step -= unit.offset_m * unit.offset_m * 0.5 / s.radius  # the Moon curves away under a slanted beam
        error = self.filter
        predicted = s.altitude - self.deck - map_here - error.terrain - step - s.v_up * sample[1] * 0.001
        slopes = 0.1 * clamp(abs(s.downrange) * 0.001, 0.02, 1.0)  # they calm down towards the site
        r = unit.variance(attitude.star_var, slopes)
        h = self.inertial_height
        sigma = h.sigma() + 3.0 * error.terrain_sigma()
        since = 0.02 * (tick - h.tick)
        inertial = h.altitude + since * h.v_up - self.deck - map_here, sigma, s.v_up - h.v_up
        variance = error.covariance.rows[cov.AGL][cov.AGL]
        found = self.altimetry.judge(unit, height, predicted, r, variance, inertial, e)
        if found == altimeter_fdi.USE:
            step = error.correct_height(height - predicted, r)
            if step != 0.0:
                self.altimetry.rebase(step)
        elif found == altimeter_fdi.REOPEN:
            error.inflate_height(height - predicted, e.downrange)

    def _take_radar_rate(self, sample):
        """The radar's range rate: against the velocimeter, and in its place."""
        monitor = self.doppler
        unit = self.radar
        if not monitor.hears_radar(sample, unit):
            return
        head = 1 if sample[0] & HEAD else 0
        error = self.filter
        velocity = self._velocity_at(sample[1] * 0.001)
        attitude = self.attitude
        beam = unit.heads[head]
        x, y, z, innovation = monitor.innovation(beam, sample[3], velocity, attitude.axes, attitude.rate)
        direction = self.strapdown.to_level(x, y, z)
        correction = error.velocity_correction
        found = monitor.compare_radar(head, direction, innovation, correction, self.altimeters, self.estimate)
        if found:
            self._distrust_velocimeter(found)
        if monitor.radar_needed():
            c = error.covariance
            variance = c.velocity_variance(direction)
            if monitor.judge_radar(innovation, variance, c.considered):
                error.correct_velocity(direction, innovation, monitor.r)

    def _take_beams(self, sample):
        """A sample of the velocimeter, beam by beam."""
        monitor = self.doppler
        e = self.estimate
        if not monitor.begin(sample, e):
            return
        error = self.filter
        c = error.covariance
        velocity = self._velocity_at(sample[2] * 0.001)
        axes = self.attitude.axes
        rate = self.attitude.rate
        for i in range(3):
            if sample[1] & (1 << i):
                x, y, z, innovation = monitor.innovation(
                    monitor.beams[i], sample[3 + i], velocity, axes, rate
                )
                direction = self.strapdown.to_level(x, y, z)
                pending = error.pending_along(direction)  # the beams before this one have said as much
                variance = c.velocity_variance(direction)
                found = monitor.judge_beam(i, innovation, pending, variance, e)
                innovation -= pending
                if found & doppler.USE:
                    error.take_velocity(direction, innovation, monitor.r)
                elif found:
                    self._distrust_velocimeter(found)
                    if found & doppler.INFLATE:
                        c.inflate_velocity(direction, monitor.share * innovation * innovation)
        monitor.end()
        error.apply_pending()

    def _distrust_velocimeter(self, found):
        """Apply what its monitor has found: what it has done to the velocity is uncertain, or undone."""
        monitor = self.doppler
        error = self.filter
        if found & doppler.DISTRUST:
            error.inflate_velocity(monitor.pulled(error.velocity_correction))
        if found & doppler.REVERT:
            error.revert_velocity(monitor.anchors[0], monitor.forces[0])

    def _velocity_at(self, age_s):
        """Site-frame velocity age_s ago, m/s."""
        s = self.strapdown
        gx, gy, gz = s.gravity_dv
        fx, fy, fz = s.force
        x, y, z = s.v
        ticks = 50.0 * age_s
        return x - age_s * fx - ticks * gx, y - age_s * fy - ticks * gy, z - age_s * fz - ticks * gz

    def bridge_gap(self, frame, missed, engine_on):
        """Bridge `missed` ticks without a sensor frame, from the last one to `frame`.

        Rotation and specific force are taken to have changed evenly in between: a constant torque, which is what acts
        while nothing is commanded, does just that to the rate.
        """
        self._update_inertial_height(self.estimate.tick)
        n, most = gap.extent(missed, engine_on)
        inertial = self.inertial
        turn, push = inertial.dtheta, inertial.dvel
        turn_then, push_then = inertial.after_gap(frame.imu_a, frame.imu_b)
        done = 0
        while done < n:
            ticks = min(most, n - done)
            k = (done + 0.5 * (ticks + 1)) / (n + 1)
            force = gap.between(push, push_then, k) if engine_on else None
            self._leap(gap.between(turn, turn_then, k), force, ticks)
            done += ticks
        self.strapdown.update_gravity()
        self.attitude.inflate_for_gap(turn, turn_then, n, missed)
        sigma = gap.velocity_sigma(push, push_then, missed, engine_on)
        self.filter.inflate_velocity((sigma, sigma, sigma))
        self.inertial_height.tick = frame.tick - 1
        self._publish_level()
        while n > 0:
            dt = 0.02 * min(n, gap.COVARIANCE_TICKS)
            self.filter.propagate(engine_on, inertial.extra_noise, self.estimate.speed, dt)
            n -= gap.COVARIANCE_TICKS
        self._publish_sigmas()

    def _leap(self, dtheta, dvel, ticks):
        """A few ticks at once: the attitude halfway, the motion, the rest of the rotation."""
        s = self.strapdown
        half = ticks // 2
        self.attitude.leap(dtheta, half)
        s.leap(self.attitude.axes, dvel, ticks)
        self.attitude.leap(dtheta, ticks - half)
        s.to_level_frame()
        s.surface_arcs()
        self._update_inertial_height(self.inertial_height.tick + ticks)

    def _update_level_frame(self, tick):
        """Every 0.1 s: the level frame here, and what moves slowly in it."""
        self.strapdown.to_level_frame()
        self.strapdown.surface_arcs()
        self._update_inertial_height(tick)
        self._publish_level()

    def _update_inertial_height(self, tick):
        """What no measurement has changed of the vertical speed drives it."""
        self.inertial_height.update(tick, self.strapdown.v_up - self.filter.velocity_correction[0])

    def resume(self, tick):
        """After attributes were set to what they were at `tick`: everything that follows from them."""
        self.estimate.tick = tick
        self.propagated_tick = tick
        self.inertial.resume()
        self.attitude.resume(tick)
        error = self.filter
        self.doppler.resume(error.velocity_correction, error.bias)
        s = self.strapdown
        s.to_level_frame()
        s.surface_arcs()
        s.update_gravity()
        error.resume()
        self._publish_all()

    def stand(self):
        """On the ground: the vehicle moves no more."""
        s = self.strapdown
        s.v = (0.0, 0.0, 0.0)
        s.v_up = s.v_downrange = s.v_crossrange = 0.0  # all that changes by it, in a tick with much to do
        self.estimate.speed = 0.0
        self._publish_motion()

    def update_on_surface(self, frame):
        """One tick on the surface: the attitude alone."""
        inertial = self.inertial
        attitude = self.attitude
        tick = frame.tick
        inertial.update(frame.imu_a, frame.imu_b, tick, True, 0.0)
        if inertial.gyros_lost:  # nothing tells what the impact did: the star tracker has to
            inertial.dtheta = (0.0, 0.0, 0.0)
            attitude.unsteady = _IMPACT
        attitude.propagate(inertial.dtheta, tick)
        attitude.star(frame.star, tick, True)
        self._publish_doubts()
        self._publish_attitude()

    def widen_on_surface(self):
        """Ticks on the surface went by without a frame: it may have come to rest otherwise meanwhile."""
        self.attitude.inflate(_SETTLING_RAD)

    def take_thruster_turn(self, acceleration):
        """Where the rotation is doubtful: the angular acceleration, rad/s2 in the body frame, of this tick's pulses."""
        if self.inertial.gyros_lost:
            self.inertial.turn(acceleration)
        else:
            self.inertial.foresee(acceleration)

    def monitor_velocimeter(self):
        """At 10 Hz in flight: what of the velocity is vouched for, and a velocimeter that says nothing."""
        e = self.estimate
        error = self.filter
        self.doppler.update_reference(e.tick, e.agl, error.velocity_correction, error.bias)

    def manage_sensors(self, aside):
        """At 10 Hz in flight, beside guidance: the bits of heads and power; one altimeter against the map; a power
        cycle for who needs it. aside: the radar is to look through its descent head."""
        e = self.estimate
        tick = e.tick
        s = self.strapdown
        bits = unit_bits(
            self.lrf, self.radar, self.doppler.silence, self.attitude.axes, s.axis_up, tick, aside
        )
        error = self.filter
        h = self.inertial_height
        above = s.altitude - h.altitude - 0.02 * (tick - h.tick) * h.v_up
        offset = above, s.v_up - h.v_up, error.terrain
        sigma = error.terrain_sigma()
        if self.altimetry.check_against_map(tick, offset, sigma, self.doppler.used_tick, e):
            reference = self.altimetry.reference
            _gap, variance = reference.gap(tick, offset, sigma)
            lift = reference.lift(tick, offset)
            error.revert_height(lift, variance, reference.ground, reference.variance)
        due = e.agl + 3.0 * e.sigma_agl < self.reach  # the ground is well within reach and in view
        self.altimetry.power_cycle_failed(tick, due)
        return bits

    def _publish_all(self):
        """The whole estimate anew."""
        tick = self.estimate.tick
        self._publish_sigmas()
        self._publish_level()
        self._publish_sources(tick)
        self._publish_doubts()
        self._publish_motion()
        self._publish_attitude()
        self._publish_guidance(tick)

    def _publish_motion(self):
        """Every tick: height, position, velocity, attitude and what is felt."""
        s = self.strapdown
        altitude = s.altitude
        downrange = s.downrange
        e = self.estimate
        e.altitude = altitude - self.datum
        e.agl = altitude - self.deck - self.profile.elevation(downrange) - self.filter.terrain
        e.downrange = downrange
        e.crossrange = s.crossrange
        e.v_up = s.v_up
        e.v_downrange = s.v_downrange
        e.v_crossrange = s.v_crossrange
        e.position = s.r
        e.velocity = s.v
        e.delta_v = self.inertial.dvel
        attitude = self.attitude
        e.q = attitude.q
        e.axes = attitude.axes
        e.rate = attitude.rate

    def _publish_attitude(self):
        """With a star sample, and on the surface, where nothing moves but the attitude."""
        attitude = self.attitude
        e = self.estimate
        e.attitude_known = attitude.known
        e.star_tick = attitude.corrected
        e.q = attitude.q
        e.axes = attitude.axes
        e.rate = attitude.rate

    def _publish_doubts(self):
        """Where something about the inertial units may have changed."""
        inertial = self.inertial
        e = self.estimate
        e.accel_suspect = inertial.suspect
        e.rate_modelled = inertial.gyros_lost
        e.gyros_disagree = inertial.wrong_angle != 0
        e.imu_good = inertial.good()
        e.rotation_doubtful = inertial.gyros_lost or not (inertial.a.calm or inertial.b.calm)

    def _publish_level(self):
        """Every 0.1 s: the level frame, and what changes slowly in it."""
        s = self.strapdown
        e = self.estimate
        # radial acceleration without thrust: gravity less the centrifugal term
        level2 = s.v_downrange * s.v_downrange + s.v_crossrange * s.v_crossrange
        e.g_eff = (level2 - s.mu / s.rho) / s.rho
        e.speed = sqrt(level2 + s.v_up * s.v_up)
        e.axis_up = s.axis_up
        e.axis_downrange = s.axis_downrange
        e.axis_crossrange = s.axis_crossrange

    def _publish_sigmas(self):
        """Every 0.1 s: how sure the estimates are."""
        e = self.estimate
        e.sigma_agl, e.sigma_v_up, e.sigma_v_level, e.sigma_position = self.filter.sigmas()

    def _publish_guidance(self, tick):
        """Every 0.1 s, for guidance alone: corrections of the position, the map, who has told nothing for how long."""
        e = self.estimate
        e.position_correction = self.filter.position_correction
        e.map_depth = self.datum - self.profile.elevation(e.downrange)
        altimetry = self.altimetry
        e.altimeter_tick = altimetry.used_tick
        e.range_may_come = altimetry.range_may_come(tick)
        e.altimeters_silent = self.lrf.silent(tick, _SILENT_TICKS) and self.radar.silent(tick, _SILENT_TICKS)
        e.velocimeter_lost = self.doppler.lost(tick)

    def _publish_sources(self, tick):
        """Every 0.1 s: the bits of the health word that tell which sources are in use."""
        self.estimate.sources = in_use(tick, self.inertial, self.attitude, self.lrf, self.radar, self.doppler)

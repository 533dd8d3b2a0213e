"""The records that stations exchange: estimate, limits, command. Made once, written in place.

Navigation turns sensor frames into the estimate; propulsion tells the limits; guidance, control and propulsion make the
command. A station reads these records and nothing of another station's parts. Beside each attribute stand its unit,
its frame, its rate and its one writer, a module of perilune.flight (tests/firmware/test_house.py holds them to it).

Frames. site: origin on the reference sphere below the site, x downrange, y left, z up. level: up, downrange, crossrange
(positive to the left) where the vehicle is. body: z along the thrust. Up stands first because the vertical is what a
landing is about: heights, sink rates and thrust are positive where an engineer expects them, which north-east-down
would turn round, and the site's x axis is the approach's own, not north's.
Rates. 50 Hz: every tick. 10 Hz: one tick in five. change: when it happens. once: with the parameters.
"""

_SITE_AXES = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


class Estimate:
    """What navigation knows of the vehicle."""

    def __init__(self):
        self.tick = 0  # ticks; -; 50 Hz; navigation.estimator; of the sensor frame it holds for
        # motion
        self.altitude = 0.0  # m; level; 50 Hz; navigation.estimator; above the elevation of the site
        self.agl = 0.0  # m; level; 50 Hz; navigation.estimator; footpads above the ground
        self.downrange = 0.0  # m; level; 50 Hz; navigation.estimator; from the site, along the sphere
        self.crossrange = 0.0  # m; level; 50 Hz; navigation.estimator; from the site, along the sphere
        self.v_up = 0.0  # m/s; level; 50 Hz; navigation.estimator; over the turning ground
        self.v_downrange = 0.0  # m/s; level; 50 Hz; navigation.estimator; over the turning ground
        self.v_crossrange = 0.0  # m/s; level; 50 Hz; navigation.estimator; over the turning ground
        self.speed = 0.0  # m/s; level; 10 Hz; navigation.estimator; size of the velocity
        self.g_eff = 0.0  # m/s2; level; 10 Hz; navigation.estimator; upward: gravity less centrifugal
        self.map_depth = 0.0  # m; level; 10 Hz; navigation.estimator; mapped ground here below the site
        self.position_correction = (0.0, 0.0)  # m; level; 10 Hz; navigation.estimator; sum of the filter's
        self.position = (0.0, 0.0, 0.0)  # m; site; 50 Hz; navigation.estimator; of the inertial units
        self.velocity = (0.0, 0.0, 0.0)  # m/s; site; 50 Hz; navigation.estimator; of the inertial units
        self.axis_up = (0.0, 0.0, 1.0)  # -; site; 10 Hz; navigation.estimator; of the level frame
        self.axis_downrange = (1.0, 0.0, 0.0)  # -; site; 10 Hz; navigation.estimator; of the level frame
        self.axis_crossrange = (0.0, 1.0, 0.0)  # -; site; 10 Hz; navigation.estimator; of the level frame
        # 1 sigma of it
        self.sigma_agl = 0.0  # m; level; 10 Hz; navigation.estimator; of agl
        self.sigma_v_up = 0.0  # m/s; level; 10 Hz; navigation.estimator; of v_up
        self.sigma_v_level = 0.0  # m/s; level; 10 Hz; navigation.estimator; of the horizontal velocity
        self.sigma_position = 0.0  # m; level; 10 Hz; navigation.estimator; of downrange and crossrange
        # attitude and what is felt
        self.attitude_known = False  # -; -; change; navigation.estimator; a first star sample has come
        self.q = None  # -; body to site; 50 Hz; navigation.estimator; quaternion, None until it is known
        self.axes = _SITE_AXES  # -; site; 50 Hz; navigation.estimator; of the body, one after the other
        self.rate = (0.0, 0.0, 0.0)  # rad/s; body; 50 Hz; navigation.estimator; of rotation
        self.delta_v = (0.0, 0.0, 0.0)  # m/s; body; 50 Hz; navigation.estimator; felt over the tick
        self.accel_suspect = False  # -; -; change; navigation.estimator; what is felt may be wrong
        self.rate_modelled = False  # -; -; change; navigation.estimator; no gyro tells the rate
        self.gyros_disagree = False  # -; -; change; navigation.estimator; two gyros tell different rates
        self.imu_good = False  # -; -; change; navigation.estimator; a unit delivers, and there is a gyro
        self.rotation_doubtful = False  # -; -; change; navigation.estimator; gyros may feel no turn
        # sources
        self.star_tick = 0  # ticks; -; change; navigation.estimator; of the last star sample
        self.altimeter_tick = 0  # ticks; -; 10 Hz; navigation.estimator; a range last corrected the height
        self.range_may_come = True  # -; -; 10 Hz; navigation.estimator; from an altimeter that has told none
        self.altimeters_silent = False  # -; -; 10 Hz; navigation.estimator; both, for five seconds
        self.velocimeter_lost = False  # -; -; 10 Hz; navigation.estimator; unused for five seconds
        self.sources = 0  # bits of health; -; 10 Hz; navigation.estimator; which sources are in use

    def to_site(self, up, downrange, crossrange):
        """A level-frame vector in the site frame."""
        a, b, c = self.axis_up
        d, _e, f = self.axis_downrange
        g, h, i = self.axis_crossrange
        return (
            up * a + downrange * d + crossrange * g,
            up * b + crossrange * h,
            up * c + downrange * f + crossrange * i,
        )

    def to_level(self, x, y, z):
        """A site-frame vector in the level frame: up, downrange, crossrange."""
        a, b, c = self.axis_up
        d, _e, f = self.axis_downrange
        g, h, i = self.axis_crossrange
        return x * a + y * b + z * c, x * d + z * f, x * g + y * h + z * i


class Limits:
    """What engines and tank can still give, and what they do now."""

    def __init__(self):
        self.accel_max = 0.0  # m/s2; body; 10 Hz; propulsion.thrust; most that thrust can give now
        self.accel_cap = 0.0  # m/s2; body; once; propulsion.thrust; most that may ever be asked for
        self.exhaust = 0.0  # m/s; -; once; propulsion.thrust; exhaust velocity of the main engines
        self.start_delay = 0.0  # s; -; once; propulsion.thrust; from command to thrust
        self.delta_v_left = 0.0  # m/s; -; 10 Hz; propulsion.thrust; down to the dry mass
        self.delta_v_kept = 0.0  # m/s; -; once; propulsion.thrust; of it, to be landed with
        self.load = 0.0  # kg; -; once; propulsion.thrust; propellant loaded
        self.dry_mass = 0.0  # kg; -; once; propulsion.thrust; of the vehicle without propellant
        self.leak_rate = 0.0  # kg/s; -; 10 Hz; propulsion.thrust; out of the tank, beside what is burnt
        self.mass = 0.0  # kg; -; 50 Hz; propulsion.thrust; of the vehicle
        self.powered = False  # -; -; 50 Hz; propulsion.thrust; thrust may act, else it falls freely
        self.expected_accel = 0.0  # m/s2; body z; 50 Hz; propulsion.thrust; that the engines should give


class Command:
    """What the vehicle is to do."""

    def __init__(self):
        self.accel = (0.0, -1.0, 0.0)  # m/s2; level; 10 Hz; guidance.phases; thrust acceleration
        self.accel_size = 0.0  # m/s2; level; 10 Hz; guidance.phases; its size
        self.tgo = 0.0  # s; -; 10 Hz; guidance.phases; to the end of the phase

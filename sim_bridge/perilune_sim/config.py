"""What a vehicle and its surroundings are: validated structures, as the TOML files hold them.

Body frame: origin where the inertial units sit, z up through the deck, x to the side that faces the ground while
braking, y completing it. Angles in files are degrees and say so; everything else is SI.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Positive = Annotated[float, Meta(gt=0)]
NonNegative = Annotated[float, Meta(ge=0)]
Time = Annotated[float, Meta(ge=0, le=1e5)]  # s, simulated: more than a day
Rate = Annotated[float, Meta(ge=0.1, le=50)]  # Hz, of a sensor: from a sample in 10 s to one a tick
Latency = Annotated[float, Meta(ge=0, le=2000)]  # ms
Phase = Annotated[int, Meta(ge=0, le=500)]  # ticks
Along = Annotated[float, Meta(ge=-5.4e6, le=5.4e6)]  # m over ground: half way round the Moon
Fraction = Annotated[float, Meta(ge=0, le=1)]
Vec3 = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base: immutable, unknown keys are errors."""


class Engine(Config, kw_only=True, frozen=True):
    """One main engine. Thrust along +z of the body."""

    position_m: Vec3
    thrust_n: Positive


class Propulsion(Config, kw_only=True, frozen=True):
    """Main engines and their propellant."""

    engines: Annotated[list[Engine], Meta(min_length=1, max_length=6)]
    isp_s: Positive
    throttle_min: Fraction
    throttle_rate_s: Positive = 2.0  # fastest throttle change, 1/s
    start_delay_s: NonNegative = 0.4
    lag_s: NonNegative = 0.15  # first-order
    command_hold_s: NonNegative = (
        2.5  # engine drivers keep the last command so long without another, then shut
    )
    chamber_kpa: Positive = 700.0  # at full thrust
    tank_kpa: Positive = 1700.0
    pressurant_kpa: Positive = 20000.0


class Thruster(Config, kw_only=True, frozen=True):
    """One reaction-control thruster; pushes the body along `direction`."""

    position_m: Vec3
    direction: Vec3


class ReactionControl(Config, kw_only=True, frozen=True):
    """Attitude thrusters."""

    thrusters: Annotated[list[Thruster], Meta(min_length=6, max_length=16)]
    thrust_n: Positive
    isp_s: Positive = 220.0
    min_on_ms: Annotated[float, Meta(ge=1, le=20)] = 5.0


class Legs(Config, kw_only=True, frozen=True):
    """Four identical legs, evenly spaced from body x + 45 deg; spring and damper with dry friction at the pad."""

    pad_radius_m: Positive  # pads from the body axis
    pad_z_m: float  # body z of the pads, below the origin: negative
    stiffness_n_m: Positive
    damping_n_s_m: Positive
    friction: Positive = 0.5
    stroke_m: Positive = 0.3
    clearance_m: NonNegative = 0.0  # hull above the pads where it is more than the stroke and 0.15 m


class Mass(Config, kw_only=True, frozen=True):
    """Mass properties; between wet and dry they vary linearly with the propellant left."""

    dry_kg: Positive
    propellant_kg: Positive
    inertia_dry_kg_m2: Annotated[tuple[Positive, Positive, Positive], Meta(description="principal")]
    inertia_wet_kg_m2: Annotated[tuple[Positive, Positive, Positive], Meta(description="principal")]
    com_dry_m: Vec3  # body frame
    com_wet_m: Vec3


class Inertial(Config, kw_only=True, frozen=True):
    """Error model of an inertial unit; 1 sigma. Defaults: STIM300 class."""

    accel_bias_m_s2: NonNegative = 0.75e-3 * 9.80665  # turn-on, per axis
    accel_bias_in_run_m_s2: NonNegative = 0.05e-3 * 9.80665  # first-order Gauss-Markov
    accel_bias_time_s: Positive = 500.0
    accel_walk_m_s_rts: NonNegative = 0.06 / 60.0  # velocity random walk
    accel_scale: NonNegative = 300e-6
    gyro_bias_rad_s: NonNegative = 2.4e-6  # 0.5 deg/h
    gyro_walk_rad_rts: NonNegative = 4.4e-5  # 0.15 deg/sqrt(h)
    gyro_scale: NonNegative = 500e-6
    misalignment_rad: NonNegative = 1e-3
    accel_limit_m_s2: Positive = 98.0
    gyro_limit_rad_s: Positive = 7.0
    gyro_bias_in_run_rad_s: NonNegative = 0.0  # instability, first-order Gauss-Markov
    gyro_bias_time_s: Positive = 300.0
    gyro_per_m_s2: float = 0.0  # rad/s for each m/s2 along the axis: g-sensitivity
    gyro_rectified_rad_s: float = 0.0  # about body z at full thrust: coning of the engines' vibration


class Altimeter(Config, kw_only=True, frozen=True):
    """A range sensor with two fixed heads; 1 sigma."""

    heads: tuple[Vec3, Vec3]  # body: hover head, descent head
    position_m: Vec3
    rate_hz: Rate = 10.0
    phase_ticks: Phase = 0
    latency_ms: Latency = 20.0
    max_m: Positive
    min_m: NonNegative = 0.3
    bias_m: NonNegative = 0.5
    noise_m: NonNegative
    noise_ratio: NonNegative
    scale: NonNegative = 1e-4
    misalignment_rad: NonNegative = 1e-3
    max_incidence_deg: Positive = 60.0
    half_range_m: Positive  # detection probability 1/2 at this range, albedo 0.12, normal incidence
    false_return: Fraction = 0.0005  # probability that a sample is a false one, uniform over the gate
    rate_noise_m_s: NonNegative = 0.3  # Doppler along the beam (radar)
    beam_half_deg: Annotated[float, Meta(ge=0, le=30)] = (
        0.0  # the first echo of a beam so wide; 0: the axis alone
    )
    side_lobe_db: Annotated[float, Meta(ge=-80, le=0)] = (
        0.0  # two-way, straight down: false lock; 0: no side lobe
    )
    slope_noise: Fraction = 0.0  # part of the footprint's spread in range on a slope that is noise
    dust_below_m: NonNegative = (
        0.0  # dust of the plume from here down to the ground, while an engine burns; 0: none
    )
    dust_blind: Fraction = 0.0  # probability that a sample is lost in the thickest dust
    dust_short: Fraction = 0.0  # ... that it is an echo of the dust, uniform up to the ground


class Velocimeter(Config, kw_only=True, frozen=True):
    """Three Doppler beams; 1 sigma."""

    beams: tuple[Vec3, Vec3, Vec3]  # body
    position_m: Vec3
    rate_hz: Rate = 10.0
    phase_ticks: Phase = 2
    latency_ms: Latency = 20.0
    max_m: Positive = 8000.0
    max_incidence_deg: Positive = 70.0
    bias_m_s: NonNegative = 0.005
    noise_m_s: NonNegative = 0.03
    noise_ratio: NonNegative = 1e-4
    misalignment_rad: NonNegative = 5e-4
    dropout: Fraction = 0.005


class StarTracker(Config, kw_only=True, frozen=True):
    """Attitude in the inertial frame; 1 sigma per axis."""

    rate_hz: Rate = 5.0
    phase_ticks: Phase = 3
    latency_ms: Latency = 100.0
    noise_rad: NonNegative = 5e-5  # 10 arcsec
    bias_rad: NonNegative = 1e-4  # alignment to the body, constant
    max_rate_rad_s: Positive = 0.05  # loses lock above
    dropout: Fraction = 0.01


class Sensors(Config, kw_only=True, frozen=True):
    """Everything the vehicle senses with."""

    imu_a: Inertial = Inertial()
    imu_b: Inertial = Inertial()
    lrf: Altimeter
    radar: Altimeter
    velocimeter: Velocimeter
    star_tracker: StarTracker = StarTracker()
    propellant_gauge_kg: NonNegative = 5.0
    pressure_ratio: NonNegative = 0.005


class Vehicle(Config, kw_only=True, frozen=True):
    """A lander."""

    name: str
    about: str
    source: str  # where the numbers come from
    mass: Mass
    propulsion: Propulsion
    rcs: ReactionControl
    legs: Legs
    sensors: Sensors
    guidance: dict[str, float] = {}  # fields of PARAM_GUIDANCE that differ from the defaults
    limits: dict[str, float] = {}  # of requirements, where this vehicle's are others: TD-1 = 1.5


class Crater(Config, kw_only=True, frozen=True):
    """A bowl with a raised rim, in site coordinates."""

    downrange_m: float
    left_m: float
    radius_m: Positive
    depth_m: NonNegative
    rim_m: NonNegative


class Step(Config, kw_only=True, frozen=True):
    """A long scarp across the approach: ground uprange of it is higher by height_m, over width_m."""

    downrange_m: float
    height_m: float
    width_m: Positive = 500.0


class Terrain(Config, kw_only=True, frozen=True):
    """Seeded ground: fractal relief and craters, smoother near the site, plus explicit features.

    A preset replaces relief_m to rock_ratio, and is as rough at the site as elsewhere: docs/ground.md.
    """

    preset: Literal["smooth", "mare", "highland", "pole"] = "smooth"  # smooth: the numbers below

    relief_m: NonNegative = 350.0  # 1 sigma of the relief at long wavelength, away from the site
    longest_m: Positive = 60e3
    hurst: Annotated[float, Meta(gt=0, lt=1)] = 0.85
    site_slope_deg: NonNegative = 2.0  # 1 sigma of the slope over the vehicle's footprint at the site
    smooth_radius_m: Positive = 8000.0  # relief fades in over this distance from the site
    crater_density: NonNegative = 1.0  # relative to a lunar mare
    crater_break_m: Positive = 100.0  # radius above which craters are rarer than in equilibrium
    rock_ratio: Annotated[float, Meta(ge=0, le=0.4)] = 0.0  # part of the ground under boulders: Golombek's k
    elevation: str | None = (
        None  # raster of the approach: PDS3 label, GeoTIFF, PDS4; relative to the scenario
    )
    site_elevation: str | None = None  # a finer one of the 6 km round the site
    albedo_mean: Positive = 0.12
    albedo_sigma: NonNegative = 0.03
    craters: list[Crater] = []
    steps: list[Step] = []


class MapPrior(Config, kw_only=True, frozen=True):
    """How the on-board elevation profile differs from the ground; 1 sigma."""

    scale: NonNegative = 0.05  # relative amplitude error
    shift_m: NonNegative = 300.0  # along track
    noise_m: NonNegative = 20.0
    site_sigma_m: NonNegative = 30.0  # site elevation
    smooth_m: Positive = 3000.0  # shorter wavelengths are not in it
    offset_m: float = 0.0  # along track, signed, of every run
    available: bool = True


class Orbit(Config, kw_only=True, frozen=True):
    """Where the descent starts: an orbit that passes over the site, at its perilune or a coast before it."""

    perilune_m: Annotated[float, Meta(ge=2e3, le=1e6)] = 15e3  # above the site's radius: clear of the hills
    apolune_m: Annotated[float, Meta(ge=2e3, le=1e7)] = 100e3
    downrange_m: Along = -630e3  # of perilune from the site
    coast_s: Annotated[float, Meta(ge=0, le=3600)] = 0.0  # the flight begins so long before perilune
    latitude_deg: Annotated[float, Meta(ge=-90, le=90)] = 20.0  # of the site
    longitude_deg: Annotated[float, Meta(ge=-180, le=360)] = 30.0
    azimuth_deg: Annotated[float, Meta(ge=-360, le=360)] = (
        270.0  # of flight at the site, from north clockwise
    )
    crossrange_m: NonNegative = 200.0  # 1 sigma dispersion of the true start
    velocity_m_s: NonNegative = 0.3

    def __post_init__(self) -> None:
        if self.apolune_m < self.perilune_m:
            raise ValueError("apolune_m is below perilune_m")


class LateStart(Config, kw_only=True, frozen=True):
    """A start in the middle of the descent instead of in orbit; the orbit's dispersions apply to it."""

    altitude_m: Annotated[float, Meta(gt=0, le=2e5)]  # above the ground at the site
    downrange_m: Along  # of the vehicle from the site
    left_m: float = 0.0
    vertical_m_s: float  # up positive
    forward_m_s: Positive
    left_m_s: float = 0.0
    propellant_kg: Positive  # left in the tanks


class OrbitDetermination(Config, kw_only=True, frozen=True):
    """Error of the state uploaded before descent; 1 sigma: up, downrange, left."""

    position_m: tuple[NonNegative, NonNegative, NonNegative] = (250.0, 500.0, 150.0)
    velocity_m_s: tuple[NonNegative, NonNegative, NonNegative] = (0.5, 0.4, 0.3)


class Dispersions(Config, kw_only=True, frozen=True):
    """What varies from run to run; 1 sigma."""

    thrust_ratio: NonNegative = 0.01
    isp_ratio: NonNegative = 0.003
    mass_kg: NonNegative = 3.0
    com_m: NonNegative = 0.005
    thrust_tilt_rad: NonNegative = 2e-3
    thruster_ratio: NonNegative = 0.0  # each attitude thruster's efficiency, its plume on the hull included
    attitude_rad: NonNegative = 0.02  # initial pointing
    rate_rad_s: NonNegative = 0.002


class Gravity(Config, kw_only=True, frozen=True):
    """Gravity beyond the central term, of which the flight computer is told nothing. Without this table: none."""

    file: str | None = None  # SHADR table (GRAIL); without one a field is drawn by the Moon's degree variance
    degree: Annotated[int, Meta(ge=2, le=200)] = 50  # of the series
    kaula: NonNegative = (
        3.6e-4  # drawn field: 1 sigma of a coefficient of degree l is kaula / l^2, from degree 3
    )


class Environment(Config, kw_only=True, frozen=True):
    """The Moon as a scenario has it."""

    terrain: Terrain = Terrain()
    map_prior: MapPrior = MapPrior()
    orbit: Orbit = Orbit()
    orbit_determination: OrbitDetermination = OrbitDetermination()
    dispersions: Dispersions = Dispersions()
    gravity: Gravity | None = None


class Mismatch(Config, kw_only=True, frozen=True):
    """The mismatched world: how far the truth is from what the flight computer is told; 1 sigma, drawn for each run."""

    dry_ratio: NonNegative = 0.005
    load_ratio: NonNegative = 0.005  # of the propellant loaded
    inertia_ratio: NonNegative = 0.05  # each axis
    com_m: NonNegative = 0.01  # each axis
    isp_ratio: NonNegative = 0.005
    thrust_ratio: NonNegative = 0.01  # all engines alike
    throttle_min_ratio: NonNegative = 0.05
    start_delay_ratio: NonNegative = 0.2
    lag_ratio: NonNegative = 0.2
    rcs_thrust_ratio: NonNegative = 0.05
    unit_m: NonNegative = 0.01  # position of each sensor, each axis
    shift_deg: NonNegative = 0.1  # direction of each sensor after launch, each axis
    epoch_s: NonNegative = 0.05  # the uploaded state is so old, or so early
    sigma_factor: Annotated[float, Meta(ge=1, le=10)] = (
        1.5  # each unit's sigmas, those of orbit and map: wrong by up to this factor either way, log-uniform
    )
    gravity: bool = True  # beyond the central term, where the environment has none of its own


class Truth(Config, kw_only=True, frozen=True):
    """Where the truth is not what the flight computer is told, in every run and either world; signed."""

    dry_kg: float = 0.0
    load_kg: float = 0.0  # propellant
    com_m: Vec3 = (0.0, 0.0, 0.0)
    isp_ratio: float = 0.0  # -0.03: three percent less
    thrust_ratio: float = 0.0
    throttle_min: float = 0.0  # share of full thrust
    start_delay_s: float = 0.0
    lag_s: float = 0.0
    rcs_thrust_ratio: float = 0.0
    map_shift_m: float = 0.0  # along track
    epoch_s: float = 0.0  # positive: the uploaded state is so old

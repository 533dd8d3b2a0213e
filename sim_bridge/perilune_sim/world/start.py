"""Where a descent starts: the orbit, the vehicle's true state and attitude, in the site frame at tick 0.

Site axes in the Moon-fixed frame (which is the inertial frame at tick 0): up, downrange = the direction of flight,
left = up x downrange. The vehicle starts at perilune, downrange_m from the site along the ground track, or coast_s
before it on the orbit that leads there.
"""

from dataclasses import dataclass
from math import radians, sqrt

from perilune_sim import config
from perilune_sim.world.native import Stream, lib
from perilune_sim.world.vectors import (
    add,
    conjugate,
    cross,
    dot,
    from_axes,
    multiply,
    norm,
    rotate,
    scaled,
    turn,
    unit,
)

MU_M3_S2 = 4.902800118e12
RADIUS_M = 1737400.0
MOON_RATE_RAD_S = 2.6617e-6


@dataclass(frozen=True)
class Frame:
    """Site frame at tick 0: quaternion from inertial, and the Moon's rotation (rad/s, site frame)."""

    from_inertial: list[float]
    moon_rate: list[float]


@dataclass(frozen=True)
class Start:
    """State of the body origin, site frame: position (m), Moon-relative velocity (m/s), attitude body to site,
    inertial body rate (rad/s, body)."""

    position: list[float]
    velocity: list[float]
    attitude: list[float]
    rate: list[float]


def site_frame(orbit: config.Orbit) -> Frame:
    """The frame at the orbit's landing site."""
    lat, lon, azimuth = radians(orbit.latitude_deg), radians(orbit.longitude_deg), radians(orbit.azimuth_deg)
    sin, cos = lib.pl_sine, lib.pl_cosine
    up = [cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)]
    east = [-sin(lon), cos(lon), 0.0]
    downrange = add(scaled(cross(up, east), cos(azimuth)), east, sin(azimuth))
    q = conjugate(from_axes(downrange, cross(up, downrange), up))
    return Frame(q, rotate(q, [0.0, 0.0, MOON_RATE_RAD_S]))


def _arc_point(downrange_m: float, radius_m: float) -> list[float]:
    """Moon-centred point on the ground track, site axes."""
    angle = downrange_m / RADIUS_M
    return [radius_m * lib.pl_sine(angle), 0.0, radius_m * lib.pl_cosine(angle)]


def _coast_time(orbit: config.Orbit, angle: float) -> float:
    """Seconds from perilune to the true anomaly `angle` (Kepler's equation)."""
    low, high = RADIUS_M + orbit.perilune_m, RADIUS_M + orbit.apolune_m
    a, e = 0.5 * (low + high), (high - low) / (high + low)
    half_sine, half_cosine = lib.pl_sine(0.5 * angle), lib.pl_cosine(0.5 * angle)
    anomaly = 2 * lib.pl_arctan2(sqrt(1 - e) * half_sine, sqrt(1 + e) * half_cosine)
    return (anomaly - e * lib.pl_sine(anomaly)) * a * sqrt(a / MU_M3_S2)


def orbit_state(orbit: config.Orbit, frame: Frame) -> tuple[list[float], list[float]]:
    """Moon-centred position and inertial velocity at perilune, site axes at tick 0. The plane holds the start and
    the point where the turning site will be when the vehicle, coasting, is above it."""
    radius, angle = RADIUS_M + orbit.perilune_m, -orbit.downrange_m / RADIUS_M
    position = _arc_point(orbit.downrange_m, radius)
    carried = rotate(turn(scaled(frame.moon_rate, _coast_time(orbit, angle))), [0.0, 0.0, RADIUS_M])
    normal = unit(cross(position, carried))
    a = RADIUS_M + 0.5 * (orbit.perilune_m + orbit.apolune_m)
    speed = sqrt(MU_M3_S2 * (2 / radius - 1 / a))
    return position, scaled(cross(normal, unit(position)), speed)


def _eccentric_anomaly(mean: float, e: float) -> float:
    """Solution of Kepler's equation by Newton's method; e is small, so that a few steps are exact."""
    anomaly = mean
    for _ in range(12):
        anomaly -= (anomaly - e * lib.pl_sine(anomaly) - mean) / (1 - e * lib.pl_cosine(anomaly))
    return anomaly


def coasting_state(orbit: config.Orbit, frame: Frame) -> tuple[list[float], list[float]]:
    """Moon-centred position and inertial velocity coast_s before perilune, site axes at tick 0: the Moon and its site
    turn meanwhile, so that perilune is where orbit_state has it by the time the vehicle is there."""
    position, velocity = orbit_state(orbit, frame)
    if orbit.coast_s == 0:
        return position, velocity
    turned = turn(scaled(frame.moon_rate, orbit.coast_s))
    along, ahead = rotate(turned, unit(position)), rotate(turned, unit(velocity))
    low, high = RADIUS_M + orbit.perilune_m, RADIUS_M + orbit.apolune_m
    a, e = 0.5 * (low + high), (high - low) / (high + low)
    mean_motion, flat = sqrt(MU_M3_S2 / a) / a, sqrt(1 - e * e)
    anomaly = _eccentric_anomaly(-mean_motion * orbit.coast_s, e)
    sine, cosine = lib.pl_sine(anomaly), lib.pl_cosine(anomaly)
    rate = a * mean_motion / (1 - e * cosine)
    where = add(scaled(along, a * (cosine - e)), ahead, a * flat * sine)
    return where, add(scaled(along, -rate * sine), ahead, rate * flat * cosine)


def retrograde(position: list[float], velocity: list[float]) -> list[float]:
    """Attitude body to site with +z against the velocity and +x towards the ground."""
    z = scaled(unit(velocity), -1.0)
    down = scaled(unit(position), -1.0)
    x = unit(add(down, z, -dot(down, z)))
    return from_axes(x, cross(z, x), z)


def true_start(environment: config.Environment, frame: Frame, seed: int) -> Start:
    """The dispersed start of one run."""
    orbit, spread, draw = environment.orbit, environment.dispersions, Stream(seed, "start")
    centre, inertial = coasting_state(orbit, frame)
    centre = add(centre, [0.0, draw.normal(orbit.crossrange_m), 0.0])
    inertial = add(inertial, draw.normal3(orbit.velocity_m_s))
    attitude = multiply(retrograde(centre, inertial), turn(draw.normal3(spread.attitude_rad)))
    velocity = add(inertial, cross(frame.moon_rate, centre), -1.0)
    position = add(centre, [0.0, 0.0, RADIUS_M], -1.0)
    return Start(position, velocity, attitude, draw.normal3(spread.rate_rad_s))


def local_axes(position: list[float]) -> tuple[list[float], list[float], list[float]]:
    """Up, downrange and left unit vectors at a site-frame position."""
    up = unit(add(position, [0.0, 0.0, RADIUS_M]))
    along = scaled([up[2], 0.0, -up[0]], 1.0 / norm([up[0], 0.0, up[2]]))
    return up, along, cross(up, along)

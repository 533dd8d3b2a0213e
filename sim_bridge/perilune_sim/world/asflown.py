"""The vehicle and its sensors as one run has them: configuration plus this seed's dispersions, in C structures."""

import math
from math import radians, sqrt
from typing import Any

from perilune_host.errors import InputError
from perilune_sim import config
from perilune_sim.world.native import Stream, lib, stream_id
from perilune_sim.world.vectors import add, rotate, scaled, turn, unit

TICK_HZ = 50
HULL_WIDTH = 0.6  # hull radius over footpad radius
LASER_FOOTPRINT_RAD = 2e-3
RADAR_FOOTPRINT_RAD = 5e-2
DOPPLER_FOOTPRINT_RAD = 1e-2


def _ring(radius_m: float, z_m: float) -> list[float]:
    """Four points round the body axis, the first at 45 degrees from x."""
    diagonal = radius_m * 0.7071067811865476
    return [v for x, y in ((1, 1), (-1, 1), (-1, -1), (1, -1)) for v in (diagonal * x, diagonal * y, z_m)]


def contact_points(legs: config.Legs) -> list[float]:
    """Body coordinates (m) of the four pads, then of a hull as deep as clearance and stroke allow, and 0.6 times as
    high above the origin as the pads are below it."""
    hull = HULL_WIDTH * legs.pad_radius_m
    bottom = min(legs.pad_z_m + max(legs.clearance_m, legs.stroke_m + 0.15), 0.0)
    return _ring(legs.pad_radius_m, legs.pad_z_m) + _ring(hull, bottom) + _ring(hull, -0.6 * legs.pad_z_m)


def fill_vehicle(c: Any, vehicle: config.Vehicle, spread: config.Dispersions, seed: int) -> None:
    """Propulsion, mass properties and legs of this run into a pl_vehicle."""
    draw = Stream(seed, "vehicle")
    isp = 1 + draw.normal(spread.isp_ratio)
    com = draw.normal3(spread.com_m)
    mass, legs = vehicle.mass, vehicle.legs
    c.dry_kg, c.propellant_kg = mass.dry_kg + draw.normal(spread.mass_kg), mass.propellant_kg
    c.inertia_dry, c.inertia_wet = mass.inertia_dry_kg_m2, mass.inertia_wet_kg_m2
    c.com_dry, c.com_wet = add(mass.com_dry_m, com), add(mass.com_wet_m, com)
    c.point = contact_points(legs)
    c.stiffness, c.damping, c.friction, c.stroke = (
        legs.stiffness_n_m,
        legs.damping_n_s_m,
        legs.friction,
        legs.stroke_m,
    )
    _fill_engines(c, vehicle.propulsion, spread, isp, draw)
    _fill_thrusters(c, vehicle.rcs, spread.thruster_ratio, isp, seed)


def _fill_engines(c: Any, p: config.Propulsion, spread: config.Dispersions, isp: float, draw: Stream) -> None:
    names = "throttle_min throttle_rate_s start_delay_s lag_s chamber_kpa tank_kpa pressurant_kpa"
    for name in names.split():
        setattr(c, name, getattr(p, name))
    c.isp_s, c.engine_count = p.isp_s * isp, len(p.engines)
    for n, engine in enumerate(p.engines):
        tilt = [draw.normal(spread.thrust_tilt_rad), draw.normal(spread.thrust_tilt_rad), 0.0]
        c.engine[n].position = engine.position_m
        c.engine[n].direction = rotate(turn(tilt), [0.0, 0.0, 1.0])
        c.engine[n].thrust_n = engine.thrust_n * (1 + draw.normal(spread.thrust_ratio))


def _fill_thrusters(c: Any, rcs: config.ReactionControl, spread: float, isp: float, seed: int) -> None:
    draw = Stream(seed, "thrusters")
    c.rcs_thrust_n, c.rcs_isp_s, c.rcs_min_on_ms = rcs.thrust_n, rcs.isp_s * isp, rcs.min_on_ms
    c.thruster_count = len(rcs.thrusters)
    for n, thruster in enumerate(rcs.thrusters):
        c.thruster[n].position = thruster.position_m
        c.thruster[n].force = scaled(unit(thruster.direction), rcs.thrust_n * (1 + draw.normal(spread)))


def _triad_matrix(scale: float, misalignment: float, draw: Stream) -> list[float]:
    """Identity plus scale errors on the diagonal and misalignments off it."""
    return [draw.normal(misalignment) if i % 4 else 1 + draw.normal(scale) for i in range(9)]


def _fill_imu(c: Any, m: config.Inertial, seed: int, name: str) -> None:
    draw, root_tick = Stream(seed, name + "/fixed"), 1 / sqrt(TICK_HZ)
    c.stream = stream_id(seed, name)
    c.accel_matrix = _triad_matrix(m.accel_scale, m.misalignment_rad, draw)
    c.gyro_matrix = _triad_matrix(m.gyro_scale, m.misalignment_rad, draw)
    c.accel_bias, c.gyro_bias = draw.normal3(m.accel_bias_m_s2), draw.normal3(m.gyro_bias_rad_s)
    c.accel_walk, c.gyro_walk = m.accel_walk_m_s_rts * root_tick, m.gyro_walk_rad_rts * root_tick
    c.accel_drift, c.accel_drift_time_s = m.accel_bias_in_run_m_s2, m.accel_bias_time_s
    c.accel_limit, c.gyro_limit = m.accel_limit_m_s2, m.gyro_limit_rad_s
    c.gyro_drift, c.gyro_drift_time_s = m.gyro_bias_in_run_rad_s, m.gyro_bias_time_s
    c.gyro_per_m_s2, c.rectified = m.gyro_per_m_s2, m.gyro_rectified_rad_s


def _schedule(c: Any, rate_hz: float, phase_ticks: int, latency_ms: float) -> None:
    c.period = max(1, round(TICK_HZ / rate_hz))
    c.phase, c.latency = phase_ticks % c.period, round(latency_ms * TICK_HZ / 1000)


def _mounted(directions: Any, sigma_rad: float, draw: Stream) -> list[float]:
    return [v for d in directions for v in rotate(turn(draw.normal3(sigma_rad)), unit(d))]


def _fill_altimeter(c: Any, m: config.Altimeter, footprint_rad: float, seed: int, name: str) -> None:
    draw = Stream(seed, name + "/fixed")
    c.stream = stream_id(seed, name)
    _schedule(c, m.rate_hz, m.phase_ticks, m.latency_ms)
    c.position, c.head = m.position_m, _mounted(m.heads, m.misalignment_rad, draw)
    c.bias, c.scale, c.noise = draw.normal(m.bias_m), draw.normal(m.scale), m.noise_m
    c.noise_ratio, c.false_return, c.rate_noise = m.noise_ratio, m.false_return, m.rate_noise_m_s
    c.min_m, c.max_m, c.half_range_m = m.min_m, m.max_m, m.half_range_m
    c.cos_incidence, c.footprint = lib.pl_cosine(radians(m.max_incidence_deg)), footprint_rad
    c.beam_half, c.slope_noise = radians(m.beam_half_deg), m.slope_noise
    c.side_lobe = lib.pl_exponential(0.2302585092994046 * m.side_lobe_db) if m.side_lobe_db else 0.0
    c.dust_below_m, c.dust_blind, c.dust_short = m.dust_below_m, m.dust_blind, m.dust_short


def _fill_velocimeter(c: Any, m: config.Velocimeter, seed: int) -> None:
    draw = Stream(seed, "velocimeter/fixed")
    c.stream = stream_id(seed, "velocimeter")
    _schedule(c, m.rate_hz, m.phase_ticks, m.latency_ms)
    c.position, c.beam = m.position_m, _mounted(m.beams, m.misalignment_rad, draw)
    c.bias, c.noise, c.noise_ratio, c.dropout = (
        draw.normal3(m.bias_m_s),
        m.noise_m_s,
        m.noise_ratio,
        m.dropout,
    )
    c.max_m, c.footprint = m.max_m, DOPPLER_FOOTPRINT_RAD
    c.cos_incidence = lib.pl_cosine(radians(m.max_incidence_deg))


def _fill_star(c: Any, m: config.StarTracker, seed: int) -> None:
    c.stream = stream_id(seed, "star_tracker")
    _schedule(c, m.rate_hz, m.phase_ticks, m.latency_ms)
    c.bias = Stream(seed, "star_tracker/fixed").normal3(m.bias_rad)
    c.noise, c.max_rate, c.dropout = m.noise_rad, m.max_rate_rad_s, m.dropout


def fill_sensors(c: Any, m: config.Sensors, seed: int) -> None:
    """Every sensor of this run, turn-on errors drawn, into a pl_sensors."""
    _fill_imu(c.imu[0], m.imu_a, seed, "imu_a")
    _fill_imu(c.imu[1], m.imu_b, seed, "imu_b")
    _fill_altimeter(c.altimeter[0], m.lrf, LASER_FOOTPRINT_RAD, seed, "lrf")
    _fill_altimeter(c.altimeter[1], m.radar, RADAR_FOOTPRINT_RAD, seed, "radar")
    _fill_velocimeter(c.velocimeter, m.velocimeter, seed)
    _fill_star(c.star, m.star_tracker, seed)
    c.housekeeping_stream = stream_id(seed, "housekeeping")
    c.gauge_bias = Stream(seed, "housekeeping/fixed").normal(m.propellant_gauge_kg)
    c.gauge_noise, c.pressure_ratio = 0.1 * m.propellant_gauge_kg, m.pressure_ratio


def fill_terrain(c: Any, t: config.Terrain, footprint_m: float, seed: int) -> None:
    """The ground of this seed into a pl_terrain."""
    slope = radians(t.site_slope_deg)
    c.stream, c.footprint_m = stream_id(seed, "terrain"), footprint_m
    c.elevation_m = Stream(seed, "terrain/elevation").uniform(-600.0, 600.0)
    for name in [
        "relief_m",
        "longest_m",
        "hurst",
        "smooth_radius_m",
        "crater_density",
        "crater_break_m",
        "rock_ratio",
        "albedo_mean",
        "albedo_sigma",
    ]:
        setattr(c, name, getattr(t, name))
    c.rugged, c.crater_largest_m = t.preset != "smooth", math.inf
    c.slope = lib.pl_sine(slope) / lib.pl_cosine(slope)
    if len(t.craters) > len(c.crater) or len(t.steps) > len(c.step):
        raise InputError(f"terrain: at most {len(c.crater)} craters and {len(c.step)} steps")
    c.crater_count, c.step_count = len(t.craters), len(t.steps)
    for n, crater in enumerate(t.craters):
        c.crater[n] = (crater.downrange_m, crater.left_m, crater.radius_m, crater.depth_m, crater.rim_m)
    for n, step in enumerate(t.steps):
        c.step[n] = (step.downrange_m, step.height_m, step.width_m)

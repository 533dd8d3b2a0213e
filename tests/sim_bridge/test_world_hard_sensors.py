"""Sensor errors that a scenario may ask for: first return, false lock, slopes, dust, gyros, thrusters."""

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from perilune_sim import config
from perilune_sim.world.world import World
from tests.sim_bridge.kit import CALM, FLAT, VEHICLE, above_site, actuators, perfect, sensors

PERFECT = perfect()
RADAR = replace(
    PERFECT.sensors.radar,
    heads=((0.5, 0.0, -0.8660254), (0.5, 0.0, -0.8660254)),
    rate_hz=50.0,
    latency_ms=0.0,
)
LASER = replace(PERFECT.sensors.lrf, rate_hz=50.0, latency_ms=0.0)


def with_unit(name: str, unit: Any) -> config.Vehicle:
    return replace(PERFECT, sensors=replace(PERFECT.sensors, **{name: unit}))


def ranges(world: World, unit: str, ticks: int, command: bytes | None = None) -> np.ndarray:
    """Valid ranges of the unit in so many ticks, NaN where there is none."""
    found = []
    for _ in range(ticks):
        now = sensors(world.step(command))
        found.append(now[f"{unit}_range_m"] if now[f"{unit}_status"] & 1 else np.nan)
    return np.array(found)


def test_a_wide_beam_reports_its_nearest_edge():
    """30 degrees off the vertical over a plain, 4 degrees of half beam: cos 30 / cos 26 of the axis' range."""
    narrow = np.nanmean(ranges(above_site(500.0, vehicle=with_unit("radar", RADAR)), "radar", 3))
    wide_unit = replace(RADAR, beam_half_deg=4.0)
    wide = np.nanmean(ranges(above_site(500.0, vehicle=with_unit("radar", wide_unit)), "radar", 3))
    assert wide / narrow == pytest.approx(np.cos(np.radians(30)) / np.cos(np.radians(26)), abs=2e-3)


def test_a_side_lobe_locks_on_the_ground_below():
    """Near enough the echo straight down wins; 40 dB down it never does."""
    lobe = replace(RADAR, side_lobe_db=-10.0)
    locked = ranges(above_site(300.0, vehicle=with_unit("radar", lobe)), "radar", 20)
    sound = ranges(
        above_site(300.0, vehicle=with_unit("radar", replace(lobe, side_lobe_db=-80.0))), "radar", 20
    )
    assert np.nanmedian(sound) / np.nanmedian(locked) == pytest.approx(1 / np.cos(np.radians(30)), rel=0.01)


def test_a_footprint_on_a_slope_is_noise():
    steep = replace(
        CALM, terrain=replace(FLAT, steps=[config.Step(downrange_m=0.0, height_m=-300.0, width_m=600.0)])
    )
    noisy = with_unit("lrf", replace(LASER, slope_noise=1.0))
    for environment, least, most in ((steep, 0.1, 3.0), (CALM, 0.0, 0.05)):
        spread = np.nanstd(
            np.diff(ranges(above_site(800.0, vehicle=noisy, environment=environment), "lrf", 60), 2)
        )
        assert least < spread / np.sqrt(6) < most


BURNING = actuators(engine_enable=1, throttle_0=6000)


def dusty(**values: float) -> config.Vehicle:
    return with_unit("lrf", replace(LASER, dust_below_m=30.0, **values))


def test_dust_blinds_or_shortens_while_the_engine_burns():
    def flown(vehicle: config.Vehicle, height_m: float, command: bytes | None) -> np.ndarray:
        world = above_site(height_m, vehicle=vehicle)
        ranges(world, "lrf", 40, command)  # the engine starts
        return ranges(world, "lrf", 60, command)

    blind = flown(dusty(dust_blind=1.0), 5.0, BURNING)
    assert np.isnan(blind).mean() > 0.5
    short, true = flown(dusty(dust_short=1.0), 5.0, BURNING), flown(dusty(), 5.0, BURNING)
    assert np.nanmean(short) < 0.8 * np.nanmean(true) and not np.isnan(short).any()
    assert not np.isnan(flown(dusty(dust_blind=1.0), 60.0, BURNING)).any()
    assert not np.isnan(flown(dusty(dust_blind=1.0), 20.0, None)).any()


def gyro(unit: config.Inertial, ticks: int, command: bytes | None = None) -> np.ndarray:
    world = World(replace(PERFECT, sensors=replace(PERFECT.sensors, imu_a=unit)), CALM, 4)
    true, told = [], []
    for _ in range(ticks):
        told.append(sensors(world.step(command))["imu_a_dtheta"])
        true.append(np.array(world.truth().rate_rad_s) * 0.02)
    return (np.array(told) - np.array(true)) / 0.02


def test_gyro_errors_have_the_size_asked_for():
    sound = PERFECT.sensors.imu_a
    drifting = gyro(replace(sound, gyro_bias_in_run_rad_s=1e-3, gyro_bias_time_s=5.0), 5000)
    assert np.std(drifting) == pytest.approx(1e-3, rel=0.5)
    quiet, shaken = (
        gyro(unit, 200, BURNING)[150:] for unit in (sound, replace(sound, gyro_rectified_rad_s=1e-2))
    )
    assert np.mean(shaken[:, 2] - quiet[:, 2]) == pytest.approx(0.6e-2, rel=0.1)
    pulled = gyro(replace(sound, gyro_per_m_s2=1e-3), 200, BURNING)[150:]
    assert np.mean(pulled[:, 2] - quiet[:, 2]) == pytest.approx(1e-3 * 0.6 * 3400 / 1000, rel=0.2)


def test_thrusters_differ_from_each_other_only_where_asked():
    def forces(ratio: float) -> np.ndarray:
        environment = replace(CALM, dispersions=replace(CALM.dispersions, thruster_ratio=ratio))
        c = World(VEHICLE, environment, 1).pointer.vehicle
        return np.array([np.linalg.norm(list(c.thruster[n].force)) for n in range(c.thruster_count)])

    assert np.ptp(forces(0.0)) < 1e-9
    assert 0.01 < np.std(forces(0.05)) / VEHICLE.rcs.thrust_n < 0.1

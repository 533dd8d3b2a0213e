"""Sensors: schedules, error models and faults."""

from math import sqrt
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from perilune.wire.schema import FRESH, HEAD, SATURATED, STALE, VALID
from perilune_host.errors import InputError
from perilune_sim import config
from perilune_sim.world.start import Start
from perilune_sim.world.vectors import conjugate, multiply
from perilune_sim.world.world import World
from tests.sim_bridge.kit import AS_PLANNED, CALM, VEHICLE, above_site, actuators, perfect, sensors

HOVER = actuators(engine_enable=1, throttle_0=4777)


def fly(world: World, ticks: int, command: bytes | None = None) -> list[dict[str, Any]]:
    return [sensors(world.step(command)) for _ in range(ticks)]


def low_pass(height_m: float, speed_m_s: float = 100.0, vehicle: config.Vehicle = VEHICLE) -> World:
    return above_site(height_m, (speed_m_s, 0.0, 0.0), vehicle)


def test_samples_come_on_schedule_and_age():
    rows = fly(low_pass(3000.0), 60)
    fresh = [row["tick"] for row in rows if row["lrf_status"] & FRESH]
    assert fresh == list(range(6, 61, 5))  # sampled at 5, 10, ..., one tick of latency
    ages = [row["lrf_age_ms"] for row in rows if row["tick"] >= 6][:6]
    assert ages == [20, 40, 60, 80, 100, 20]
    assert rows[3]["lrf_status"] == 0 and rows[3]["lrf_age_ms"] == 65535
    star = [row["tick"] for row in rows if row["star_status"] & FRESH]
    assert star == [8, 18, 28, 38, 48, 58]  # sampled at 3, 13, ..., five ticks of latency


def test_heads_and_power():
    world = low_pass(1000.0, 0.0)
    straight = fly(world, 10)[-1]
    canted = fly(world, 10, actuators(switches=0x04))[-1]
    assert not straight["lrf_status"] & HEAD and canted["lrf_status"] & HEAD
    assert canted["lrf_status"] & VALID == 0  # 65 degrees from vertical: beyond the incidence it can see
    off = fly(world, 50, actuators(switches=0x10))[-1]
    assert off["lrf_status"] == 0 and off["lrf_range_m"] == 0 and off["radar_status"] & VALID
    warming = fly(world, 99)
    assert all(row["lrf_status"] == 0 for row in warming)
    assert any(row["lrf_status"] & VALID for row in fly(world, 10))


def test_doppler_and_range_rate():
    world = above_site(2000.0, (40.0, -10.0, -30.0), perfect())
    row = fly(world, 13)[-1]
    beams = np.array(VEHICLE.sensors.velocimeter.beams)
    sampled = np.array([40.0, -10.0, -30.0 - 1.624 * 12 * 0.02])
    assert row["velocimeter_beams"] == 0b111
    assert row["velocimeter_m_s"] == pytest.approx(beams @ sampled, abs=0.01)
    assert row["radar_rate_m_s"] == pytest.approx(30.0 + 1.624 * 11 * 0.02, abs=0.02)


def test_star_tracker_gives_the_attitude_in_inertial_space():
    start = Start([0.0, 0.0, 15e3], [1700.0, 0.0, 0.0], [0.5, -0.5, 0.5, 0.5], [0.0] * 3)
    world = World(perfect(), CALM, 1, start)
    row = fly(world, 8)[-1]
    site = conjugate(world.knowledge()["site_from_inertial"])
    expected = np.array(multiply(site, start.attitude))
    assert abs(np.dot(expected, row["star_q"])) == pytest.approx(1.0, abs=2e-7)


def test_star_tracker_loses_lock_when_turning():
    start = Start([0.0, 0.0, 15e3], [1700.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.06, 0.0, 0.0])
    assert not any(row["star_status"] & VALID for row in fly(World(VEHICLE, CALM, 1, start), 100))


def test_inertial_noise_and_bias_have_the_size_specified():
    coasts = [
        np.array([r["imu_a_dvel"] + r["imu_a_dtheta"] for r in fly(World(VEHICLE, CALM, s), 500)])
        for s in range(8)
    ]
    m = VEHICLE.sensors.imu_a
    noise = np.mean([np.std(coast, axis=0) for coast in coasts], axis=0) / sqrt(0.02)
    assert noise[:3] == pytest.approx([m.accel_walk_m_s_rts] * 3, rel=0.1)
    assert noise[3:] == pytest.approx([m.gyro_walk_rad_rts] * 3, rel=0.1)
    bias = np.std([coast.mean(axis=0)[:3] / 0.02 for coast in coasts])
    assert bias == pytest.approx(m.accel_bias_m_s2, rel=0.4)


def test_laser_noise_has_the_size_specified():
    exact = replace(VEHICLE.sensors.lrf, bias_m=0.0, scale=0.0, misalignment_rad=0.0, false_return=0.0)
    vehicle = replace(VEHICLE, sensors=replace(VEHICLE.sensors, lrf=exact))
    world, errors = low_pass(2000.0, 0.0, vehicle), []
    for _ in range(1500):
        row = sensors(world.step(HOVER))
        if row["lrf_status"] & FRESH and row["lrf_status"] & VALID:
            errors.append(world.truth().lrf_agl_m - world.truth().agl_m)
    assert len(errors) > 250
    assert np.std(errors) == pytest.approx(0.1 + 0.001 * 2000, rel=0.2)


def test_laser_sees_better_from_nearby():
    def share(height_m: float) -> float:
        rows = [
            r for s in range(4) for r in fly(above_site(height_m, seed=s), 200) if r["lrf_status"] & FRESH
        ]
        return float(np.mean([row["lrf_status"] & VALID != 0 for row in rows]))

    assert share(500.0) > 0.98
    assert 0.5 < share(9900.0) < 0.995
    assert share(10_100.0) < 0.01


def altered(target: str, values: dict[str, Any], ticks: int = 60) -> tuple[list[dict], list[dict]]:
    """The same flight healthy and with one fault from tick 20 on."""
    flights = []
    for fault in ({}, values):
        world = low_pass(3000.0)
        rows = fly(world, 20)
        world.effect(target, **fault)
        flights.append(rows + fly(world, ticks - 20))
    return flights[0], flights[1]


TARGETS = {
    "lrf": ("lrf", {"dead": 1}),
    "radar": ("radar", {"bias": 50.0, "noise": 10.0}),
    "velocimeter": ("velocimeter", {"intermittent": 0.7}),
    "star_tracker": ("star", {"delay_s": 0.5}),
    "imu_a": ("imu_a", {"accel_bias": (0.1, 0.0, 0.0)}),
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_fault_changes_its_own_sensor_only(target: str):
    prefix, values = TARGETS[target]
    healthy, faulty = altered(target, values)
    mine = [name for name in healthy[0] if name.startswith(prefix)]
    for before, after in zip(healthy, faulty, strict=True):
        assert all(before[name] == after[name] for name in before if name not in mine)
    assert any(b[name] != a[name] for b, a in zip(healthy, faulty, strict=True) for name in mine)
    assert healthy[:20] == faulty[:20]


def test_bias_and_scale():
    healthy, faulty = altered("lrf", {"bias": 400.0, "scale": 0.01})
    assert faulty[-1]["lrf_range_m"] - healthy[-1]["lrf_range_m"] == pytest.approx(430.0, abs=1.0)


def test_frozen_unit_claims_to_be_fresh():
    _, rows = altered("lrf", {"frozen": 1}, 100)
    late = [row for row in rows[40:] if row["lrf_status"] & FRESH]
    assert len({row["lrf_range_m"] for row in late}) == 1
    assert all(row["lrf_status"] & VALID and row["lrf_age_ms"] == 20 for row in late)


def test_delay_shows_in_the_age_unless_hidden():
    _, honest = altered("radar", {"delay_s": 1.0}, 120)
    _, lying = altered("radar", {"delay_s": 1.0, "hide_age": 1}, 120)
    assert [row["radar_age_ms"] for row in honest if row["radar_status"] & FRESH][-1] == 1020
    assert [row["radar_age_ms"] for row in lying if row["radar_status"] & FRESH][-1] == 20
    assert any(row["radar_status"] & STALE for row in honest)


def test_heavy_tails():
    healthy, faulty = altered("lrf", {"tail_probability": 0.5, "tail_size": 100.0}, 400)
    pairs = [
        (b["lrf_range_m"], a["lrf_range_m"])
        for b, a in zip(healthy, faulty, strict=True)
        if b["lrf_status"] & FRESH
    ]
    jumps = np.array([a - b for b, a in pairs[4:] if b])
    assert np.mean(jumps == 0) == pytest.approx(0.5, abs=0.2)
    assert np.mean(np.abs(jumps[jumps != 0])) == pytest.approx(100.0, rel=0.5)


def test_late_laser():
    world = above_site(1500.0, (0.0, 0.0, -66.0))
    world.effect("lrf", max_m=893.0)
    rows = [(world.truth().agl_m, sensors(world.step(None))["lrf_status"] & VALID) for _ in range(800)]
    first = next(height for height, seen in rows if seen)
    assert 860 < first < 895


def test_wrong_scale_until_switched_off_and_on():
    world = low_pass(3000.0, 0.0)
    world.effect("radar", scale=-0.5, until_power_cycle=1)
    assert fly(world, 20)[-1]["radar_range_m"] < 1700
    fly(world, 5, actuators(switches=0x20))
    assert fly(world, 120)[-1]["radar_range_m"] > 2800


def test_gyro_saturation_is_flagged():
    world = low_pass(3000.0)
    world.effect("imu_b", gyro_limit=0.1, gyro_bias=(0.5, 0.0, 0.0))
    row = fly(world, 3)[-1]
    assert row["imu_b_status"] == VALID | FRESH | SATURATED
    assert row["imu_b_dtheta"][0] == pytest.approx(0.1 * 0.02, rel=1e-6)
    assert row["imu_a_status"] == VALID | FRESH


def test_dead_zero_and_frozen_inertial_units():
    world = low_pass(3000.0)
    world.effect("imu_a", dead=1)
    world.effect("imu_b", accel_zero=1)
    row = fly(world, 3, HOVER)[-1]
    assert row["imu_a_status"] == 0 and row["imu_a_dvel"] == [0.0] * 3
    assert row["imu_b_dvel"] == [0.0] * 3 and row["imu_b_dtheta"] != [0.0] * 3
    world.effect("imu_b", frozen=1)
    first, second = fly(world, 2)
    assert first["imu_b_dtheta"] == second["imu_b_dtheta"]


def test_forced_contacts_and_discretes():
    world = low_pass(3000.0)
    world.effect("contact", on_bits=0b0110)
    world.effect("discretes", on_bits=0b001)
    row = fly(world, 1)[0]
    assert (row["leg_contact"], row["discretes"]) == (0b0110, 0b001)
    assert world.contact_mask == 0
    world.effect("contact")
    assert fly(world, 1)[0]["leg_contact"] == 0


def test_unknown_effects_are_refused():
    world = low_pass(3000.0)
    with pytest.raises(InputError, match="no such target"):
        world.effect("lidar", dead=1)
    with pytest.raises(InputError, match="no 'broken'"):
        world.effect("lrf", broken=1)
    with pytest.raises(InputError, match="give three numbers"):
        world.effect("imu_a", gyro_bias=0.1)
    with pytest.raises(InputError, match="delay_s = 5"):
        world.effect("lrf", delay_s=5.0)


def test_gauge_reads_the_tank():
    rows = [
        fly(World(VEHICLE, replace(CALM, dispersions=AS_PLANNED), s), 1)[0]["propellant_kg"]
        for s in range(40)
    ]
    assert np.mean(rows) == pytest.approx(530.0, abs=3.0)
    assert np.std(rows) == pytest.approx(5.0, rel=0.4)

"""Braking and approach flown on a point mass: what they promise at their end, and the sink they never exceed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perilune.flight import events, modes
from perilune.flight.guidance import approach, braking
from perilune.flight.guidance.phases import Guidance
from perilune.flight.signals import Command, Limits
from tests.firmware.kit import LUNAR_G
from tests.firmware.point_mass import DT, END, GAINS, PointMass, craft
from tests.firmware.records import filled


@pytest.mark.parametrize("offset_m", [0.0, 800.0])
def test_braking_ends_at_the_gate(offset_m: float):
    gate_m = 500e3
    mass = PointMass(agl=15e3, v_up=0.0, v_downrange=1690.0, crossrange=offset_m)
    while (tgo := braking.time_to_go(gate_m - mass.downrange, mass.v_downrange, GAINS, END)) > 1.0:
        mass.fly(
            braking.command(
                mass,
                craft(),
                GAINS,
                mass.agl,
                gate_m - mass.downrange,
                mass.crossrange,
                tgo,
                GAINS.gate_descent_m_s,
            )
        )
    assert len(mass.trace) * DT == pytest.approx(2.0 * gate_m / 1690.0, rel=0.1)
    assert mass.downrange == pytest.approx(gate_m, abs=100.0)
    assert mass.v_downrange == pytest.approx(GAINS.gate_forward_m_s, abs=4.0)
    assert mass.agl == pytest.approx(GAINS.gate_altitude_m, abs=100.0)
    assert mass.v_up == pytest.approx(GAINS.gate_descent_m_s, abs=5.0)
    assert (mass.crossrange, mass.v_crossrange) == pytest.approx((0.0, 0.0), abs=5.0)


def test_where_thrust_is_short_one_acceleration_leads_to_the_gate():
    """Neither faster than the gate is meant to be passed, nor so slow that the vehicle hangs above it."""
    mass = PointMass(agl=9000.0, v_up=-33.0, v_downrange=530.0)
    sink = braking.even_sink(mass, GAINS, 9000.0, 320.0)
    assert sink == pytest.approx(-2.0 * 7500.0 / 320.0 + 33.0)
    up = braking.command(mass, craft(), GAINS, 9000.0, 80e3, 0.0, 320.0, sink)[0] + mass.g_eff
    assert up == pytest.approx((sink + 33.0) / 320.0, abs=1e-6)
    assert braking.even_sink(mass, GAINS, 9000.0, 50.0) == GAINS.gate_descent_m_s
    assert braking.even_sink(mass, GAINS, 9000.0, 900.0) == -5.0


def test_time_to_go_is_that_of_the_profile():
    """Distance covered with jerk j from v to vf at end acceleration af: the profile the law flies."""
    v, vf, af = 1600.0, GAINS.gate_forward_m_s, GAINS.braking_end_accel_m_s2
    t = 550.0
    a0 = 2.0 * (vf - v) / t - af
    distance = v * t + a0 * t * t / 2 + (af - a0) * t * t / 6
    assert braking.time_to_go(distance, v, GAINS, af) == pytest.approx(t)


class Burning(Limits):
    """An engine of constant full thrust; the mass falls with what is flown on it and with what leaks."""

    def __init__(self, thrust_n: float, mass_kg: float, leak_kg_s: float = 0.0) -> None:
        super().__init__()
        self.thrust_n, self.lost_kg_s = thrust_n, leak_kg_s
        filled(self, {"exhaust": 318.0 * 9.80665, "accel_cap": 12.0, "dry_mass": 470.0, "load": 530.0})
        filled(self, {"mass": mass_kg, "accel_max": thrust_n / mass_kg, "leak_rate": leak_kg_s})

    def burn(self, accel) -> None:
        self.mass -= (self.mass * float(np.linalg.norm(accel)) / self.exhaust + self.lost_kg_s) * DT
        self.accel_max = self.thrust_n / self.mass


def brake(mass: PointMass, engine: Burning) -> Guidance:
    """Braking to its end or to the ground; `mass.downrange` counts from the site."""
    guidance = Guidance(GAINS, Command(), lambda *_: None)
    for _ in range(15000):
        if guidance.update(mass, engine, modes.BRAKING) != modes.BRAKING or mass.agl < 0.0:
            break
        mass.fly(guidance.command.accel)
        engine.burn(guidance.command.accel)
    return guidance


@pytest.mark.parametrize(
    ("thrust_n", "mass"),
    [
        (1870.0, PointMass(agl=16.8e3, v_up=2.7, v_downrange=1697.0, downrange=-511e3)),
        (1260.0, PointMass(agl=8e3, v_up=-33.0, v_downrange=481.0, downrange=-37e3)),
    ],
    ids=["half the thrust at ignition", "throttle stuck low at 8 km"],
)
def test_a_weak_engine_brakes_to_a_target_farther_on(thrust_n: float, mass: PointMass):
    """The target stayed, what it took exceeded the thrust, and the vehicle struck the ground at 915 and 316 m/s."""
    engine = Burning(thrust_n, 1000.0 if mass.downrange < -1e5 else 660.0)
    guidance = brake(mass, engine)
    assert guidance.target[0] > 20e3
    assert mass.agl > 1000.0
    assert mass.v_downrange == pytest.approx(GAINS.gate_forward_m_s, abs=8.0)
    assert -60.0 < mass.v_up < 0.0
    assert engine.mass > engine.dry_mass + 25.0


def test_a_tank_that_leaks_is_landed_sooner():
    """With 0.3 kg/s lost from 8 km on the tank was dry at 11 m above the ground."""

    def left_kg(told: bool) -> float:
        engine = Burning(3400.0, 635.0, 0.3)
        if not told:
            engine.leak_rate = 0.0
        mass = PointMass(agl=6.2e3, v_up=-35.0, v_downrange=391.0, downrange=-26e3)
        brake(mass, engine)
        assert mass.agl > 1000.0
        assert mass.v_downrange == pytest.approx(GAINS.gate_forward_m_s, abs=15.0)
        return engine.mass - engine.dry_mass

    assert left_kg(told=True) > left_kg(told=False) + 5.0


def test_vertical_thrust_comes_first_where_thrust_is_short():
    assert braking.upward_first((1.0, -2.0, 0.0), 5.0) == (1.0, -2.0, 0.0)
    up, ahead, left = braking.upward_first((3.0, -6.0, 8.0), 5.0)
    assert (up, ahead, left) == pytest.approx((3.0, -2.4, 3.2))
    assert braking.upward_first((7.0, -6.0, 0.0), 5.0) == pytest.approx((5.0, 0.0, 0.0))


def test_near_the_site_braking_does_not_sink_faster_than_can_be_stopped():
    low = PointMass(agl=900.0, v_up=-120.0, v_downrange=60.0)
    weak = craft(accel_max=2.6)
    up, _ahead, _left = braking.command(low, weak, GAINS, 900.0, 1000.0, 0.0, 20.0, GAINS.gate_descent_m_s)
    assert up > LUNAR_G + 10.0
    slow = PointMass(agl=900.0, v_up=-20.0, v_downrange=60.0)
    assert braking.command(slow, weak, GAINS, 900.0, 1000.0, 0.0, 20.0, GAINS.gate_descent_m_s)[0] < up


def test_an_uncertain_height_is_flown_on_its_lower_side():
    sure, unsure = PointMass(5000.0, -60.0), PointMass(5000.0, -60.0, sigma_agl=200.0)
    assert braking.reference_height(sure, 8e3) == pytest.approx(5000.0)
    assert braking.reference_height(unsure, 8e3) <= 5000.0 - 2 * 170.0
    assert braking.reference_height(unsure, 300e3) == pytest.approx(5000.0)  # far out the datum counts


@pytest.mark.parametrize("left_m", [0.0, -120.0])
def test_approach_ends_at_rest_above_the_target(left_m: float):
    mass = PointMass(
        agl=1500.0, v_up=-40.0, v_downrange=45.0, v_crossrange=1.0, downrange=-900.0, crossrange=left_m
    )
    tgo = approach.duration(mass.agl, mass.v_up, GAINS)
    assert GAINS.approach_min_s <= tgo <= GAINS.approach_max_s
    while tgo > 4.0 and mass.agl > GAINS.approach_end_m + 5.0:
        mass.fly(approach.command(mass, GAINS, mass.agl, -mass.downrange, -mass.crossrange, tgo))
        tgo -= DT
    assert mass.agl == pytest.approx(GAINS.approach_end_m + 7.0, abs=7.0)
    assert mass.v_up == pytest.approx(GAINS.approach_end_m_s, abs=2.5)
    assert (mass.downrange, mass.crossrange) == pytest.approx((0.0, 0.0), abs=8.0)
    assert (mass.v_downrange, mass.v_crossrange) == pytest.approx((0.0, 0.0), abs=2.5)


def test_a_vehicle_that_braked_on_after_the_gate_lands_short():
    """hls came out of a slow turn 550 m short at 3 m/s, tilted forward by 48 deg and struck at 36 m/s across."""
    mass = PointMass(agl=575.0, v_up=-30.7, v_downrange=3.1, downrange=-552.0)
    guidance, told = Guidance(GAINS, Command(), lambda *event: told.append(event)), []
    guidance.command.tgo = 39.2
    guidance.last_height = mass.agl
    while guidance.command.tgo > 4.0 and mass.agl > GAINS.approach_end_m + 5.0:
        assert guidance._approach(mass, craft()) == modes.APPROACH or guidance.command.tgo < 4.5
        mass.fly(guidance.command.accel)
        assert guidance.command.accel[1] < 0.81
    assert mass.v_downrange == pytest.approx(0.0, abs=3.0)
    assert guidance.target[0] == pytest.approx(-400.0, abs=60.0)
    assert [event[0] for event in told][:1] == [events.DIVERTED]


def test_a_vehicle_that_overflies_the_target_fast_lands_beyond():
    """blue_moon rose over a ridge, flew 1.4 km past, turned back, and struck the ground at 57 m/s across."""
    mass = PointMass(agl=1608.0, v_up=4.6, v_downrange=42.6, downrange=147.0)
    guidance, told = Guidance(GAINS, Command(), lambda *event: told.append(event)), []
    guidance.command.tgo, guidance.last_height = 81.0, mass.agl
    engine = craft(4.35)
    mode = modes.APPROACH
    while mode == modes.APPROACH:
        mode = guidance._approach(mass, engine)
        guidance._bound(engine)
        mass.fly(guidance.command.accel)
    assert abs(mass.v_downrange) < 8.0
    assert guidance.target[0] > 500.0
    assert events.DIVERTED in [event[0] for event in told]


@given(st.floats(-3000.0, 3000.0), st.floats(-60.0, 60.0), st.floats(10.0, 90.0))
def test_approach_keeps_the_tilt_bounded(ahead_m, v_downrange, tgo):
    up, ahead, left = approach.command(PointMass(800.0, -20.0, v_downrange), GAINS, 800.0, ahead_m, 0.0, tgo)
    assert up >= 0.4
    assert np.hypot(ahead, left) <= 1.2 * up * (1 + 1e-9)


def test_with_an_uncertain_height_approach_brakes_for_the_lower_bound():
    sure, unsure = PointMass(600.0, -35.0), PointMass(600.0, -35.0, sigma_agl=180.0)
    soft, hard = (approach.command(m, GAINS, 600.0, 0.0, 0.0, 40.0)[0] for m in (sure, unsure))
    assert hard > LUNAR_G + 5.0 > soft


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(0.1, 20.0), st.floats(0.05, 2.0))
def test_limiting_keeps_the_direction(ahead, left, up, ratio):
    same_up, a, b = approach.limited(up, ahead, left, ratio)
    assert same_up == up
    assert np.hypot(a, b) <= ratio * up * (1 + 1e-9)
    assert a * left == pytest.approx(b * ahead, abs=1e-6)
    assert a * ahead + b * left >= 0.0

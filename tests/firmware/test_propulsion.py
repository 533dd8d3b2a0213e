"""Main engines: throttle within bounds, mass by the rocket equation, lost engines found and done without."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perilune.flight import events
from perilune.flight.propulsion.thrust import Propulsion
from perilune.wire import schema
from tests.firmware.engines import LAYOUTS
from tests.firmware.kit import loaded
from tests.firmware.records import limits

CLUSTER = {
    "engine_count": 4,
    "thrust_max_n": (900.0,) * 4 + (0.0, 0.0),
    "engine_x_m": (0.5, -0.5, -0.5, 0.5, 0.0, 0.0),
    "engine_y_m": (0.5, 0.5, -0.5, -0.5, 0.0, 0.0),
}


PARAMETERS = loaded()


VEHICLE = PARAMETERS.vehicle


WATCH_TICKS = 5


EXHAUST_M_S = VEHICLE.isp_s * 9.80665


class Log(list):
    def __call__(self, code, *values):
        self.append((code, values))


def engines(**vehicle) -> Propulsion:
    parameters = loaded((schema.PARAM_VEHICLE, vehicle))
    return Propulsion(parameters.vehicle, parameters.guidance, limits(), Log())


def test_the_mass_follows_the_rocket_equation():
    craft = engines()
    gained = 0.0
    for n in range(300 * 50):
        craft.update(2.0 + math.sin(n / 500.0), True, 0.0)
        gained += craft.limits.expected_accel * 0.02
    assert gained > 400.0
    assert craft.limits.mass == pytest.approx(VEHICLE.wet_mass_kg * math.exp(-gained / EXHAUST_M_S), rel=1e-4)
    craft.assess()
    assert craft.limits.delta_v_left == pytest.approx(
        EXHAUST_M_S * math.log(craft.limits.mass / VEHICLE.dry_mass_kg), rel=1e-4
    )


def test_attitude_thrusters_cost_mass_too():
    craft = engines()
    for _ in range(100):
        craft.update(0.0, False, 0.04)
    assert craft.limits.mass == pytest.approx(VEHICLE.wet_mass_kg - 4.0 * VEHICLE.rcs_flow_kg_s)


def test_the_tanks_do_not_go_below_empty():
    craft = engines(wet_mass_kg=VEHICLE.dry_mass_kg + 1.0)
    for _ in range(1000):
        craft.update(10.0, True, 0.0)
    assert craft.limits.mass == VEHICLE.dry_mass_kg
    craft.assess()
    assert craft.limits.delta_v_left == pytest.approx(0.0, abs=1e-3)


def test_thrust_comes_after_the_start_delay_and_with_the_lag():
    craft = engines()
    felt = []
    for _ in range(200):
        craft.update(2.5, True, 0.0)
        felt.append(craft.limits.expected_accel)
    delay = round(VEHICLE.start_delay_s * 50)
    assert max(felt[: delay - 1]) == 0.0
    assert felt[delay + 50] == pytest.approx(2.5, rel=0.01)
    assert felt[-1] == pytest.approx(2.5, rel=1e-3)


@given(st.lists(st.tuples(st.floats(-5.0, 50.0), st.booleans()), min_size=1, max_size=60))
def test_throttle_is_within_its_bounds_and_its_rate(wishes):
    craft = engines()
    before, ran = 0, False
    low = round(VEHICLE.throttle_min * 10000)
    step = VEHICLE.throttle_rate_s * 0.02 * 10000
    for accel, running in wishes:
        craft.update(accel, running, 0.0)
        counts = craft.throttle[0]
        assert craft.throttle[1:] == [0] * 5
        assert craft.enable == (1 if running else 0)
        assert low <= counts <= 10000 if running else counts == 0
        if ran and running:
            assert abs(counts - before) <= step + 1
        before, ran = counts, running


def test_no_more_is_promised_than_the_engine_and_the_vehicle_bear():
    craft = engines()
    assert craft.limits.accel_max == pytest.approx(VEHICLE.thrust_max_n[0] / VEHICLE.wet_mass_kg)
    strong = engines(thrust_max_n=(1e6, 0.0, 0.0, 0.0, 0.0, 0.0))
    assert strong.limits.accel_max == PARAMETERS.guidance.thrust_accel_max_m_s2


def run(craft: Propulsion, seconds: float, thrust_ratio: float = 1.0, kpa=None, trusted: bool = True) -> None:
    """Engines that deliver thrust_ratio of the model, with chamber pressures as given (default: as commanded)."""
    for tick in range(round(seconds * 50)):
        craft.update(2.0, True, 0.0)
        if tick % WATCH_TICKS == 0:
            real = craft.delivered * craft.full_thrust / craft.limits.mass * thrust_ratio
            craft.estimate_thrust_ratio(real, trusted)
            craft.check_engines([700.0 * craft.delivered * k for k in kpa or [1.0] * 6])


def test_weak_thrust_is_measured_reported_and_made_up_for():
    craft = engines()
    run(craft, 20.0, thrust_ratio=0.85)
    assert craft.ratio == pytest.approx(0.85, abs=0.01)
    assert craft.limits.expected_accel == pytest.approx(2.0, rel=0.02)
    assert [code for code, _ in craft.log] == [events.THRUST_OFF]


def test_nominal_thrust_is_not_reported():
    craft = engines()
    run(craft, 60.0, thrust_ratio=1.03)
    assert craft.log == []


def test_accelerometers_in_doubt_do_not_change_the_thrust_model():
    craft = engines()
    run(craft, 20.0, thrust_ratio=0.5, trusted=False)
    assert craft.ratio == 1.0


def test_after_a_loss_no_throttle_jumps_to_its_new_share():
    """Peregrine lost one engine of five and two of the others were told 0.89 and 0.36 in successive ticks."""
    angles = [2.0 * math.pi * n / 5.0 for n in range(5)]
    craft = engines(
        engine_count=5,
        thrust_max_n=(667.0,) * 5 + (0.0,),
        engine_x_m=(*(0.35 * math.cos(a) for a in angles), 0.0),
        engine_y_m=(*(0.35 * math.sin(a) for a in angles), 0.0),
    )
    most = VEHICLE.throttle_rate_s * 0.02 * 10000 + 1.0
    before: list[int] = []
    for tick in range(400):
        if tick % WATCH_TICKS == 0:
            gives = [*craft.weights, 0.0]
            gives[0] = 0.0 if tick > 200 else 1.0
            craft.check_engines([1000.0 * craft.delivered * share for share in gives])
        craft.update(2.6, True, 0.0)
        if before:
            moves = [abs(a - b) for a, b in zip(craft.throttle[1:5], before[1:5], strict=True)]
            assert max(moves) <= most
        before = list(craft.throttle)
    assert craft.enable == 0b11110
    assert min(before[1:5]) < 0.6 * max(before[1:5])  # the shares are others


def test_a_lost_engine_is_found_and_switched_off():
    craft = engines(**CLUSTER)
    run(craft, 10.0)
    assert craft.enable == 0b1111
    run(craft, 2.0, kpa=[1.0, 1.0, 0.0, 1.0, 0.0, 0.0])
    assert craft.enable == 0b1010
    assert [(code, values[0]) for code, values in craft.log if code == events.ENGINE_LOST] == [
        (events.ENGINE_LOST, 2)
    ]
    assert craft.throttle[2] == 0
    assert (
        craft.throttle[0] == 0
    )  # opposite: the other two straddle the axis; enabled it would burn at its least


def test_the_last_engine_is_never_given_up():
    craft = engines()
    run(craft, 10.0)
    run(craft, 5.0, kpa=[0.0] * 6)
    assert craft.enable == 1
    assert craft.throttle[0] > 0


@pytest.mark.parametrize("gain", [0.85, 1.15])
def test_a_cluster_is_balanced_by_its_pressures(gain):
    """With 15 % more or less on one of three engines Schiaparelli tumbled: its thrusters cannot hold that."""
    x, y = LAYOUTS["triangle"]
    craft = engines(
        engine_count=3,
        thrust_max_n=(1200.0,) * 3 + (0.0,) * 3,
        engine_x_m=(*x, 0.0, 0.0, 0.0),
        engine_y_m=(*y, 0.0, 0.0, 0.0),
    )
    gains = np.array([gain, 1.0, 1.0])
    run(craft, 10.0)
    before = list(craft.throttle)
    for tick in range(500):
        craft.update(2.0, True, 0.0)
        steps = [abs(a - b) for a, b in zip(craft.throttle[:3], before[:3], strict=True)]
        assert max(steps) <= VEHICLE.throttle_rate_s * 0.02 * 10000 + 1.0
        before = list(craft.throttle)
        if tick % WATCH_TICKS == 0:
            craft.check_engines([*(700.0 * craft.delivered * np.array(craft.weights) * gains), 0.0, 0.0, 0.0])
    pushed = 1200.0 * np.array(craft.throttle[:3]) / 10000 * gains
    assert np.abs([pushed @ x, pushed @ y]).max() < max(craft.held) + 0.05 * 1200.0
    assert min(craft.throttle[:3]) >= round(VEHICLE.throttle_min * 10000)
    assert craft.stuck == 0.0 and craft.healthy == 0b111


def test_no_engine_of_uneven_shares_is_asked_for_less_than_it_can_burn_at():
    craft = engines(**CLUSTER)
    run(craft, 10.0)
    craft.uneven, craft.balanced = True, [0.5, 1.0, 1.0, 1.0]
    craft.held = (0.0, 0.0)
    craft.resume()
    for _ in range(500):
        craft.update(0.01, True, 0.0)
    used = [count for count, weight in zip(craft.throttle, craft.weights, strict=False) if weight > 0.0]
    assert min(used) == pytest.approx(VEHICLE.throttle_min * 10000, abs=1.0)


class Stuck:
    """An engine that gives `opening` of full thrust, or `factor` of what its throttle asks, as its pressure shows."""

    def __init__(self, opening=None, factor=1.0, full_kpa=700.0, **vehicle):
        self.craft = engines(**vehicle)
        self.opening, self.factor, self.full_kpa = opening, factor, full_kpa
        self.gained = 0.0
        self.ran: list[bool] = []
        self.fastest = 0.0  # change of the throttle in a tick of a running engine

    def fly(self, seconds, accel):
        craft = self.craft
        for n in range(round(50 * seconds)):
            before = craft.level
            craft.update(accel(n / 50.0), True, 0.0)
            if craft.enable and before > 0.0:
                self.fastest = max(self.fastest, abs(craft.level - before))
            gives = craft.delivered * self.factor
            if self.opening is not None and craft.delivered > 0.0 and not craft.stuck:
                gives = self.opening
            self.gained += 0.02 * gives * craft.full_thrust / craft.limits.mass
            self.ran.append(craft.enable != 0)
            if n % WATCH_TICKS == 0:
                craft.check_engines([round(self.full_kpa * gives)] * 6)
        return self

    @property
    def reported(self):
        return [values for code, values in self.craft.log if code == events.THROTTLE_STUCK]


def slower(seconds):
    return max(0.6, 3.0 - 0.3 * seconds)


@pytest.mark.parametrize("low", [0.4, 1.5])
@pytest.mark.parametrize("vehicle", [{}, CLUSTER], ids=["one engine", "cluster"])
def test_a_throttle_stuck_high_is_found_and_the_engine_pulsed(vehicle, low):
    """It flew off into space: what could not be throttled was never switched off. So did Blue Ghost's cluster."""
    engine = Stuck(**vehicle).fly(10.0, lambda _t: 2.5)
    engine.opening = 0.8
    engine.fly(10.0, slower)
    assert engine.reported[0][0] == pytest.approx(0.8, abs=0.01)
    engine.gained = 0.0
    engine.ran.clear()
    engine.fly(60.0, lambda _t: low)
    assert engine.gained == pytest.approx(60.0 * low, abs=2.5)
    switched = sum(a != b for a, b in zip(engine.ran, engine.ran[1:], strict=False))
    assert 10 < switched < 120
    assert engine.fastest <= 1.0001 * VEHICLE.throttle_rate_s * 0.02
    assert engine.craft.limits.powered


def test_the_one_engine_of_a_cluster_that_has_stuck_open_is_switched_off():
    """Blue Ghost with one throttle stuck at 80 % could not come down, and flew on until it was dry.

    But not before: SLIM without half of its thrust, from 9 km on, burnt so much longer that it was dry at 49 m.
    """
    craft = engines(**CLUSTER)
    run(craft, 10.0)

    def fly(accel: float) -> None:
        for tick in range(100):
            craft.update(accel, True, 0.0)
            if tick % WATCH_TICKS == 0:
                craft.check_engines([560.0, *[700.0 * craft.delivered] * 3, 0.0, 0.0])

    fly(1.0)
    assert craft.enable & 1
    fly(0.3)
    assert craft.stuck == 0.0
    assert [values[0] for code, values in craft.log if code == events.ENGINE_LOST] == [0]
    assert not craft.enable & 1


@pytest.mark.parametrize("factor", [0.55, 0.85, 1.0, 1.15])
def test_thrust_off_by_a_factor_is_not_stuck(factor):
    engine = Stuck().fly(10.0, lambda _t: 2.5)
    engine.factor = factor
    engine.fly(10.0, slower).fly(10.0, lambda t: 1.5 + math.sin(t))
    assert engine.reported == []


def test_an_engine_at_rest_is_not_powered_and_a_stuck_one_between_pulses_is():
    """Taken for free fall, the thrust that dies away between pulses cost 3 m/s of velocity across."""
    craft = engines()
    assert not craft.limits.powered
    craft.stuck = 0.8
    craft.resume()
    assert craft.limits.powered and craft.enable == 0


def test_an_engine_found_dying_after_an_outage_teaches_no_full_pressure():
    """Its next burn looked stuck at 53 times open, and the throttle left its range on the wire."""
    engine = Stuck(full_kpa=14.0).fly(4.0, lambda _t: 2.5)  # pressure of an engine that its driver has shut
    engine.full_kpa = 700.0
    engine.fly(10.0, lambda _t: 2.5).fly(10.0, slower)
    assert engine.reported == []
    assert max(engine.craft.throttle) <= 10_000
    assert engine.craft.chambers.full_kpa == pytest.approx(700.0, rel=0.05)


def test_nothing_is_learned_from_the_first_looks_after_a_gap():
    craft = engines()
    for _ in range(150):
        craft.update(2.5, True, 0.0)
    craft.bridge_gap(400, (9.0,) * 6)
    craft.check_engines((9.0,) * 6)
    assert craft.chambers.full_kpa == 0.0


def test_what_sensors_show_is_looked_at_in_order_and_what_is_left_comes_last():
    craft = engines()
    asked = []
    craft.estimate_thrust_ratio = lambda *values: asked.append(("ratio", *values))
    craft.check_engines = lambda kpa: asked.append(("engines", kpa))
    craft.check_tank = lambda kg: asked.append(("tank", kg))
    craft.assess = lambda: asked.append(("assess",))
    craft.monitor(2.5, True, (7,), 9.0)
    assert asked == [("ratio", 2.5, True), ("engines", (7,)), ("tank", 9.0), ("assess",)]

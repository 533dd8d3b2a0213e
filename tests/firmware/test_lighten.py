"""Engines of a cluster whose least thrust is more than a descent needs: one more is switched off."""

import pytest

from perilune.flight import events
from tests.firmware.engines import engines

ANGLES_X = (4.0, 2.0, -2.0, -4.0, -2.0, 2.0)
ANGLES_Y = (0.0, 3.464, 3.464, 0.0, -3.464, -3.464)


def ring(mass_kg=1000.0, dead=0b000001, **changes):
    """Six engines in a ring, one dead, at their least throttle; the others' shares are unlike."""
    craft = engines(
        **{
            "engine_count": 6,
            "thrust_max_n": (1000.0,) * 6,
            "engine_x_m": ANGLES_X,
            "engine_y_m": ANGLES_Y,
            "throttle_min": 0.3,
            "rcs_torque_n_m": (400.0,) * 6,
        }
        | changes
    )
    craft.limits.mass, craft.healthy = mass_kg, 0b111111 & ~dead
    craft.resume()
    craft.level = craft.delivered = craft.least
    craft.running_ticks, craft.enable, craft.chambers.full_kpa = 1000, 1, 700.0
    return craft


def look(craft, times):
    """Looks at pressures that are what each throttle should give."""
    for _ in range(times):
        craft.check_engines([700.0 * craft.delivered * weight for weight in craft.weights])


def rested(craft):
    return [int(event[1]) for event in craft.told_events if event[0] == events.ENGINE_RESTED]


def test_after_a_second_the_one_opposite_to_the_dead_one_is_off_and_the_rest_give_less():
    """HLS, one of six dead, stood on one leg and rose again at the least its five gave."""
    craft = ring()
    before = craft.least * craft.full_thrust
    look(craft, 9)
    assert rested(craft) == []
    look(craft, 1)
    assert rested(craft) == [3]
    assert craft.healthy == 0b110110
    assert craft.least * craft.full_thrust == pytest.approx(0.3 * 4000.0)
    assert before > 1201.0
    assert craft.told_events[-1] == (events.ENGINE_RESTED, 3, pytest.approx(1200.0), 1000.0, 0.0)
    assert craft.sharing  # no command jumps


@pytest.mark.parametrize(
    ("changes", "off"),
    [
        ({}, True),
        ({"level": 1.04}, True),
        ({"level": 1.06}, False),  # less can still be asked for
        ({"weight": 0.91}, True),
        ({"weight": 0.89}, False),  # it can sink
        ({"sharing": True}, False),
        ({"stuck": 0.5}, False),
    ],
)
def test_only_thrust_that_cannot_be_less_than_nine_tenths_of_the_weight_counts(changes, off):
    craft = ring()
    craft.level = craft.delivered = changes.get("level", 1.0) * craft.least
    craft.limits.mass = craft.least * craft.full_thrust / (1.62 * changes.get("weight", 1.0))
    craft.sharing = changes.get("sharing", False)
    craft.stuck = changes.get("stuck", 0.0)
    look(craft, 10)
    assert bool(rested(craft)) is off


def test_what_is_interrupted_is_no_second():
    craft = ring()
    look(craft, 9)
    level, craft.level = craft.level, 1.0
    look(craft, 1)
    craft.level = level
    look(craft, 9)
    assert rested(craft) == []
    look(craft, 1)
    assert rested(craft) == [3]


def test_thrust_as_it_is_felt_counts():
    strong, weak = ring(), ring()
    strong.limits.mass = weak.limits.mass = strong.least * strong.full_thrust / 1.62
    strong.ratio, weak.ratio = 0.91, 0.89
    look(strong, 10)
    look(weak, 10)
    assert rested(strong) == [3]
    assert rested(weak) == []


def test_none_is_off_where_the_rest_would_not_carry_the_vehicle():
    """Four give 4000 N: 1.3 weights of 1900 kg."""
    for mass, off in ((1890.0, [3]), (1910.0, [])):
        craft = ring(mass, throttle_min=0.65)
        look(craft, 10)
        assert rested(craft) == off


def test_none_is_off_where_the_rest_would_push_aside_of_what_thrusters_hold():
    craft = ring(
        dead=0, rcs_torque_n_m=(1.0,) * 6, engine_x_m=(4.0, 2.0, -2.0, -4.0, -2.0, 2.0), throttle_min=0.5
    )
    craft.healthy = 0b010101  # a triangle
    craft.resume()
    craft.level = craft.delivered = craft.least
    look(craft, 10)
    assert rested(craft) == []
    assert craft.healthy == 0b010101

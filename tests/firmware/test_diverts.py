"""The target, moved: by command, by navigation's corrections, by what thrust there is."""

from math import sqrt

import pytest

from perilune.flight import events, modes
from perilune.flight.guidance import braking
from tests.firmware.guiding import GAINS, Guide, craft, far, nav


@pytest.mark.parametrize(
    ("mode", "downrange", "tgo", "rate"),
    [
        (modes.COAST, -9e3, 0.0, None),
        (modes.ARMED, 0.0, 0.0, None),
        (modes.BRAKING, -8001.0, 0.0, None),
        (modes.BRAKING, -7999.0, 0.0, 10.0),
        (modes.BRAKING, 7999.0, 0.0, 10.0),
        (modes.BRAKING, -3501.0, 0.0, 10.0),
        (modes.BRAKING, -3499.0, 0.0, 0.0),
        (modes.APPROACH, 0.0, 30.1, 2.0),
        (modes.APPROACH, 0.0, 29.9, 0.0),
        (modes.HOLD, 0.0, 0.0, 2.0),
        (modes.TERMINAL, 0.0, 99.0, 0.0),
    ],
)
def test_how_fast_a_corrected_position_is_followed(mode, downrange, tgo, rate):
    """A step at once would tilt the vehicle near the ground."""
    guide = Guide(tgo=tgo)
    guide.guidance._follow(nav(position_correction=(400.0, -300.0), downrange=downrange), mode)
    passed = 1e9 if rate is None else 0.1 * rate
    expected = (400.0 - min(400.0, passed), -300.0 + min(300.0, passed))
    assert guide.guidance.offset == pytest.approx(expected)
    guide.guidance._follow(nav(position_correction=(500.0, -300.0), downrange=downrange), mode)
    assert guide.guidance.offset[0] == pytest.approx(max(0.0, 500.0 - min(2 * passed, 500.0)))
    assert guide.guidance.followed == (500.0, -300.0)


def test_a_divert_gets_the_time_that_its_distance_takes():
    """Half the way speeding up and half slowing down at 0.6 m/s2: T = 2 sqrt(d / 0.6)."""
    guide = Guide(tgo=10.0, target=(100.0, 100.0))
    guide.guidance.divert(400.0, -300.0, nav(agl=900.0))
    assert guide.guidance.target == (400.0, -300.0)
    assert guide.guidance.command.tgo == pytest.approx(2.0 * sqrt(500.0 / 0.6))
    assert guide.told == [(events.DIVERTED, 400.0, -300.0, 900.0, 0.0)]
    guide.guidance.command.tgo = 90.0
    guide.guidance.divert(401.0, -300.0, nav())
    assert guide.guidance.command.tgo == 90.0


def test_time_goes_on_in_a_gap():
    guide = Guide(tgo=30.0, last_height=800.0)
    guide.guidance.bridge_gap(50, -20.0)
    assert (guide.guidance.command.tgo, guide.guidance.last_height) == pytest.approx((29.0, 780.0))
    guide.guidance.bridge_gap(5000, 0.0)
    assert guide.guidance.command.tgo == 1.0


def test_braking_steers_to_the_left_or_right_of_where_it_is():
    for side, sign in ((3000.0, 1.0), (-3000.0, -1.0)):
        guide = Guide(target=(0.0, side))
        guide.update(
            modes.BRAKING, far(downrange=-200e3, v_downrange=1200.0, sigma_agl=1.0, agl=14e3, altitude=14e3)
        )
        assert sign * guide.guidance.command.accel[2] > 0.0


@pytest.mark.parametrize(("target", "distance"), [((100.0, 50.0), 500.0), ((0.0, 0.0), 565.685)])
def test_a_divert_is_measured_from_the_target_of_before(target, distance):
    guide = Guide(target=target)
    guide.guidance.divert(400.0, 450.0 if target[0] else 400.0, nav())
    assert guide.guidance.command.tgo == pytest.approx(2.0 * sqrt(distance / 0.6), rel=1e-5)


@pytest.mark.parametrize(("over", "moved"), [(19.0, 0.0), (21.0, 21.0), (2000.0, 2000.0)])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_target_too_far_aside_is_given_up_for_one_in_reach(side, over, moved):
    """A velocimeter's first word moved the estimate by 2.7 km, a minute and a half before the gate: 66 m/s aside."""
    state = far(downrange=-10e3, altitude=6e3, agl=6e3, v_downrange=160.0, v_up=-40.0, sigma_agl=10.0)
    guide = Guide()
    guide.update(modes.BRAKING, state)
    reach = 1e6 - braking.beyond(1e6, 0.0, guide.guidance.command.tgo, 6.0)
    guide = Guide(target=(0.0, side * (reach + over)))
    guide.update(modes.BRAKING, state)
    target = side * (reach + over - moved)
    assert guide.guidance.target == pytest.approx((0.0, target), abs=0.1)
    told = [(events.DIVERTED, 0.0, pytest.approx(target, abs=0.1), 6e3, 0.0)]
    assert guide.told == (told if moved else [])
    assert guide.guidance.command.accel[2] * side > 0.0


def test_a_divert_is_from_where_thrust_has_put_the_target():
    guide = Guide(tgo=10.0, target=(2000.0, 0.0), stretch=2000.0)
    guide.guidance.divert(300.0, 400.0, nav())
    assert guide.guidance.target == (2300.0, 400.0)
    assert guide.guidance.command.tgo == pytest.approx(2.0 * sqrt(500.0 / 0.6))


@pytest.mark.parametrize(
    ("before", "after", "told"), [(0.0, 990.0, False), (0.0, 1010.0, True), (1010.0, 1300.0, False)]
)
def test_a_target_moved_by_a_kilometre_is_told_once(before, after, told):
    guide = Guide(stretch=before, target=(before, 0.0))
    guide.guidance._stretch(10.0 * (after - before), False, nav(agl=9e3))
    assert guide.guidance.target == pytest.approx((after, 0.0))
    assert guide.codes() == [events.DIVERTED] * told


@pytest.mark.parametrize(
    ("before", "by", "hurry", "after"),
    [
        (500.0, -9000.0, False, 0.0),  # back to where it was and no nearer
        (-500.0, -9000.0, False, -500.0),
        (0.0, -2e6, True, -150e3),
        (0.0, -9000.0, True, -900.0),
    ],
)
def test_the_target_comes_nearer_only_in_a_hurry(before, by, hurry, after):
    guide = Guide(stretch=before)
    guide.guidance._stretch(by, hurry, nav())
    assert guide.guidance.stretch == pytest.approx(after)


@pytest.mark.parametrize(
    ("tgo", "v_downrange", "moves"),
    [(31.0, 400.0, True), (29.0, 400.0, False), (40.0, 201.0, True), (40.0, 199.0, False)],
)
def test_late_or_slow_a_lack_of_thrust_is_of_the_moment(tgo, v_downrange, moves):
    vf, af = GAINS.gate_forward_m_s, GAINS.braking_end_accel_m_s2
    distance = tgo * (2 * v_downrange + 4 * vf - af * tgo) / 6.0
    state = far(
        downrange=GAINS.gate_downrange_m - distance,
        v_downrange=v_downrange,
        sigma_agl=1.0,
        agl=4000.0,
        altitude=4000.0,
        v_up=-80.0,
    )
    guide = Guide()
    guide.update(modes.BRAKING, state, craft(accel_max=2.0))
    assert (guide.guidance.stretch != 0.0) is moves

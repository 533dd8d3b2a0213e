"""Velocity sources sample by sample: which are used, with what noise, and every count and gate at its limit."""

import numpy as np
import pytest

from perilune.wire.schema import FRESH, HEAD, SATURATED, STALE, VALID
from tests.firmware.beams import BEAMS, GOOD, RADAR, Nav, gate
from tests.firmware.kit import axes, turn

# Which samples are used


@pytest.mark.parametrize(
    ("changes", "used"),
    [
        ({}, True),
        ({"status": VALID}, False),
        ({"status": FRESH}, False),
        ({"status": GOOD | STALE}, False),
        ({"status": GOOD | SATURATED}, False),
        ({"age_ms": 300}, True),
        ({"age_ms": 301}, False),
    ],
)
def test_which_samples_are_used(changes, used):
    nav = Nav().believed().beams(**changes)
    assert len(nav.taken_in) == (3 if used else 0)
    assert (nav.doppler.silence.heard_tick == nav.tick) is used
    assert (nav.applied == 1) is used
    nav = Nav().echo(**changes)
    assert len(nav.taken_in) == (1 if used else 0)
    assert (nav.doppler.radar_heard_tick == nav.tick) is used


@pytest.mark.parametrize("which", [1, 2, 4, 3, 6, 7, 0])
def test_each_beam_that_speaks_is_used_and_all_three_are_whole(which):
    nav = Nav().believed().beams(which=which)
    assert len(nav.taken_in) == bin(which).count("1")
    assert (nav.doppler.whole_tick == nav.tick) is (which == 7)


def test_three_repetitions_are_a_frozen_velocimeter():
    nav = Nav().believed()
    for n in range(5):
        nav.tick += 5
        nav.nav._take_beams((GOOD, 7, 0, 0.01, 0.0, 0.0))
        assert len(nav.taken_in) == 3 * min(n + 1, 3)


@pytest.mark.parametrize("changes", [{"isolated": True}, {"same": 1}])
def test_a_radar_whose_range_is_not_believed_tells_no_velocity(changes):
    nav = Nav()
    vars(nav.radar).update(changes)
    assert nav.echo().taken_in == []


# What a sample says


@pytest.mark.parametrize("head", [0, HEAD])
def test_a_beam_measures_the_closing_speed_along_it(head):
    """Turning adds w x lever along the beam."""
    body, rate = turn((0.3, -0.2, 0.9)), (0.01, -0.02, 0.5)
    velocity = (3.0, -40.0, -7.0)
    nav = Nav(velocity, body=axes(body), rate=rate).believed()
    lever = 2.5 - 1.0
    beam = np.array(RADAR[3:6] if head else RADAR[0:3])
    turning = np.cross(rate, (0.0, 0.0, lever)) @ beam
    nav.echo(off=0.5 + turning, status=GOOD | head, age_ms=40)
    ((direction, innovation, _r),) = nav.taken_in
    x, y, z = body @ beam
    assert direction == pytest.approx((z, x, y))
    assert innovation == pytest.approx(0.5)
    assert nav.asked == [0.04]


def test_each_beam_of_the_velocimeter_too():
    velocity = (3.0, -40.0, -7.0)
    nav = Nav(velocity).believed().beams(off=(0.01, -0.02, 0.03), age_ms=100)
    assert [innovation for _d, innovation, _r in nav.taken_in] == pytest.approx([0.01, -0.02, 0.03], abs=1e-7)
    assert [d for d, _i, _r in nav.taken_in] == [
        pytest.approx((BEAMS[3 * i + 2], BEAMS[3 * i], BEAMS[3 * i + 1])) for i in range(3)
    ]
    assert nav.asked == [0.1]


def test_noise_is_the_specified_one_its_factor_and_pointing():
    nav = Nav().believed()
    nav.doppler.noise.factor = 1.0
    nav.beams()
    noise = 0.02 + 0.001 * 50.0
    assert [r for _d, _i, r in nav.taken_in] == pytest.approx([noise**2 + (1e-3 * 50.0) ** 2] * 3)
    nav = Nav().echo()
    assert nav.taken_in[0][2] == pytest.approx(0.4**2 + (2e-3 * 50.0) ** 2)
    nav = Nav()
    nav.doppler.radar_noise.factor = 10.0
    nav.echo()
    assert nav.taken_in[0][2] == pytest.approx((0.4 * 9.3) ** 2 + 0.01)  # it calms by 7 % a sample


def test_what_the_beams_before_have_said_is_not_said_again():
    nav = Nav().believed()
    nav.owed = 0.03
    nav.beams(off=0.05)
    assert [innovation for _d, innovation, _r in nav.taken_in] == pytest.approx([0.02] * 3, abs=1e-7)


@pytest.mark.parametrize(("share", "used"), [(0.99, True), (1.01, False), (-1.01, False)])
def test_the_gate_is_five_sigma(share, used):
    nav = Nav(variance=0.01).believed()
    nav.doppler.noise.factor = 1.0
    r = 0.07**2 + 0.05**2
    nav.doppler.innovations = [share * gate(nav, r)] * 3  # no change: no noise
    nav.beams(off=share * gate(nav, r), which=1)
    assert len(nav.taken_in) == int(used)
    assert nav.doppler.rejected == (0 if used else 1)
    nav = Nav(variance=0.01)
    r = 0.4**2 + 0.1**2
    nav.doppler.radar_innovation = share * gate(nav, r)
    nav.echo(off=share * gate(nav, r), status=GOOD | HEAD)
    assert len(nav.taken_in) == int(used)
    assert nav.doppler.radar_rejected == (0 if used else 1)


def test_what_a_radar_says_for_long_is_no_better_than_its_pointing():
    """Its 2 mrad were averaged as noise: 2.3 m/s of vertical velocity at 1.1 km/s, of which 0.3 were owned up to."""
    nav = Nav(variance=25.0)
    nav.estimate.speed = 1000.0
    nav.filter.correct_velocity = lambda *values: nav.covariance.observe_velocity(*values)
    for _ in range(600):
        nav.echo(status=GOOD | HEAD)
    along = nav.covariance.velocity_variance((-0.8, 0.6, 0.0))
    assert 0.25 * (2e-3 * 1000.0) ** 2 < along <= 0.5 * (2e-3 * 1000.0) ** 2


@pytest.mark.parametrize(("variance", "used"), [(1.9, False), (2.1, True)])
def test_a_radar_that_knows_no_better_says_nothing_but_counts_as_heard(variance, used):
    nav = Nav(variance=variance)
    nav.estimate.speed, nav.covariance.considered = 1000.0, 0.5
    nav.echo()
    assert (len(nav.taken_in), nav.doppler.radar_tick) == (int(used), nav.tick)

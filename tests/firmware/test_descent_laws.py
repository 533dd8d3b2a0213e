"""Terminal descent and HOLD flown on a point mass: where they end, and the sink they never exceed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perilune.flight.guidance import hold, terminal
from perilune.flight.guidance.phases import Guidance
from perilune.flight.signals import Command, Limits
from tests.firmware.point_mass import GAINS, PointMass, craft
from tests.firmware.records import estimate


def descend(mass: PointMass, vehicle: Limits, decel: float = GAINS.terminal_decel_m_s2) -> PointMass:
    """Terminal descent to the ground; the truth is where the estimate says."""
    while mass.agl > 0.0:
        mass.fly(terminal.command(mass, vehicle, GAINS, decel, -mass.downrange, -mass.crossrange))
        assert len(mass.trace) < 6000, "it hovers"
    return mass


def test_terminal_descent_touches_down_at_the_touchdown_speed():
    mass = descend(PointMass(45.0, -2.5, v_downrange=1.0, v_crossrange=-0.5, downrange=4.0), craft())
    assert mass.v_up == pytest.approx(-GAINS.touchdown_m_s, abs=0.15)
    assert (mass.v_downrange, mass.v_crossrange) == pytest.approx((0.0, 0.0), abs=0.05)


@given(st.floats(0.3, 25.0), st.floats(100.0, 600.0))
def test_terminal_descent_is_slow_enough_wherever_the_ground_turns_out_to_be(sigma, delta_v):
    """The height is only known to sigma and propellant is short: still never faster than the gear bears at the end."""
    mass = descend(PointMass(60.0, -3.0, sigma_agl=sigma), craft(delta_v=delta_v))
    assert -2.6 <= mass.v_up < -0.5


@pytest.mark.parametrize("decel", [0.3, 0.6])
def test_terminal_descent_waits_until_the_horizontal_speed_is_gone(decel):
    """From HOLD, where a late range let it leave with 35 m/s, it reached the ground at 13 m/s sideways."""
    mass = descend(PointMass(880.0, -20.0, v_downrange=35.0), craft(5.0), decel)
    assert -1.5 < mass.v_up < -0.9
    assert abs(mass.v_downrange) < 0.3


def test_terminal_descent_is_faster_high_up_and_never_too_fast():
    wanted = [
        terminal.command(PointMass(h, -1.0), craft(), GAINS, 0.3, 0.0, 0.0)[0] for h in (5.0, 50.0, 500.0)
    ]
    assert wanted[0] >= wanted[1] >= wanted[2] >= 0.3


heights = st.floats(0.0, 500.0)
sigmas = st.floats(0.0, 100.0)


@given(heights, sigmas, st.floats(0.1, 1.0), st.floats(5.0, 300.0), st.floats(0.0, 300.0))
def test_confidence_grows_with_the_propellant_for_hovering(agl, sigma, decel, hover, more):
    k = terminal.confidence(agl, sigma, decel, hover)
    assert 0.0 <= k <= 3.0
    assert terminal.confidence(agl, sigma, decel, hover + more) >= k


@given(heights, st.floats(0.1, 1.0))
def test_confidence_is_full_where_the_propellant_lasts(agl, decel):
    assert terminal.confidence(agl, 10.0, decel, 1000.0) == 3.0
    assert terminal.confidence(agl, 10.0, decel, 0.1) == 0.0


def test_it_leans_against_a_push_beside_what_it_steers_with():
    """Near the ground a tenth of the upward thrust, and 0.07 more for what pushes: no more than 10 deg."""
    low = PointMass(10.0, -1.2)
    for push, most in ((0.05, 0.10 + 0.05 / -low.g_eff), (0.3, 0.17)):
        up, ahead, left = terminal.command(low, craft(), GAINS, 0.3, 0.0, 0.0, (0.0, -push))
        assert ahead == 0.0
        assert left == pytest.approx(min(push, most * up))
    up, ahead, left = terminal.command(low, craft(), GAINS, 0.3, 0.0, 0.0, (5.0, 0.0))
    assert ahead == pytest.approx(-0.17 * up)


def test_confidence_by_hand():
    """k sigma above the ground the fall of it, and (k + min(k, 1.75)) sigma at 2.5 m/s, fit into the hovering left."""
    # k = 1: falls 90 m at 0.2 m/s2 in 30 s, then 2 * 10 m at 2.5 m/s: 8 s
    assert terminal.confidence(100.0, 10.0, 0.2, 38.01, 1.0) == 1.0
    assert terminal.confidence(100.0, 10.0, 0.2, 37.99, 1.0) == 0.875
    # k = 2: no fall is left, (2 + 1.75) * 10 m at 2.5 m/s: 15 s
    assert terminal.confidence(5.0, 10.0, 0.2, 15.01, 2.0) == 2.0
    assert terminal.confidence(5.0, 10.0, 0.2, 14.99, 2.0) == 1.875


@given(st.floats(100.0, 4000.0), st.floats(50.0, 400.0), st.floats(2.0, 5.0), st.floats(50.0, 400.0))
def test_hold_sinks_no_faster_than_stops_within_the_range_of_a_late_altimeter(agl, sigma, accel_max, delta_v):
    """Flown for two minutes over ground that may be anywhere: stopping takes less than 700 m at all times."""
    mass = PointMass(agl, -15.0, sigma_agl=sigma)
    vehicle = craft(accel_max, delta_v)
    for _ in range(1200):
        mass.fly(hold.command(mass, vehicle, GAINS, 0.0, 0.0)[0])
        if mass.agl <= 0.0:
            break
        assert mass.v_up > -90.0
        assert mass.v_up**2 / (2.0 * max(0.2, accel_max - 1.62)) < 700.0


def held(agl: float, waits: bool) -> float:
    """Sink that HOLD asks for at its own sink rate, m/s2 up: a range is waited for, or none will come."""
    mass = PointMass(agl, -20.0, sigma_agl=65.0, range_may_come=waits)
    return hold.command(mass, craft(4.3, 400.0), GAINS, 0.0, 0.0)[0][0] + mass.g_eff


def test_hold_does_not_wait_for_altimeters_that_are_dead():
    """Odysseus sank at 20 m/s to wait for a range no one could give: it landed with 4 % of its propellant."""
    assert held(1500.0, waits=False) < -1.0  # speeds up
    assert held(1500.0, waits=True) == pytest.approx(0.0, abs=0.1)
    assert held(300.0, waits=False) > 0.2  # and slows down all the same above the lower bound of the height


def test_braking_for_a_blind_descent_ends_lower():
    guidance = Guidance(GAINS, Command(), lambda *_: None)

    def gate_m(waits: bool) -> float:
        return guidance._hold_gate(estimate(range_may_come=waits)).gate_altitude_m

    assert 900.0 < gate_m(waits=True) < GAINS.gate_altitude_m  # above where a late range comes
    assert gate_m(waits=False) < 0.5 * GAINS.gate_altitude_m


def test_a_height_found_late_is_descended_from_briskly():
    """Resilience took 75 s for its last 884 m on the gentle profile and landed below 5 % of propellant."""
    found = PointMass(884.0, -20.0, sigma_agl=7.5)
    assert 0.4 < hold.sure_decel(found, craft(3.5), GAINS) <= 0.85
    late = PointMass(400.0, -32.0, sigma_agl=7.5)
    assert hold.sure_decel(late, craft(3.5), GAINS) > 1.15  # what stops it
    assert hold.sure_decel(found, craft(1.9), GAINS) == GAINS.terminal_decel_m_s2


def test_propellant_to_be_landed_with_is_not_spent_on_more_than_two_and_a_half_sigma():
    """Odysseus felt for the ground over 3 sigma at 2.5 m/s, half a minute longer, and landed below 5 %."""
    sigma, agl = 69.0, 240.0
    assert terminal.margin(agl, sigma, 1.2, 170.0, 170.0) == 3.0
    assert terminal.margin(agl, sigma, 1.2, 170.0, 90.0) == 2.5
    assert 2.5 < terminal.margin(agl, sigma, 1.2, 170.0, 135.0) < 3.0
    assert terminal.margin(agl, sigma, 1.2, 60.0, 5.0) == terminal.confidence(agl, sigma, 1.2, 60.0) < 2.5
    plenty, short = craft(4.0, 350.0), craft(4.0, 350.0)
    short.delta_v_kept = 180.0
    assert terminal.spare_s(plenty) == terminal.hover_s(plenty) == 0.8 * 350.0 / 1.62
    assert terminal.spare_s(short) == (350.0 - 180.0) / 1.62


def test_hold_arrives_at_the_blind_window_slow_and_without_motion_across():
    """Odysseus came to it at 10 m/s down and 3 m/s across and hovered for eight seconds to get rid of that."""
    mass = PointMass(730.0, -28.0, v_downrange=18.0, downrange=-350.0, sigma_agl=69.0, range_may_come=False)
    landing, cycles = False, 0
    while not landing:
        accel, landing = hold.command(mass, craft(4.0, 250.0), GAINS, -mass.downrange, 0.0)
        mass.fly(accel)
        cycles += 1
    assert cycles < 280
    assert mass.v_up > -10.0
    assert abs(mass.v_downrange) < 2.5


def test_the_ground_is_felt_for_faster_where_the_sink_rate_is_well_known():
    known, unknown = (PointMass(1.0, -2.0, sigma_agl=60.0, sigma_v_up=s) for s in (0.01, 0.1))
    up = [terminal.command(one, craft(delta_v=20.0), GAINS, 0.3, 0.0, 0.0)[0] for one in (known, unknown)]
    assert up[1] - up[0] == pytest.approx(0.2 / 1.5)
    assert terminal.fastest(known) < 2.8  # the legs bear 3 m/s


def test_near_the_ground_motion_across_it_is_nulled_first():
    """Without gyros the vehicle came to the ground at 1.5 m/s across, on time."""
    fast, slow = PointMass(10.0, -2.0, v_downrange=1.5), PointMass(10.0, -2.0, v_downrange=0.3)
    sinking = terminal.command(slow, craft(), GAINS, 0.3, 0.0, 0.0)[0]
    assert terminal.command(fast, craft(), GAINS, 0.3, 0.0, 0.0)[0] > sinking + 0.5
    assert (
        terminal.command(fast, craft(delta_v=25.0), GAINS, 0.3, 0.0, 0.0)[0] < sinking + 0.01
    )  # no time left
    landed = descend(PointMass(20.0, -2.0, v_downrange=2.5), craft())
    assert abs(landed.v_downrange) < 0.6


def test_a_divert_is_from_where_the_thrust_there_is_has_put_the_target():
    """Blue Ghost had lost an engine and was to land 25 km on: a divert of 70 m sent it back towards the site."""
    guidance = Guidance(GAINS, Command(), lambda *_: None)
    guidance.stretch, guidance.target = 25000.0, (25000.0, 0.0)
    guidance.divert(70.0, 68.0, estimate(agl=1200.0))
    assert guidance.target == (25070.0, 68.0)
    assert guidance.command.tgo < 30.0

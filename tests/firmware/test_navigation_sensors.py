"""Navigation beside its filter: heads and power of its units, rotation without gyros, attitude on the surface."""

import pytest

from perilune.flight.navigation.estimator import Navigation
from perilune.wire import schema
from perilune.wire.schema import SATURATED, VALID
from tests.firmware.navigating import attitude_known, navigation
from tests.firmware.records import frame

TICK = 5000
FINE = (VALID, 1e-5, 2e-5, 3e-5, 1e-3, 2e-3, 0.06)


def over() -> Navigation:
    nav = attitude_known(navigation())
    nav.estimate.tick = TICK
    return nav


@pytest.mark.parametrize(
    ("unit", "asked", "bit"),
    [
        ("lrf", "best_head", schema.LRF_DESCENT_HEAD),
        ("radar", "best_head", schema.RADAR_DESCENT_HEAD),
        ("lrf", "power_off", schema.LRF_POWER_OFF),
        ("radar", "power_off", schema.RADAR_POWER_OFF),
        ("silence", "power_off", schema.VELOCIMETER_POWER_OFF),
    ],
)
def test_heads_and_power_follow_what_the_units_want(unit, asked, bit):
    nav = over()
    units = {"lrf": nav.lrf, "radar": nav.radar, "silence": nav.doppler.silence}
    for name, one in units.items():
        one.power_off = lambda _tick, name=name: (name, "power_off") == (unit, asked)
        one.best_head = lambda *_, name=name: int((name, "best_head") == (unit, asked))
    assert nav.manage_sensors(False) == bit
    assert nav.manage_sensors(True) == bit | schema.RADAR_DESCENT_HEAD


@pytest.mark.parametrize(("agl_m", "due"), [(100.0, True), (50e3, False)])
def test_altimeters_are_held_against_the_map_and_cycled_where_ranges_are_due(agl_m, due):
    nav = over()
    nav.estimate.agl, nav.estimate.sigma_agl = agl_m, 1.0
    done = []
    nav.altimetry.check_against_map = lambda *_: done.append("survey")
    nav.altimetry.power_cycle_failed = lambda tick, expected: done.append((tick, expected))
    nav.manage_sensors(False)
    assert done == ["survey", (TICK, due)]


def test_what_of_the_velocity_is_vouched_for_is_asked_with_the_height():
    nav = over()
    nav.estimate.tick, nav.estimate.agl = TICK, 80.0
    nav.filter.velocity_correction, nav.filter.bias = (1.0, 2.0, 3.0), (4.0, 5.0, 6.0)
    asked = []
    nav.doppler.update_reference = lambda *values: asked.append(values)
    nav.monitor_velocimeter()
    assert asked == [(TICK, 80.0, (1.0, 2.0, 3.0), (4.0, 5.0, 6.0))]


@pytest.mark.parametrize(
    ("lost", "calm", "doubtful"),
    [
        (True, (True, True), True),
        (False, (True, False), False),
        (False, (False, True), False),
        (False, (False, False), True),
    ],
)
def test_the_rotation_is_doubtful_without_gyros_and_while_both_may_have_ceased_to_feel_it(
    lost, calm, doubtful
):
    nav = over()
    inertial = nav.inertial
    inertial.gyros_lost, (inertial.a.calm, inertial.b.calm) = lost, calm
    nav._publish_doubts()
    assert (nav.estimate.rotation_doubtful, nav.estimate.rate_modelled) == (doubtful, lost)


@pytest.mark.parametrize("blind", [True, False])
def test_what_the_thrusters_do_is_the_rotation_or_foreseen(blind):
    nav = over()
    nav.inertial.gyros_lost = blind
    nav.inertial.dtheta = nav.inertial.unfelt = (0.0, 0.0, 0.0)
    nav.take_thruster_turn((1.0, 2.0, 3.0))
    gained = (4e-4, 8e-4, 12e-4)
    assert (nav.inertial.dtheta == pytest.approx(gained)) is blind
    assert (nav.inertial.unfelt == pytest.approx(gained)) is not blind


def test_on_the_surface_the_attitude_goes_on_and_nothing_else():
    nav = over()
    before = nav.strapdown.r, nav.estimate.agl
    turn = (0.0, 0.0, 4e-4)
    for tick in range(TICK + 1, TICK + 6):
        unit = (VALID, *(x + 1e-9 * tick for x in turn), 1e-9 * tick, 0.0, 0.032)
        nav.update_on_surface(frame(tick, imu_a=unit, imu_b=unit))
    assert nav.estimate.rate == pytest.approx((0.0, 0.0, 0.02), abs=1e-3)
    assert nav.estimate.q == nav.attitude.q != (1.0, 0.0, 0.0, 0.0)
    assert (nav.strapdown.r, nav.estimate.agl) == before
    assert (nav.estimate.rate_modelled, nav.estimate.gyros_disagree) == (False, False)


def test_an_impact_without_gyros_is_the_star_trackers_to_find():
    nav = over()
    clipped = (VALID | SATURATED, *FINE[1:])
    nav.update_on_surface(frame(TICK + 1, imu_a=clipped, imu_b=clipped))
    assert nav.inertial.dtheta == (0.0, 0.0, 0.0)
    assert nav.attitude.unsteady == 0.01
    assert nav.estimate.rate_modelled


def test_ticks_lost_on_the_surface_widen_the_angle():
    nav = over()
    before = nav.attitude.p_angle
    nav.widen_on_surface()
    assert nav.attitude.p_angle == pytest.approx(before + 0.1**2)

"""The health word: each bit by itself."""

import pytest

from perilune.flight import health
from perilune.flight.touchdown import Touchdown
from tests.firmware.guiding import GAINS, Guide
from tests.firmware.navigating import new

TICK = 10_000
OLD = TICK - 25  # not used for half a second


def nothing_good():
    """Navigation whose sources have long said nothing."""
    nav = new()
    nav.attitude.corrected = nav.lrf.used_tick = nav.radar.used_tick = nav.doppler.used_tick = OLD
    nav.inertial.a.samples, nav.inertial.b.samples = 100, 101
    return nav


def sources(nav) -> int:
    nav._publish_sources(TICK)
    return nav.estimate.sources


def test_nothing_good_is_zero():
    assert sources(nothing_good()) == 0


@pytest.mark.parametrize(
    ("part", "name", "value", "bits"),
    [
        ("inertial.a", "good", True, health.IMU_A),
        ("inertial.b", "good", True, health.IMU_B),
        ("attitude", "corrected", OLD + 1, health.STAR),
        ("lrf", "used_tick", OLD + 1, health.LRF),
        ("radar", "used_tick", OLD + 1, health.RADAR),
        ("doppler", "used_tick", OLD + 1, health.VELOCIMETER),
        ("attitude", "known", True, health.ATTITUDE_KNOWN),
        ("inertial.a", "samples", 101, health.CALIBRATED),
        ("inertial.b", "samples", 500, 0),
    ],
)
def test_each_source(part, name, value, bits):
    nav = nothing_good()
    found = nav
    for step in part.split("."):
        found = getattr(found, step)
    setattr(found, name, value)
    assert sources(nav) == bits


@pytest.mark.parametrize(
    ("armed", "stopping", "bits"), [(False, False, 0x23), (True, False, 0x123), (False, True, 0x223)]
)
def test_what_the_vehicle_is_about_beside_the_sources(armed, stopping, bits):
    touchdown = Touchdown(GAINS, lambda *_: None)
    touchdown.armed = armed
    assert health.word(0x23, touchdown, Guide(stopping=stopping).guidance) == bits

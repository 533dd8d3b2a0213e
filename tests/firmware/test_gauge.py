"""The propellant gauge against the model of the engines: what a leak takes is found, and what noise does is not."""

import pytest

from perilune.flight import events
from perilune.flight.propulsion.gauge import Gauge
from tests.firmware.engines import engines, vehicle

DRY, WET = 500.0, 1000.0


class Tank:
    """Looks at 10 Hz at a gauge that is off by a constant and at what has leaked, kg."""

    def __init__(self, burnt_kg=0.0) -> None:
        self.told: list[tuple] = []
        self.gauge = Gauge(lambda *event: self.told.append(event))
        self.vehicle = vehicle(dry_mass_kg=DRY, wet_mass_kg=WET)
        self.mass = WET - burnt_kg
        self.shown = self.mass - DRY

    def look(self, times=1, off=0.0, leak_kg_s=0.0):
        for _ in range(times):
            self.shown -= 0.1 * leak_kg_s
            self.read(self.shown + off)
        return self.gauge

    def read(self, shown):
        self.mass -= self.gauge.update(shown, self.mass, self.vehicle)


def test_a_constant_error_of_the_gauge_is_learned_in_five_seconds():
    tank = Tank()
    gauge = tank.look(50, off=12.0)
    assert (gauge.base, gauge.fast, gauge.slow) == pytest.approx((12.0, 12.0, 12.0))
    assert tank.look(5000, off=12.0).rate == 0.0
    assert not gauge.leaking
    assert tank.mass == WET


def test_the_base_is_the_mean_of_the_first_looks():
    tank = Tank()
    for off in [1.0, 3.0] * 25:
        tank.look(off=off)
    assert tank.gauge.base == pytest.approx(2.0)
    tank.look(off=12.0)
    assert (tank.gauge.base, tank.gauge.fast, tank.gauge.slow) == pytest.approx((2.0, 2.5, 2.1))


@pytest.mark.parametrize(("burnt", "sure"), [(0.0, 6.0), (200.0, 6.0 + 0.02 * 200.0)])
def test_a_leak_is_what_lacks_beyond_what_the_model_may_be_off(burnt, sure):
    for lost, found in ((sure - 0.05, False), (sure + 0.05, True)):
        tank = Tank(burnt)
        tank.look(50)
        tank.look(400, off=-lost)
        assert tank.gauge.leaking is found
        assert tank.mass == pytest.approx(WET - burnt - (lost if found else 0.0), abs=0.1)
        assert [event[0] for event in tank.told] == [events.LEAK] * found


def test_a_leak_is_taken_off_the_mass_as_it_goes_on_and_its_rate_is_known():
    """A steady leak of R leaves the two means 2 s and 10 s behind: 8 s x R apart."""
    tank = Tank()
    tank.look(50)
    tank.look(600, leak_kg_s=0.4)
    assert tank.gauge.rate == pytest.approx(0.4, rel=0.05)
    assert tank.mass - DRY == pytest.approx(tank.shown, abs=1.5)
    ((code, lost, rate, mass, _),) = tank.told
    assert code == events.LEAK
    assert lost == pytest.approx(6.0, abs=0.2)
    assert rate > 0.0 and mass == WET


def test_the_tank_does_not_leak_below_empty():
    """Propulsion takes what the gauge has found off the mass, and stops at the dry mass."""
    craft = engines()
    craft.limits.mass = craft.vehicle.dry_mass_kg + 3.0
    for looks, shown in ((50, 3.0), (400, -17.0)):
        for _ in range(looks):
            craft.check_tank(shown)
    assert craft.gauge.leaking
    assert craft.limits.mass == craft.vehicle.dry_mass_kg


def test_a_gauge_that_shows_more_again_gives_nothing_back():
    tank = Tank()
    tank.look(50)
    tank.look(400, off=-20.0)
    mass = tank.mass
    tank.look(400, off=30.0)
    assert tank.mass == mass
    assert tank.gauge.rate >= 0.0


@pytest.mark.parametrize("shown", [0.0, float("nan"), 1e6])
def test_a_gauge_that_fails_is_no_leak(shown):
    """Read as a leak, a gauge stuck at zero would take all propellant off the mass, and thrust would go by that."""
    tank = Tank()
    tank.look(50)
    for _ in range(100):
        tank.read(shown)
    assert not tank.gauge.leaking
    assert tank.mass == WET
    tank.look(600, leak_kg_s=0.4)
    assert tank.gauge.rate == pytest.approx(0.4, rel=0.05)

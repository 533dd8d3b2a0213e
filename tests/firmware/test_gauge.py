"""The propellant gauge: a tank that leaks is told from an engine that burns a little more than modelled."""

from types import SimpleNamespace

import numpy as np
import pytest

from perilune.flight import events
from perilune.flight.propulsion import Propulsion
from perilune.flight.readiness import PROPELLANT, Readiness
from tests.firmware.kit import loaded

NOISE_KG, BIAS_KG = 0.5, -7.0


class Log(list):
    def __call__(self, code, *values):
        self.append((code, values))


def flown(leak_kg_s: float, burnt_more: float = 0.0, coast_s: float = 20.0, burn_s: float = 300.0):
    """Gauge, craft and log after a coast and a burn of 1 kg/s, the leak beginning 10 s after the start."""
    parameters, log, rng = loaded(), Log(), np.random.default_rng(1)
    craft = Propulsion(parameters.vehicle, parameters.guidance, log)
    tank = craft.mass - parameters.vehicle.dry_mass_kg
    for n in range(round(10.0 * (coast_s + burn_s))):
        flow = 1.0 if n > 10.0 * coast_s else 0.0
        craft.mass -= 0.1 * flow
        tank -= 0.1 * (flow * (1.0 + burnt_more) + (leak_kg_s if n > 100 else 0.0))
        craft.gauge.update(tank + BIAS_KG + rng.normal(0.0, NOISE_KG), craft)
    return craft, tank, log


def test_a_leak_is_found_and_taken_off_the_mass():
    craft, tank, log = flown(0.3)
    assert [code for code, _ in log] == [events.LEAK]
    assert craft.gauge.rate == pytest.approx(0.3, abs=0.05)
    assert craft.propellant == pytest.approx(tank, abs=1.5)
    assert craft.leaks_away(100.0) == pytest.approx(30.0, abs=5.0)


def test_a_gauge_in_error_and_an_engine_that_burns_more_are_no_leak():
    for burnt_more in (-0.01, 0.0, 0.01):
        craft, _tank, log = flown(0.0, burnt_more, burn_s=400.0)
        assert log == []
        assert craft.gauge.rate == 0.0


def test_a_leak_that_leaves_too_little_is_waved_off_before_ignition():
    """0.3 kg/s, found in coast: what is still in the tank would do, what will be there in ten minutes does not."""
    nav = SimpleNamespace(
        tick=5000,
        speed=1697.0,
        inertial=SimpleNamespace(good=lambda: True),
        attitude=SimpleNamespace(known=True, corrected=5000),
    )
    nav.lrf = nav.radar = SimpleNamespace(silent=lambda *_: False)
    for leak, reason in ((0.0, 0), (0.3, PROPELLANT)):
        craft, tank, _log = flown(leak, coast_s=40.0, burn_s=0.0)
        frame = SimpleNamespace(tank_kpa=1700, discretes=0, propellant_kg=tank + BIAS_KG)
        readiness = Readiness(lambda *_: None)
        unfit = [readiness.unfit(nav, craft, frame) for _ in range(30)]
        assert readiness.reason == reason
        assert any(unfit) == bool(reason)

"""One seed, one flight: whatever is done to snapshots, processes and faults."""

from math import atan2, cos, exp, log, sin

import numpy as np
import pytest

from perilune_sim import config
from perilune_sim.world.native import Stream, lib, stream_id
from perilune_sim.world.world import World
from tests.sim_bridge.kit import VEHICLE, actuators

FULL = actuators(engine_enable=1, throttle_0=9000, rcs_on_ms_2=7, switches=0x0C)


def flown(seed: int, ticks: int = 400) -> bytes:
    world = World(VEHICLE, config.Environment(), seed)
    return b"".join(bytes(world.step(FULL)) for _ in range(ticks))


def test_same_seed_same_bytes():
    assert flown(5) == flown(5)
    assert flown(5) != flown(6)


def test_snapshot_restores_exactly():
    world = World(VEHICLE, config.Environment(), 5)
    for _ in range(137):
        world.step(FULL)
    kept = world.snapshot()
    first = [bytes(world.step(FULL)) for _ in range(200)]
    world.effect("lrf", dead=1)
    world.restore(kept)
    assert [bytes(world.step(FULL)) for _ in range(200)] == first


def test_a_twin_continues_from_a_snapshot():
    one, two = (World(VEHICLE, config.Environment(), 5) for _ in range(2))
    for _ in range(300):
        one.step(FULL)
    two.restore(one.snapshot())
    assert [bytes(one.step(FULL)) for _ in range(100)] == [bytes(two.step(FULL)) for _ in range(100)]
    assert one.snapshot() == two.snapshot()


def test_knowledge_is_not_the_truth_but_near_it():
    worlds = [World(VEHICLE, config.Environment(), seed) for seed in range(40)]
    errors = [np.subtract(w.knowledge()["position_m"], w.truth().position_m) for w in worlds]
    assert np.linalg.norm(np.std(errors, axis=0)) == pytest.approx(np.linalg.norm([250, 500, 150]), rel=0.25)
    assert worlds[0].knowledge() == worlds[0].knowledge()  # asking twice changes nothing


def test_elementary_functions_are_as_good_as_the_library():
    x = np.random.default_rng(1).uniform(-300, 300, 3000)
    for v in x:
        assert lib.pl_sine(v) == pytest.approx(sin(v), abs=4e-16)
        assert lib.pl_cosine(v) == pytest.approx(cos(v), abs=4e-16)
        assert lib.pl_exponential(v / 10) == pytest.approx(exp(v / 10), rel=5e-16)
        assert lib.pl_logarithm(abs(v)) == pytest.approx(log(abs(v)), rel=5e-16, abs=1e-16)
        assert lib.pl_arctan2(v, 7.0) == pytest.approx(atan2(v, 7.0), rel=5e-16)
        assert lib.pl_arctan2(v, -7.0) == pytest.approx(atan2(v, -7.0), rel=5e-16)


def test_streams_are_normal_and_unrelated():
    a = np.array([lib.pl_stream_normal(stream_id(1, "a"), k) for k in range(20_000)])
    b = np.array([lib.pl_stream_normal(stream_id(1, "b"), k) for k in range(20_000)])
    assert np.mean(a) == pytest.approx(0.0, abs=0.03) and np.std(a) == pytest.approx(1.0, rel=0.03)
    assert np.mean(a**4) == pytest.approx(3.0, rel=0.1)
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.03
    assert abs(np.corrcoef(a[1:], a[:-1])[0, 1]) < 0.03
    draw = Stream(3, "x")
    u = [draw.uniform(-2.0, 4.0) for _ in range(5000)]
    assert -2 < min(u) < -1.99 and 3.99 < max(u) < 4 and np.mean(u) == pytest.approx(1.0, abs=0.1)

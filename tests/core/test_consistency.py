"""Is navigation as good as it says? Its errors over many nominal flights, against the covariance that goes with them.

NEES, the normalised estimation error squared e' P^-1 e, has as its mean the number of components of e where P is right
(Bar-Shalom, Li, Kirubarajan 2001, sec. 5.4). NIS, the same of an innovation against S = P + R, has as its mean 1, and
less where the gate cuts its tail off and where R counts the ground that is only now and then rough. Samples of one
flight are strongly correlated: a flight counts as one sample, its mean over a phase, so that the bounds are those of
some twenty draws and not of thousands. Three flights of them are in the default run.
"""

from collections import defaultdict

import numpy as np
import pytest

from perilune.flight import modes
from perilune.flight.navigation import covariance as cov
from perilune_rig import rungs
from perilune_rig.flight.fly import prepare
from tests.core.kit import NOMINAL

SEEDS = range(1, 21)
FEW = SEEDS[:3]
STATES = [cov.AGL, cov.V_UP, cov.V_DOWNRANGE, cov.V_CROSSRANGE]
EVERY_TICKS = 25
PHASES = ("coast", "braking far", "braking", "braking near", "approach", "terminal")
FAR_M, NEAR_M = 70e3, 15e3
SOURCES = ("height", "velocity")


def phase(mode: int, downrange_m: float) -> str | None:
    """Name of the part of the flight, braking cut up by the distance to the site; None on the ground."""
    if mode == modes.BRAKING:
        distance = abs(downrange_m)
        return "braking far" if distance > FAR_M else "braking" if distance > NEAR_M else "braking near"
    name = modes.NAMES[mode]
    return "coast" if name == "armed" else name if name in PHASES else None


def listen(nav, heard) -> None:
    """Have `heard` told source and NIS of every innovation that is taken in, as the covariance is before it."""
    error = nav.filter
    height, velocity, beam = error.correct_height, error.correct_velocity, error.take_velocity

    def correct_height(innovation: float, r: float) -> float:
        heard("height", innovation**2 / (nav.filter.covariance.rows[cov.AGL][cov.AGL] + r))
        return height(innovation, r)

    def along(take):
        def correct(direction, innovation: float, r: float) -> None:
            heard("velocity", innovation**2 / (nav.filter.covariance.velocity_variance(direction) + r))
            take(direction, innovation, r)

        return correct

    error.correct_height, error.correct_velocity, error.take_velocity = (
        correct_height,
        along(velocity),
        along(beam),
    )


def flown(seed: int) -> dict[str, list]:
    """Errors (AGL m, velocity up, downrange, left m/s) with their covariance below them, (5, 4), by phase; NIS by phase
    and source."""
    link = rungs.find("python")()
    bridge = prepare(NOMINAL, seed, link)
    flight = link.computer.flight  # type: ignore[attr-defined]
    nav = flight.nav
    found: dict[str, list] = defaultdict(list)
    listen(
        nav,
        lambda source, nis: found[f"{phase(flight.mode, nav.estimate.downrange)} {source}"].append(nis),
    )

    def look(_bridge) -> None:
        truth = bridge.world.truth()
        name = phase(flight.mode, truth.downrange_m)
        if name is None or truth.landed:
            return
        off = np.subtract(nav.strapdown.v, truth.velocity_m_s)
        error = [nav.estimate.agl - truth.agl_m, *nav.strapdown.to_level(*off)]
        claimed = np.array(nav.filter.covariance.rows)[np.ix_(STATES, STATES)]
        claimed[1:, 1:] += nav.filter.covariance.considered * np.eye(3)
        found[name].append(np.vstack([error, claimed]))

    bridge.fly(round(50 * NOMINAL.time_limit_s), look, every=EVERY_TICKS)
    assert bridge.outcome == "landed", f"seed {seed}"
    return found


@pytest.fixture(scope="module")
def flights() -> list[dict[str, list]]:
    return [flown(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def few() -> list[dict[str, list]]:
    return [flown(seed) for seed in FEW]


def per_flight(flights, name: str, pick: list[int]) -> np.ndarray:
    """NEES of the states picked over their number, mean over the phase, one value a flight."""

    def nees(sample: np.ndarray) -> float:
        e, p = sample[0, pick], sample[1:][np.ix_(pick, pick)]
        return float(e @ np.linalg.solve(p, e)) / len(pick)

    return np.array([np.mean([nees(s) for s in flight[name]]) for flight in flights if flight[name]])


def upper_bound(states: int, flights: int) -> float:
    """Mean NEES over its number of states that so many flights of a consistent filter exceed once in a thousand.

    Wilson-Hilferty's approximation of the chi-square quantile.
    """
    k = states * flights
    return (1 - 2 / (9 * k) + 3.09 * (2 / (9 * k)) ** 0.5) ** 3


@pytest.mark.slow
@pytest.mark.parametrize("name", PHASES)
@pytest.mark.parametrize(("what", "pick"), [("agl", [0]), ("velocity", [1, 2, 3])])
def test_errors_are_what_the_covariance_says(flights, name: str, what: str, pick: list[int]):
    check_nees(flights, name, what, pick)


def check_nees(flights, name: str, what: str, pick: list[int]) -> None:
    mean, most = per_flight(flights, name, pick).mean(), upper_bound(len(pick), len(flights))
    print(f"NEES {what:8} {name:12} {mean:6.2f}  (bound {most:.2f})")
    assert 0.05 < mean < most


def check_nis(flights, name: str, source: str) -> None:
    means = [np.mean(flight[f"{name} {source}"]) for flight in flights if flight[f"{name} {source}"]]
    if not means:
        return  # nothing is in reach there
    most = upper_bound(1, len(means))
    print(f"NIS  {source:8} {name:12} {np.mean(means):6.2f}  (bound {most:.2f}, {len(means)} flights)")
    assert 0.01 < np.mean(means) < most


@pytest.mark.slow
@pytest.mark.parametrize("name", PHASES)
@pytest.mark.parametrize("source", SOURCES)
def test_innovations_are_what_the_covariance_says(flights, name: str, source: str):
    check_nis(flights, name, source)


def test_three_flights_are_consistent(few):
    """The bounded part: the same sums over three flights, whose bounds are the wider."""
    heard = [f"{name} {source}" for name in PHASES for source in SOURCES if few[0][f"{name} {source}"]]
    assert {"terminal height", "terminal velocity", "approach height", "approach velocity"} <= set(heard)
    for name in PHASES:
        check_nees(few, name, "agl", [0])
        check_nees(few, name, "velocity", [1, 2, 3])
        for source in SOURCES:
            check_nis(few, name, source)


@pytest.mark.slow
@pytest.mark.parametrize("name", PHASES)
def test_five_sigma_errors_do_not_happen(flights, name: str):
    """What guidance relies on is the bound: none of height and velocity leaves it in any flight."""
    samples = np.array([s for flight in flights for s in flight[name]])
    sigma = np.sqrt(np.diagonal(samples[:, 1:, :], axis1=1, axis2=2))
    worst = np.abs(samples[:, 0, :] / sigma).max(axis=0)
    print(
        f"worst error over sigma, {name:12}: agl {worst[0]:.1f}, velocity {worst[1]:.1f} {worst[2]:.1f} {worst[3]:.1f}"
    )
    assert worst.max() < 5.0

"""Is navigation as good as it says? Its errors over many nominal flights, against the covariance that goes with them.

NEES, the normalised estimation error squared e' P^-1 e, has as its mean the number of components of e where P is right
(Bar-Shalom, Li, Kirubarajan 2001, sec. 5.4). Samples of one flight are strongly correlated: a flight counts as one
sample, its mean over a phase, so that the bounds are those of some twenty draws and not of thousands.
"""

from collections import defaultdict

import numpy as np
import pytest

from hil_rig import rungs
from hil_rig.fly import prepare
from perilune.flight import covariance as cov
from perilune.flight import modes
from tests.core.kit import NOMINAL

SEEDS = range(1, 21)
STATES = [cov.AGL, cov.V_UP, cov.V_AHEAD, cov.V_LEFT]
EVERY_TICKS = 25
PHASES = ("coast", "braking far", "braking", "braking near", "approach", "terminal")
FAR_M, NEAR_M = 70e3, 15e3


def phase(mode: int, downrange_m: float) -> str | None:
    """Name of the part of the flight, braking cut up by the distance to the site; None on the ground."""
    if mode == modes.BRAKING:
        distance = abs(downrange_m)
        return "braking far" if distance > FAR_M else "braking" if distance > NEAR_M else "braking near"
    name = modes.NAMES[mode]
    return "coast" if name == "armed" else name if name in PHASES else None


def flown(seed: int) -> dict[str, list[np.ndarray]]:
    """Errors (AGL m, velocity up, downrange, left m/s) with their covariance below them, (5, 4), by phase."""
    link = rungs.find("python")()
    bridge = prepare(NOMINAL, seed, link)
    flight = link.computer.flight  # type: ignore[attr-defined]
    nav = flight.nav
    found: dict[str, list[np.ndarray]] = defaultdict(list)

    def look(_bridge) -> None:
        truth = bridge.world.truth()
        name = phase(flight.mode, truth.downrange_m)
        if name is None or truth.landed:
            return
        off = np.subtract(nav.strapdown.v, truth.velocity_m_s)
        error = [nav.agl - truth.agl_m, *nav.strapdown.to_level(*off)]
        claimed = np.array(nav.covariance.rows)[np.ix_(STATES, STATES)]
        claimed[1:, 1:] += nav.covariance.considered * np.eye(3)
        found[name].append(np.vstack([error, claimed]))

    bridge.fly(round(50 * NOMINAL.time_limit_s), look, every=EVERY_TICKS)
    assert bridge.outcome == "landed", f"seed {seed}"
    return found


@pytest.fixture(scope="module")
def flights() -> list[dict[str, list[np.ndarray]]]:
    return [flown(seed) for seed in SEEDS]


def per_flight(flights, name: str, pick: list[int]) -> np.ndarray:
    """NEES of the states picked over their number, mean over the phase, one value a flight."""

    def nees(sample: np.ndarray) -> float:
        e, p = sample[0, pick], sample[1:][np.ix_(pick, pick)]
        return float(e @ np.linalg.solve(p, e)) / len(pick)

    return np.array([np.mean([nees(s) for s in flight[name]]) for flight in flights if flight[name]])


def upper_bound(states: int) -> float:
    """Mean NEES over its number of states that twenty flights of a consistent filter exceed once in a thousand.

    Wilson-Hilferty's approximation of the chi-square quantile.
    """
    k = states * len(SEEDS)
    return (1 - 2 / (9 * k) + 3.09 * (2 / (9 * k)) ** 0.5) ** 3


@pytest.mark.slow
@pytest.mark.parametrize("name", PHASES)
@pytest.mark.parametrize(("what", "pick"), [("agl", [0]), ("velocity", [1, 2, 3])])
def test_errors_are_what_the_covariance_says(flights, name: str, what: str, pick: list[int]):
    mean = per_flight(flights, name, pick).mean()
    print(f"NEES {what:8} {name:12} {mean:6.2f}  (bound {upper_bound(len(pick)):.2f})")
    assert 0.05 < mean < upper_bound(len(pick))


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

"""Seeds and samples of runs: functions of the root seed and the run's index, of nothing else.

Whatever the order in which runs are flown, by how many workers, after which restart: run k is the same run.
"""

import hashlib
from functools import cache

import numpy as np

from perilune_host.errors import InputError
from perilune_rig.campaign.plan.distributions import SMALLEST

SEED_BITS = 48  # of a run's seed: exact in every program that reads the table


def seed(root: int, k: int) -> int:
    """The seed of run k."""
    return _hash(f"{root}/{k}/seed") >> (64 - SEED_BITS)


def probability(root: int, k: int, name: str) -> float:
    """A number of run k, uniform above 0 and below 1: independent of every other name, run and root."""
    return ((_hash(f"{root}/{k}/{name}") >> 11) + 0.5) * 2.0**-53


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def point(method: str, root: int, stratum: str, count: int, index: int, dimensions: int) -> list[float]:
    """Point `index` of the stratum's point set (Latin hypercube of `count` points, or scrambled Sobol sequence).

    A Sobol sequence begins with the same points whatever the count, a Latin hypercube does not.
    """
    if dimensions == 0:
        return []
    points = _points(method, root, stratum, count, dimensions)
    return [min(max(float(p), SMALLEST), 1.0 - 2 * SMALLEST) for p in points[index]]


@cache
def _points(method: str, root: int, stratum: str, count: int, dimensions: int) -> np.ndarray:
    """(count, dimensions). McKay, Beckman and Conover 1979; Sobol 1967 with Owen's scrambling 1995."""
    try:
        from scipy.stats import qmc
    except ImportError:
        raise InputError(f"sampling {method} needs scipy: pip install -e '.[campaign]'") from None
    rng = np.random.default_rng(_hash(f"{root}/{stratum}/{method}"))
    if method == "latin_hypercube":
        return qmc.LatinHypercube(dimensions, rng=rng).random(count)
    # whole powers of two keep the sequence's balance; what is over is not used
    return qmc.Sobol(dimensions, rng=rng).random_base2(max(0, (count - 1).bit_length()))

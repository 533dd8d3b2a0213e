"""How a parameter varies from run to run: distributions as a campaign file gives them, sampled by their quantiles."""

import math
from statistics import NormalDist
from typing import Annotated, Literal

from msgspec import Meta

from perilune_sim.config import Config

_STANDARD = NormalDist()
SMALLEST = 2.0**-54  # sampling gives probabilities from here to 1 - 2^-53
_NEEDS = {
    "normal": ("mean", "sigma"),
    "uniform": ("low", "high"),
    "log_uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "choice": ("values",),
}
_MAY = {"normal": ("low", "high"), "choice": ("weights",)}
_NUMBERS = ("mean", "sigma", "low", "mode", "high", "values", "weights")


class Dispersion(Config, kw_only=True, frozen=True):
    """One parameter that varies from run to run."""

    key: str  # dotted, as for `--set`: vehicle.mass.dry_kg, environment.terrain.site_slope_deg, ...
    distribution: Literal["normal", "uniform", "log_uniform", "triangular", "choice"]
    relation: Literal["absolute", "factor", "offset"] = "absolute"  # of a sample to the scenario's own value
    mean: float | None = None  # normal
    sigma: Annotated[float, Meta(gt=0)] | None = None  # normal
    low: float | None = None  # normal (truncated there, if given), uniform, log_uniform, triangular
    high: float | None = None  # the same
    mode: float | None = None  # triangular
    values: list[float | str | bool] = []  # choice
    weights: list[Annotated[float, Meta(gt=0)]] = []  # choice; default: all alike

    def __post_init__(self) -> None:
        given = {name for name in _NUMBERS if getattr(self, name) not in (None, [])}
        needed = set(_NEEDS[self.distribution])
        if needed - given:
            raise ValueError(f"{self.distribution} needs {', '.join(sorted(needed - given))}")
        if extra := given - needed - set(_MAY.get(self.distribution, ())):
            raise ValueError(f"{self.distribution} does not take {', '.join(sorted(extra))}")
        self._check_order()
        if self.weights and len(self.weights) != len(self.values):
            raise ValueError("give as many weights as values")
        if self.relation != "absolute" and not all(_is_number(value) for value in self.values):
            raise ValueError(f"relation {self.relation} needs values that are numbers")

    def _check_order(self) -> None:
        low, mode, high = self.low, self.mode, self.high
        if low is not None and high is not None and low >= high:
            raise ValueError("low is not below high")
        if self.distribution == "log_uniform" and (low or 0.0) <= 0.0:
            raise ValueError("log_uniform needs low > 0")
        if mode is not None and not (low or 0.0) <= mode <= (high or 0.0):
            raise ValueError("mode is not between low and high")

    def quantile(self, p: float) -> float | str | bool:
        """The value below which a share `p` (above 0, below 1) of samples lies; for choice, the value at p."""
        if self.distribution == "choice":
            return self._choice(p)
        if self.distribution == "normal":
            return self._normal(p)
        low, high = self.low or 0.0, self.high or 0.0
        if self.distribution == "uniform":
            return low + p * (high - low)
        if self.distribution == "log_uniform":
            return low * math.exp(p * math.log(high / low))
        return _triangular(low, self.mode or 0.0, high, p)

    def _normal(self, p: float) -> float:
        normal = NormalDist(self.mean or 0.0, self.sigma or 1.0)
        below = 0.0 if self.low is None else normal.cdf(self.low)
        above = 1.0 if self.high is None else normal.cdf(self.high)
        inside = min(max(below + p * (above - below), SMALLEST), 1.0 - 2 * SMALLEST)
        value = normal.inv_cdf(inside)
        value = value if self.low is None else max(value, self.low)
        return value if self.high is None else min(value, self.high)

    def _choice(self, p: float) -> float | str | bool:
        weights = self.weights or [1.0] * len(self.values)
        left = p * sum(weights)
        for value, weight in zip(self.values, weights, strict=True):
            left -= weight
            if left < 0.0:
                return value
        return self.values[-1]


def standard_normal_probability(z: float) -> float:
    """Of a standard normal variable: the probability of a value below z, kept off 0 and 1."""
    return min(max(_STANDARD.cdf(z), SMALLEST), 1.0 - 2 * SMALLEST)


def _triangular(low: float, mode: float, high: float, p: float) -> float:
    rising = (mode - low) / (high - low)
    if p < rising:
        return low + math.sqrt(p * (high - low) * (mode - low))
    return high - math.sqrt((1.0 - p) * (high - low) * (high - mode))


def _is_number(value: object) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)

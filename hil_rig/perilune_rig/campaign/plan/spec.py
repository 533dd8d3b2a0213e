"""What a campaign is: scenarios, what is dispersed in them, how many runs, and what they have to demonstrate."""

from typing import Annotated, Literal

from msgspec import Meta

from perilune_rig.campaign.plan.distributions import Dispersion
from perilune_rig.scenario.model import World
from perilune_rig.scenario.requirements import Outcome, check_limits
from perilune_sim.config import Config

Runs = Annotated[int, Meta(ge=1)]
Probability = Annotated[float, Meta(gt=0, lt=1)]
Sampling = Literal["monte_carlo", "latin_hypercube", "sobol", "subset"]


class Stratum(Config, kw_only=True, frozen=True):
    """A part of the campaign with runs of its own: a scenario, or each of several, with or without faults."""

    scenario: str  # a name from the catalogue, a pattern of names (`*`, `luna_*`: a stratum each), or a path
    name: str = ""  # default: that of the scenario, with its fault and onset
    sets: list[str] = []  # KEY=VALUE changes to the scenario, as for `perilune fly --set`
    policy: str | None = None  # logic of the past that flies instead of ours: as_flown, or a policy's name
    runs: Runs | None = None  # of each stratum; default: the campaign's
    faults: list[
        str
    ] = []  # classes of `perilune matrix`, patterns too ("lrf *", "lrf + radar *"): a stratum each
    onsets: list[str] = []  # when those begin; default: all of `perilune matrix`
    accept: list[Outcome] = []  # outcomes that are right too, beside the scenario's own
    excused: list[str] = []  # requirements that are noted here but judge nothing: what a fault may cost
    dispersions: list[Dispersion] = []  # beside those of the campaign


class Subset(Config, kw_only=True, frozen=True):
    """Subset simulation (Au and Beck, 2001) of the probability of not meeting one requirement."""

    requirement: str  # its id; it needs a limit
    level_runs: Annotated[int, Meta(ge=10)] = 500  # N, runs of each level
    level_probability: Probability = 0.1  # p0; N times p0 chains, 1/p0 runs each: both whole numbers
    levels: Annotated[int, Meta(ge=1, le=12)] = 5  # at most
    spread: Annotated[float, Meta(gt=0)] = 1.0  # half width of a proposal, in standard deviations
    redraw: Probability = 0.3  # chance that a proposal draws the seed anew


class Campaign(Config, kw_only=True, frozen=True):
    """A campaign file. N, the number of runs, is fixed before the first of them."""

    name: Annotated[str, Meta(min_length=1, pattern=r"^[a-z0-9_]+$")]
    title: str
    about: str
    runs: Runs = 1  # of each stratum
    sampling: Sampling = "monte_carlo"
    reliability: Probability = 0.9973  # to be demonstrated of each requirement ...
    confidence: Probability = 0.95  # ... at this confidence
    requirements: list[str] = []  # ids to be demonstrated; default: all that apply
    world: World | None = None  # as_designed or mismatched, in every stratum; default: the scenario's own
    limits: dict[str, float] = {}  # of requirements, in place of ours, the vehicle's and the scenario's
    strata: Annotated[list[Stratum], Meta(min_length=1)]
    dispersions: list[Dispersion] = []  # in every stratum
    subset: Subset | None = None  # for sampling = "subset"

    def __post_init__(self) -> None:
        check_limits(self.limits)
        if (self.sampling == "subset") != (self.subset is not None):
            raise ValueError('sampling = "subset" and the table [subset] go together')
        if self.subset is not None:
            _check_chains(self.subset)


def shared_sets(campaign: Campaign) -> list[str]:
    """The changes that a campaign makes to every scenario, as KEY=VALUE."""
    world = [f"world={campaign.world}"] if campaign.world else []
    return [*world, *(f"limits.{name}={limit!r}" for name, limit in campaign.limits.items())]


def _check_chains(subset: Subset) -> None:
    chains, length = subset.level_runs * subset.level_probability, 1.0 / subset.level_probability
    if abs(chains - round(chains)) > 1e-9 or abs(length - round(length)) > 1e-9:
        raise ValueError(
            "subset: level_runs x level_probability and 1 / level_probability must be whole numbers"
        )

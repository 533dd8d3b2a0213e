"""A campaign ready to be flown: its strata, its root seed, and every run by its index."""

from dataclasses import dataclass
from functools import cached_property

import msgspec

from perilune_rig.campaign.plan import sampling, spec
from perilune_rig.campaign.plan.strata import Stratum
from perilune_rig.campaign.plan.values import Values, sample, sets
from perilune_rig.scenario import catalogue
from perilune_rig.scenario.model import Scenario


@dataclass(frozen=True)
class Run:
    """One run to be flown: what a worker is given. `sets` change `source` into `scenario`."""

    k: int
    replicate: int  # of the stratum
    stratum: Stratum
    seed: int
    values: Values  # of what is dispersed
    sets: tuple[str, ...]
    scenario: Scenario
    clean: Scenario  # the same without the stratum's fault
    place: tuple[float, ...] = ()  # of subset simulation: in standard normal space


@dataclass(frozen=True)
class Plan:
    """All runs of a campaign. Run k is a function of (root, k) and the file, and of nothing else."""

    campaign: spec.Campaign
    strata: tuple[Stratum, ...]
    root: int
    runs: int  # N

    @cached_property
    def deal(self) -> list[tuple[int, int]]:
        """(stratum, replicate) of each run: a run of every stratum in turn, until each has had its own.

        A campaign of more runs begins with the runs of one with fewer.
        """
        most = max(stratum.runs for stratum in self.strata)
        dealt: list[tuple[int, int]] = []
        replicate = 0
        while len(dealt) < self.runs:
            # more runs than the file has go to its largest strata
            dealt += [
                (n, replicate) for n, s in enumerate(self.strata) if s.runs > replicate or s.runs == most
            ]
            replicate += 1
        return dealt[: self.runs]

    def run(self, k: int) -> Run:
        """Run k of a campaign whose runs do not depend on each other."""
        n, replicate = self.deal[k]
        stratum = self.strata[n]
        return self.build(
            k, stratum, replicate, sampling.seed(self.root, k), self._point(k, stratum, replicate)
        )

    def _point(self, k: int, stratum: Stratum, replicate: int) -> list[float]:
        method, dispersed = self.campaign.sampling, stratum.dispersions
        if method == "monte_carlo":
            return [sampling.probability(self.root, k, dispersion.key) for dispersion in dispersed]
        return sampling.point(
            method, self.root, stratum.name, self._count(stratum), replicate, len(dispersed)
        )

    def _count(self, stratum: Stratum) -> int:
        index = self.strata.index(stratum)
        return sum(n == index for n, _replicate in self.deal)

    def build(
        self,
        k: int,
        stratum: Stratum,
        replicate: int,
        seed: int,
        point: list[float],
        place: tuple[float, ...] = (),
    ) -> Run:
        """A run from its seed and its point in the unit cube."""
        values = {
            dispersion.key: sample(stratum.scenario, dispersion, p)
            for dispersion, p in zip(stratum.dispersions, point, strict=True)
        }
        changes = (*stratum.sets, *sets(values))
        clean = catalogue.load_scenario(stratum.source, changes) if values else stratum.scenario
        scenario = clean if stratum.fault is None else _with_faults(clean, stratum)
        return Run(
            k, replicate, stratum, seed, values, (*changes, *stratum.fault_sets), scenario, clean, place
        )


def _with_faults(clean: Scenario, stratum: Stratum) -> Scenario:
    return msgspec.structs.replace(clean, faults=[*clean.faults, *stratum.faults])

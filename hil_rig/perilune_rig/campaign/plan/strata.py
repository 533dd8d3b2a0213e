"""The strata of a campaign file, unfolded: patterns of scenarios, and of faults at onsets, become a stratum each."""

import fnmatch
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perilune_host.errors import InputError
from perilune_rig.campaign.plan import spec
from perilune_rig.campaign.plan.distributions import Dispersion
from perilune_rig.flight.fly import policy_of
from perilune_rig.matrix import classes, onsets
from perilune_rig.matrix.classes import FaultClass
from perilune_rig.matrix.onsets import Onset
from perilune_rig.scenario import catalogue
from perilune_rig.scenario.model import Fault, Scenario
from perilune_rig.scenario.overrides import inline
from perilune_rig.scenario.typed_toml import nearest


@dataclass(frozen=True)
class Stratum:
    """Runs of one kind: everything about them but what the run's index decides."""

    name: str
    source: str  # SCENARIO as `perilune fly` takes it
    sets: tuple[str, ...]  # of the scenario without the fault
    scenario: Scenario  # with them, without the fault
    runs: int
    policy: str | None
    fault: FaultClass | None
    onset: Onset | None
    accept: tuple[str, ...]
    excused: frozenset[str]
    dispersions: tuple[Dispersion, ...]

    @property
    def faults(self) -> list[Fault]:
        """Faults beside those of the scenario."""
        if self.fault is None or self.onset is None:
            return []
        return onsets.faults(self.fault, self.onset.trigger)

    @property
    def fault_sets(self) -> tuple[str, ...]:
        """The change to the scenario that puts the fault into it."""
        return (f"faults={inline([*self.scenario.faults, *self.faults])}",) if self.fault else ()


def unfold(campaign: spec.Campaign) -> list[Stratum]:
    """All strata in the order of the file.

    InputError for a scenario, fault, onset, policy or requirement that is not there, and for two of one name.
    """
    found = [made for entry in campaign.strata for made in _unfold(campaign, entry)]
    names = [stratum.name for stratum in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"two strata are called {twice!r}: give one of them a name")
    return found


def _unfold(campaign: spec.Campaign, entry: spec.Stratum) -> Iterator[Stratum]:
    for source in _sources(entry.scenario):
        sets = [*entry.sets, *spec.shared_sets(campaign)]
        scenario = catalogue.load_scenario(source, sets)
        policy = entry.policy and policy_of(scenario, entry.policy)
        for fault, onset in _faults(entry, scenario):
            yield Stratum(
                name=_name(entry, scenario, fault, onset),
                source=source,
                sets=tuple(sets),
                scenario=scenario,
                runs=entry.runs or campaign.runs,
                policy=policy,
                fault=fault,
                onset=onset,
                accept=tuple(entry.accept),
                excused=frozenset(entry.excused),
                dispersions=(*campaign.dispersions, *entry.dispersions),
            )


def _sources(name: str) -> list[str]:
    if name.endswith(".toml") or "/" in name:
        return [name]
    there = catalogue.names(catalogue.SCENARIOS)
    matching = fnmatch.filter(there, name)
    if not matching:
        raise InputError(f"no scenario '{name}' in the catalogue{nearest(name, there)}")
    return matching


def _faults(entry: spec.Stratum, scenario: Scenario) -> list[tuple[FaultClass | None, Onset | None]]:
    if not entry.faults:
        if entry.onsets:
            raise InputError("onsets without faults")
        return [(None, None)]
    pairs = classes.pairs() if any("+" in pattern for pattern in entry.faults) else []
    there = {fault.name: fault for fault in [*classes.single(scenario.vehicle), *pairs]}
    moments = {onset.name: onset for onset in onsets.ONSETS}
    chosen = _chosen(entry.faults, there, "fault")
    return [
        (there[fault], moments[onset])
        for fault in chosen
        for onset in _chosen(entry.onsets or ["*"], moments, "onset")
    ]


def _chosen(patterns: Sequence[str], there: dict, what: str) -> list[str]:
    for pattern in patterns:
        if not fnmatch.filter(there, pattern):
            raise InputError(f"no {what} '{pattern}'{nearest(pattern, there)}")
    return [name for name in there if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]


def _name(entry: spec.Stratum, scenario: Scenario, fault: FaultClass | None, onset: Onset | None) -> str:
    head = entry.name or (f"{scenario.name} ({entry.policy})" if entry.policy else scenario.name)
    if fault is None or onset is None:
        return head
    return f"{head}: {fault.name} @ {onset.name}"

"""Conducts a campaign: hands runs to a farm, keeps what comes back, until all N are in the table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from perilune_host.errors import RigError
from perilune_rig.campaign.plan.plan import Plan, Run
from perilune_rig.campaign.run import fingerprint
from perilune_rig.campaign.run.farm import Failed, Farm, Returned
from perilune_rig.campaign.run.flying import Flown
from perilune_rig.campaign.run.row import Row, Work
from perilune_rig.campaign.run.store import Store

ATTEMPTS = 3  # at a run, before the rig is taken to be unable to fly it


class Planner(Protocol):
    """Says what to fly next. Runs may depend on the outcome of earlier ones."""

    def ready(self) -> Iterator[Run]:
        """Runs that may be flown now and have not been handed out before."""
        ...

    def take(self, row: Row) -> None:
        """A run has been flown."""
        ...


class Independent:
    """Runs that do not depend on each other: all may be flown at once, in order of their index."""

    def __init__(self, plan: Plan, done: set[int]) -> None:
        self._plan = plan
        self._left = (k for k in range(plan.runs) if k not in done)

    def ready(self) -> Iterator[Run]:
        """See Planner."""
        for k in self._left:
            yield self._plan.run(k)

    def take(self, row: Row) -> None:
        """See Planner."""


@dataclass
class Tally:
    """How far a campaign is."""

    total: int
    before: int = 0  # runs that were in the table when it began
    done: int = 0  # those included
    verdicts: dict[str, int] = field(default_factory=dict)
    retries: int = 0
    failures: dict[int, int] = field(default_factory=dict)  # of the rig, by run
    given_up: list[str] = field(default_factory=list)  # runs that the rig could not fly

    def count(self, verdict: str) -> None:
        """One run more."""
        self.done += 1
        self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1


Told = Callable[[Tally, Row | None], None]


def conduct(planner: Planner, store: Store, farm: Farm, tally: Tally, tell: Told) -> None:
    """Fly what the planner says until it has nothing more, keeping every run as it comes back.

    At no time more runs are out than the farm has room for, so memory does not grow with the campaign.
    RigError if a worker flies other source than this process. KeyboardInterrupt leaves a table to go on with.
    """
    ready, out = planner.ready(), 0
    while True:
        while out < farm.room and (run := next(ready, None)) is not None:
            farm.submit(run)
            out += 1
        if not out:
            return
        for back in farm.collect():
            out -= _settle(back, planner, store, farm, tally, tell)
        ready = planner.ready()


def _settle(back: Returned, planner: Planner, store: Store, farm: Farm, tally: Tally, tell: Told) -> int:
    """Keep what came back, or hand it out again; returns how many fewer runs are out."""
    if isinstance(back, Flown):
        _same_source(back.work)
        if store.add(back):
            tally.count(back.row.verdict)
            planner.take(back.row)
            tell(tally, back.row)
        return 1
    tally.retries += 1
    if not isinstance(back, Failed):
        store.failed(back.k, back.worker, back.why)
        return 0
    k = back.run.k
    store.failed(k, back.worker, back.why)
    tally.failures[k] = tally.failures.get(k, 0) + 1
    if tally.failures[k] < ATTEMPTS:
        farm.submit(back.run)
        return 0
    tally.given_up.append(f"run {k}: {back.why}")
    tell(tally, None)
    return 1


def _same_source(work: Work) -> None:
    if work.fingerprint != fingerprint.source():
        raise RigError(f"worker {work.worker} flies other source than this process: give all the same")

"""A campaign in its folder: begun, or gone on with, and everything that a reader of it needs."""

import hashlib
import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from perilune import VERSION
from perilune_host.errors import InputError
from perilune_host.plain import plain
from perilune_rig.campaign.plan import load, spec
from perilune_rig.campaign.plan.plan import Plan
from perilune_rig.campaign.plan.strata import Stratum
from perilune_rig.campaign.plan.subset import SubsetPlanner
from perilune_rig.campaign.run import fingerprint
from perilune_rig.campaign.run.conduct import Independent, Planner
from perilune_rig.campaign.run.row import Row
from perilune_rig.campaign.run.store import Store


@dataclass(frozen=True)
class Session:
    """An open campaign."""

    plan: Plan
    rung: str
    store: Store

    def command(self, row: Row) -> str:
        """The command line that flies this run again."""
        return command(row, *self.origin(row), self.rung)

    def origin(self, row: Row) -> tuple[str, str | None]:
        """SCENARIO and policy of a run."""
        stratum = self._strata[row.stratum]
        return stratum.source, stratum.policy

    @cached_property
    def _strata(self) -> dict[str, Stratum]:
        return {stratum.name: stratum for stratum in self.plan.strata}

    def planner(self) -> Planner:
        """What is left to fly."""
        if self.plan.campaign.subset is not None:
            return SubsetPlanner(self.plan, self.store.rows())
        return Independent(self.plan, self.store.done())

    @property
    def resume(self) -> str:
        """The command line that goes on with it."""
        return shlex.join(["perilune", "campaign", "--resume", str(self.store.folder)])

    @property
    def complete(self) -> bool:
        """Whether nothing is left to fly."""
        return next(self.planner().ready(), None) is None


def command(row: Row, source: str, policy: str | None, rung: str) -> str:
    """The command line that flies a run of the scenario `source` again."""
    words = ["perilune", "fly", source, "--rung", rung, "--seed", str(row.seed)]
    words += ["--policy", policy] if policy else []
    return plain(shlex.join([*words, *(word for item in row.sets for word in ("--set", item))]))


def begin(plan: Plan, rung: str, folder: Path) -> Session:
    """Open a new campaign in `folder`. InputError if there is one already."""
    store = Store(folder, write=True)
    if store.about():
        store.__exit__()
        raise InputError(
            f"{folder}: holds a campaign already: --resume {folder} goes on with it, or give --out"
        )
    store.describe(
        {
            "campaign": msgspec.to_builtins(plan.campaign),
            "root": plan.root,
            "runs": plan.runs,
            "rung": rung,
            "strata": {s.name: [s.source, s.policy] for s in plan.strata},
            "plan": digest(plan),
            "source": fingerprint.source(),
            "version": VERSION,
        }
    )
    return Session(plan, rung, store)


def reopen(folder: Path, write: bool = True) -> Session:
    """Open the campaign in `folder` again.

    InputError if there is none, or if runs are left to fly and what flies them has changed: no table mixes two sources.
    """
    if not (folder / "campaign.sqlite").is_file():
        raise InputError(f"{folder}: no campaign here: there is no campaign.sqlite")
    store = Store(folder, write=write)
    about = store.about()
    if not about:
        raise InputError(f"{folder}: its campaign was never begun: fly it anew")
    try:
        root, runs = msgspec.convert((about["root"], about["runs"]), tuple[int, int])
        plan = load.plan(msgspec.convert(about["campaign"], spec.Campaign), root, runs)
        session = Session(plan, about["rung"], store)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{folder}: damaged: what it says of its campaign: {error}") from None
    if write and not session.complete:
        _unchanged(folder, about, plan)
    return session


def _unchanged(folder: Path, about: dict[str, Any], plan: Plan) -> None:
    parts = {"source": fingerprint.source(), "plan": digest(plan)}
    changed = [name for name, value in parts.items() if about[name] != value]
    if changed:
        what = {"source": "the source code", "plan": "a scenario or vehicle file"}[changed[0]]
        raise InputError(
            f"{folder}: {what} has changed since: fly the campaign anew, or go back to what it was"
        )


def digest(plan: Plan) -> str:
    """SHA-256 over the strata with their scenarios and vehicles as loaded."""
    found = hashlib.sha256()
    for stratum in plan.strata:
        found.update(
            repr((stratum.name, stratum.source, stratum.sets, stratum.policy, stratum.accept)).encode()
        )
        found.update(msgspec.json.encode(stratum.scenario) + "".join(stratum.fault_sets).encode())
    return found.hexdigest()

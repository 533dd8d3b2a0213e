"""A campaign in its folder: begun, or gone on with, and everything that a reader of it needs."""

import hashlib
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from hil_rig.campaign import fingerprint, load, spec
from hil_rig.campaign.plan import Plan
from hil_rig.campaign.row import Row
from hil_rig.campaign.store import Store
from host.errors import InputError
from perilune import VERSION


@dataclass(frozen=True)
class Session:
    """An open campaign."""

    plan: Plan
    rung: str
    store: Store

    def command(self, row: Row) -> str:
        """The command line that flies this run again."""
        stratum = next(s for s in self.plan.strata if s.name == row.stratum)
        words = ["perilune", "fly", stratum.source, "--rung", self.rung, "--seed", str(row.seed)]
        words += ["--policy", stratum.policy] if stratum.policy else []
        return shlex.join([*words, *(word for item in row.sets for word in ("--set", item))])

    @property
    def resume(self) -> str:
        """The command line that goes on with it."""
        return shlex.join(["perilune", "campaign", "--resume", str(self.store.folder)])

    @property
    def complete(self) -> bool:
        """Whether every run is in the table."""
        return len(self.store.done()) >= self.plan.runs


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
            "plan": digest(plan),
            "source": fingerprint.source(),
            "version": VERSION,
        }
    )
    return Session(plan, rung, store)


def reopen(folder: Path, write: bool = True) -> Session:
    """Open the campaign in `folder` again.

    InputError if there is none, or if to write and what it flies has changed since: no table mixes two sources.
    """
    if not (folder / "campaign.sqlite").is_file():
        raise InputError(f"{folder}: no campaign here: there is no campaign.sqlite")
    store = Store(folder, write=write)
    about = store.about()
    if not about:
        raise InputError(f"{folder}: its campaign was never begun: fly it anew")
    plan = load.plan(msgspec.convert(about["campaign"], spec.Campaign), about["root"], about["runs"])
    if write:
        _unchanged(folder, about, plan)
    return Session(plan, about["rung"], store)


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

"""Logs of the runs of interest: flown again, to the bit, with an observer that keeps every frame."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from perilune_rig.campaign.evidence.summary import Summary
from perilune_rig.campaign.run.session import Session
from perilune_rig.logs import rerun
from perilune_rig.scenario.catalogue import load_scenario

FOLDER = "logs"
MOST = 20  # lost runs that are logged without being asked for


def chosen(session: Session, summary: Summary, which: str) -> list[int]:
    """Runs by what was asked for: all, worst (of each requirement, and all lost ones), lost (the first MOST), none."""
    lost = [row.k for row in summary.lost if row.verdict == "fail"]
    if which == "all":
        return sorted(session.store.done())
    if which == "worst":
        return sorted({*lost, *(k for e in summary.evidence if e.requirement.unit for k, _found in e.worst)})
    return sorted(lost)[:MOST] if which == "lost" else []


def write_logs(session: Session, runs: Iterable[int]) -> Iterator[Path]:
    """Fly each run again into logs/run-K.mcap; gives the file of each when it is whole.

    RigError if a run does not repeat itself; InputError without the extra `logs`.
    """
    folder = session.store.folder / FOLDER
    folder.mkdir(exist_ok=True)
    for k in runs:
        row, path = session.store.row(k), folder / f"run-{k}.mcap"
        source, policy = session.origin(row)
        scenario = load_scenario(source, row.sets)
        rerun.write(path, scenario, row.seed, session.rung, policy=policy, trace_hash=row.trace_hash)
        yield path

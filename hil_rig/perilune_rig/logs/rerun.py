"""The log of a run that has been flown: flown once more, this time with a log."""

from pathlib import Path

from perilune_host.errors import RigError
from perilune_rig.flight.fly import fly
from perilune_rig.logs.log import Log
from perilune_rig.scenario.model import Scenario
from perilune_rig.verdict.judge import judge
from perilune_rig.verdict.result import Run, as_json, dumps


def write(
    path: Path,
    scenario: Scenario,
    seed: int,
    rung: str = "vm",
    *,
    policy: str | None = None,
    trace_hash: str | None = None,
) -> Run:
    """Fly a run once more and write its log, with the verdict in it as `result.json`; returns the judged run.

    This is what a campaign calls for its failures and worst cases: the thousands that nobody will look at then cost
    no log. trace_hash: of the run as it was flown the first time; the run is the same by its seed, and that is checked.
    RigError if it did not repeat itself, or if the disk is full. InputError if the file cannot be made.
    """
    with Log(path) as log:
        record = fly(scenario, seed, rung, policy=policy, observers=[log])
        run = Run(scenario, seed, rung, record, judge(record, scenario), policy=policy)
        log.attach("result.json", dumps(as_json(run)))
    log.check()
    if trace_hash not in (None, record.trace_hash):
        hashes = f"{trace_hash} and {record.trace_hash}"
        raise RigError(f"{path}: the run did not repeat itself on rung {rung}: trace hashes {hashes}")
    return run

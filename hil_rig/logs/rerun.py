"""The log of a run that has been flown: flown once more, this time with a log."""

from dataclasses import replace
from pathlib import Path

from hil_rig.fly import fly
from hil_rig.logs.log import Log
from hil_rig.results import Run, as_json, dumps
from hil_rig.verdict import judge
from host.errors import RigError


def write(path: Path, run: Run) -> Path:
    """Fly a judged run once more and write its log, with the verdict in it as `result.json`.

    This is what a campaign calls for its failures and worst cases: runs that nobody will look at then cost no log.
    The run is the same by its seed, and that is checked: RigError if the trace hash differs, or if the disk is full.
    InputError if the file cannot be made.
    """
    with Log(path) as log:
        record = fly(run.scenario, run.seed, run.rung, policy=run.policy, observers=[log])
        again = replace(run, record=record, verdict=judge(record, run.scenario))
        log.attach("result.json", dumps(as_json(again)))
    log.check()
    if record.trace_hash != run.record.trace_hash:
        hashes = f"{run.record.trace_hash[:16]} and {record.trace_hash[:16]}"
        raise RigError(f"{path}: the run did not repeat itself on rung {run.rung}: trace hashes {hashes}")
    return path

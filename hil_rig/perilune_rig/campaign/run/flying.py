"""Flies one run and keeps what matters of it: what a worker does, in this process or in any other."""

import os
import socket
import threading
import time
from dataclasses import dataclass

import msgspec
import numpy as np

from perilune_host.errors import FlightSoftwareError
from perilune_host.plain import one_line
from perilune_rig.campaign.plan.plan import Run
from perilune_rig.campaign.run import descent_profile, fingerprint
from perilune_rig.campaign.run.row import Found, Judgement, Row, Work
from perilune_rig.flight.fly import fly
from perilune_rig.matrix import limits
from perilune_rig.matrix.cell import Task, ignition_tick
from perilune_rig.scenario.model import Scenario
from perilune_rig.verdict.cause import cause
from perilune_rig.verdict.judge import Verdict, judge
from perilune_sim.flight_record import FlightRecord

# One virtual machine a process, whatever number of threads a worker has.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Flown:
    """A run that has been flown."""

    row: Row
    work: Work


def fly_run(run: Run, rung: str) -> Flown:
    """Fly and judge. RigError where rig or link failed: then nothing is known, and it may be tried elsewhere.

    Flight software that stops is no failure of the rig: it is the run's outcome, "stopped".
    """
    with _ONE_AT_A_TIME:
        began = time.perf_counter()
        record = _record(run, run.scenario, rung)
        row = _row(run, record, rung)
        took = time.perf_counter() - began
        return Flown(row, _work(record, took))


def _record(run: Run, scenario: Scenario, rung: str) -> FlightRecord:
    try:
        return fly(scenario, run.seed, rung, policy=run.stratum.policy)
    except FlightSoftwareError as error:
        return _Stopped(one_line(str(error)))


class _Stopped(FlightRecord):
    """The record of a flight whose flight software raised an error: there is none but for that."""

    def __init__(self, why: str) -> None:
        super().__init__("stopped", 0, 0.0, 0.0, "", None, 0.0, 1.0, None, False)
        self.telemetry = {"agl_m": np.empty(0)}
        self.why = why


def _row(run: Run, record: FlightRecord, rung: str) -> Row:
    """A run that may be waved off, and was, is judged as one that had to be."""
    waved_off = record.outcome == "waved_off" and _may_be_waved_off(run, record)
    expected = msgspec.structs.replace(run.scenario, expect="waved_off") if waved_off else run.scenario
    verdict = judge(record, expected)
    excused = run.stratum.excused
    findings = tuple(
        Found(f.requirement.id, f.value, f.passed, f.design_met, f.judged and f.requirement.id not in excused)
        for f in sorted(verdict.findings, key=lambda f: f.requirement.id)
    )
    judgement, reason = _judgement(record, verdict, findings)
    found = cause(record, verdict) if judgement == "fail" else None
    reason += "" if found is None else f"; cause: {found.text}"
    return Row(
        k=run.k,
        stratum=run.stratum.name,
        replicate=run.replicate,
        seed=run.seed,
        values=run.values,
        sets=run.sets,
        place=run.place,
        outcome=record.outcome,
        verdict=judgement,
        reason=record.why if isinstance(record, _Stopped) else reason,
        explained=_bound(run, record, rung) if judgement == "fail" else "",
        findings=findings,
        touchdown={key: float(value) for key, value in (record.touchdown or {}).items()},
        propellant_left_kg=record.propellant_left_kg,
        sim_time_s=record.sim_time_s,
        ticks=record.ticks,
        fault_events=sum(event.fault for event in record.events),
        trace_hash=record.trace_hash,
        drawn=record.drawn,
        profile=descent_profile.pack(record.telemetry),
    )


def _may_be_waved_off(run: Run, record: FlightRecord) -> bool:
    """Accepted by the campaign, or the stratum's fault came before ignition, when going back to orbit is right."""
    if "waved_off" in run.stratum.accept:
        return True
    return bool(run.stratum.fault) and ignition_tick(record) is None


def _judgement(record: FlightRecord, verdict: Verdict, findings: tuple[Found, ...]) -> tuple[Judgement, str]:
    if record.outcome == "invalid":
        return "invalid", "the flight was broken off"
    if verdict.judgement == "invalid":
        return "no_effect", f"no signal changed for the fault on {', '.join(verdict.idle)}"
    missed = [found.id for found in findings if found.bound and not found.passed]
    if not missed:
        return "pass", ""
    return "fail", f"{record.outcome}; not met: {', '.join(missed)}"


def _bound(run: Run, record: FlightRecord, rung: str) -> str:
    """Which bound the stratum's fault runs into, "" if none; it takes a flight without that fault to know."""
    fault, onset = run.stratum.fault, run.stratum.onset
    begun = [f.from_tick for f in record.faults[len(run.clean.faults) :] if f.from_tick is not None]
    if fault is None or onset is None or not begun:
        return ""
    base = _record(run, run.clean, rung)
    bound = limits.of(run.clean, Task(fault, onset, run.seed, begun[0]), base)
    return "" if bound is None else bound.text


def _work(record: FlightRecord, took_s: float) -> Work:
    ticks = record.telemetry.get("tick_us", np.empty(0))
    measured = len(ticks) and float(np.max(ticks)) > 0.0
    quantiles = np.percentile(ticks, (50.0, 99.9, 100.0), method="higher") if measured else ()
    return Work(
        worker=f"{socket.gethostname()}:{os.getpid()}",
        flight_s=record.wall_time_s,
        other_s=max(0.0, took_s - record.wall_time_s),
        parts_us=record.parts_us,
        tick_us=tuple(float(q) for q in quantiles),
        gc_us=float(np.max(record.telemetry["gc_us"])) if measured else 0.0,
        fingerprint=fingerprint.source(),
    )

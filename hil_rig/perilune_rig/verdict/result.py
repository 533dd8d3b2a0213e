"""A flight and its verdict as data: the JSON of `perilune fly --json`, and the files beside a report."""

import csv
import json
import math
import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from perilune import VERSION
from perilune.wire.schema import TICK_HZ
from perilune_host.plain import plain
from perilune_rig.scenario.model import Scenario
from perilune_rig.verdict.cause import Cause, cause
from perilune_rig.verdict.detection import detect
from perilune_rig.verdict.each_file import write_each, write_text
from perilune_rig.verdict.judge import Verdict
from perilune_sim.flight_record import Event, FlightRecord, InjectedFault

TOUCHDOWN_KEYS = (
    "vertical_m_s",
    "horizontal_m_s",
    "tilt_deg",
    "rate_deg_s",
    "miss_m",
    "slope_deg",
    "hazard_m",
)


@dataclass(frozen=True)
class Run:
    """A flight that has been flown and judged, and how to fly it again."""

    scenario: Scenario
    seed: int
    rung: str
    record: FlightRecord
    verdict: Verdict
    fallback: bool = False  # flown on `python` because the default rung is not available here
    sets: list[str] = field(default_factory=list)  # KEY=VALUE changes to the scenario
    source: str = ""  # SCENARIO as given on the command line
    policy: str | None = None  # logic of the past that flew instead of ours

    @property
    def times_real_time(self) -> float:
        """Simulated time over wall time."""
        return self.record.sim_time_s / self.record.wall_time_s if self.record.wall_time_s else 0.0

    @cached_property
    def cause(self) -> Cause | None:
        """Why it failed; None where it did not."""
        return cause(self.record, self.verdict)

    @property
    def command(self) -> str:
        """The command line that flies this run again."""
        words = [
            "perilune",
            "fly",
            self.source or self.scenario.name,
            "--rung",
            self.rung,
            "--seed",
            str(self.seed),
        ]
        if self.policy:
            words += ["--policy", self.policy]
        return plain(shlex.join([*words, *(word for text in self.sets for word in ("--set", text))]))


def as_json(run: Run) -> dict[str, Any]:
    """The run under the keys that `perilune fly --json` promises; plain values only."""
    record = run.record
    return _plain(
        {
            "scenario": run.scenario.name,
            "vehicle": run.scenario.vehicle.name,
            "policy": run.policy,
            "seed": run.seed,
            "rung": run.rung,
            "fallback": run.fallback,
            "outcome": record.outcome,
            "expected": run.scenario.expect,
            "world": run.scenario.world,
            "verdict": run.verdict.judgement,
            "within_design": run.verdict.within_design,
            "cause": None if run.cause is None else run.cause.as_json(),
            "requirements": [finding.as_json() for finding in run.verdict.findings],
            "touchdown": _touchdown(record),
            "propellant_left_kg": record.propellant_left_kg,
            "propellant_loaded_kg": record.propellant_loaded_kg,
            "engine_off_s": record.engine_off_s,
            "payload_released": record.payload_released,
            "ticks": record.ticks,
            "sim_time_s": record.sim_time_s,
            "wall_time_s": record.wall_time_s,
            "times_real_time": run.times_real_time,
            "trace_hash": record.trace_hash,
            "modes": [asdict(change) for change in record.modes],
            "injected_faults": injected_faults(record),
            "faults": [_event(event) for event in record.events if event.fault],
            "events": [_event(event) for event in record.events],
            "refused_commands": [
                asdict(refused) | {"time_s": refused.tick / TICK_HZ} for refused in record.refused
            ],
            "link": record.link,
            "violations": [asdict(violation) for violation in record.violations],
            "parts_us": record.parts_us,
            "pace": record.pace,
            "wires": record.wires,
            "version": VERSION,
            "command": run.command,
        }
    )


def _touchdown(record: FlightRecord) -> dict | None:
    return None if record.touchdown is None else {key: record.touchdown[key] for key in TOUCHDOWN_KEYS}


def injected_faults(record: FlightRecord) -> list[dict[str, Any]]:
    """Every fault that was injected, under the keys that `perilune fly --json` promises."""
    return [_injected(fault, record) for fault in record.faults]


def _injected(fault: InjectedFault, record: FlightRecord) -> dict[str, Any]:
    """What was injected, and how long after its start the flight software reported it (s; None: not at all)."""
    begun, ended = fault.from_tick, fault.to_tick
    seen = None if begun is None else detect(record.events, [fault.target], begun)
    return {
        "target": fault.target,
        "effect": fault.effect,
        "start_s": None if begun is None else begun / TICK_HZ,
        "end_s": None if ended is None else ended / TICK_HZ,
        "acted": fault.acted,
        "detection_s": seen and seen.detection_s,
        "isolation_s": seen and seen.isolation_s,
    }


def _event(event: Event) -> dict:
    keys = ("tick", "name", "mode", "text")
    return {key: getattr(event, key) for key in keys} | {
        "time_s": event.tick / TICK_HZ,
        "values": list(event.values),
        "fault": event.fault,
    }


def _plain(value: Any) -> Any:
    """Without NumPy scalars, and with null for numbers that JSON does not know."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def dumps(data: Any) -> str:
    """JSON text, indented, ending in a newline."""
    return json.dumps(_plain(data), indent=2, allow_nan=False) + "\n"


def write_files(run: Run, folder: Path) -> Iterator[Path]:
    """Write `run.json` and `telemetry.csv` (10 Hz, units in the column names) into `folder`, made if missing."""
    return write_each(
        (
            (folder / "run.json", write_text(dumps(as_json(run)))),
            (folder / "telemetry.csv", lambda path: _write_csv(run.record.telemetry, path)),
        )
    )


def _write_csv(columns: dict[str, np.ndarray], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow([f"{value:.9g}" for value in row])

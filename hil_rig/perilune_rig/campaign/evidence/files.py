"""The files that a campaign leaves beside its table: report, JSON, JUnit XML, CSV and, with pyarrow, Parquet."""

import csv
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from perilune_host.plain import plain
from perilune_rig.campaign.evidence.junit import junit
from perilune_rig.campaign.evidence.summary import Summary
from perilune_rig.campaign.page import write_page
from perilune_rig.campaign.run.session import Session
from perilune_rig.verdict.each_file import write_each, write_text
from perilune_rig.verdict.result import dumps

_BATCH = 1000  # rows of a Parquet group


def write_files(session: Session, summary: Summary, data: dict[str, Any]) -> Iterator[Path]:
    """Write report.html, campaign.json, junit.xml, runs.csv and runs.parquet into the campaign's folder.

    Without the extra `report` there is no page, without `parquet` no Parquet. InputError at the end if one cannot be
    written.
    """
    writers: list[tuple[str, Callable[[Path], object]]] = []
    if importlib.util.find_spec("plotly") and importlib.util.find_spec("jinja2"):
        writers.append(("report.html", lambda path: write_page(session, summary, path)))
    writers += [("campaign.json", write_text(dumps(data))), ("junit.xml", write_text(junit(session)))]
    writers.append(("runs.csv", lambda path: _write_csv(session, path)))
    if importlib.util.find_spec("pyarrow"):
        writers.append(("runs.parquet", lambda path: _write_parquet(session, path)))
    return write_each((session.store.folder / name, write) for name, write in writers)


def flat(session: Session) -> Iterator[dict[str, Any]]:
    """Every run as one flat row: what it was, what came of it, what was measured, drawn and spent on it."""
    works = session.store.works()
    for row, (_k, work) in zip(session.store.rows(), works, strict=True):
        values = {f.id: f.value for f in row.findings}
        yield {
            "run": row.k,
            "stratum": row.stratum,
            "seed": row.seed,
            "outcome": row.outcome,
            "verdict": row.verdict,
            "reason": row.reason,
            "explained": row.explained,
            **{name: value for name, value in values.items() if not isinstance(value, str)},
            **{f"touchdown.{name}": value for name, value in row.touchdown.items()},
            "propellant_left_kg": row.propellant_left_kg,
            "sim_time_s": row.sim_time_s,
            "ticks": row.ticks,
            "fault_events": row.fault_events,
            **{f"dispersed.{name}": value for name, value in row.values.items()},
            **{f"drawn.{name}": value for name, value in row.drawn.items()},
            "trace_hash": row.trace_hash,
            "worker": work.worker,
            "flight_s": work.flight_s,
            "other_s": work.other_s,
            "command": session.command(row),
        }


def _columns(session: Session) -> list[str]:
    """Those of all runs: strata differ in what is drawn and dispersed."""
    return list(dict.fromkeys(name for row in flat(session) for name in row))


def _write_csv(session: Session, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.DictWriter(file, _columns(session), lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in flat(session))


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is one no more."""
    if not isinstance(value, str):
        return value
    return "'" + plain(value) if value[:1] in ("=", "+", "-", "@", "\t", "\r") else plain(value)


def _write_parquet(session: Session, path: Path) -> Path:
    """Typed columns; a column that is text in some row is text in all."""
    import pyarrow as pa  # pyright: ignore[reportMissingImports] - an extra
    import pyarrow.parquet as pq  # pyright: ignore[reportMissingImports]

    rows = list(flat(session))
    table = {name: _typed([row.get(name) for row in rows]) for name in _columns(session)}
    pq.write_table(pa.table(table), path, row_group_size=_BATCH)
    return path


def _typed(values: list[Any]) -> list[Any]:
    mixed = any(isinstance(value, str) for value in values)
    if mixed:
        return [None if value is None else str(value) for value in values]
    if any(isinstance(value, float) for value in values):
        return [None if value is None else float(value) for value in values]
    return values

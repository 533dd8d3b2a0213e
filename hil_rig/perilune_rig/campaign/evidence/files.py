"""The files that a campaign leaves beside its table: report, JSON, JUnit XML, CSV and, with pyarrow, Parquet."""

import csv
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from perilune_host.errors import InputError
from perilune_rig.campaign.evidence.junit import junit
from perilune_rig.campaign.evidence.summary import Summary
from perilune_rig.campaign.page import write_page
from perilune_rig.campaign.run.session import Session
from perilune_rig.verdict.result import dumps

_BATCH = 1000  # rows of a Parquet group


def write_files(session: Session, summary: Summary, data: dict[str, Any]) -> list[Path]:
    """Write report.html, campaign.json, junit.xml, runs.csv and runs.parquet into the campaign's folder.

    Without the extra `report` there is no page, without `parquet` no Parquet. InputError if one cannot be written.
    """
    folder = session.store.folder
    page, result, xml, table = (folder / n for n in ("report.html", "campaign.json", "junit.xml", "runs.csv"))
    try:
        result.write_text(dumps(data), encoding="utf-8")
        xml.write_text(junit(session), encoding="utf-8")
        _write_csv(session, table)
    except OSError as error:
        raise InputError(f"{error.filename or folder}: cannot be written: {error.strerror}") from None
    written = [result, xml, table]
    if importlib.util.find_spec("pyarrow"):
        written.append(_write_parquet(session, folder / "runs.parquet"))
    if importlib.util.find_spec("plotly") and importlib.util.find_spec("jinja2"):
        written.insert(0, write_page(session, summary, page))
    return written


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
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _columns(session), lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(flat(session))


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

"""The verdict over a flight, as a table for people."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from perilune.wire.schema import TICK_HZ
from perilune_rig.report.tables import RequirementRow, not_judged, requirement_rows, show
from perilune_rig.verdict.result import Run

COLOUR = {"pass": "green", "goal missed": "yellow", "fail": "bold red", "invalid": "bold yellow"}
COLOUR |= {"met": "dim", "not met": "yellow"}  # measured, not judged


def show_row(row: RequirementRow) -> list[Text]:
    """One requirement's cells."""
    plain = (row.id, row.text, row.value, row.design, row.limit)
    return [*(Text(text) for text in plain), Text(row.result, COLOUR[row.result])]


def table(flown: Run) -> Table:
    """All requirements that applied."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("ID", "Requirement"):
        made.add_column(name)
    for name in ("measured", "design", "limit"):
        made.add_column(name, justify="right")
    made.add_column("result")
    for row in requirement_rows(flown.verdict.findings):
        made.add_row(*show_row(row))
    return made


def summary(flown: Run) -> Text:
    """Verdict, outcome, speed and trace hash in two lines."""
    record, judgement = flown.record, flown.verdict.judgement
    note = "" if flown.verdict.within_design or judgement != "pass" else ", not within every design goal"
    miss = "" if record.touchdown is None else f", {show(record.touchdown['miss_m'], 'm')} from the site"
    text = Text(judgement.upper(), COLOUR[judgement])
    text.append(f": {show(record.outcome)} after {record.sim_time_s:.1f} s{miss}{note}\n", "default")
    if flown.cause is not None:
        text.append(f"cause: {flown.cause.text}\n", "default")
    if aside := not_judged(flown):
        text.append(f"{aside}\n", "default")
    if flown.verdict.idle:
        text.append(f"changed no signal: the fault on {', '.join(flown.verdict.idle)}\n", "default")
    text.append(
        f"flown in {record.wall_time_s:.2f} s, {flown.times_real_time:.0f} x real time; trace hash {record.trace_hash}"
    )
    if flown.fallback:
        text.append(f"; on rung {flown.rung}, NOT bit-exact: rung vm is not available here", "yellow")
    return text


def show_violations(flown: Run, console: Console) -> None:
    """What the bridge objected to, a few of it."""
    for broken in flown.record.violations[:5]:
        console.print(f"tick {broken.tick}: {broken.check}: {broken.text}", markup=False)


def show_refused(flown: Run, console: Console) -> None:
    """Commands that were not obeyed: the flight went on without them."""
    for one in flown.record.refused:
        where = f"{one.tick / TICK_HZ:.2f} s, in mode {one.mode.replace('_', ' ')}"
        console.print(f"refused  {one.command.replace('_', ' ')} at {where}: {one.reason}", markup=False)


def show_pace(flown: Run, console: Console) -> None:
    """How well a paced flight kept time."""
    pace = flown.record.pace
    if pace is None:
        return
    console.print(
        f"deadlines missed: {pace['missed_deadlines']} of {pace['ticks']}; slipped {pace['slipped_s']:.3f} s"
    )
    for name in ("round_trip_us", "jitter_us"):
        times = "  ".join(
            f"{quantile.replace('_', '.')} {us / 1000:.3f}" for quantile, us in pace[name].items()
        )
        console.print(f"{name.removesuffix('_us').replace('_', ' ')}, ms: {times}")


def show_all(flown: Run, console: Console) -> None:
    """Table, objections, time kept, summary."""
    console.print(table(flown))
    show_violations(flown, console)
    show_refused(flown, console)
    show_pace(flown, console)
    console.print(summary(flown))

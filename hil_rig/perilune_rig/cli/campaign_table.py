"""What a campaign proves, as tables for people."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from perilune_rig.campaign.evidence.evidence import Evidence, limit_text
from perilune_rig.campaign.evidence.summary import Summary, notes
from perilune_rig.campaign.run.conduct import Tally
from perilune_rig.campaign.run.session import Session
from perilune_rig.report.tables import show

COLOUR = {"demonstrated": "green", "not demonstrated": "yellow", "refuted": "bold red"}
VERDICT = {"pass": "green", "fail": "bold red", "inconclusive": "bold yellow"}
_LISTED = 10


def show_all(session: Session, summary: Summary, tally: Tally, console: Console) -> None:
    """Requirements, lost runs, verdict."""
    console.print(_requirements(session, summary))
    _lost(session, summary, console)
    console.print(_verdict(session, summary, tally))


def _requirements(session: Session, summary: Summary) -> Table:
    made = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("ID", "Requirement"):
        made.add_column(name)
    confidence = f"{100 * session.plan.campaign.confidence:g} %"
    for name in ("limit", "met", f"at least ({confidence})", "worst", "run"):
        made.add_column(name, justify="right")
    made.add_column("result")
    for evidence in summary.evidence:
        made.add_row(*_row(session, evidence))
    return made


def _row(session: Session, e: Evidence) -> list[Text]:
    need, (worst, finding) = e.requirement, e.worst[0]
    limit = limit_text(session.plan, need)
    plain = (
        need.id,
        need.text,
        limit,
        f"{e.successes}/{e.runs}",
        f"{100 * e.bound:.2f} %",
        show(finding.value, need.unit),
        str(worst),
    )
    more = f", {e.needed} more runs needed" if e.state == "not demonstrated" and e.needed else ""
    return [*(Text(text) for text in plain), Text(e.state + more, COLOUR[e.state])]


def _lost(session: Session, summary: Summary, console: Console) -> None:
    for row in summary.lost[:_LISTED]:
        colour = "red" if row.verdict == "fail" else "yellow"
        bound = f"; out of reach of any software: {row.explained}" if row.explained else ""
        head = f"run {row.k}, {row.stratum}: {row.verdict.replace('_', ' ')}: {row.reason}{bound}"
        console.print(Text(head, colour), Text(f"\n  {session.command(row)}"), sep="")
    if len(summary.lost) > _LISTED:
        console.print(f"and {len(summary.lost) - _LISTED} more, see the report", markup=False)


def _verdict(session: Session, summary: Summary, tally: Tally) -> Text:
    plan = session.plan
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in summary.verdicts.items())
    aim = f"{100 * plan.campaign.reliability:g} % at {100 * plan.campaign.confidence:g} % confidence"
    text = Text(summary.verdict.upper(), VERDICT[summary.verdict])
    text.append(f": {summary.runs} of {plan.runs} runs: {counts}; aim {aim}\n", "default")
    for name, told in notes(session, summary):
        text.append(f"{name[0].lower()}{name[1:]}: {told}\n", "default")
    if summary.subset is not None:
        text.append(
            f"probability of not meeting {summary.subset.requirement}: {summary.subset.statement}\n",
            "default",
        )
    if summary.retries:
        text.append(f"{len(summary.retries)} attempts failed for the rig and were flown again\n", "default")
    text.append(f"table hash {summary.table_hash}", "default")
    return text

"""Puts a campaign's report together: tables, plots, style and the plotting library in one file."""

from pathlib import Path
from typing import Any

from perilune import VERSION
from perilune_host.errors import InputError
from perilune_rig.campaign.evidence import sensitivity, traceability
from perilune_rig.campaign.evidence.summary import Summary
from perilune_rig.campaign.evidence.table_columns import frame
from perilune_rig.campaign.page import figures, heat, tables
from perilune_rig.campaign.page.plots import Figure
from perilune_rig.campaign.run.session import Session
from perilune_rig.report.page import CONFIG
from perilune_rig.report.script_data import script_data

HERE = Path(__file__).resolve().parent
REPORT = HERE.parents[1] / "report"
MATRIX = HERE.parents[1] / "matrix"
OUTCOMES = ("TD-1", "TD-2", "TD-3", "PRP-1", "miss_m")  # whose causes are looked for


def write_page(session: Session, summary: Summary, path: Path) -> Path:
    """Write the report to `path`; InputError if the extra `report` or write access is missing."""
    try:
        path.write_text(render(session, summary), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
    return path


def render(session: Session, summary: Summary) -> str:
    """The report as one HTML document that loads nothing from elsewhere."""
    jinja2, plotly_js = _libraries()
    loader = jinja2.FileSystemLoader(HERE)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    data = frame(session.store.rows())
    sections = figures.build(data, summary.evidence)
    stratum, found = sensitivity.analyse(data, OUTCOMES)
    sections["timing"] = figures.timing(list(session.store.works()))
    return environment.get_template("campaign.html").render(
        plan=session.plan,
        campaign=session.plan.campaign,
        summary=summary,
        session=session,
        version=VERSION,
        requirements=[tables.requirement(session, e) for e in summary.evidence],
        facts=tables.facts(session, summary),
        worst=tables.worst(session, summary),
        lost=tables.lost(session, summary),
        heat=heat.heat(session.plan, data),
        strata=tables.strata(session, data),
        sensitivities=found,
        sensitivity_stratum=stratum,
        timing=tables.timing(session),
        trace=traceability.rows(summary.evidence),
        subset=summary.subset,
        sections=sections,
        data=_data([figure for group in sections.values() for figure in group]),
        plotly_js=plotly_js,
        style="".join(
            _text(path) for path in (REPORT / "report.css", MATRIX / "matrix.css", HERE / "campaign.css")
        ),
        script=_text(HERE / "campaign.js"),
    )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _libraries() -> tuple:
    try:
        import jinja2
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise InputError(f"a report needs {error.name}: pip install -e '.[report]'") from None
    return jinja2, get_plotlyjs()


def _data(shown: list[Figure]) -> str:
    """Everything that the script draws, as JSON that is safe inside a script element."""
    plots: dict[str, Any] = {f.key: {"data": f.data, "layout": f.layout} for f in shown}
    return script_data({"plots": plots, "config": CONFIG})

"""Puts the report together: template, style sheet, script, plots and the plotting library in one file."""

from pathlib import Path

from perilune import VERSION
from perilune.wire.schema import TICK_HZ
from perilune_host.errors import InputError
from perilune_rig.report import columns, figures, tables
from perilune_rig.report.script_data import script_data
from perilune_rig.verdict.result import Run

READOUT = (
    "time_s",
    "agl_m",
    "vertical_m_s",
    "horizontal_m_s",
    "tilt_deg",
    "throttle_percent",
    "propellant_kg",
)
HERE = Path(__file__).resolve().parent
CONFIG = {
    "displaylogo": False,
    "responsive": True,
    "modeBarButtons": [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
}


def write_report(run: Run, path: Path) -> Path:
    """Write the flight's report to `path`; InputError if the extra `report` or write access is missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(run), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise InputError(f"{error.filename or path}: cannot be written: {error.strerror}") from None
    return path


def render(run: Run) -> str:
    """The report as one HTML document that loads nothing from elsewhere."""
    jinja2, plotly_js = _libraries()
    loader = jinja2.FileSystemLoader(HERE)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    flown = len(run.record.telemetry["time_s"]) > 0
    numbers = columns.derive(run.record.telemetry) if flown else {}
    sections = figures.build(run, numbers) if flown else {}
    return environment.get_template("report.html").render(
        run=run,
        record=run.record,
        verdict=run.verdict,
        scenario=run.scenario,
        version=VERSION,
        facts=tables.facts(run),
        requirements=tables.requirement_rows(run.verdict.findings),
        not_judged=tables.not_judged(run),
        modes=tables.mode_rows(run) if flown else [],
        faults=tables.fault_rows(run),
        events=tables.event_rows(run),
        sections=sections,
        data=_data([figure for group in sections.values() for figure in group], numbers, run),
        plotly_js=plotly_js,
        style=(HERE / "report.css").read_text(encoding="utf-8"),
        script=(HERE / "report.js").read_text(encoding="utf-8"),
    )


def _libraries() -> tuple:
    try:
        import jinja2
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise InputError(
            f"a report needs {error.name}: pip install -e '.[report]', or add --no-report"
        ) from None
    return jinja2, get_plotlyjs()


def _data(shown: list[figures.Figure], numbers: columns.Columns, run: Run) -> str:
    """Everything that the script draws, as JSON that is safe inside a script element."""
    names = set().union(*(figure.columns() for figure in shown), READOUT if shown else ())
    plots = {f.key: {"data": f.data, "layout": f.layout, "linked": f.linked} for f in shown}
    changes = [[change.tick / TICK_HZ, change.mode.replace("_", " ")] for change in run.record.modes]
    data = {"columns": columns.pack(numbers, names), "plots": plots, "modes": changes, "config": CONFIG}
    return script_data(data)

"""The matrix as one HTML page that needs nothing else: a table of faults over onsets, a grid of pairs, the losses."""

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from perilune import VERSION
from perilune_host.errors import InputError
from perilune_rig.matrix import summary
from perilune_rig.matrix.branches import Matrix
from perilune_rig.matrix.cell import Cell
from perilune_rig.report.script_data import script_data

HERE = Path(__file__).resolve().parent
REPORT = HERE.parent / "report"


@dataclass(frozen=True)
class Square:
    """One place of a table: the cells of all seeds there."""

    verdict: str  # worst; "waved_off" for a pass that was one, "none" for an empty place
    text: str
    hover: str
    indices: tuple[int, ...] = ()


@dataclass(frozen=True)
class Row:
    """One fault class over all onsets."""

    kind: str
    squares: list[Square]
    detection: str


@dataclass(frozen=True)
class Group:
    """The classes of one target."""

    name: str
    rows: list[Row]


@dataclass(frozen=True)
class Grid:
    """All pairs at one onset: rows are the laser's fault, columns the radar's."""

    onset: str
    kinds: list[str]
    rows: list[Row]


_EMPTY = Square("none", "", "not flown")


def render(matrix: Matrix, fallback: bool = False) -> str:
    """The page as text. InputError without the extra `report`."""
    try:
        import jinja2
    except ImportError as error:
        raise InputError(f"the page needs {error.name}: pip install -e '.[report]'") from None
    cells = summary.ordered(matrix)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    place = {id(cell): n for n, cell in enumerate(cells)}
    flown = [onset for onset in matrix.plan.onsets if onset.name not in summary.unreached(matrix)]
    return environment.get_template("matrix.html").render(
        plan=matrix.plan,
        matrix=matrix,
        fallback=fallback,
        version=VERSION,
        command=summary.command(matrix),
        summary=summary.summarise(matrix),
        unreached=summary.unreached(matrix),
        onsets=flown,
        groups=_groups([c for c in cells if c.pair is None], [o.name for o in flown], place),
        grids=_grids([c for c in cells if c.pair is not None], [o.name for o in flown], place),
        lost=[(n, cell) for n, cell in enumerate(cells) if cell.verdict != "pass"],
        data=_data(cells),
        style=(REPORT / "report.css").read_text(encoding="utf-8")
        + (HERE / "matrix.css").read_text(encoding="utf-8"),
        script=(HERE / "matrix.js").read_text(encoding="utf-8"),
    )


def _groups(cells: list[Cell], onsets: list[str], place: dict[int, int]) -> list[Group]:
    """Cells come ordered by fault, so that groups and kinds are together."""
    return [
        Group(
            name, [_row(kind, list(same), onsets, place) for kind, same in groupby(group, lambda c: c.kind)]
        )
        for name, group in groupby(cells, lambda c: c.group)
    ]


def _row(kind: str, cells: list[Cell], onsets: list[str], place: dict[int, int]) -> Row:
    squares = [_square([cell for cell in cells if cell.onset == onset], place) for onset in onsets]
    times = [cell.detection_s for cell in cells if cell.detection_s is not None]
    detection = f"{median(times):.2f} s ({len(times)}/{len(cells)})" if times else f"— (0/{len(cells)})"
    return Row(kind, squares, detection)


def _grids(cells: list[Cell], onsets: list[str], place: dict[int, int]) -> list[Grid]:
    grids = []
    for onset in onsets:
        there: dict[tuple[str, str], list[Cell]] = {}
        for cell in cells:
            if cell.onset == onset and cell.pair:
                there.setdefault(cell.pair, []).append(cell)
        across = list(dict.fromkeys(radar for _lrf, radar in there))
        down = list(dict.fromkeys(lrf for lrf, _radar in there))
        rows = [Row(a, [_square(there.get((a, b), []), place) for b in across], "") for a in down]
        grids += [Grid(onset, across, rows)] if rows else []
    return grids


def _square(cells: list[Cell], place: dict[int, int]) -> Square:
    if not cells:
        return _EMPTY
    verdict = summary.worst(cells)
    waved = verdict == "pass" and all(cell.outcome == "waved_off" for cell in cells)
    shown = next(cell for cell in cells if cell.verdict == verdict)
    passed = sum(cell.verdict == "pass" for cell in cells)
    text = _short(shown) if len(cells) == 1 else f"{passed}/{len(cells)}"
    hover = f"{shown.fault}, {shown.onset}: {shown.verdict}, {shown.outcome.replace('_', ' ')}"
    indices = tuple(place[id(cell)] for cell in cells)
    return Square("waved_off" if waved else verdict, text, hover, indices)


def _short(cell: Cell) -> str:
    """Touchdown speed down and across, or how it ended."""
    if cell.verdict == "invalid":
        return "no effect"
    if cell.touchdown is None or cell.outcome == "waved_off":
        return cell.outcome.replace("_", " ")
    numbers = f"{cell.touchdown['vertical_m_s']:.1f} / {cell.touchdown['horizontal_m_s']:.1f}"
    return numbers if cell.outcome == "landed" else f"{cell.outcome} {numbers}"


def _data(cells: list[Cell]) -> str:
    """Details for the panel, as JSON that is safe inside a script element."""
    return script_data([_details(cell) for cell in cells])


def _details(cell: Cell) -> dict[str, Any]:
    landing = cell.touchdown or {}
    return {
        "title": f"{cell.fault}, onset {cell.onset} at {cell.onset_s:.2f} s, seed {cell.seed}",
        "verdict": cell.verdict,
        "outcome": cell.outcome.replace("_", " "),
        "reason": cell.reason,
        "bound": cell.bound,
        "landing": ", ".join(f"{key.replace('_', ' ')} {value:.2f}" for key, value in landing.items()),
        "left": None if cell.propellant_left_kg is None else f"{cell.propellant_left_kg:.1f} kg",
        "detected": _seconds(cell.detection_s),
        "isolated": _seconds(cell.isolation_s),
        "missed": ", ".join(cell.missed) if cell.outcome == "landed" else "",
        "alarms": cell.false_alarms[:6],
        "events": cell.events,
        "command": cell.command,
    }


def _seconds(value: float | None) -> str:
    return "not" if value is None else f"after {value:.2f} s"

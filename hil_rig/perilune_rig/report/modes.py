"""Flight modes in plots: bands behind the curves, a labelled strip above them."""

from dataclasses import dataclass

from perilune.wire.schema import TICK_HZ
from perilune_rig.report import style
from perilune_sim.flight_record import FlightRecord

LABEL_FRACTION = 0.055  # a segment narrower than this part of the plot gets no label


@dataclass(frozen=True)
class Segment:
    """A stretch of one mode, in seconds of simulated time."""

    mode: str
    start_s: float
    end_s: float


def segments(record: FlightRecord) -> list[Segment]:
    """The flight cut into its modes, in order, to the end of the run."""
    starts = [change.tick / TICK_HZ for change in record.modes]
    ends = [*starts[1:], record.sim_time_s]
    names = [change.mode for change in record.modes]
    return [Segment(*item) for item in zip(names, starts, ends, strict=True)]


def clip(parts: list[Segment], start_s: float, end_s: float) -> list[Segment]:
    """The part of the segments within a window of time."""
    inside = [Segment(p.mode, max(p.start_s, start_s), min(p.end_s, end_s)) for p in parts]
    return [p for p in inside if p.end_s > p.start_s]


def decorations(parts: list[Segment]) -> tuple[list[dict], list[dict]]:
    """(shapes, annotations) of the bands and the strip for a plot over the segments' whole time."""
    span = parts[-1].end_s - parts[0].start_s if parts else 0.0
    shapes = [_band(part) for part in parts] + [_strip(part) for part in parts]
    wide = [part for part in parts if part.end_s - part.start_s >= LABEL_FRACTION * span]
    return shapes, [_label(part) for part in wide]


def _rectangle(part: Segment, y0: float, y1: float, colour: str) -> dict:
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": part.start_s,
        "x1": part.end_s,
        "y0": y0,
        "y1": y1,
        "fillcolor": colour,
        "line": {"width": 0},
        "layer": "below",
    }


def _band(part: Segment) -> dict:
    return _rectangle(part, 0, 1, style.MODE_COLOURS[part.mode][0])


def _strip(part: Segment) -> dict:
    return _rectangle(part, 1.0, 1.025, style.MODE_COLOURS[part.mode][1])


def _label(part: Segment) -> dict:
    return {
        "xref": "x",
        "yref": "paper",
        "x": (part.start_s + part.end_s) / 2,
        "y": 1.025,
        "text": part.mode.replace("_", " "),
        "showarrow": False,
        "yanchor": "bottom",
        "font": {"size": 10, "color": "#7b8794"},
    }

"""Pieces of plots: Plotly traces and shapes with their numbers packed as float32."""

import base64
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from perilune_rig.report import style

_BINS = 30


@dataclass(frozen=True)
class Figure:
    """One plot: `key` names its place in the page."""

    key: str
    caption: str
    data: list[dict]
    layout: dict
    wide: bool = False


def packed(values: np.ndarray) -> dict[str, str]:
    """An array as Plotly reads it: base64 of little-endian float32; NaN stays NaN."""
    return {
        "dtype": "f4",
        "bdata": base64.b64encode(np.asarray(values).astype("<f4").tobytes()).decode("ascii"),
    }


def layout(height: int) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 68, "r": 18, "t": 14, "b": 46},
        "font": style.FONT,
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "legend": legend(0.98, "top"),
        "hoverlabel": {"font": {"size": 11}, "bgcolor": "rgba(255,255,255,0.92)"},
        "hovermode": "closest",
    }


def legend(y: float, anchor: str) -> dict[str, Any]:
    """At the right edge of the plot."""
    place = {"x": 0.98, "y": y, "xanchor": "right", "yanchor": anchor}
    return place | {"bgcolor": "rgba(255,255,255,0.8)", "font": {"size": 11}}


def window(values: np.ndarray) -> tuple[float, float]:
    """The range of the values with a quarter of it on each side."""
    low, high = float(np.min(values)), float(np.max(values))
    margin = 0.25 * (high - low) or 0.1 * abs(high) or 1.0
    return low - margin, high + margin


def dots(x: np.ndarray, y: np.ndarray, name: str, marker: dict, hover: list[str], template: str) -> dict:
    """Markers with a text each."""
    kind = "scattergl" if len(x) > 2000 else "scatter"
    return {
        "type": kind,
        "mode": "markers",
        "x": packed(x),
        "y": packed(y),
        "name": name,
        "marker": marker,
        "text": hover,
        "hovertemplate": f"%{{text}}<br>{template}<extra></extra>",
    }


def line(x: np.ndarray, y: np.ndarray, name: str, colour: str, width: float, dash: str = "solid") -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": packed(x),
        "y": packed(y),
        "name": name,
        "showlegend": bool(name),
        "line": {"color": colour, "width": width, "dash": dash},
        "connectgaps": False,
        "hoverinfo": "skip",
    }


def bars(values: np.ndarray, colour: str, template: str) -> dict:
    """A histogram whose bins are counted here, so that the page holds no raw values."""
    low, high = float(np.min(values, initial=np.inf)), float(np.max(values, initial=-np.inf))
    edges = np.linspace(low, high, _BINS + 1) if high > low else np.array([low - 0.5, low + 0.5])
    counts, edges = np.histogram(values, edges)
    return {
        "type": "bar",
        "x": packed(0.5 * (edges[:-1] + edges[1:])),
        "y": packed(counts),
        "width": float(edges[1] - edges[0]),
        "marker": {"color": colour, "opacity": 0.75},
        "hovertemplate": f"{template}<extra></extra>",
    }


def bands(x: np.ndarray, rows: np.ndarray, colour: str) -> list[dict]:
    """rows: (n, x). Median, quartiles, 5 to 95 %, and the whole range over all rows."""
    tints = ((0.0, 100.0, 0.10, "all"), (5.0, 95.0, 0.16, "5 to 95 %"), (25.0, 75.0, 0.26, "quartiles"))
    traces = []
    for low, high, opacity, name in tints:
        fill = {"fillcolor": _tint(colour, opacity), "line": {"width": 0}, "mode": "lines", "type": "scatter"}
        common = {"x": packed(x), "hoverinfo": "skip", **fill}
        traces.append(common | {"y": packed(quantile(rows, low)), "showlegend": False})
        traces.append(common | {"y": packed(quantile(rows, high)), "fill": "tonexty", "name": name})
    median = line(x, quantile(rows, 50.0), "median", colour, 1.6)
    return [*traces, median | {"hoverinfo": "y", "hovertemplate": "%{y:.3g}"}]


def quantile(rows: np.ndarray, percent: float) -> np.ndarray:
    """Over the first axis, of what is there; NaN where nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanpercentile(rows, percent, axis=0)


def _tint(colour: str, opacity: float) -> str:
    r, g, b = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return f"rgba({r},{g},{b},{opacity})"


def box(x: float | None, y: float | None, colour: str) -> dict | None:
    """From the origin to a limit on each axis."""
    if x is None or y is None:
        return None
    edge = {"color": colour, "width": 1.2, "dash": "dash"}
    return {"type": "rect", "x0": 0, "y0": 0, "x1": x, "y1": y, "line": edge, "layer": "below"}


def cross() -> dict:
    """At the origin, ten pixels wide."""
    anchor = {"xsizemode": "pixel", "ysizemode": "pixel", "xanchor": 0, "yanchor": 0}
    return {
        "type": "path",
        "path": "M -8 0 L 8 0 M 0 -8 L 0 8",
        "line": {"color": style.INK, "width": 1.5},
        **anchor,
    }


def across(value: float, colour: str) -> dict:
    """A horizontal line."""
    edge = {"color": colour, "width": 1, "dash": "dash"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value, "line": edge}


def uprights(levels: list[tuple]) -> tuple[list[dict], list[dict]]:
    """Vertical lines at (value, text, colour): shapes and annotations, texts one below the other."""
    shapes, notes = [], []
    for n, (value, text, colour) in enumerate(levels):
        edge = {"color": colour, "width": 1.4, "dash": "dash"}
        shapes.append(
            {"type": "line", "yref": "paper", "x0": value, "x1": value, "y0": 0, "y1": 1, "line": edge}
        )
        note = {
            "yref": "paper",
            "x": value,
            "y": 0.97 - 0.11 * n,
            "text": f"{text} {value:.3g}",
            "showarrow": False,
        }
        notes.append(
            note
            | {"xanchor": "right", "font": {"size": 10, "color": colour}, "bgcolor": "rgba(255,255,255,0.8)"}
        )
    return shapes, notes

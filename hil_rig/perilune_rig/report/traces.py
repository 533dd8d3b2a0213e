"""Plot traces as plain Plotly data. Values are named columns (`@name`), which the page holds once for all plots."""

from perilune_rig.report import style


def line(y: str, name: str, colour: str, x: str = "time_s", unit: str = "", **more: object) -> dict:
    """A line of column `y` over column `x`."""
    width, dash = more.pop("width", 1.6), more.pop("dash", "solid")
    return {
        "type": "scatter",
        "mode": "lines",
        "x": f"@{x}",
        "y": f"@{y}",
        "name": name,
        "line": {"color": colour, "width": width, "dash": dash},
        "hovertemplate": f"%{{y:.4~g}} {unit}".strip(),
        **more,
    }


def dots(y: str, name: str, colour: str, unit: str = "m", **more: object) -> dict:
    """Samples of a sensor, where there are any."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": "@time_s",
        "y": f"@{y}",
        "name": name,
        "marker": {"color": colour, "size": 3, "opacity": 0.6},
        "hovertemplate": f"%{{y:.5~g}} {unit}",
        **more,
    }


def band(low: str, high: str, name: str = "estimate ± 3σ", **more: object) -> list[dict]:
    """A shaded band between two columns."""
    edge = {"width": 0, "color": style.ESTIMATE}
    common = {"type": "scatter", "mode": "lines", "x": "@time_s", "line": edge, "hoverinfo": "skip", **more}
    lower = common | {"y": f"@{low}", "showlegend": False}
    upper = common | {"y": f"@{high}", "fill": "tonexty", "fillcolor": style.BAND, "name": name}
    return [lower, upper]


def level(value: float, text: str, colour: str, place: float = 0.997) -> tuple[dict, dict]:
    """A horizontal line at `value` across the plot and its label, `place` along it: (shape, annotation)."""
    shape = {
        "type": "line",
        "xref": "paper",
        "yref": "y",
        "x0": 0,
        "x1": 1,
        "y0": value,
        "y1": value,
        "line": {"color": colour, "width": 1, "dash": "dash"},
    }
    note = {
        "xref": "paper",
        "yref": "y",
        "x": place,
        "y": value,
        "text": text,
        "showarrow": False,
        "xanchor": "right",
        "yanchor": "bottom",
        "font": {"size": 10, "color": colour},
    }
    return shape, note

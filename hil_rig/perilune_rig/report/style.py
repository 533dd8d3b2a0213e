"""Colours and axes that all plots share. One colour, one meaning."""

TRUTH = "#1b2733"
ESTIMATE = "#1668b0"
BAND = "rgba(22,104,176,0.16)"
LASER = "#d9731a"
RADAR = "#2a9070"
COMMAND = "#8a2f3c"
LIMIT = "#c0392b"
DESIGN = "#8795a1"
GROUND = "rgba(135,125,110,0.30)"
GRID = "#e4e7eb"
INK = "#3e4c59"

# tint of the bands behind time plots, and the stronger one of the strip above and of tables
MODE_COLOURS = {
    "standby": ("#f7f8f9", "#cbd2d9"),
    "coast": ("#f6f8fa", "#a9b7c6"),
    "armed": ("#eff3f9", "#7f93b2"),
    "braking": ("#fef8ee", "#e8a94f"),
    "approach": ("#f2f8ef", "#86b573"),
    "hold": ("#fcf0f5", "#d583a5"),
    "terminal": ("#edf5fb", "#5f9fd0"),
    "touchdown": ("#f4f1fa", "#9c86c9"),
    "safed": ("#f3f3f3", "#8f8f8f"),
    "wave_off": ("#fbe6e4", "#d0685d"),
}

FONT = {
    "family": "Inter, 'Helvetica Neue', Helvetica, 'Liberation Sans', Arial, sans-serif",
    "size": 12,
    "color": INK,
}


def axis(title: str, **more: object) -> dict:
    """One axis: title, quiet grid, no zero line unless asked for."""
    return {
        "title": {"text": title, "standoff": 8},
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": "#9aa5b1",
        "showline": True,
        "mirror": True,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": "#9aa5b1",
        "automargin": False,
        **more,
    }

"""The plots of the report, as plain Plotly figures."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from perilune.wire.schema import TICK_HZ
from perilune_rig.report import modes, style, traces
from perilune_rig.report.columns import Columns
from perilune_rig.report.modes import Segment
from perilune_rig.scenario.requirements import Requirement
from perilune_rig.verdict.result import Run

TERMINAL_S = 60.0  # the last part of the flight, shown by itself
SPEEDS = {"horizontal": "Horizontal speed", "vertical": "Vertical speed, up positive"}
ZERO_LINE: dict[str, Any] = {"zeroline": True, "zerolinecolor": "#9aa5b1"}


@dataclass(frozen=True)
class Figure:
    """One plot: `key` names its place in the page; `linked` says that its x axis is time."""

    key: str
    caption: str
    data: list[dict]
    layout: dict
    linked: str = ""  # plots with the same word zoom and hover together

    def columns(self) -> set[str]:
        """Names of the columns it shows."""
        return {t[axis][1:] for t in self.data for axis in ("x", "y") if isinstance(t.get(axis), str)}


def build(run: Run, columns: Columns) -> dict[str, list[Figure]]:
    """All plots by section."""
    parts = modes.segments(run.record)
    time = columns["time_s"]
    start, end = float(time[0]), float(time[-1])
    last = max(start, _contact_s(run, end) - TERMINAL_S)
    close = _Window("close", last, min(end, last + TERMINAL_S + 10.0), parts)
    whole = _Window("whole", start, end, parts)
    return {
        "profile": [_profile(run, columns), _ground_track(columns)],
        "navigation": [
            _altimetry(whole),
            _altitude_error(whole),
            _speed(whole, "horizontal", "horizontal"),
            _speed(whole, "vertical", "vertical"),
            _velocity_error(whole),
            _attitude_error(whole),
        ],
        "control": [
            _throttle(run, whole),
            _attitude(whole),
            _rates(whole),
            _rcs(whole),
            _propellant(run, whole),
        ],
        "terminal": [_close_height(close), _altitude_error(close, "close_error"), *_close_speeds(run, close)],
        "computer": _computer(whole, columns),
    }


@dataclass(frozen=True)
class _Window:
    """A stretch of time that a set of plots shows."""

    name: str
    start_s: float
    end_s: float
    parts: list[Segment]

    def figure(
        self,
        key: str,
        caption: str,
        y_title: str,
        data: list[dict],
        levels: tuple = (),
        height: int = 250,
        **y_axis: object,
    ) -> Figure:
        """A plot over time with mode bands behind it; `levels` are arguments of traces.level."""
        shapes, notes = modes.decorations(modes.clip(self.parts, self.start_s, self.end_s))
        marks = [traces.level(*item) for item in levels]
        layout = _layout(height) | {
            "xaxis": style.axis("time, s", range=[self.start_s, self.end_s]),
            "yaxis": style.axis(y_title, **y_axis),
            "hovermode": "x unified",
            "shapes": shapes + [shape for shape, _note in marks],
            "annotations": notes + [note for _shape, note in marks],
        }
        return Figure(key, caption, data, layout, linked=self.name)


def _layout(height: int) -> dict:
    return {
        "height": height,
        "margin": {"l": 68, "r": 178, "t": 24, "b": 42, "autoexpand": False},
        "font": style.FONT,
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "legend": {"x": 1.01, "y": 1, "xanchor": "left", "font": {"size": 11}, "tracegroupgap": 2},
        "hoverlabel": {"font": {"size": 11}, "bgcolor": "rgba(255,255,255,0.92)"},
        "hoverdistance": -1,
    }


def _contact_s(run: Run, end_s: float) -> float:
    """Time of touchdown, or the end of the run when there was none."""
    touchdown = run.record.touchdown
    return end_s if touchdown is None else touchdown["tick"] / TICK_HZ


def _profile(run: Run, columns: Columns) -> Figure:
    """Height over speed, double logarithmic: the whole descent and its last metres in one plot."""
    data = [
        traces.line("agl_m_log", "truth", style.TRUTH, x="speed_m_s", unit="m", width=2),
        traces.line("nav_agl_m_log", "estimate", style.ESTIMATE, x="nav_speed_m_s_log", unit="m", dash="dot"),
    ]
    flying = columns["agl_m"] > 0.5
    slowest = float(np.min(columns["speed_m_s"][flying], initial=0.5))
    layout = _layout(380) | {
        "margin": {"l": 68, "r": 18, "t": 14, "b": 46},
        "legend": {"x": 0.03, "y": 0.97, "bgcolor": "rgba(255,255,255,0.8)"},
        "xaxis": style.axis(
            "speed relative to the ground, m/s", type="log", range=_decades(max(slowest, 0.3), 2500)
        ),
        "yaxis": style.axis("height above ground, m", type="log", range=_decades(0.5, 30e3)),
        "hovermode": "closest",
        "annotations": _mode_notes(run, columns),
    }
    return Figure("profile", "Height over speed; arrows where a mode begins", data, layout)


def _decades(low: float, high: float) -> list[float]:
    return [float(np.log10(low)), float(np.log10(high))]


def _mode_notes(run: Run, columns: Columns) -> list[dict]:
    """An arrow at each change of mode in flight."""
    notes = []
    for part in modes.segments(run.record):
        index = int(np.searchsorted(columns["time_s"], part.start_s))
        if part.mode in ("standby", "coast", "safed") or index >= len(columns["time_s"]):
            continue
        height, speed = columns["agl_m_log"][index], columns["speed_m_s"][index]
        if speed > 0.0:
            notes.append(_arrow(float(np.log10(speed)), float(np.log10(height)), part.mode))
    return notes


def _arrow(x: float, y: float, mode: str) -> dict:
    return {
        "x": x,
        "y": y,
        "text": mode.replace("_", " "),
        "ax": -42,
        "ay": -22,
        "arrowwidth": 1,
        "arrowhead": 2,
        "arrowsize": 0.9,
        "arrowcolor": style.INK,
        "font": {"size": 11},
        "bgcolor": style.MODE_COLOURS[mode][0],
        "borderpad": 2,
    }


def _ground_track(columns: Columns) -> Figure:
    """Altitude over the distance to the site, with the ground below."""
    ground = traces.line("ground_km", "ground", "#8d8371", x="downrange_km", unit="km", width=1)
    data = [
        ground | {"fill": "tozeroy", "fillcolor": style.GROUND},
        traces.line("altitude_km", "vehicle", style.TRUTH, x="downrange_km", unit="km", width=2),
    ]
    low = float(np.nanmin(columns["ground_km"]))
    top = float(np.nanmax(columns["altitude_km"]))
    layout = _layout(380) | {
        "margin": {"l": 68, "r": 18, "t": 14, "b": 46},
        "legend": {"x": 0.97, "y": 0.97, "xanchor": "right", "bgcolor": "rgba(255,255,255,0.8)"},
        "xaxis": style.axis("downrange from the site, km"),
        "yaxis": style.axis(
            "altitude above the reference sphere, km", range=[min(low * 1.1, -0.3), top * 1.06]
        ),
        "hovermode": "closest",
    }
    return Figure("track", "Altitude over distance to the site; ground in grey", data, layout)


def _altimetry(window: _Window) -> Figure:
    data = [
        *traces.band("nav_agl_low_m_log", "nav_agl_high_m_log"),
        traces.dots("radar_agl_m_log", "radar altimeter", style.RADAR),
        traces.dots("lrf_agl_m_log", "laser range finder", style.LASER),
        traces.line("nav_agl_m_log", "estimate", style.ESTIMATE, unit="m"),
        traces.line("agl_m_log", "truth", style.TRUTH, unit="m", width=1.2),
    ]
    caption = "Height above ground: both altimeters (ranges projected to the vertical), estimate and truth"
    return window.figure("altimetry", caption, "height, m", data, height=320, type="log")


def _altitude_error(window: _Window, key: str = "altitude_error") -> Figure:
    data = [
        *traces.band("agl_minus_m", "agl_plus_m", "± 3σ of the estimate"),
        traces.dots("radar_error_m", "radar − truth", style.RADAR),
        traces.dots("lrf_error_m", "laser − truth", style.LASER),
        traces.line("agl_error_m", "estimate − truth", style.ESTIMATE, unit="m"),
    ]
    return window.figure(key, "Error of the height above ground", "error, m", data, **ZERO_LINE)


def _speed(window: _Window, axis: str, key: str, levels: tuple = ()) -> Figure:
    data = [
        traces.line(f"nav_{axis}_m_s", "estimate", style.ESTIMATE, unit="m/s", width=2.4),
        traces.line(f"{axis}_m_s", "truth", style.TRUTH, unit="m/s", width=1.2),
    ]
    return window.figure(key, SPEEDS[axis], "m/s", data, levels, height=220)


def _velocity_error(window: _Window) -> Figure:
    data = [
        *traces.band("v_minus_m_s", "v_plus_m_s", "± 3σ of the estimate"),
        traces.line("horizontal_error_m_s", "horizontal", style.RADAR, unit="m/s"),
        traces.line("vertical_error_m_s", "vertical", style.ESTIMATE, unit="m/s"),
    ]
    caption = "Error of the velocity: estimate − truth"
    return window.figure("velocity_error", caption, "error, m/s", data, **ZERO_LINE)


def _throttle(run: Run, window: _Window) -> Figure:
    """Both axes end at full thrust, so that the curves differ by what the engine really does."""
    data = [
        traces.line("throttle_percent", "throttle", style.COMMAND, unit="%"),
        traces.line("thrust_kn", "thrust (truth)", style.TRUTH, unit="kN", yaxis="y2", width=1.2),
    ]
    full = sum(engine.thrust_n for engine in run.scenario.vehicle.propulsion.engines) / 1e3
    right = style.axis("thrust, kN", overlaying="y", side="right", showgrid=False, tickmode="auto", nticks=6)
    figure = window.figure("throttle", "Throttle command and thrust", "throttle, %", data, range=[-4, 106])
    figure.layout["yaxis2"] = right | {"range": [-0.04 * full, 1.06 * full]}
    figure.layout["legend"] = figure.layout["legend"] | {"x": 1.06}
    return figure


def _attitude(window: _Window) -> Figure:
    data = [traces.line("tilt_deg", "tilt (truth)", style.TRUTH, unit="deg")]
    return window.figure("attitude", "Tilt of body z from the local vertical", "deg", data, height=210)


def _rates(window: _Window) -> Figure:
    data = [traces.line("rate_deg_s", "body rate (truth)", style.TRUTH, unit="deg/s", width=1.1)]
    return window.figure("rates", "Body rate", "deg/s", data, height=200, rangemode="tozero")


def _attitude_error(window: _Window) -> Figure:
    data = [traces.line("attitude_error_deg", "estimate − truth", style.ESTIMATE, unit="deg")]
    figure = window.figure("attitude_error", "Error of the attitude", "deg", data, height=210, type="log")
    figure.layout["yaxis"]["range"] = _decades(1e-3, 10.0)
    return figure


def _rcs(window: _Window) -> Figure:
    data = [
        traces.line("rcs_on_ms", "each tick", "rgba(138,47,60,0.22)", unit="ms", width=1),
        traces.line("rcs_mean_ms", "mean over 5 s", style.COMMAND, unit="ms"),
    ]
    caption = "Reaction control: on-time in a tick, all thrusters together"
    return window.figure("rcs", caption, "ms", data, height=200, rangemode="tozero")


def _propellant(run: Run, window: _Window) -> Figure:
    data = [traces.line("propellant_kg", "propellant (truth)", style.TRUTH, unit="kg")]
    percent = _needs(run, "propellant_left_percent")
    reserve = [] if percent is None or percent.limit is None else [percent.limit]
    loaded = run.record.propellant_loaded_kg
    levels = tuple((share / 100.0 * loaded, f"{share:g} % reserve", style.LIMIT) for share in reserve)
    return window.figure("propellant", "Propellant", "kg", data, levels, height=210, rangemode="tozero")


def _close_height(window: _Window) -> Figure:
    data = [
        *traces.band("nav_agl_low_m", "nav_agl_high_m"),
        traces.dots("radar_agl_m", "radar altimeter", style.RADAR),
        traces.dots("lrf_agl_m", "laser range finder", style.LASER),
        traces.line("nav_agl_m", "estimate", style.ESTIMATE, unit="m"),
        traces.line("agl_m", "truth", style.TRUTH, unit="m", width=1.2),
    ]
    return window.figure("close_height", "Height above ground", "height, m", data, rangemode="tozero")


def _close_speeds(run: Run, window: _Window) -> list[Figure]:
    return [
        _speed(window, axis, f"close_{axis}", _limit_levels(_needs(run, f"touchdown_{axis}_m_s"), sign))
        for axis, sign in (("vertical", -1.0), ("horizontal", 1.0))
    ]


def _needs(run: Run, measure: str) -> Requirement | None:
    """The requirement on `measure` that this flight was judged by."""
    return next((f.requirement for f in run.verdict.findings if f.requirement.measure == measure), None)


def _limit_levels(need: Requirement | None, sign: float) -> tuple:
    if need is None:
        return ()
    levels = ((need.design, "design", style.DESIGN, 0.95), (need.limit, "limit", style.LIMIT, 0.997))
    return tuple((sign * value, *rest) for value, *rest in levels if value is not None)


def _computer(window: _Window, columns: Columns) -> list[Figure]:
    """Measured on the flight computer; nothing when the rung does not measure it."""
    shown = []
    if np.any(columns["tick_us"] > 0):
        data = [traces.line("tick_us", "tick", style.TRUTH, unit="µs", width=1)]
        shown.append(window.figure("tick", "Time each tick took", "µs", data, height=200, rangemode="tozero"))
    if np.any(columns["heap_low_bytes"] > 0):
        data = [traces.line("heap_low_bytes", "heap free, lowest", style.TRUTH, unit="B")]
        shown.append(
            window.figure("heap", "Lowest free heap so far", "bytes", data, height=200, rangemode="tozero")
        )
    return shown

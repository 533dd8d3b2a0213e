"""The plots of a campaign's report, as plain Plotly figures."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from perilune_rig.campaign.evidence.evidence import Evidence
from perilune_rig.campaign.evidence.table_columns import Frame
from perilune_rig.campaign.page import plots
from perilune_rig.campaign.page.plots import Figure
from perilune_rig.campaign.run.descent_profile import HEIGHTS_M
from perilune_rig.campaign.run.row import Work
from perilune_rig.report import style
from perilune_rig.scenario import requirements

HISTOGRAMS = ("TD-1", "TD-2", "TD-3", "TD-4", "PRP-1")
BUNDLE = 150  # flights drawn as lines, beside all that were lost
LOST = "#b3261e"
KINDS = (
    ("within limits", "pass", style.ESTIMATE, 5),
    ("lost", "fail", LOST, 8),
)
IN_SIGHT = 3.0  # times a limit: what is farther out is counted, not shown
LOW_RIGHT = plots.legend(0.02, "bottom")


def build(frame: Frame, found: Sequence[Evidence]) -> dict[str, list[Figure]]:
    """All plots by section; a section without data has none."""
    landed = np.isfinite(frame.measured.get("vertical_m_s", np.empty(0)))
    sections: dict[str, list[Figure]] = {"touchdown": [], "histograms": [], "bundles": [], "navigation": []}
    if landed.any():
        sections["touchdown"] = [speeds(frame), places(frame)]
        by_id = {evidence.requirement.id: evidence for evidence in found}
        sections["histograms"] = [histogram(frame, by_id[name]) for name in HISTOGRAMS if name in by_id]
    if np.isfinite(frame.profiles["agl_m"]).any():
        sections["bundles"] = [bundle(frame), sink(frame)]
        sections["navigation"] = [altitude_error(frame), consistency(frame)]
    return sections


def _limit(requirement: str) -> tuple[float | None, float | None]:
    need = next(need for need in requirements.load() if need.id == requirement)
    return need.limit, need.design


def _hover(frame: Frame) -> list[str]:
    return [
        f"run {k}, {stratum}: {verdict}"
        for k, stratum, verdict in zip(frame.k, frame.stratum, frame.verdict, strict=True)
    ]


def _marks(frame: Frame, x: str, y: str, template: str) -> list[dict]:
    """Dots by verdict, lost flights above the others."""
    hover, landed = np.array(_hover(frame), dtype=object), np.isfinite(frame.measured[x])
    traces = []
    for name, verdict, colour, size in KINDS:
        mine = landed & (frame.verdict == verdict)
        if mine.any():
            marker = {"color": colour, "size": size, "opacity": 0.95 if colour == LOST else 0.55}
            place = frame.measured[x][mine], frame.measured[y][mine]
            traces.append(plots.dots(*place, name, marker, list(hover[mine]), template))
    return traces


def speeds(frame: Frame) -> Figure:
    """Touchdown speeds across and down, with the box of the limits and that of the design goals."""
    (down, down_goal), (across, across_goal) = _limit("TD-1"), _limit("TD-2")
    boxes = [plots.box(across, down, style.LIMIT), plots.box(across_goal, down_goal, style.DESIGN)]
    data = _marks(frame, "horizontal_m_s", "vertical_m_s", "%{x:.3f} m/s across, %{y:.2f} m/s down")
    layout = plots.layout(380) | {
        "xaxis": style.axis(
            "horizontal speed at touchdown, m/s", range=_sight(frame, "horizontal_m_s", across)
        ),
        "yaxis": style.axis("vertical speed at touchdown, m/s", range=_sight(frame, "vertical_m_s", down)),
        "legend": LOW_RIGHT,
        "shapes": [box for box in boxes if box],
    }
    slow = [
        _sight(frame, name, limit)[1] for name, limit in (("horizontal_m_s", across), ("vertical_m_s", down))
    ]
    beyond = int(
        ((frame.measured["horizontal_m_s"] > slow[0]) | (frame.measured["vertical_m_s"] > slow[1])).sum()
    )
    out = f"; {beyond} faster ones are out of sight" if beyond else ""
    return Figure("speeds", f"Speeds at touchdown; limits red, design goals grey{out}", data, layout)


def _sight(frame: Frame, name: str, limit: float | None) -> list[float]:
    """From zero past the limit, and past the fastest as far as IN_SIGHT."""
    fastest = float(np.nanmax(frame.measured[name]))
    most = fastest if limit is None else min(max(fastest, limit), IN_SIGHT * limit)
    return [-0.03 * most, 1.06 * most]


def places(frame: Frame) -> Figure:
    """Where they touched down."""
    data = _marks(frame, "downrange_m", "left_m", "%{x:.1f} m downrange, %{y:.1f} m left")
    layout = plots.layout(380) | {
        "xaxis": style.axis("downrange of the site, m"),
        "yaxis": style.axis("left of the site, m", scaleanchor="x"),
        "shapes": [plots.cross()],
    }
    return Figure("places", "Places of touchdown; the site is at the cross", data, layout)


def histogram(frame: Frame, evidence: Evidence) -> Figure:
    """One requirement's values, close up; limit, design goal and tolerance bound where they are in sight."""
    need = evidence.requirement
    values = frame.measured[need.id]
    values = values[np.isfinite(values) & frame.judged]
    far = np.abs(values) > IN_SIGHT * (need.limit or need.design or np.inf)
    beyond, values = int(far.sum()), values[~far] if need.sense == "at_most" and not far.all() else values
    window = plots.window(values)
    bounds = [(need.limit, "limit", style.LIMIT), (need.design, "goal", style.DESIGN)]
    levels: list[tuple] = [level for level in bounds if level[0] is not None]
    caption = "; ".join(f"{text} {value:g} {need.unit}" for value, text, _colour in levels)
    caption += f"; {beyond} out of sight" if beyond and need.sense == "at_most" else ""
    if evidence.tolerance is not None:
        share = f"{100 * evidence.tolerance.coverage:.4g} %"
        levels.append((evidence.tolerance.value, f"{share} of flights", style.ESTIMATE))
    shapes, notes = plots.uprights([level for level in levels if window[0] <= level[0] <= window[1]])
    layout = plots.layout(230) | {
        "xaxis": style.axis(f"{need.text.lower()}, {need.unit}", range=list(window)),
        "yaxis": style.axis("flights"),
        "shapes": shapes,
        "annotations": notes,
        "showlegend": False,
    }
    data = [plots.bars(values, style.ESTIMATE, f"%{{x:.4g}} {need.unit}: %{{y}} flights")]
    return Figure(f"h-{need.id}", f"{need.id}: {need.text}; {caption}", data, layout)


def _chosen(frame: Frame) -> np.ndarray:
    """Indices of the flights drawn as lines: the first ones, and every one that was lost."""
    lost = np.flatnonzero(frame.verdict == "fail")[:BUNDLE]
    return np.unique(np.concatenate([np.arange(min(BUNDLE, len(frame.k))), lost]))


def _lines(frame: Frame, x: np.ndarray, y: np.ndarray) -> list[dict]:
    """x, y: (n, heights). One trace for all that are well and one for all that were lost, broken between flights."""
    traces = []
    chosen = _chosen(frame)
    for name, wanted, colour, width in (
        ("within limits", False, "rgba(22,104,176,0.22)", 1),
        ("lost", True, LOST, 1.6),
    ):
        mine = chosen[(frame.verdict[chosen] == "fail") == wanted]
        if len(mine):
            gap = np.full((len(mine), 1), np.nan)
            along, up = (np.hstack([values[mine], gap]).ravel() for values in (x, y))
            traces.append(plots.line(along, up, name, colour, width))
    return traces


def bundle(frame: Frame) -> Figure:
    """Height over speed, double logarithmic."""
    p = frame.profiles
    speed = np.maximum(np.hypot(p["vertical_m_s"], p["horizontal_m_s"]), 0.2)
    data = _lines(frame, speed, np.maximum(p["agl_m"], 0.1))
    layout = plots.layout(400) | {
        "xaxis": style.axis("speed relative to the ground, m/s", type="log", dtick=1),
        "yaxis": style.axis("height above ground, m", type="log", dtick=1),
        "legend": LOW_RIGHT,
    }
    return Figure("bundle", "Height over speed", data, layout)


def sink(frame: Frame) -> Figure:
    """Descent rate over height, the last kilometre."""
    p = frame.profiles
    low = np.where(p["agl_m"] < 1000.0, 1.0, np.nan)
    data = _lines(frame, -p["vertical_m_s"] * low, p["agl_m"] * low)
    layout = plots.layout(400) | {
        "xaxis": style.axis("descent rate, m/s"),
        "yaxis": style.axis("height above ground, m", rangemode="tozero"),
        "legend": LOW_RIGHT,
    }
    return Figure("sink", "Descent rate in the last kilometre", data, layout)


def altitude_error(frame: Frame) -> Figure:
    """Error of the estimated height, in bands over all flights, against what the software says of itself."""
    p = frame.profiles
    error = p["nav_agl_m"] - p["agl_m"]
    data = plots.bands(HEIGHTS_M, error[frame.judged], style.ESTIMATE)
    said = 3.0 * plots.quantile(p["nav_sigma_agl_m"][frame.judged], 50.0)
    data += [
        plots.line(
            HEIGHTS_M, sign * said, "± 3σ it states (median)" if sign > 0 else "", style.DESIGN, 1.3, "dash"
        )
        for sign in (1, -1)
    ]
    layout = plots.layout(330) | _by_height(frame) | {"yaxis": _symmetric(error, "estimate − truth, m")}
    return Figure(
        "altitude_error",
        "Error of the estimated height: all flights, height by height",
        data,
        layout,
        wide=True,
    )


def consistency(frame: Frame) -> Figure:
    """The same in units of the stated sigma."""
    p = frame.profiles
    ratio = (p["nav_agl_m"] - p["agl_m"]) / np.maximum(p["nav_sigma_agl_m"], 1e-6)
    data = plots.bands(HEIGHTS_M, ratio[frame.judged], style.RADAR)
    layout = plots.layout(260) | _by_height(frame) | {"yaxis": _symmetric(ratio, "error / σ")}
    shapes = [plots.across(level, style.DESIGN) for level in (-3.0, 3.0)]
    return Figure(
        "consistency",
        "The same over the σ that the software states",
        data,
        layout | {"shapes": shapes},
        wide=True,
    )


def _by_height(frame: Frame) -> dict[str, Any]:
    reached = HEIGHTS_M[np.isfinite(frame.profiles["agl_m"]).any(axis=0)]
    ends = [float(np.log10(height)) for height in (reached[0], reached[-1])]
    axis = style.axis("height above ground, m", type="log", range=ends, dtick=1)
    return {"xaxis": axis, "hovermode": "x unified"}


def _symmetric(values: np.ndarray, title: str) -> dict:
    """A linear axis that a few wild flights do not stretch."""
    finite = np.abs(values[np.isfinite(values)])
    most = float(np.percentile(finite, 99.5)) if len(finite) else 1.0
    return style.axis(title, range=[-1.15 * most, 1.15 * most], zeroline=True, zerolinecolor="#9aa5b1")


def timing(works: Sequence[tuple[int, Work]]) -> list[Figure]:
    """How long runs took, and what of it was the flight."""
    if not works:
        return []
    flight = np.array([work.flight_s for _k, work in works])
    data = [plots.bars(flight, style.RADAR, "%{x:.2f} s: %{y} runs")]
    layout = plots.layout(230) | {
        "xaxis": style.axis("wall time of the closed loop, s"),
        "yaxis": style.axis("runs"),
        "showlegend": False,
    }
    return [Figure("wall", "Wall time of a run", data, layout)]

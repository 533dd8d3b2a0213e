"""Draws the picture of the front page from twenty flights: `python -m perilune_rig.bench.picture`, or `make picture`.

Resilience with the laser that came too late, on the logic that flew and on ours: height over speed, so that a curve
that meets the ground far to the right is a crash.
"""

from pathlib import Path
from typing import Any

import numpy as np

from perilune_host.errors import InputError
from perilune_rig.bench.evidence import REPOSITORY
from perilune_rig.flight.fly import fly
from perilune_rig.scenario.catalogue import load_scenario
from perilune_sim.flight_record import FlightRecord

FILE = REPOSITORY / "docs" / "resilience.png"
SEEDS = range(1, 11)
AS_FLOWN = "as_flown"
TOP_M, MOST_M_S = 12_000.0, 160.0
MISSION = ((66.0, 893.0), (42.0, 192.0))  # ispace's telemetry: m/s, m
FLOWN, OURS, INK = "#c0392b", "#1f6f8b", "#33414e"


def draw(file: Path = FILE) -> Path:
    """Fly both, draw both. InputError where matplotlib is missing."""
    try:
        from matplotlib.figure import Figure  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise InputError(
            "the picture needs matplotlib: make picture, or pip install 'perilune[picture]'"
        ) from None
    scenario = load_scenario("resilience")
    figure = Figure(figsize=(9.0, 4.6), dpi=110, layout="constrained")
    axes = figure.subplots()
    for policy, colour, name in ((AS_FLOWN, FLOWN, "as it was flown"), (None, OURS, "ours, as late a laser")):
        records = [fly(scenario, seed, rung="vm", policy=policy) for seed in SEEDS]
        _curves(axes, records, colour, name)
    _marks(axes)
    figure.savefig(file)
    return file


def _curves(axes: Any, records: list[FlightRecord], colour: str, name: str) -> None:
    landed = sum(record.outcome == "landed" for record in records)
    met = [record.touchdown["vertical_m_s"] for record in records if record.touchdown]
    label = f"{name}: {landed} of {len(records)} land; ground met at {min(met):.1f} to {max(met):.1f} m/s"
    for record in records:
        sink, height = _descent(record)
        axes.plot(sink, height, color=colour, linewidth=1.4, alpha=0.6, label=label)
        label = "_nolegend_"  # one line of the legend for all


def _descent(record: FlightRecord) -> tuple[np.ndarray, np.ndarray]:
    """Speed downwards and height down to the first contact, m/s and m; the ground is drawn at 1 m."""
    height, sink = record.telemetry["agl_m"], -record.telemetry["vertical_m_s"]
    low = np.flatnonzero(height < 1.0)
    rows = int(low[0]) if low.size else len(height)
    met = [record.touchdown["vertical_m_s"]] if record.touchdown else []
    return np.append(sink[:rows], met), np.append(height[:rows], [1.0] * len(met))


def _marks(axes: Any) -> None:
    axes.plot(*zip(*MISSION, strict=True), "o", color=INK, markersize=7, label="the mission's telemetry")
    axes.axhline(MISSION[0][1], color=INK, linewidth=0.8, linestyle=":")
    axes.annotate("first valid laser range, 893 m", (MOST_M_S, MISSION[0][1]), xytext=(-4, 4),
                  textcoords="offset points", ha="right", color=INK)  # fmt: skip
    axes.set_yscale("log")
    axes.set_ylim(1.0, TOP_M)
    axes.set_xlim(-2.0, MOST_M_S)
    axes.set_xlabel("speed downwards, m/s")
    axes.set_ylabel("height above ground, m")
    axes.set_title(f"Resilience, 6 June 2025, flown again ({len(SEEDS)} seeds each)", color=INK)
    axes.grid(which="major", color="#d9dfe4", linewidth=0.6)
    axes.legend(loc="lower right", frameon=False)


if __name__ == "__main__":
    print(draw())

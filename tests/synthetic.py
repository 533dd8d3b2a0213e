"""Made-up flights and a made-up lander, so that what people see can be tested without flying."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from perilune.flight import modes
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.scenario.model import Scenario
from perilune_rig.verdict.judge import judge
from perilune_rig.verdict.result import Run
from perilune_sim.flight_record import Event, FlightRecord, ModeChange

DATA = Path(__file__).resolve().parent / "data"
SCENARIO = DATA / "calm.toml"
END_S = 700.0
MODES = (
    ("standby", 0.0),
    ("coast", 0.1),
    ("armed", 5.0),
    ("braking", 60.0),
    ("approach", 560.0),
    ("terminal", 640.0),
    ("touchdown", 670.0),
    ("safed", 672.0),
)


def scenario(*sets: str) -> Scenario:
    """The made-up scenario, with changes."""
    return load_scenario(str(SCENARIO), sets)


def telemetry(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A smooth descent from 15 km at 1.7 km/s to the ground at 670 s, 10 Hz."""
    time = np.arange(0.0, END_S, 0.1)
    left = np.clip((670.0 - time) / 610.0, 0.0, 1.0)
    agl = 15e3 * left**1.6
    ground = 250.0 * np.sin(time / 40.0) * left
    vertical = np.gradient(agl, time)
    horizontal = np.where(time < 60.0, 1700.0, 1700.0 * left**1.15)
    sigma = 0.15 + 0.01 * agl
    noise = lambda scale: scale * rng.standard_normal(len(time))  # noqa: E731
    flying = (time > 60.0) & (time < 670.0)
    lrf = np.where(agl < 8e3, agl + noise(0.3 + 0.001 * agl), np.nan)
    radar = np.where(agl < 12e3, agl + noise(1.0 + 0.004 * agl), np.nan)
    starts = np.array([start for _mode, start in MODES])
    numbers = np.array([modes.NAMES.index(mode) for mode, _start in MODES])
    propellant = 800.0 - 700.0 * np.clip((time - 60.0) / 610.0, 0.0, 1.0)
    return {
        "time_s": time,
        "mode": numbers[np.searchsorted(starts, time + 1e-9, side="right") - 1],
        "altitude_m": agl + ground,
        "agl_m": agl,
        "vertical_m_s": vertical,
        "horizontal_m_s": horizontal,
        "downrange_m": -np.cumsum(horizontal[::-1])[::-1] * 0.1,
        "left_m": 0.0 * time,
        "tilt_deg": np.where(flying, 88.0 * left**0.3, 0.4),
        "rate_deg_s": np.abs(noise(0.2)),
        "mass_kg": 400.0 + propellant,
        "propellant_kg": propellant,
        "thrust_n": np.where(flying, 3000.0 - 1200.0 * (1.0 - left), 0.0),
        "nav_altitude_m": agl + ground + noise(0.2) * sigma,
        "nav_agl_m": agl + 0.4 * sigma * np.sin(time / 25.0),
        "nav_sigma_agl_m": sigma,
        "nav_vertical_m_s": vertical + 0.05 * np.sin(time / 30.0),
        "nav_horizontal_m_s": horizontal + 0.08 * np.cos(time / 45.0),
        "nav_sigma_v_m_s": 0.05 + 0.3 * left,
        "nav_sigma_position_m": 20.0 + 200.0 * left,
        "nav_mass_kg": 400.0 + propellant + 2.0,
        "time_to_go_s": np.clip(670.0 - time, 0.0, None),
        "lrf_range_m": lrf * 1.05,
        "lrf_agl_m": lrf,
        "radar_agl_m": radar,
        "throttle": np.where(flying, 0.9 - 0.4 * (1.0 - left), 0.0),
        "rcs_on_ms": np.where(rng.random(len(time)) < 0.1, 10.0, 0.0),
        "attitude_error_deg": np.abs(noise(0.01)),
        "nav_sigma_v_level_m_s": 0.05 + 0.3 * left,
        "nav_position_error_m": 12.0 + 100.0 * left,
        "nav_level_velocity_error_m_s": 0.03 + 0.2 * left,
        "tick_us": 30.0 + np.abs(noise(2.0)),
        "gc_us": 2.0 + 0.0 * time,
        "heap_low_bytes": 200e3 + 0.0 * time,
    }


def record(**changes: Any) -> FlightRecord:
    """A flight within all limits and goals; `changes` replace fields."""
    flown = FlightRecord(
        outcome="landed",
        ticks=int(END_S * 50),
        sim_time_s=END_S,
        wall_time_s=1.75,
        trace_hash="5f" * 32,
        touchdown={
            "vertical_m_s": 1.12,
            "horizontal_m_s": 0.08,
            "tilt_deg": 0.6,
            "rate_deg_s": 0.3,
            "miss_m": 14.2,
            "slope_deg": 1.7,
            "hazard_m": 0.04,
            "tick": 33500,
        },
        propellant_left_kg=100.0,
        propellant_loaded_kg=800.0,
        engine_off_s=0.02,
        payload_released=True,
        modes=[ModeChange(mode, round(start * 50), 15e3) for mode, start in MODES],
        events=[
            Event(250, "mode", "armed", (2.0, 0.0, 0.0, 0.0), False, "armed by command"),
            Event(
                20000, "lrf_rejected", "braking", (812.5, 6.1, 3.0, 0.0), True, "laser 812.5 m off, 6.1 sigma"
            ),
        ],
        violations=[],
        parts_us={"world": 8.0, "wire": 4.0, "flight": 31.0, "check": 3.0},
        telemetry=telemetry(np.random.default_rng(1)),
    )
    return replace(flown, **changes)


def touchdown(**changes: float) -> dict:
    """A touchdown within all goals, with changes."""
    return (record().touchdown or {}) | changes


def run(flown: FlightRecord | None = None, **changes: Any) -> Run:
    """A judged run of the made-up scenario."""
    flown = record() if flown is None else flown
    what = scenario()
    return Run(what, 1, "vm", flown, judge(flown, what), **changes)

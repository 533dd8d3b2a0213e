"""What requirements measure of a flight, by the names that requirements.toml uses."""

from collections.abc import Callable

import numpy as np

from perilune.wire.schema import TICK_HZ
from perilune_rig.verdict.detection import NAMEABLE, detect, isolations
from perilune_sim.flight_record import FlightRecord, InjectedFault

Value = float | str | None
Measure = Callable[[FlightRecord], Value]

CHECKS = frozenset(
    "range rate one_per_tick mode_transition engine_after_safing computer_stopped wiring".split()
)  # those of the bridge, and the rig's own at the ends of wires
_ROOM_S = 10.0  # a fault that begins later than this before contact may go unnoticed
NEVER = "never"


def nameable(record: FlightRecord) -> list[InjectedFault]:
    """Faults that the flight software could have named: of a unit, with an effect, and time for it."""
    contact = record.ticks if record.touchdown is None else record.touchdown["tick"]
    latest = contact - _ROOM_S * TICK_HZ
    return [
        fault
        for fault in record.faults
        if fault.target.partition("_")[0] in NAMEABLE or fault.target in NAMEABLE
        if fault.acted and fault.from_tick is not None and fault.from_tick <= latest
    ]


def at_contact(record: FlightRecord) -> int | None:
    """The last row of telemetry before anything touched the ground; None where nothing did, or nobody watched."""
    times = record.telemetry.get("time_s", np.empty(0))
    if record.touchdown is None:
        return None
    row = int(np.searchsorted(times, record.touchdown["tick"] / TICK_HZ + 1e-9)) - 1
    return row if row >= 0 else None


def estimate_errors(record: FlightRecord, row: int) -> dict[str, tuple[float, float]]:
    """Error of the estimate and its own sigma in a row of telemetry, by quantity; m, m/s."""
    t = {name: float(column[row]) for name, column in record.telemetry.items()}
    return {
        "height": (t["nav_agl_m"] - t["agl_m"], t["nav_sigma_agl_m"]),
        "sink rate": (t["nav_vertical_m_s"] - t["vertical_m_s"], t["nav_sigma_v_m_s"]),
        "speed over ground": (t["nav_level_velocity_error_m_s"], t["nav_sigma_v_level_m_s"]),
        "position": (t["nav_position_error_m"], t["nav_sigma_position_m"]),
    }


def _estimate_sigmas(record: FlightRecord) -> Value:
    row = at_contact(record)
    if row is None:
        return None
    return max(abs(error) / max(sigma, 1e-9) for error, sigma in estimate_errors(record, row).values())


def _in_contact_row(value: Callable[[dict[str, float]], float]) -> Measure:
    def measure(record: FlightRecord) -> Value:
        row = at_contact(record)
        return None if row is None else value({name: float(c[row]) for name, c in record.telemetry.items()})

    return measure


def _touchdown(key: str) -> Measure:
    return lambda record: None if record.touchdown is None else float(record.touchdown[key])


def _violations(check: str) -> Measure:
    return lambda record: sum(violation.check == check for violation in record.violations)


def _propellant_left_percent(record: FlightRecord) -> Value:
    return 100.0 * record.propellant_left_kg / record.propellant_loaded_kg


def _slowest(which: str) -> Measure:
    def measure(record: FlightRecord) -> Value:
        times = []
        for fault in nameable(record):
            assert fault.from_tick is not None
            seen = getattr(detect(record.events, [fault.target], fault.from_tick), which)
            if seen is None:
                return NEVER
            times.append(seen)
        return max(times, default=None)

    return measure


MEASURES: dict[str, Measure] = {
    "outcome": lambda record: record.outcome,
    "touchdown_vertical_m_s": _touchdown("vertical_m_s"),
    "touchdown_horizontal_m_s": _touchdown("horizontal_m_s"),
    "touchdown_tilt_deg": _touchdown("tilt_deg"),
    "touchdown_rate_deg_s": _touchdown("rate_deg_s"),
    "touchdown_body_rate_deg_s": _touchdown("rate_deg_s"),
    "touchdown_slope_deg": _touchdown("slope_deg"),
    "touchdown_hazard_m": _touchdown("hazard_m"),
    "miss_m": _touchdown("miss_m"),
    "engine_off_s": lambda record: record.engine_off_s,
    "engine_stands_s": lambda record: record.engine_off_s,
    "propellant_left_percent": _propellant_left_percent,
    "estimate_sigmas": _estimate_sigmas,
    "altitude_error_m": _in_contact_row(lambda t: abs(t["nav_altitude_m"] - t["altitude_m"])),
    "attitude_error_deg": _in_contact_row(lambda t: t["attitude_error_deg"]),
    "healthy_isolated": lambda record: len(isolations(record.events, record.faults)),
    "detection_s": _slowest("detection_s"),
    "isolation_s": _slowest("isolation_s"),
    "missed_deadlines": lambda record: None if record.pace is None else record.pace["missed_deadlines"],
    **{f"violations_{check}": _violations(check) for check in sorted(CHECKS)},
}

"""Why a flight was lost, in one sentence, from truth: what was believed and so, when they parted, what was left."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from perilune.wire.schema import TICK_HZ
from perilune_rig.verdict.judge import Finding, Verdict
from perilune_rig.verdict.measures import at_contact
from perilune_sim.flight_record import FlightRecord, InjectedFault

_LOOK_BACK_S = (20.0, 120.0)  # before contact or the end: what was believed then decided the landing
_KNOWN_S = 5.0  # before this nothing has to be known
_CUT_M = 2.0  # an engine that is cut below this is cut in time
_DRY = 0.002  # share of the load left in a tank that has run dry
_NAMES = {
    "lrf": "laser",
    "imu_a": "inertial unit A",
    "imu_b": "inertial unit B",
    "star_tracker": "star tracker",
    "rcs": "thrusters",
    "contact": "leg switches",
}
_WHICH = {  # the belief that a missed requirement hangs on
    "touchdown_horizontal_m_s": ("speed over ground",),
    "touchdown_tilt_deg": ("attitude",),
    "miss_m": ("position", "speed over ground"),
    "altitude_error_m": ("altitude",),
    "attitude_error_deg": ("attitude",),
}
_USUAL = ("height", "sink rate", "speed over ground", "attitude")


def short(value: float) -> str:
    """To three figures, and never with an exponent."""
    return f"{value:.0f}" if abs(value) >= 100.0 else f"{value:.3g}" if abs(value) >= 0.1 else f"{value:.2f}"


@dataclass(frozen=True)
class Belief:
    """One quantity that the flight software had wrong: at its worst (`at_s`), beyond tolerance since `since_s`."""

    quantity: str
    unit: str
    believed: float | None  # None: only the size of the error is known
    true: float | None
    error: float
    since_s: float
    at_s: float
    then: str  # what was left to do at `since_s`

    @property
    def text(self) -> str:
        """In words."""
        by = f"{short(abs(self.error))} {self.unit}"
        if self.believed is None:
            return f"{self.quantity} believed {by} off since {self.since_s:.1f} s{self.then}"
        how = "too high" if self.error > 0 else "too low"
        more = f"{self.then} ({short(self.believed)} for {short(self.true or 0.0)} {self.unit} at {self.at_s:.1f} s)"
        return f"{self.quantity} believed {by} {how} since {self.since_s:.1f} s{more}"


@dataclass(frozen=True)
class Cause:
    """Of a flight that failed."""

    text: str
    beliefs: tuple[Belief, ...]
    faults: tuple[str, ...]  # that had begun and acted by then, in words
    propellant_left_percent: float

    def as_json(self) -> dict:
        """Under the keys that `perilune fly --json` promises."""
        beliefs = [vars(belief) | {"text": belief.text} for belief in self.beliefs]
        left = self.propellant_left_percent
        return {"text": self.text, "beliefs": beliefs, "faults": list(self.faults)} | {
            "propellant_left_percent": left
        }


def cause(record: FlightRecord, verdict: Verdict) -> Cause | None:
    """The cause of a failed flight; None where it passed or shows nothing."""
    missed = [finding for finding in verdict.findings if finding.judged and not finding.passed]
    if verdict.judgement != "fail" or not missed:
        return None
    wrong = beliefs(record, missed)
    faults = _faults(record)
    left = 100.0 * record.propellant_left_kg / max(record.propellant_loaded_kg, 1e-9)
    ends = (_stopped, _waved_off, _dry, _fell)
    why, at_s = next((told for end in ends if (told := end(record))), ("", math.inf))
    wrong = tuple(belief for belief in wrong if belief.since_s < at_s)  # later ones are a consequence
    believed = "; ".join(belief.text for belief in wrong)
    why = "; ".join(filter(None, [why, believed]))
    with_what = [*faults, *_sources(record, wrong)]
    why = (why or _no_belief(record)) + (f" ({', '.join(with_what)})" if with_what else "")
    text = f"{_what(record, missed)}: {why}; {left:.0f} % of the propellant left"
    return Cause(text, wrong, faults, left)


def beliefs(record: FlightRecord, missed: list[Finding]) -> tuple[Belief, ...]:
    """What was believed wrongly before contact, or the end: of the quantities that matter, the worst."""
    t = record.telemetry
    if len(t.get("time_s", ())) == 0:
        return ()
    contact = at_contact(record)
    last = len(t["time_s"]) - 1 if contact is None else contact
    measures = [finding.requirement.measure for finding in missed]
    wanted = next((_WHICH[name] for name in measures if name in _WHICH and "outcome" not in measures), _USUAL)
    for look_back_s in _LOOK_BACK_S:
        first = int(np.searchsorted(t["time_s"], max(_KNOWN_S, t["time_s"][last] - look_back_s)))
        if first > last:
            break
        found = [_belief(t, first, last, name, *_QUANTITIES[name](t)) for name in wanted]
        worst = max((one for one in found if one is not None), key=lambda pair: pair[0], default=None)
        if worst is not None:
            return (worst[1],)
    return ()


Columns = dict[str, np.ndarray]
# unit, believed, true, error, how much of it matters
Quantity = tuple[str, np.ndarray | None, np.ndarray | None, np.ndarray, np.ndarray | float]


def _pair(unit: str, name: str, own: float, share: float) -> Callable[[Columns], Quantity]:
    def quantity(t: Columns) -> Quantity:
        believed, true = t[f"nav_{name}"], t[name]
        return unit, believed, true, believed - true, own + share * np.abs(true)

    return quantity


_QUANTITIES: dict[str, Callable[[Columns], Quantity]] = {
    "height": _pair("m", "agl_m", 2.0, 0.05),
    "sink rate": lambda t: (
        "m/s",
        -t["nav_vertical_m_s"],
        -t["vertical_m_s"],
        t["vertical_m_s"] - t["nav_vertical_m_s"],
        0.4 + 0.02 * np.abs(t["vertical_m_s"]),
    ),
    "speed over ground": lambda t: (
        "m/s",
        None,
        None,
        t["nav_level_velocity_error_m_s"],
        0.4 + 0.02 * np.abs(t["horizontal_m_s"]),
    ),
    "altitude": _pair("m", "altitude_m", 30.0, 0.0),
    "position": lambda t: ("m", None, None, t["nav_position_error_m"], 50.0),
    "attitude": lambda t: ("deg", None, None, t["attitude_error_deg"], 1.0),
}


def _belief(
    t: Columns,
    first: int,
    last: int,
    name: str,
    unit: str,
    believed: np.ndarray | None,
    true: np.ndarray | None,
    error: np.ndarray,
    matters: np.ndarray | float,
) -> tuple[float, Belief] | None:
    """How far beyond what matters, and the belief; None where it was right."""
    times = t["time_s"]
    share = np.abs(error[: last + 1]) / np.broadcast_to(matters, error.shape)[: last + 1]
    worst = first + int(np.argmax(share[first:]))
    if not share[worst] > 1.0:
        return None
    within = np.flatnonzero(share[:worst] <= 1.0)
    since = int(within[-1]) + 1 if len(within) else 0
    value = lambda column: None if column is None else float(column[worst])  # noqa: E731
    left = (
        f", {t['agl_m'][since]:.0f} m up and sinking {-t['vertical_m_s'][since] + 0.0:.1f} m/s"
        if since
        else ""
    )
    numbers = float(error[worst]), float(times[since]), float(times[worst])
    belief = Belief(name, unit, value(believed), value(true), *numbers, left)
    return float(share[worst]), belief


def _what(record: FlightRecord, missed: list[Finding]) -> str:
    """What went wrong at the end, in the first place."""
    touchdown = record.touchdown
    if record.outcome in ("crashed", "tipped") and touchdown is not None:
        speeds = f"{touchdown['vertical_m_s']:.1f} m/s down, {touchdown['horizontal_m_s']:.1f} m/s across"
        tilt = f"{touchdown['tilt_deg']:.0f} deg tilt"
        return f"{record.outcome} at {touchdown['tick'] / TICK_HZ:.1f} s with {speeds}, {tilt}"
    need = missed[0].requirement
    if need.measure != "outcome":
        value = missed[0].value
        shown = (
            f"{short(float(value))} {need.unit}".strip()
            if isinstance(value, float | int)
            else str(value or "none")
        )
        return f"{need.id}, {need.text[0].lower()}{need.text[1:]}, {shown}"
    mode = record.modes[-1] if record.modes else None
    where = f" in mode {mode.mode.replace('_', ' ')} since {mode.tick / TICK_HZ:.1f} s" if mode else ""
    return f"{record.outcome.replace('_', ' ')}{where}"


End = tuple[str, float] | None  # in words, and when, s


def _stopped(record: FlightRecord) -> End:
    stopped = next((one for one in record.violations if one.check == "computer_stopped"), None)
    if stopped is None:
        return None
    at_s = stopped.tick / TICK_HZ
    return f"the flight computer stopped at {at_s:.1f} s: {stopped.text}", at_s


def _dry(record: FlightRecord) -> End:
    """The tank ran dry above the ground."""
    t = record.telemetry
    if len(t.get("time_s", ())) == 0:
        return None
    dry = np.flatnonzero((t["propellant_kg"] <= _DRY * record.propellant_loaded_kg) & (t["agl_m"] > 1.0))
    if not len(dry):
        return None
    at_s, up_m = float(t["time_s"][dry[0]]), t["agl_m"][dry[0]]
    return f"the tank was dry at {at_s:.1f} s, {up_m:.0f} m above ground", at_s


def _waved_off(record: FlightRecord) -> End:
    waved = next((event for event in record.events if event.name == "waved off"), None)
    if record.outcome != "waved_off" or waved is None:
        return None
    at_s = waved.tick / TICK_HZ
    return f"waved off at {at_s:.1f} s: {waved.text or 'by command'}", 0.0


def _fell(record: FlightRecord) -> End:
    """The last thrust ended above the ground."""
    t, contact = record.telemetry, at_contact(record)
    if contact is None:
        return None
    burns = np.flatnonzero(t["thrust_n"][: contact + 1] > 0.0)
    if not len(burns):
        return "no engine ever ran", 0.0
    n = int(burns[-1])
    if t["agl_m"][n] < _CUT_M or n == contact:
        return None
    asked = float(np.mean(t["throttle"][n + 1 : contact + 1])) > 0.0
    whose = "though it was commanded" if asked else "the flight software had cut it"
    at_s, up_m, sinks_m_s = (float(t[name][n]) for name in ("time_s", "agl_m", "vertical_m_s"))
    return f"no thrust from {at_s:.1f} s on, {whose}, {up_m:.0f} m up and sinking {-sinks_m_s:.1f} m/s", at_s


def _no_belief(record: FlightRecord) -> str:
    """Nothing that matters was believed wrongly: the vehicle could not, or did not, do it."""
    t, contact = record.telemetry, at_contact(record)
    if len(t.get("time_s", ())) == 0:
        return "nothing is known of it"
    if contact is None:
        return f"height, speed and attitude were known, {t['agl_m'][-1]:.0f} m up"
    full = np.max(t["throttle"][: contact + 1])
    before = t["throttle"][max(0, contact - 50) : contact + 1]
    if full > 0.0 and np.mean(before) > 0.95 * full and t["vertical_m_s"][contact] < -3.0:
        thrust, mass = float(t["thrust_n"][contact]), float(t["mass_kg"][contact])
        return f"height, speed and attitude were known, full thrust was {thrust:.0f} N on {mass:.0f} kg"
    return "height, speed and attitude were known"


def _begun(record: FlightRecord) -> Iterator[InjectedFault]:
    end = record.ticks if record.touchdown is None else record.touchdown["tick"]
    return (f for f in record.faults if f.acted and f.from_tick is not None and f.from_tick <= end)


def _faults(record: FlightRecord) -> tuple[str, ...]:
    """Each fault that had begun and acted, in words; of one effect on one target that comes again, how often."""
    told: dict[str, list[float]] = {}
    for fault in _begun(record):
        effect = ", ".join(
            f"{name.replace('_', ' ')} {_value(value)}" for name, value in fault.effect.items()
        )
        name = _NAMES.get(fault.target, fault.target.replace("_", " "))
        told.setdefault(f"{name}: {effect}", []).append((fault.from_tick or 0) / TICK_HZ)
    return tuple(
        f"{text}{f', {len(starts)} times,' if len(starts) > 1 else ''} from {min(starts):.1f} s"
        for text, starts in told.items()
    )


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float | int) else str(value)


def _sources(record: FlightRecord, wrong: tuple[Belief, ...]) -> list[str]:
    """How many altimeters spoke while the height was wrong."""
    belief = next((one for one in wrong if one.quantity == "height"), None)
    if belief is None:
        return []
    t = record.telemetry
    then = (t["time_s"] >= max(belief.since_s, belief.at_s - _LOOK_BACK_S[0])) & (t["time_s"] <= belief.at_s)
    spoke = [
        name
        for name, column in (("laser", "lrf_agl_m"), ("radar", "radar_agl_m"))
        if np.any(np.isfinite(t[column][then]))
    ]
    if len(spoke) == 2:
        return []
    return [f"no source of height but the {spoke[0]}" if spoke else "no source of height"]

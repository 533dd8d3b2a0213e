"""Every state of the mode machine under any estimate, any command and any gap: the real `Flight` with its senses free.

Guidance, readiness and touchdown logic answer whatever does the most harm; modes, commands and what engines are told
are the flight software's own.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import pytest

from perilune.flight import modes
from perilune.flight.flight import Flight
from perilune.wire import schema
from tests.firmware.standing import Stand
from tests.model.search import Broken, explore

ENDS = (modes.SAFED, modes.WAVE_OFF)
POWERED = (modes.BRAKING, modes.APPROACH, modes.TERMINAL, modes.HOLD)
COMMANDS = (schema.ARM, schema.WAVE_OFF, schema.DIVERT, schema.RELEASE_PAYLOAD)
_BASE = 5000  # ticks: a multiple of the slots


class State(NamedTuple):
    """What decides the next step, and what has been seen on the way."""

    mode: int = modes.COAST
    slot: int = 0  # tick modulo 5
    entered: int = 2  # ticks since the mode was entered, at most 2
    settled: bool = False  # the time from contact to safing has passed
    released: bool = False
    running: bool = False  # engines were told to run in the last tick
    ignited: bool = False
    ended: bool = False  # an end was reached
    illegal: bool = False  # a mode followed that may not


class Machine:
    """Sets the flight computer into a state, lets something happen, reads the state that follows."""

    def __init__(self) -> None:
        self.stand = Stand()
        self.flight = self.stand.flight
        self.told: bool | None = None
        self.stand.answer("propulsion.update", self._update)

    def _update(self, _accel: float, running: bool, _rcs: float) -> None:
        self.told = running

    def put(self, s: State) -> None:
        f = self.flight
        f.mode, f.tick = s.mode, _BASE + s.slot
        f.entered_tick = f.tick - s.entered
        f.surface.contact_tick = f.tick - (1000 if s.settled else 0)
        f.switches = schema.PAYLOAD_RELEASE if s.released else 0
        f.propulsion.enable = int(s.running)
        f.pending.clear()
        self.told = None

    def read(self, s: State, settled: bool) -> State:
        f = self.flight
        running = s.running if self.told is None else self.told
        legal = f.mode == s.mode or f.mode in modes.FOLLOWS[s.mode]
        return State(
            f.mode,
            f.tick % 5,
            min(2, f.tick - f.entered_tick),
            settled and f.mode == modes.TOUCHDOWN,
            bool(f.switches & schema.PAYLOAD_RELEASE),
            running,
            s.ignited or running,
            s.ended or f.mode in ENDS or f.mode == modes.TOUCHDOWN,
            s.illegal or not legal,
        )

    def steps(self, s: State) -> Iterator[tuple[str, State]]:
        f = self.flight
        for code, ready in product(COMMANDS, (True, False)):
            self.put(s)
            f.estimate.attitude_known = f.estimate.imu_good = ready
            f.command(code, (0.0, 0.0))
            yield f"command {code}{'' if ready else ' unready'}", self.read(s, s.settled)
        either = (False, True)
        unfits = either if s.mode == modes.ARMED else (False,)
        contacts = either if s.mode == modes.TERMINAL else (False,)
        senses = product(range(len(modes.NAMES)), unfits, contacts, either, (1, 3))
        for wanted, unfit, confirmed, known, ticks in senses:
            self.put(s)
            self.stand.answer("guidance.update", wanted)
            self.stand.answer("readiness.unfit", unfit)
            f.touchdown.confirmed = confirmed
            f.estimate.attitude_known = known
            self.stand.step(f.tick + ticks)
            word = f"tick +{ticks}, wants {modes.NAMES[wanted]}"
            word += " unfit" * unfit + " contact" * confirmed + " lost" * (not known)
            yield word, self.read(s, s.settled)
        if s.mode == modes.TOUCHDOWN:
            yield "settle", s._replace(settled=True)


def wrong(s: State) -> str | None:
    """What a state shows that must never be."""
    if s.illegal:
        return "an illegal transition"
    if s.running and s.mode not in POWERED:
        return f"engine on in {modes.NAMES[s.mode]}"
    if s.ended and s.running:
        return "engine on after the end"
    if s.ignited and s.mode == modes.WAVE_OFF:
        return "waved off after ignition"
    if s.released and s.mode != modes.SAFED:
        return "payload released before safing"
    return None


def search():
    return explore(State(), Machine().steps, wrong)


def test_no_state_breaks_a_rule_and_none_is_a_dead_end():
    found = search()
    assert {s.mode for s in found.came} == set(range(modes.COAST, modes.HOLD + 1))
    stuck = found.never_reaching(lambda s: s.mode in ENDS)
    assert not stuck, found.way(stuck[0])
    for s in found.came:
        if s.mode in ENDS:
            assert {after.mode for after in found.follows[s]} == {s.mode}


def with_row(mode: int, *follow: int) -> tuple[tuple[int, ...], ...]:
    """The table of modes with one row changed."""
    rows = list(modes.FOLLOWS)
    rows[mode] = follow
    return tuple(rows)


def test_an_engine_that_starts_again_on_the_ground_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(modes, "FOLLOWS", with_row(modes.TOUCHDOWN, modes.SAFED, modes.TERMINAL))
    monkeypatch.setattr(Flight, "_stand", lambda flight, _frame, _slot: flight.enter(modes.TERMINAL))
    with pytest.raises(Broken, match="engine on after the end"):
        search()


def test_a_transition_without_its_gate_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Flight, "enter", lambda flight, mode: setattr(flight, "mode", mode))
    with pytest.raises(Broken, match="illegal transition"):
        search()


def test_a_wave_off_after_ignition_is_found(monkeypatch: pytest.MonkeyPatch):
    row = with_row(modes.BRAKING, *modes.FOLLOWS[modes.BRAKING], modes.WAVE_OFF)
    monkeypatch.setattr(modes, "FOLLOWS", row)
    with pytest.raises(Broken, match="waved off after ignition"):
        search()


def test_an_engine_that_runs_too_early_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(modes, "ENGINE_MODES", (*modes.ENGINE_MODES, modes.ARMED))
    with pytest.raises(Broken, match="engine on in armed"):
        search()


def test_a_dead_end_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(modes, "FOLLOWS", with_row(modes.TERMINAL))
    assert search().never_reaching(lambda s: s.mode in ENDS)

"""The bridge: steps world and flight computer together, one tick at a time, and checks what comes back.

Lock-step: the world's sensor frame of tick n goes out, the flight computer's actuator frame of tick n comes back and
acts from tick n + 1 on. A tick that it does not answer passes all the same (flight_computer.py, held.py). Wall time
is measured but decides nothing. Ticks in which nothing happens but numbers are flown in C where that is possible
(lockstep.py); `step` is the one description of a tick, and the oracle.
"""

import gc
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import hypot
from typing import Any, Protocol

from perilune.flight import event_table, modes
from perilune.wire import schema
from perilune_host.codec import DELIMITER, LAYOUTS, FrameError, decode, deframe, enframe
from perilune_host.errors import RigError
from perilune_host.link import Direct, direct
from perilune_host.session import COMMAND_NAMES, STATUS, NoAnswer, Order, Session
from perilune_sim.checks import MODE, SWITCHES, TICK, Checks
from perilune_sim.config import Vehicle
from perilune_sim.flight_computer import TICK_US, UNDISTURBED, FlightComputer, Outage
from perilune_sim.flight_record import Event, FlightRecord, InjectedFault, ModeChange, RefusedCommand
from perilune_sim.held import Held
from perilune_sim.horizon import NEVER, Horizon, nearest
from perilune_sim.line import Exchange, Line, Sound
from perilune_sim.lockstep import Lockstep, Stretch
from perilune_sim.pace import Pacer
from perilune_sim.restatement import under_way
from perilune_sim.telemetry import Telemetry
from perilune_sim.world.world import World

_EVENT = LAYOUTS[schema.EVENT]
_SETTLED_TICKS = 100  # flown on after the last thing of interest: 2 s
_WAVED_OFF_TICKS = 500
_CONTACT_TICKS = 3
_ROW_TICKS = 5  # between two rows of telemetry, and two looks at commands and outcome


# of an ACTUATORS payload: what is measured stands behind it
FLIGHT_CONTENT_BYTES = LAYOUTS[schema.ACTUATORS].places[schema.MEASURED[0]] - 1


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Keep Python's collector from searching, again and again, some ten thousand rows that hold no cycle: it frees
    nothing here and takes 3 % of the loop."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Telecommand(Protocol):
    """A command as a scenario's timeline hands it out."""

    @property
    def code(self) -> int: ...
    @property
    def argument(self) -> tuple[float, float]: ...


class Timeline(Protocol):
    """Commands that become due as the flight goes on."""

    def due(self, tick: int, agl_m: float, mode: str) -> Sequence[Telecommand]: ...
    def horizon(self, tick: int, mode: str) -> Horizon: ...
    @property
    def empty(self) -> bool: ...


class Faults(Protocol):
    """Faults that come and go as the flight goes on; they act on the world and on the flight computer."""

    def update(self, tick: int, agl_m: float, mode: str) -> Outage: ...
    def watch(self, actuators: bytes | None, payload: bytes) -> None: ...
    def horizon(self, tick: int, mode: str) -> Horizon: ...
    @property
    def twins(self) -> Sequence[World]: ...
    def differed(self, twins: Sequence[int]) -> None: ...
    @property
    def injected(self) -> list[InjectedFault]: ...


@dataclass
class Clock:
    """Time spent by part, ns."""

    world: int = 0
    wire: int = 0
    flight: int = 0
    check: int = 0


class Bridge:
    """One flight. `fly` runs it to its end; `record` may be asked at any time for what there is."""

    def __init__(
        self,
        world: World,
        session: Session,
        timeline: Timeline,
        vehicle: Vehicle,
        faults: Faults | None = None,
        line: Line | None = None,
    ) -> None:
        self.world = world
        self.session = session
        self.computer = FlightComputer(session, line or Sound(session.link))
        self.line = self.computer.line
        self.timeline = timeline
        self.faults = faults
        self.checks = Checks(vehicle.propulsion.throttle_rate_s)
        self.telemetry = Telemetry(vehicle)
        self.modes = [ModeChange("coast", 0, world.truth().agl_m)]
        self.events: list[Event] = []
        self.refused: list[RefusedCommand] = []
        self.clock = Clock()
        self.mode = modes.COAST
        self.tick = 0
        self.outcome: str | None = None
        self.row: list[Any] = []
        self.ticks_in_c = 0
        self.in_c = True  # stretches of ticks, where the link and what is watched allow it
        self.held = Held(round(vehicle.propulsion.command_hold_s * schema.TICK_HZ))
        self._unanswered: list[Order] = []
        self._target_m = (0.0, 0.0)  # downrange and left of the site at first
        self._arm = False  # a computer that forgot that it was
        self._frame = b""  # the payload behind `row`
        self._hash = hashlib.sha256()
        self._quiet = 0  # ticks since the outcome stood
        self.contact = 0
        self.confirmed: int | None = None  # tick of confirmed touchdown, truth
        self.last_thrust: int | None = None
        self._absent = 0  # ticks with thrust, after that touchdown, in which nobody could have cut it
        self._wall = 0.0
        self._pacer: Pacer | None = None
        self._lockstep = Lockstep(self.checks.throttle_step, FLIGHT_CONTENT_BYTES, _CONTACT_TICKS)

    def fly(
        self,
        ticks: int,
        each: Callable[["Bridge"], None] | None = None,
        every: int = 50,
        pace: float | None = None,
    ) -> None:
        """Fly until an outcome stands or `ticks` have passed; `each` is called every so many ticks.

        pace: at most so many times real time, see `Pacer`. Ctrl-C leaves the record of what was flown.
        """
        begin = time.perf_counter()
        self._pacer = Pacer(pace) if pace else None
        step = self._paced_step if self._pacer else self.step
        try:
            with _no_cycles():
                while self.outcome is None and self.tick < ticks:
                    limit = min(ticks, (self.tick // every + 1) * every) if each else ticks
                    if self._pacer or not self._stretch(limit):
                        step()
                    if each and self.tick % every == 0:
                        each(self)
            self.outcome = self.outcome or "timeout"
        finally:
            self._wall += time.perf_counter() - begin

    def _paced_step(self) -> None:
        assert self._pacer is not None
        self._pacer.wait()
        before = self.clock.flight
        self.step()
        self._pacer.flown(self.clock.flight - before)

    def _stretch(self, limit: int) -> bool:
        """Fly ticks up to `limit` in C; False where the next one has to be a `step`."""
        link = direct(self.session.link) if self.in_c and not self.line.faulty else None
        plain = (
            self.held.plain and self.checks.plain(self.tick, self.mode) and self.computer.answers(self.tick)
        )
        if link is None or not plain:
            return False
        mode = modes.NAMES[self.mode]
        faults, rows = NEVER, self._rows_horizon(mode)
        if self.faults:
            faults = self.faults.horizon(self.tick, mode)
            if faults.tick <= self.tick or self.telemetry.agl_m <= faults.low_m:
                return False
        until = min(limit, faults.tick)
        self._take_back(
            link, self._lockstep.fly(self, link, until, nearest((rows, Horizon(low_m=faults.low_m))))
        )
        return True

    def _rows_horizon(self, mode: str) -> Horizon:
        """Until when no row needs `_slow`."""
        if self._unanswered or self._arm:
            return Horizon(self.tick)
        return self.timeline.horizon(self.tick, mode)

    def _take_back(self, link: Direct, flown: Stretch) -> None:
        """What C flew, as if it had been stepped."""
        if flown.last is not None:
            self._hash.update(flown.content)
            self.tick += flown.ticks
            self.ticks_in_c += flown.ticks
            self.held.take(flown.last)
            self._frame = flown.last
            self.row = self.computer.row = decode(flown.last)
            self.checks.passed(self.tick, self.row)
            self.last_thrust, self.contact, self.confirmed = self._lockstep.contacts()
        if flown.truths:
            self.telemetry.extend(flown.truths, flown.frames)
        if self.faults and flown.differed:
            self.faults.differed(flown.differed)
        if flown.reply is not None:
            self._answer(link, flown.reply)
        elif self.tick % _ROW_TICKS == 0 and flown.last is not None:
            self._slow()

    def _answer(self, link: Direct, returned: int) -> None:
        """The last tick's answer, which C left as it came."""
        self.tick += 1
        tick_us = self.tick * TICK_US
        exchange = self.computer.hear(self.tick, lambda: Exchange(link.reply(returned, tick_us)))
        if self.computer.reset_tick == self.tick:
            self._start_again()
        self._take(exchange, 0)
        self._judge()

    def step(self) -> None:
        """One tick: world, wire, flight computer, checks."""
        t0 = time.perf_counter_ns()
        outage = self._befalls()
        actuators = self.held.payload
        payload = bytes(self.world.step(actuators))
        if self.faults:
            self.faults.watch(actuators, payload)
        t1 = time.perf_counter_ns()
        frame = enframe(payload)
        t2 = time.perf_counter_ns()
        self.tick += 1
        exchange = self.computer.ask(self.tick, frame, outage)
        if self.computer.reset_tick == self.tick:
            self._start_again()
        t3 = time.perf_counter_ns()
        self._take(exchange, outage.late_ticks)
        t4 = time.perf_counter_ns()
        self._judge()
        clock = self.clock
        clock.world += t1 - t0
        clock.wire += t2 - t1 + t4 - t3
        clock.flight += t3 - t2
        clock.check += time.perf_counter_ns() - t4

    def _start_again(self) -> None:
        """After a reset: what was signed for the boot before is worth nothing; one that forgot all is armed again."""
        self.session.time_us = self.tick * TICK_US
        self._unanswered = [self.session.order(order.code, order.argument) for order in self._unanswered]
        self.checks.restarted()
        if self.computer.forgot:
            self.checks.forgotten()
            self._arm = under_way(self.row)

    def _befalls(self) -> Outage:
        """Start and end what is due of the faults; what befalls the flight computer in this tick."""
        if not self.faults and not self.line.faulty:
            return UNDISTURBED
        now = self.tick, self.telemetry.agl_m, modes.NAMES[self.mode]
        if self.line.faulty:
            self.line.update(*now)
        return self.faults.update(*now) if self.faults else UNDISTURBED

    def _take(self, exchange: Exchange | None, late_ticks: int) -> None:
        """What was said is judged, what arrived acts."""
        if exchange is None:
            self.held.miss(self.tick)
            self._absent += self.confirmed is not None and self.held.running
            if self.computer.stopped is not None:
                self.checks.stopped(self.tick, self.computer.stopped)
            return
        newest = None
        for payload, row in self._decoded(exchange.said):
            if row[0] == schema.ACTUATORS:
                newest = self._said(payload, row, newest)
            elif row[0] == schema.EVENT:
                self._event(row)
            elif not self.line.faulty:
                name = LAYOUTS[row[0]].name
                raise RigError(f"the flight computer answered tick {self.tick} with {name} {row[1:]}")
        if self.line.faulty:
            newest = exchange.arrived
        elif newest is None:
            raise RigError(f"no actuator frame in answer to tick {self.tick}")
        if newest is None:
            self.held.miss(self.tick)
        else:
            self.held.take(newest, self.tick, late_ticks)

    def _decoded(self, answer: bytes) -> Iterator[tuple[bytes, list[Any]]]:
        """Payloads and rows of an undamaged answer."""
        for line in answer.split(DELIMITER)[:-1]:
            try:
                payload = deframe(line)
                yield payload, decode(payload)
            except FrameError as error:
                raise RigError(f"bad frame from the flight computer at tick {self.tick}: {error}") from error

    def _said(self, payload: bytes, row: list[Any], before: bytes | None) -> bytes:
        """An actuator frame as it left the flight computer: evidence, whether or not it arrives."""
        self._hash.update(payload[:FLIGHT_CONTENT_BYTES])
        late = self.line.faulty  # a frame held up on its way is answered in its own name
        if before is not None and not late:
            self.checks.count(self.tick, 2)
        self._frame = payload
        self.row = self.computer.row = row
        self.checks.check(row[TICK] if late else self.tick, row)
        return payload

    def _judge(self) -> None:
        if self.held.running:
            self.last_thrust = self.tick
        if self.confirmed is None:
            self._watch_contact(self.world.contact_mask)
        if self.row and self.row[MODE] != self.mode:
            self.mode = self.row[MODE]
            self.modes.append(ModeChange(modes.NAMES[self.mode], self.tick, self.world.truth().agl_m))
        if self.tick % _ROW_TICKS == 0:
            self.telemetry.add(self.world.truth_row(), self._frame)
            self._slow()

    def _watch_contact(self, legs: int) -> None:
        """Touchdown is confirmed, in truth, when two legs bear for three ticks in a row."""
        self.contact = self.contact + 1 if legs & (legs - 1) else 0
        if self.contact >= _CONTACT_TICKS:
            self.confirmed = self.tick

    def _slow(self) -> None:
        """At 10 Hz: commands that are due, and whether the flight is over."""
        self.session.time_us = self.tick * TICK_US
        if self.computer.answers(self.tick):
            due = self.timeline.due(self.tick, self.telemetry.agl_m, modes.NAMES[self.mode])
            self._unanswered += [self.session.order(command.code, command.argument) for command in due]
            if self._arm and not self._unanswered:
                self._arm = not self._obeyed(schema.ARM)
        while self._unanswered and self.computer.answers(self.tick) and self._answered(self._unanswered[0]):
            del self._unanswered[0]
        outcome = self._outcome()
        self._quiet = self._quiet + _ROW_TICKS if outcome else 0
        if outcome and self._quiet >= (_WAVED_OFF_TICKS if outcome == "waved_off" else _SETTLED_TICKS):
            self.outcome = outcome

    def _obeyed(self, code: int) -> bool:
        """Whether a command was obeyed; it is refused until the computer knows its attitude."""
        try:
            return self.session.command(code)
        except NoAnswer:
            if not self.line.faulty:
                raise
            return False

    def _answered(self, order: Order) -> bool:
        """Whether an answer came; on a faulty line it may take more than one try."""
        try:
            status = self.session.give(order)
        except NoAnswer:
            if not self.line.faulty:
                raise
            return False
        if status != schema.OK:
            self._refused(order, status)
        elif order.code == schema.DIVERT:
            self._target_m = (self._target_m[0] + order.argument[0], self._target_m[1] + order.argument[1])
        return True

    def _refused(self, order: Order, status: int) -> None:
        """The ground must know: an event of the rig's own, since the flight software only answers."""
        name = COMMAND_NAMES.get(order.code, f"command {order.code}")
        why = STATUS.get(status, f"status {status}")
        mode = modes.NAMES[self.mode]
        self.refused.append(RefusedCommand(self.tick, name, order.argument, mode, why))
        values = (float(order.code), *order.argument, float(status))
        self.events.append(Event(self.tick, "command refused", mode, values, False, f"{name}: {why}"))

    def _outcome(self) -> str | None:
        world = self.world
        if world.crashed:
            return "crashed"
        if world.tipped:
            return "tipped"
        if self.mode == modes.WAVE_OFF:
            return "waved_off"
        if self.mode == modes.SAFED and world.resting and self.timeline.empty and not self._unanswered:
            return "landed"
        return None

    def _event(self, row: Sequence[Any]) -> None:
        _kind, tick, code, mode = row[:4]
        values = tuple(row[4:8])
        name, fault, labels = event_table.TABLE.get(code, (f"event {code}", True, ("", "", "", "")))
        text = ", ".join(f"{label} {value:.4g}" for label, value in zip(labels, values, strict=True) if label)
        self.events.append(Event(tick, name, modes.NAMES[mode], values, fault, text))

    def record(self) -> FlightRecord:
        """What was flown, as evidence."""
        world = self.world
        n = max(1, self.tick)
        parts = {name: getattr(self.clock, name) / n / 1000 for name in ("world", "wire", "flight", "check")}
        return FlightRecord(
            outcome=self.outcome or "invalid",
            ticks=self.tick,
            sim_time_s=self.tick / schema.TICK_HZ,
            wall_time_s=self._wall,
            trace_hash=self._hash.hexdigest(),
            touchdown=self._touchdown(),
            propellant_left_kg=world.truth().propellant_kg,
            propellant_loaded_kg=world.propellant_loaded_kg,
            engine_off_s=self._engine_off_s(),
            payload_released=bool(self.row and self.row[SWITCHES] & schema.PAYLOAD_RELEASE),
            modes=self.modes,
            refused=self.refused,
            events=self.events,
            violations=self.checks.violations,
            faults=(self.faults.injected if self.faults else []) + self.line.injected,
            link=self.line.counts,
            parts_us=parts,
            telemetry=self.telemetry.columns(),
            pace=self._pacer.figures() if self._pacer else None,
            drawn=world.drawn(),
        )

    def _touchdown(self) -> dict[str, float] | None:
        """The world's, with the miss from where obeyed diverts have moved the site, and what stood under the pads."""
        found = self.world.touchdown
        if found is None:
            return None
        downrange_m, left_m = found["downrange_m"], found["left_m"]
        miss_m = hypot(downrange_m - self._target_m[0], left_m - self._target_m[1])
        return found | {"miss_m": miss_m, "hazard_m": self.world.hazard_m(downrange_m, left_m)}

    def _engine_off_s(self) -> float | None:
        if self.confirmed is None or self.last_thrust is None:
            return None
        return (self.last_thrust + 1 - self.confirmed - self._absent) / schema.TICK_HZ

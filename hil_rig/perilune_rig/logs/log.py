"""The log of one flight, written as it is flown.

Raw: every frame as on the line, both ways, so that a replay is exact. Decoded: truth, estimate, sensors, actuators
ten times a second, modes, events, faults and commands as they happen. Log time is simulated time from 0. Memory is
flat, and the file is whole after every end of a flight that leaves the process alive.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from perilune import VERSION
from perilune.flight import modes
from perilune.wire import schema
from perilune_host.codec import DELIMITER, LAYOUTS, SCHEMA_CRC, FrameError, decode, deframe, kind_of
from perilune_host.errors import RigError
from perilune_rig.flight.observe import Heading, Observer
from perilune_rig.logs import foxglove, topics
from perilune_rig.logs.container import Container
from perilune_rig.logs.shield import Shield
from perilune_rig.scenario import link_effects
from perilune_rig.scenario.model import to_builtins
from perilune_sim.bridge import FLIGHT_CONTENT_BYTES, TICK_US, Bridge
from perilune_sim.flight_record import FlightRecord

FORMAT = 1
RUN, RESULT = "perilune", "perilune.result"  # metadata records
LINE, FAULTY = "line", "faulty"  # frames may be damaged: the run was meant to
TO_BOARD, FROM_BOARD = "/wire/to_board", "/wire/from_board"
ENCODING = "x-perilune-wire"
_FLUSH_TICKS = 50
_DECODED = (
    topics.TRUTH,
    topics.ESTIMATE,
    topics.SENSORS,
    topics.ACTUATORS,
    topics.COMPUTER,
    topics.MODES,
    topics.EVENTS,
    topics.FAULTS,
    topics.COMMANDS,
    topics.RESETS,
    foxglove.LOG,
    foxglove.TRANSFORM,
)


class Log(Observer):
    """An observer that writes the flight to `path`; a context that leaves the file whole.

    InputError where the file cannot be made. A disk that fills up does not disturb the flight: `check` says so
    afterwards. One log holds one flight.
    """

    every = 5  # ticks: decoded topics at 10 Hz; the frames themselves are kept at 50

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._file = Container(self.path)
        self._wire: list[
            tuple[bytes, bytes | str, int]
        ] = []  # exchanges and causes of resets, not yet written
        self._ticks: list[tuple[int, Any, Any, Any]] = []  # time_us, truth, sensor frame, actuator row
        self._sensors = b""
        self._sequence = self._flown = 0
        self._hash = sha256()
        self._seen = {"modes": 0, "events": 0}
        self._active: dict[int, bool] = {}
        self._ended = False

    def __enter__(self) -> Log:
        return self

    def __exit__(self, _kind: type | None, error: BaseException | None, _trace: TracebackType | None) -> None:
        self.close(str(error) if error else "")

    def begin(self, heading: Heading) -> None:
        """Write what is known beforehand: metadata, scenario, topics."""
        file, scenario = self._file, heading.scenario
        about = {"format": FORMAT, "scenario": scenario.name, "vehicle": scenario.vehicle.name}
        about |= {"seed": heading.seed, "rung": heading.rung, "policy": heading.policy, "version": VERSION}
        about |= {
            "wire_version": schema.WIRE_VERSION,
            "schema_crc": f"{SCHEMA_CRC:08x}",
            "tick_hz": schema.TICK_HZ,
        }
        if any(fault.target in link_effects.TARGETS for fault in scenario.faults):
            about[LINE] = FAULTY
        file.metadata(RUN, about)
        file.attach("scenario.json", msgspec.json.encode(to_builtins(scenario)))
        file.raw(
            TO_BOARD, ENCODING, "frames sent to the flight computer, as on the line: COBS, CRC-32, delimiter"
        )
        file.raw(FROM_BOARD, ENCODING, "the whole reply to the frame of the same sequence number")
        for topic in _DECODED:
            file.topic(topic)

    def exchanged(self, frame: bytes, reply: bytes, time_us: int) -> None:
        """Keep one exchange."""
        if kind_of(frame) == schema.SENSORS:
            self._sensors = frame
        self._wire.append((frame, reply, time_us))
        if len(self._wire) >= _FLUSH_TICKS:
            self._flush()

    def was_reset(self, cause: str, time_us: int) -> None:
        """Keep a reset in its place among the exchanges."""
        self._wire.append((b"", cause, time_us))

    def ticked(self, bridge: Bridge) -> None:
        """Keep what the decoded topics are made of."""
        if self._sensors and bridge.row:  # else nothing has got through yet
            now = (bridge.tick * TICK_US, bridge.world.truth(), self._sensors, bridge.row)
            self._ticks.append(now)
        if len(bridge.modes) > self._seen["modes"] or len(bridge.events) > self._seen["events"]:
            with Shield():
                self._happened(bridge.modes, bridge.events)
        if bridge.faults:
            self._faults(bridge)

    def ended(self, record: FlightRecord) -> None:
        """Write the rest, and what became of the flight."""
        with Shield():
            self._flush()
            self._happened(record.modes, record.events)
            self._result({"outcome": record.outcome})

    def attach(self, name: str, data: str) -> None:
        """Put a JSON text beside the scenario, such as the verdict as `result.json`."""
        self._file.attach(name, data.encode())

    def close(self, reason: str = "") -> None:
        """Make the file whole. A flight that has not ended is logged as invalid, with the reason."""
        with Shield():
            if not self._ended:
                self._flush()
                self._result({"outcome": "invalid", "reason": reason or "interrupted"})
            self._file.close()

    def check(self) -> None:
        """RigError if anything of the log could not be written."""
        if self._file.error:
            raise RigError(
                f"{self.path}: the log is cut short: {self._file.error}; the flight itself is not affected"
            )

    def _result(self, found: dict[str, Any]) -> None:
        """Ticks and trace hash are those of the frames in the log: Ctrl-C may have cost the record the last one."""
        self._ended = True
        self._file.metadata(RESULT, found | {"ticks": self._flown, "trace_hash": self._hash.hexdigest()})

    def _flush(self) -> None:
        """Write what has been kept, in one go that Ctrl-C cannot cut."""
        with Shield():
            wire, ticks = self._wire, self._ticks
            self._wire, self._ticks = [], []
            if self._file.error:
                return
            for frame, said, time_us in wire:
                if isinstance(said, str):
                    self._moment(topics.RESETS, time_us // TICK_US, {"cause": said})
                else:
                    self._exchange(frame, said, time_us)
            for tick in ticks:
                self._tick(*tick)

    def _exchange(self, frame: bytes, reply: bytes, time_us: int) -> None:
        self._sequence += 1
        self._file.bytes(TO_BOARD, time_us, frame, self._sequence)
        self._file.bytes(FROM_BOARD, time_us, reply, self._sequence)
        kind = kind_of(frame)
        if kind == schema.SENSORS:
            self._answered(reply)
        elif kind == schema.COMMAND:
            self._command(frame, reply, time_us)
        elif kind:
            self._parameters(kind, frame)

    def _answered(self, reply: bytes) -> None:
        content = flight_content(reply)
        if content:
            self._flown += 1
            self._hash.update(content)

    def _command(self, frame: bytes, reply: bytes, time_us: int) -> None:
        sent, answer = LAYOUTS[schema.COMMAND].named(decode(deframe(frame[:-1]))), _last(reply)
        found = {"command": sent["command"], "argument": sent["argument"]}
        if answer:
            row = decode(answer)
            found["status"] = LAYOUTS[row[0]].named(row).get("status", schema.BAD_FRAME)
        self._moment(topics.COMMANDS, time_us // TICK_US, found)

    def _parameters(self, kind: int, frame: bytes) -> None:
        """What the flight computer was told before the flight, as a file of its own."""
        values = LAYOUTS[kind].named(decode(deframe(frame[:-1])))
        plain = {name: value.hex() if isinstance(value, bytes) else value for name, value in values.items()}
        name = f"{self._sequence:02d}-{LAYOUTS[kind].name}.json"
        self._file.attach(name, msgspec.json.encode(plain))

    def _tick(self, time_us: int, truth: Any, sensors: bytes, row: Any) -> None:
        file = self._file
        file.message(topics.TRUTH, time_us, truth)
        file.message(topics.SENSORS, time_us, decode(deframe(sensors[:-1])))
        for topic in (topics.ESTIMATE, topics.ACTUATORS, topics.COMPUTER):
            file.message(topic, time_us, row)
        named = topics.ESTIMATE.pick(row)
        place = foxglove.transform(time_us, "lander", truth.position_m, truth.attitude)
        file.message(foxglove.TRANSFORM, time_us, place)
        place = foxglove.transform(time_us, "estimate", named["position_m"], named["attitude"])
        file.message(foxglove.TRANSFORM, time_us, place)

    def _happened(self, entered: list, events: list) -> None:
        """Modes and events since the last time."""
        for change in entered[self._seen["modes"] :]:
            number = modes.NAMES.index(change.mode)
            found = {"mode": change.mode, "number": number, "agl_m": change.altitude_m}
            self._moment(topics.MODES, change.tick, found)
        for event in events[self._seen["events"] :]:
            found = {name: getattr(event, name) for name in ("name", "mode", "fault", "values", "text")}
            self._moment(topics.EVENTS, event.tick, found)
            time_us, text = event.tick * TICK_US, f"{event.name}: {event.text}"
            self._file.message(foxglove.LOG, time_us, foxglove.log(time_us, text, event.mode, event.fault))
        self._seen = {"modes": len(entered), "events": len(events)}

    def _faults(self, bridge: Bridge) -> None:
        for n, fault in enumerate(bridge.faults.injected if bridge.faults else ()):
            active = fault.from_tick is not None and fault.to_tick is None
            if active != self._active.get(n, False):
                self._active[n] = active
                found = {"target": fault.target, "effect": fault.effect, "active": active}
                with Shield():
                    self._moment(topics.FAULTS, bridge.tick, found)

    def _moment(self, topic: topics.Topic, tick: int, found: dict[str, Any]) -> None:
        self._file.message(topic, tick * TICK_US, {"tick": tick, "time_s": tick / schema.TICK_HZ, **found})


def flight_content(reply: bytes) -> bytes:
    """What the trace hash takes of a reply: that of its actuator frame, empty where it does not end with one."""
    payload = _last(reply)
    return payload[:FLIGHT_CONTENT_BYTES] if payload[3:4] == bytes([schema.ACTUATORS]) else b""


def _last(reply: bytes) -> bytes:
    """The payload of the last frame of a reply; empty where there is none: whoever watches must not stumble."""
    try:
        return deframe(reply[reply.rfind(DELIMITER, 0, -1) + 1 : -1])
    except FrameError:
        return b""

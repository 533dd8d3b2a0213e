"""The flight computer's end of the wire: one raw frame in, any number of framed replies out."""

from hashlib import sha256

import perilune
from perilune import build
from perilune.checkpoint.memory import Keeper
from perilune.flight.flight import Flight
from perilune.flight.parameters import Parameters
from perilune.flight.schedule import SLOTS, TELL
from perilune.link.authentication import HIL_KEY, Uplink
from perilune.link.counters import LinkWatch
from perilune.wire import schema
from perilune.wire.codec import Reader, Writer, first_out_of_range, schema_crc
from perilune.wire.frame import frame, unframe
from perilune.wire.items import Items
from perilune.wire.sensors import SensorFrame

_PARAMETERS = (
    schema.PARAM_VEHICLE,
    schema.PARAM_SENSORS,
    schema.PARAM_SITE,
    schema.PARAM_TERRAIN,
    schema.PARAM_GUIDANCE,
)
_ANY_TIME = (schema.HELLO, schema.PARAM_COMMIT, schema.COMMAND, schema.TO_REPL)
HOST_FRAMES = _PARAMETERS + _ANY_TIME + (schema.SENSORS,)
_BOARD_FRAMES = (
    schema.HELLO_REPLY,
    schema.PARAM_ACK,
    schema.COMMAND_ACK,
    schema.REPL_ACK,
    schema.EVENT,
    schema.REFUSED,
)
_FLOOD = 10  # events waiting


class Computer:
    """Links a port (board name, clock, heap, reset cause, memory that outlives resets) to the flight software."""

    def __init__(self, port, hil=build.HIL):
        self.port = port
        self.hil = hil
        self.readers = {kind: Reader(kind) for kind in _ANY_TIME}
        if not hil:
            self.readers[schema.SENSORS] = Reader(schema.SENSORS)  # to be refused
        self.writers = {kind: Writer(kind) for kind in _BOARD_FRAMES}
        self.crc = schema_crc()
        key = HIL_KEY if hil and port.key is None else port.key
        self.uplink = Uplink(key, port.boot_nonce)
        self.flight = None
        self.keeper = None
        self.sensors = SensorFrame()
        self.actuators = Items(schema.ACTUATORS)
        self.watch = LinkWatch()
        self.events = []  # of the flight, not yet told
        self.leave = False  # back to the REPL
        self.done = 0  # type of the last frame, if it was obeyed: nothing else that came may have an effect
        self._forget()

    def _forget(self):
        self.parameters = Parameters()
        for kind in _PARAMETERS:
            self.readers[kind] = Reader(kind)
        self.digest = sha256()
        self.so_far = bytes(8)

    def step(self, inbuf, n, outbuf):
        """Serve the COBS frame in inbuf[:n] (without its 0x00). Returns how many bytes of outbuf to send.

        `done` then says whether it was obeyed.
        """
        begin = self.port.ticks_us()
        self.done = 0
        length = unframe(inbuf, n)
        kind = inbuf[4] if length > 3 else 0
        if kind == schema.SENSORS and self.hil:
            if self.sensors.items.take(inbuf, length):
                return self.sense(outbuf, begin)
            return self._bad(kind, outbuf)
        if self.flight is not None and kind in _PARAMETERS:
            return self._ack(kind, schema.BAD_STATE, 0, outbuf)
        reader = self.readers.get(kind)
        raw = reader.read(inbuf, length) if reader else None
        if raw is None:
            return self._bad(kind, outbuf)
        payload = memoryview(inbuf)[1 : 1 + length]
        if kind == schema.COMMAND:
            return self._command(raw, payload, outbuf)
        if kind == schema.HELLO:
            return self._hello(raw, outbuf)
        if kind == schema.PARAM_COMMIT:
            return self._commit(raw, payload, outbuf)
        if kind < schema.PARAM_COMMIT:
            return self._parameters(kind, raw, payload, outbuf)
        return self._unsigned(kind, outbuf)

    def _bad(self, kind, outbuf):
        self.watch.bad += 1
        return self._reply(schema.REFUSED, (schema.BAD_FRAME, kind), outbuf, 0)

    def _unsigned(self, kind, outbuf):
        """What only the rig's build takes from whoever is at the link: the way to the REPL, and sensor frames."""
        if self.hil:
            self.leave = True
            return self._reply(schema.REPL_ACK, (schema.OK,), outbuf, 0)
        self.uplink.refused += 1
        return self._reply(schema.REFUSED, (schema.BAD_MAC, kind), outbuf, 0)

    def _reply(self, kind, values, outbuf, at):
        return frame(outbuf, at, self.writers[kind].write(values, outbuf, at))

    def _hello(self, raw, outbuf):
        version, crc, session = raw[1:4]
        if (
            version == schema.WIRE_VERSION and crc == self.crc
        ):  # another's is answered with ours, and changes nothing
            self.done = schema.HELLO
            if session != 0 and (self.hil or self.flight is None):  # in flight a stranger's must not end it
                self._open(session)
        port = self.port
        uplink = self.uplink
        image = perilune.image
        values = (schema.WIRE_VERSION, self.crc, uplink.session, port.boot_nonce, port.reset_cause)
        values += (port.float_bits, _text(perilune.VERSION), _text(port.board), uplink.counter, uplink.key_id)
        values += (image.digest[0:8] if image else bytes(8), self.flight.tick if self.flight else 0)
        return self._reply(schema.HELLO_REPLY, values, outbuf, 0)

    def _open(self, session):
        """A new session: whatever was before is over."""
        self.uplink.session = session
        self.flight = None
        self._forget()

    def _parameters(self, kind, raw, payload, outbuf):
        accepted, item = self.parameters.accept(kind, raw[1:])
        if not accepted:
            return self._ack(kind, schema.BAD_ORDER if item == 255 else schema.BAD_RANGE, item, outbuf)
        self.digest.update(payload)
        self.done = kind
        return self._ack(kind, schema.OK, 0, outbuf)

    def _commit(self, raw, payload, outbuf):
        uplink = self.uplink
        status = uplink.check(payload, raw[1], raw[2])
        if status == schema.OK:
            status = uplink.outcome = self._take_parameters(raw[3])
        return self._ack(schema.PARAM_COMMIT, status, 0, outbuf)

    def _take_parameters(self, digest):
        if self.flight is not None or not self.parameters.complete:
            return schema.BAD_STATE
        self.so_far = self.digest.digest()[0:8]
        if self.so_far != digest:
            self._forget()
            return schema.BAD_HASH
        self.flight = Flight(self.parameters)
        self.done = schema.PARAM_COMMIT
        self._shed()
        self.events.clear()
        self.watch.forget()
        self.uplink.refused = 0
        self.keeper = Keeper(self.flight, self.port.memory, self.uplink.session, self.so_far)
        return schema.OK

    def _shed(self):
        """Let go of what only an upload needs: in flight every object costs time in every collection."""
        self.parameters = Parameters()
        for kind in _PARAMETERS:
            self.readers.pop(kind, None)

    def _ack(self, kind, status, item, outbuf):
        return self._reply(schema.PARAM_ACK, (kind, status, item, self.so_far), outbuf, 0)

    def _command(self, raw, payload, outbuf):
        uplink = self.uplink
        counter, code = raw[2:4]
        status = uplink.check(payload, raw[1], counter)
        if status == schema.OK:
            status = uplink.outcome = self._obey(raw)
        values = (counter, code, status, uplink.counter, uplink.outcome)
        return self._reply(schema.COMMAND_ACK, values, outbuf, 0)

    def _obey(self, raw):
        keeper = self.keeper
        if self.flight is None or keeper is None:
            return schema.BAD_STATE
        if first_out_of_range(schema.COMMAND, raw[1:]) >= 0:
            return schema.BAD_RANGE
        if self.flight.tick > raw[4]:
            return schema.TOO_LATE
        if not self.flight.command(raw[3], raw[5:7]):
            return schema.BAD_STATE
        self.done = schema.COMMAND
        keeper.keep()
        return schema.OK

    def sense(self, outbuf, begin):
        """Fly one tick on the items of `sensors`; how much of outbuf to send."""
        flight = self.flight
        keeper = self.keeper
        if flight is None or keeper is None:
            return self._reply(schema.REFUSED, (schema.BAD_STATE, schema.SENSORS), outbuf, 0)
        tick = self.sensors.items.whole[1]
        if not keeper.begun:
            keeper.resume(tick)
        if tick <= flight.tick:  # sent twice, or overtaken on its way: that tick is flown
            self.watch.old += 1
            return self._reply(schema.REFUSED, (schema.BAD_ORDER, schema.SENSORS), outbuf, 0)
        self.port.begun(self.sensors.items)
        self.sensors.group()
        flight.step(self.sensors)
        self.watch.report(flight, self.uplink.refused)
        keeper.save(tick, flight.entered_tick == tick)
        at = self._tell(flight, outbuf)
        out = self.actuators
        flight.outputs(out.floats, out.whole)
        self.port.measure(begin, out.whole)
        self.done = schema.SENSORS
        return frame(outbuf, at, out.put(outbuf, at))

    def _tell(self, flight, outbuf):
        """Frames of events not yet told: one in a tick with time for it, all there is room for in a flood of them."""
        for event in flight.pending:
            self.events.append((flight.tick, event[0], flight.mode) + event[1:])
        flight.pending.clear()
        at = 0
        due = 1 if flight.tick % SLOTS in TELL else 0
        due = max(due, len(self.events) - _FLOOD)
        while due > 0 and self.events and at < len(outbuf) - 320:
            at = self._reply(schema.EVENT, self.events.pop(0), outbuf, at)
            due -= 1
        return at


def _text(s):
    return (s.encode() + bytes(16))[0:16]

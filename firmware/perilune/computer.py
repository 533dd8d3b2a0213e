"""The flight computer's end of the wire: one raw frame in, any number of framed replies out."""

from hashlib import sha256

from perilune import VERSION
from perilune.flight.flight import Flight
from perilune.flight.parameters import Parameters
from perilune.link_watch import LinkWatch
from perilune.wire import schema
from perilune.wire.codec import Reader, Writer, first_out_of_range, schema_crc
from perilune.wire.frame import frame, unframe
from perilune.wire.sensors import SensorFrame

_HOST_FRAMES = (
    schema.HELLO,
    schema.PARAM_VEHICLE,
    schema.PARAM_SENSORS,
    schema.PARAM_SITE,
    schema.PARAM_TERRAIN,
    schema.PARAM_GUIDANCE,
    schema.PARAM_COMMIT,
    schema.SENSORS,
    schema.COMMAND,
    schema.TO_REPL,
)
_BOARD_FRAMES = (
    schema.HELLO_REPLY,
    schema.PARAM_ACK,
    schema.COMMAND_ACK,
    schema.REPL_ACK,
    schema.ACTUATORS,
    schema.EVENT,
    schema.REFUSED,
)


class Computer:
    """Links a port (board name, clock, heap, reset cause) to the flight software."""

    def __init__(self, port):
        self.port = port
        self.readers = {kind: Reader(kind) for kind in _HOST_FRAMES}
        self.writers = {kind: Writer(kind) for kind in _BOARD_FRAMES}
        self.crc = schema_crc()
        self.session = 0
        self.counter = 0
        self.flight = None
        self.sensors = SensorFrame()
        self.watch = LinkWatch()
        self.leave = False  # back to the REPL
        self._forget()

    def _forget(self):
        self.parameters = Parameters()
        self.digest = sha256()
        self.so_far = bytes(8)

    def step(self, inbuf, n, outbuf):
        """Serve the COBS frame in inbuf[:n] (without its 0x00). Returns how many bytes of outbuf to send."""
        begin = self.port.ticks_us()
        length = unframe(inbuf, n)
        kind = inbuf[4] if length > 3 else 0
        reader = self.readers.get(kind)
        raw = reader.read(inbuf, length) if reader else None
        if raw is None:
            self.watch.bad += 1
            return self._reply(schema.REFUSED, (schema.BAD_FRAME, kind), outbuf, 0)
        if kind == schema.SENSORS:
            return self._sensors(raw, outbuf, begin)
        if kind == schema.COMMAND:
            return self._command(raw, outbuf)
        if kind == schema.HELLO:
            return self._hello(raw, outbuf)
        if kind == schema.PARAM_COMMIT:
            return self._commit(raw, outbuf)
        if kind == schema.TO_REPL:
            self.leave = True
            return self._reply(schema.REPL_ACK, (schema.OK,), outbuf, 0)
        return self._parameters(kind, raw, memoryview(inbuf)[1 : 1 + length], outbuf)

    def _reply(self, kind, values, outbuf, at):
        return frame(outbuf, at, self.writers[kind].write(values, outbuf, at))

    def _hello(self, raw, outbuf):
        port = self.port
        version, crc, self.session = raw[1:4]
        self.counter = 0
        self.flight = None
        self._forget()
        if version != schema.WIRE_VERSION or crc != self.crc:
            return self._reply(schema.REFUSED, (schema.BAD_VERSION, schema.HELLO), outbuf, 0)
        values = (
            schema.WIRE_VERSION,
            self.crc,
            self.session,
            port.boot_nonce,
            port.reset_cause,
            port.float_bits,
        )
        return self._reply(schema.HELLO_REPLY, values + (_text(VERSION), _text(port.board)), outbuf, 0)

    def _parameters(self, kind, raw, payload, outbuf):
        if self.flight is not None:
            return self._ack(kind, schema.BAD_STATE, 0, outbuf)
        accepted, item = self.parameters.accept(kind, raw[1:])
        if not accepted:
            return self._ack(kind, schema.BAD_ORDER if item == 255 else schema.BAD_RANGE, item, outbuf)
        self.digest.update(payload)
        return self._ack(kind, schema.OK, 0, outbuf)

    def _commit(self, raw, outbuf):
        if self.flight is not None or not self.parameters.complete:
            return self._ack(schema.PARAM_COMMIT, schema.BAD_STATE, 0, outbuf)
        self.so_far = self.digest.digest()[0:8]
        if self.so_far != raw[1]:
            self._forget()
            return self._ack(schema.PARAM_COMMIT, schema.BAD_HASH, 0, outbuf)
        self.flight = Flight(self.parameters)
        self.watch.forget()
        return self._ack(schema.PARAM_COMMIT, schema.OK, 0, outbuf)

    def _ack(self, kind, status, item, outbuf):
        return self._reply(schema.PARAM_ACK, (kind, status, item, self.so_far), outbuf, 0)

    def _command(self, raw, outbuf):
        _kind, session, counter, code, x, y = raw
        status = schema.BAD_STATE
        if self.flight is not None and session == self.session and counter > self.counter:
            if first_out_of_range(schema.COMMAND, raw[1:]) >= 0:
                status = schema.BAD_RANGE
            else:
                self.counter = counter
                if self.flight.command(code, (x, y)):
                    status = schema.OK
        return self._reply(schema.COMMAND_ACK, (counter, code, status), outbuf, 0)

    def _sensors(self, raw, outbuf, begin):
        flight = self.flight
        if flight is None:
            return self._reply(schema.REFUSED, (schema.BAD_STATE, schema.SENSORS), outbuf, 0)
        if raw[1] <= flight.tick:  # sent twice, or overtaken on its way: that tick is flown
            self.watch.old += 1
            return self._reply(schema.REFUSED, (schema.BAD_ORDER, schema.SENSORS), outbuf, 0)
        self.sensors.take(raw)
        flight.step(self.sensors)
        self.watch.report(flight)
        at = self._events(flight, outbuf)
        row = flight.outputs()
        row += self.port.measured(begin)
        return self._reply(schema.ACTUATORS, row, outbuf, at)

    def _events(self, flight, outbuf):
        """Frames of this tick's events; what does not fit beside the actuator frame waits for the next tick."""
        at = 0
        while flight.pending and at < len(outbuf) - 320:
            code, a, b, c, d = flight.pending.pop(0)
            at = self._reply(schema.EVENT, (flight.tick, code, flight.mode, a, b, c, d), outbuf, at)
        return at


def _text(s):
    return (s.encode() + bytes(16))[0:16]

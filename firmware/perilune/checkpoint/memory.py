"""Memory that outlives a reset: two copies of the flight's state, written in turn, so that one is always whole.

A copy: version of the layout, sequence number, session, digest of the parameters, state, CRC-32. A reset in the middle
of writing leaves a copy whose CRC fails, and the one before it, a tenth of a second older.
"""

from binascii import crc32
from struct import calcsize, pack_into, unpack_from

from perilune.checkpoint.snapshot import LAYOUT, MODE_AT, VERSION, State
from perilune.flight import events, modes
from perilune.flight.schedule import GATHER, SLOTS, WRITE

_HEAD = "<3I8s"
_LAYOUT = _HEAD + LAYOUT
_HEAD_ITEMS = 4
_MODE_BYTES = calcsize(_HEAD) + 4 * MODE_AT
_BODY = calcsize(_LAYOUT)
COPY_BYTES = _BODY + 4
MEMORY_BYTES = 2 * COPY_BYTES  # what a port must keep
_STANDING = (modes.TOUCHDOWN, modes.SAFED)
POWERED_TICKS = 150  # longest gap bridged with the engine on: 3 s; who held it that long nobody knows
FALLING_TICKS = 3000  # ... in free fall: 60 s


def bridgeable(mode, ticks):
    """Whether a flight in this mode can be taken up again after so many ticks. On the ground nothing moves."""
    if mode in _STANDING:
        return ticks > 0
    return 0 < ticks <= (POWERED_TICKS if mode in modes.ENGINE_MODES else FALLING_TICKS)


class Keeper:
    """Saves `flight` into `memory` (a writable buffer that resets leave alone; empty: nothing is kept).

    session, digest: of the parameters the flight was made with. A record of others is never taken. Made together with
    the flight: what is made later lies beyond a tick's garbage, and every collection on a board sweeps as far.
    """

    def __init__(self, flight, memory, session, digest):
        self.flight = flight
        self.state = State(flight)
        self.begun = False  # the first frame has come
        self.row = None  # gathered, not yet written
        self.copied = False  # a copy of this flight has been written
        self.due = False  # a mode has been kept whose state has not
        self.memory = memory
        self.session = session
        self.digest = digest
        self.found = self._newest() if memory else None
        self.sequence = 0 if self.found is None else self.found[1]

    def _newest(self):
        """The row of the newest whole copy of this session and these parameters, head included; None without one."""
        best = None
        for at in (0, COPY_BYTES):
            body = memoryview(self.memory)[at : at + _BODY]
            if unpack_from("<I", self.memory, at + _BODY)[0] != crc32(body) & 0xFFFFFFFF:
                continue
            row = unpack_from(_LAYOUT, self.memory, at)
            if row[0] != VERSION or row[2] != self.session or row[3] != self.digest:
                continue
            if best is None or row[1] > best[1]:
                best = row
        return best

    def resume(self, tick):
        """Before the first frame, of `tick`: give the flight the state that was found, if its gap can be bridged.

        A record from after the frame (of an earlier flight) or from too long before it is erased, lest it be taken
        later; the flight then starts from what was uploaded.
        """
        self.begun = True
        flight = self.flight
        found = self.found
        self.found = None
        if found is None:
            return
        mode = found[_HEAD_ITEMS + MODE_AT]
        gap = tick - found[_HEAD_ITEMS]
        if bridgeable(mode, gap):
            self.state.put(found[_HEAD_ITEMS:])
            flight.log(events.RESUMED, gap, mode, flight.estimate.agl, flight.estimate.speed)
        else:
            self.forget()
            if gap > 0:
                flight.log(events.NOT_RESUMED, gap, mode, 0.0, 0.0)

    def forget(self):
        """Leave no record."""
        if self.memory:
            self.memory[0:MEMORY_BYTES] = bytes(MEMORY_BYTES)

    def save(self, tick, changed):
        """Write the state, if it is time or the vehicle stands, over the older copy.

        In two ticks, since one would have much to do: gathered in one, written two later. That the vehicle stands is
        kept at once, and the state that goes with it in the next tick, which has less to do. Any other mode
        that is lost with a reset guidance finds again: it changes in guidance's tick, which then gathers nothing.
        """
        if not self.begun or not self.memory:
            return
        if changed and self.copied and self.flight.mode in _STANDING:
            self._mark()
        elif self.due:
            self.keep()
        elif tick % SLOTS == GATHER and not changed:
            self.row = self.state.row()
        elif self.row and tick % SLOTS == WRITE:
            self._write(self.row)

    def keep(self):
        """Write the state as it is now, between two ticks: what a command has changed must not be lost with a reset."""
        if self.begun and self.memory:
            self._write(self.state.row())

    def _mark(self):
        """The newest copy once more, in the mode of now: an engine that is off must not start again after a reset."""
        self.row = None
        self.due = True
        flight = self.flight
        view = memoryview(self.memory)
        newest = self._place()
        self.sequence += 1
        at = self._place()
        view[at : at + _BODY] = view[newest : newest + _BODY]
        pack_into("<I", view, at + 4, self.sequence)
        pack_into(
            "<3i", view, at + _MODE_BYTES, flight.mode, flight.entered_tick, flight.surface.contact_tick
        )
        self._seal(at)

    def _write(self, row):
        self.row = None
        self.due = False
        self.copied = True
        self.sequence += 1
        at = self._place()
        pack_into(_LAYOUT, self.memory, at, VERSION, self.sequence, self.session, self.digest, *row)
        self._seal(at)

    def _place(self):
        """Where the newest copy stands."""
        return COPY_BYTES * (self.sequence & 1)

    def _seal(self, at):
        pack_into("<I", self.memory, at + _BODY, crc32(memoryview(self.memory)[at : at + _BODY]) & 0xFFFFFFFF)

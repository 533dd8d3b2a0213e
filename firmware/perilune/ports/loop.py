"""What happens to bytes as they come.

Nothing here waits for a byte that has not come, and no stream is looked at longer than one frame before the next one's
turn: what arrives at one port, or stops arriving, does not keep the others from being served.
"""

from perilune.ports.line import PIECE, Line
from perilune.wire.schema import HELLO, PARAM_COMMIT, SENSORS

_SILENCE_MS = (
    100  # after which the rest of an unfinished frame is not waited for: no sender pauses so long within one
)
_IDLE_MS = 3000  # in flight Ctrl-C is heeded only after a silence that no flight gets over
_OUT = 1024


class Loop:
    """The lines of a board's ports, and the computer that serves them."""

    def __init__(self, port, computer):
        self.port = port
        self.computer = computer
        self.flown_ms = port.now_ms()
        self.lines = tuple([Line(stream, self.flown_ms) for stream in port.streams])
        self.out = bytearray(_OUT)
        self.left = False

    def patience_ms(self):
        """How long to sleep at most: not at all with bytes in hand, for ever with every line at rest (-1)."""
        patience = -1
        for line in self.lines:
            if line.pending:
                return 0
            if line.n:
                left = max(1, _SILENCE_MS - self.port.elapsed_ms(line.heard_ms))
                patience = left if patience < 0 else min(patience, left)
        return patience

    def hear(self, line):
        """Take what has come on a line; a key at a time, since those after a Ctrl-C are for the REPL."""
        line.fill(self.port.now_ms(), 1 if self._keys_heeded() and line.typed() else PIECE)

    def turn(self):
        """One frame from each line, if it has one."""
        for line in self.lines:
            fresh = line.pending
            if line.whole():
                if line.n:
                    self._frame(line)
                line.clear()
            elif line.n:
                self._unfinished(line, fresh)
            if self.left:
                return

    def _unfinished(self, line, fresh):
        """fresh: these bytes had come before and are looked at only now, so silence begins now."""
        if line.interrupted() and self._keys_heeded():
            self.left = True
        elif fresh:
            line.heard_ms = self.port.now_ms()
        elif self.port.elapsed_ms(line.heard_ms) >= _SILENCE_MS:
            line.clear()
            self.computer.watch.bad += 1

    def _keys_heeded(self):
        computer = self.computer
        if not computer.hil:
            return False
        return computer.flight is None or self.port.elapsed_ms(self.flown_ms) > _IDLE_MS

    def _frame(self, line):
        computer = self.computer
        n = computer.step(line.buf, line.n, self.out)
        done = computer.done
        if (
            done == SENSORS or computer.flight is None or line.stream.room() >= n
        ):  # else it is not worth a wait
            line.stream.write(self.out, n)
        if computer.leave:
            self.left = True
        elif done == SENSORS:
            self.flown_ms = self.port.now_ms()
            self.port.flown(computer.flight.tick)  # type: ignore[union-attr]
        elif done:
            self._served(done)
            self._listen_anew()

    def _listen_anew(self):
        """What kept the board busy is no silence of the senders: their bytes may have come meanwhile."""
        now_ms = self.port.now_ms()
        for line in self.lines:
            line.heard_ms = now_ms

    def _served(self, done):
        """A frame was obeyed that was no tick: that may have made many objects, or ended a flight."""
        port = self.port
        flying = self.computer.flight is not None
        if not flying:
            port.release()
        if done == HELLO and not flying:
            port.greeted()
        if not flying or done == PARAM_COMMIT:
            port.served(flying)

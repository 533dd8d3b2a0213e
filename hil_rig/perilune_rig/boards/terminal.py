"""A pseudo-terminal with a board behind it: a device path that anything which talks to a real board can open."""

import os
import pty
import select
import signal
import sys
import tty
from collections.abc import Callable

__all__ = ["Terminal", "parent_left"]


class Terminal:
    """The board's end of a raw pseudo-terminal. `path` is the other end, for any number of hosts in turn."""

    def __init__(self) -> None:
        self._board, self._host = pty.openpty()  # the host's end is kept open, so that hosts may come and go
        tty.setraw(self._host)
        os.set_blocking(self._board, False)
        self.path = os.ttyname(self._host)

    def fileno(self) -> int:
        """For select."""
        return self._board

    def idle(self, timeout_s: float) -> bool:
        """Wait until the host has sent something, or the time is over. Always False: a terminal never ends."""
        select.select([self], [], [], timeout_s)
        return False

    def read(self) -> bytes:
        """What has come from the host; may be empty."""
        try:
            return os.read(self._board, 65536)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> None:
        """Send to the host; what nobody reads is lost once the terminal is full, as on a USB port."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._board, view) :]
            except BlockingIOError:
                if not select.select([], [self._board], [], 0.5)[1]:
                    return

    def close(self) -> None:
        """Remove the device."""
        os.close(self._board)
        os.close(self._host)


def parent_left(
    timeout_s: float | None, *others: Terminal, order: Callable[[str], None] | None = None
) -> bool:
    """Wait until one of `others` can be read; whether standard input has ended meanwhile.

    A rung holds the other end of standard input, so its end means the rig is gone, however it died. Lines that come
    before that are handed to `order`.
    """
    ready, _, _ = select.select([sys.stdin, *others], [], [], timeout_s)
    if sys.stdin not in ready:
        return False
    said = os.read(sys.stdin.fileno(), 4096)
    if order is not None:
        for line in said.decode().splitlines():
            order(line)
    return not said


def announce(terminal: Terminal) -> None:
    """Tell the rig the device path. Ctrl-C is the rig's affair: it ends this process by ending its input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print(terminal.path, flush=True)


def serve_lines(
    terminal: Terminal, answer: Callable[[bytes], bytes], order: Callable[[str], None] | None = None
) -> None:
    """Hand every frame that comes (without its 0x00) to `answer` and send what it returns, until the rig is gone.

    Orders are looked for again once frames have been read: the one given before a frame may come after the wait.
    """
    pending = b""
    while not parent_left(None, terminal, order=order):
        *lines, pending = (pending + terminal.read()).split(b"\0")
        if parent_left(0, order=order):
            return
        for line in lines:
            if line:
                terminal.write(answer(line))

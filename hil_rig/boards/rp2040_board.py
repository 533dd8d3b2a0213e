"""An emulated RP2040 at a device path: `python -m hil_rig.boards.rp2040_board`. Ctrl-D, or the end of standard input,
ends it.

Its clock follows the wall's while it sleeps and never runs ahead of it; while it works it may fall behind.
"""

import sys
import time
from pathlib import Path

from hil_rig.boards.build import build_firmware
from hil_rig.boards.emulator import Emulator
from hil_rig.boards.terminal import Terminal, announce, parent_left
from host.errors import PeriluneError

_SLICE_NS = 1e6
_NAP_S = 0.01


def serve(board: Emulator, terminal: Terminal) -> None:
    """Carry bytes between the terminal and the board's USB port until standard input ends."""
    origin = time.monotonic_ns() - board.state.nanos
    asleep = False
    while not parent_left(_NAP_S if asleep else 0.0, terminal):
        data, busy = terminal.read(), board.state.busy_nanos
        until = board.state.nanos + _SLICE_NS
        if not data and asleep:
            until = max(board.state.nanos, time.monotonic_ns() - origin)
        usb, _uart = board.run(until, data)
        terminal.write(usb)
        asleep = board.state.busy_nanos == busy
        origin = min(origin, time.monotonic_ns() - board.state.nanos)


def main(arguments: list[str]) -> int:
    """Announce the device path on standard output, serve until standard input ends."""
    try:
        image = Path(arguments[0]) if arguments else build_firmware("RPI_PICO")
        board = Emulator(image)
    except PeriluneError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    terminal = Terminal()
    announce(terminal)
    try:
        serve(board, terminal)
    except PeriluneError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    finally:
        terminal.close()
        board.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

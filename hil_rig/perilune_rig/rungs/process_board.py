"""The virtual machine in a process of its own, behind a pseudo-terminal: `python -m perilune_rig.rungs.process_board`.

A line with the cause of a reset on standard input resets it.
"""

import sys
import time

from perilune_host.codec import DELIMITER
from perilune_host.errors import PeriluneError
from perilune_rig.boards.terminal import Terminal, announce, serve_lines
from perilune_rig.rungs.vm import VmRung
from perilune_rig.vm.library import IO_BYTES


def main() -> int:
    """Announce the device path on standard output, serve until standard input ends."""
    board = VmRung()
    terminal = Terminal()
    announce(terminal)

    def answer(line: bytes) -> bytes:
        return board.transact(line[:IO_BYTES] + DELIMITER, time.monotonic_ns() // 1000)

    def reset(cause: str) -> None:
        board.reset(cause, time.monotonic_ns() // 1000)

    try:
        serve_lines(terminal, answer, reset)
    except PeriluneError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    finally:
        terminal.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

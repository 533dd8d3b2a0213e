"""An emulated RP2040 at a device path: `python -m perilune_rig.boards.rp2040_board [--stock] [--flash FILE] [--other]`.

Ctrl-D, or the end of standard input, ends it.

Its clock follows the wall's while it sleeps; while it works it is as fast as the emulator, and what it loses is lost.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from perilune_host.errors import PeriluneError
from perilune_rig.boards.build import build_firmware
from perilune_rig.boards.emulator import Emulator
from perilune_rig.boards.flash_file import take
from perilune_rig.boards.rp2040py import Rp2040Py
from perilune_rig.boards.terminal import Terminal, announce, parent_left

_BOOT_NS = 1e9  # measured: 0.6 s with the flight image
_SLICE_NS = 1e6
_NAP_S = 0.01


class Rp2040Board:
    """An emulated board behind a pseudo-terminal at `path`.

    frozen: the flight image; else MicroPython alone, as its project releases it. flash: a file that keeps it, see
    `perilune_rig.boards.flash_file`. other: on rp2040py, see `perilune_rig.boards.rp2040py`; it keeps no flash.
    InputError for a file that is no flash of a Pico, RigError where a tool is missing or the image cannot be built.
    """

    def __init__(self, *, frozen: bool = True, flash: Path | None = None, other: bool = False) -> None:
        self._claim = take(flash) if flash else None
        try:
            image = build_firmware("RPI_PICO", frozen=frozen)
            self._emulator = Rp2040Py(image) if other else Emulator(image, flash)
        except BaseException:
            self._let_go()
            raise
        try:
            self._emulator.run(
                _BOOT_NS
            )  # what is sent to a board before its USB port is up would interrupt its boot
            self.terminal = Terminal()
        except BaseException:
            self._emulator.close()
            self._let_go()
            raise
        self.path = self.terminal.path

    def serve(self, ended: Callable[[float], bool] | None = None) -> None:
        """Carry bytes between the terminal and the board's USB port until `ended` says so, or for ever.

        ended: waits so many seconds at most for the host to send, says whether to stop.
        """
        board, terminal = self._emulator, self.terminal
        ended = ended or terminal.idle
        origin = time.monotonic_ns() - board.state.nanos
        asleep = False
        while not ended(_NAP_S if asleep else 0.0):
            data, busy = terminal.read(), board.state.busy_nanos
            until = board.state.nanos + _SLICE_NS
            if not data and asleep:
                until = max(board.state.nanos, time.monotonic_ns() - origin)
            usb, _uart = board.run(until, data)
            terminal.write(usb)
            asleep = board.state.busy_nanos == busy
            origin = (
                time.monotonic_ns() - board.state.nanos
            )  # time lost at work is not slept through: a watchdog counts

    def close(self) -> None:
        """End the emulator and remove the device."""
        self.terminal.close()
        self._emulator.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._claim:
            self._claim.release()


def main(arguments: list[str]) -> int:
    """Announce the device path on standard output, serve until standard input ends."""
    parser = argparse.ArgumentParser(
        prog="python -m perilune_rig.boards.rp2040_board", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--stock", action="store_true", help="MicroPython alone, nothing of ours frozen in")
    parser.add_argument("--flash", type=Path, help="a file that keeps the flash between runs")
    parser.add_argument("--other", action="store_true", help="on rp2040py instead, which keeps no flash")
    given = parser.parse_args(arguments)
    try:
        board = Rp2040Board(frozen=not given.stock, flash=given.flash, other=given.other)
    except PeriluneError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    announce(board.terminal)
    try:
        board.serve(lambda nap_s: parent_left(nap_s, board.terminal))
    except PeriluneError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    finally:
        board.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

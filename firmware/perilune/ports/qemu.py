"""An STM32F205 under QEMU: one UART, which is standard input and output; no hardware besides."""

import sys

from perilune.ports.board import Board
from perilune.ports.serve import serve
from perilune.ports.streams import stdio


class Port(Board):
    """An emulated Netduino 2."""

    board = "netduino2"
    boot_nonce = 1

    def __init__(self):
        super().__init__()
        self.streams = (stdio(sys.stdin.buffer, sys.stdout.buffer),)


def main():
    """Serve until the REPL is asked for."""
    serve(Port())

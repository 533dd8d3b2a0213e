"""An STM32F205 under QEMU: one UART, which is standard input and output; no hardware besides."""

import sys

from perilune.ports.board import Board, Stdio
from perilune.ports.serve import serve


class Port(Board):
    """An emulated Netduino 2."""

    board = "netduino2"
    boot_nonce = 1

    def __init__(self):
        super().__init__()
        self.streams = (Stdio(sys.stdin.buffer, sys.stdout.buffer),)


def main():
    """Serve until the REPL is asked for."""
    serve(Port())

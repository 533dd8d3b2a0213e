"""A board under QEMU: one UART, which is standard input and output; no hardware besides."""

import sys

from perilune.ports.board import Board
from perilune.ports.serve import serve
from perilune.ports.streams import stdio


class Port(Board):
    """An emulated board of that name."""

    boot_nonce = 1

    def __init__(self, board):
        super().__init__()
        self.board = board
        self.streams = (stdio(sys.stdin.buffer, sys.stdout.buffer),)

    def find_key(self):
        """None: there is no file system, which is not a file system that fails."""
        return None


def main(board):
    """Serve until the REPL is asked for."""
    serve(Port(board))

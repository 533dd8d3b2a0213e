"""A board behind a pseudo-terminal: orders on its standard input, frames through the terminal."""

import os
import sys

from perilune_rig.boards.terminal import serve_lines


class Between:
    """A terminal whose host gives an order and sends a frame just after the board has stopped waiting."""

    def __init__(self, orders):
        self.orders = orders
        self.seen, told = os.pipe()
        os.write(told, b".")  # something to read, so that the wait ends

    def fileno(self):
        return self.seen

    def read(self):
        os.write(self.orders, b"brown_out\n")
        return b"hello\0"

    def write(self, data):
        os.close(self.orders)  # the rig is gone


def test_an_order_is_heeded_before_a_frame_sent_after_it(monkeypatch):
    """On a busy machine a board answered hello and was reset only then, so that a flight went on as another."""
    orders, rig = os.pipe()
    monkeypatch.setattr(sys, "stdin", os.fdopen(orders))
    heard = []

    def answer(line):
        heard.append(line.decode())
        return b""

    serve_lines(Between(rig), answer, heard.append)
    assert heard == ["brown_out", "hello"]

"""The main loop on a board: wait for bytes, gather a frame, fly it, reply, collect garbage while the host is busy."""

import select

import micropython

from perilune.link.computer import Computer
from perilune.ports.loop import Loop

_CONTROL_C = 3


def serve(port):
    """Serve frames on all streams of `port`; in the rig's build until the host asks for the REPL, by frame or key."""
    micropython.alloc_emergency_exception_buf(100)
    computer = Computer(port)
    loop = Loop(port, computer)
    if computer.hil:
        micropython.kbd_intr(-1)  # a frame may hold any byte; the build for flight has no such key
    try:
        _serve(loop)
    except Exception:
        if computer.flight is not None:
            port.restart()  # in flight there is nobody at the REPL: come back and go on from what was kept
        raise
    finally:
        if computer.hil:
            micropython.kbd_intr(_CONTROL_C)
        port.release()


def _serve(loop):
    poller = select.poll()
    lines = {}
    for line in loop.lines:
        poller.register(line.stream.source, select.POLLIN)
        lines[id(line.stream.source)] = line
    while not loop.left:
        for source, _event in poller.ipoll(loop.patience_ms()):  # sleeps until something comes
            loop.hear(lines[id(source)])
        loop.turn()

"""Helpers: the frames of a real session, and a terminal with a scripted board behind it."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import serial

from perilune.wire import schema
from perilune_host.codec import LAYOUTS
from perilune_rig.boards.terminal import Terminal
from perilune_rig.flight import fly
from perilune_rig.rungs import Rung
from perilune_rig.scenario.catalogue import load_scenario
from perilune_sim.bridge import Bridge

# Changes to nominal_terminal that leave its last metres: ranges, valves, contacts, shutdown, within 27 s.
LAST_METRES = [
    "start.altitude_m=60",
    "start.downrange_m=-1",
    "start.vertical_m_s=-3",
    "start.forward_m_s=0.5",
]


def flown(rung: Rung, ticks: int, scenario: str = "nominal", seed: int = 1, *, close: bool = True) -> Bridge:
    """The bridge after `ticks` of a scenario on a rung, which is closed afterwards unless asked not to be."""
    try:
        bridge = fly.prepare(load_scenario(scenario), seed, rung)
        for _ in range(ticks):
            bridge.step()
        return bridge
    finally:
        if close:
            rung.close()


@contextmanager
def emulated(*options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The device path and the process of `perilune board rp2040 --pty`."""
    command = [sys.executable, "-m", "perilune_rig.cli", "board", "rp2040", "--pty", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), process
        finally:
            process.terminate()


def prompted(path: str) -> bool:
    """Whether Ctrl-C brings the REPL's prompt; asked again, since a board in flight takes one at once for noise."""
    with serial.Serial(path, timeout=1.0) as port:
        for _ in range(20):
            port.write(b"\r\x03")
            if port.read_until(b">>> ").endswith(b">>> "):
                return True
    return False


def payload_of(kind: int) -> bytes:
    """A well-formed payload of a frame type, whatever its values."""
    strings = {schema.S8: b"8 bytes.", schema.S16: b"sixteen bytes..."}
    return LAYOUTS[kind].pack([strings.get(item[1], 1) for item in LAYOUTS[kind].items])


class ScriptedBoard:
    """Answers each frame that comes through its terminal with what `answer` returns."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.terminal = Terminal()
        self.seen: list[bytes] = []
        self._answer = answer
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def path(self) -> str:
        return self.terminal.path

    def close(self) -> None:
        if self._stop.is_set():
            return
        self._stop.set()
        self._thread.join()
        self.terminal.close()

    def _serve(self) -> None:
        pending = b""
        while not self._stop.wait(0.001):
            *lines, pending = (pending + self.terminal.read()).split(b"\0")
            for line in filter(None, lines):
                if line.startswith(b"\r\x02"):  # the link asks for a prompt: there is none
                    continue
                self.seen.append(line)
                self.terminal.write(self._answer(line))

"""The board's port code in this process, fed the same streams, so that its lines can be counted."""

import ast
from contextlib import suppress
from pathlib import Path
from typing import Any

from perilune.link.computer import Computer
from perilune.ports.loop import Loop
from perilune_host.session import Session
from perilune_rig.hostile.target import KEY, groups

__all__ = ["Twin"]

# one board's own code for its processor, and what only a real board's hardware runs, are not here
_COUNTED = (
    "ports/loop",
    "ports/line",
    "link/*",
    "wire/frame",
    "wire/cobs",
    "wire/codec",
    "wire/items",
    "wire/pieces",
)
_STREAM_MS = 4


class _Wire:
    def __init__(self) -> None:
        self.source = object()
        self.waiting = b""
        self.said = b""

    def read(self, piece: bytearray, n: int) -> int:
        n = min(n, len(self.waiting))
        piece[:n], self.waiting = self.waiting[:n], self.waiting[n:]
        return n

    def write(self, buf: bytearray, n: int) -> None:
        self.said = bytes(buf[:n])

    def room(self) -> int:
        return 1024


class _Port:
    board, reset_cause, boot_nonce, float_bits, memory = "twin", 0, 1, 64, b""

    def __init__(self, key: bytes | None) -> None:
        self.key = key
        self.streams = (_Wire(), _Wire())
        self.ms = 0

    def now_ms(self) -> int:
        return self.ms

    def elapsed_ms(self, since: int) -> int:
        return self.ms - since

    def ticks_us(self) -> int:
        return 0

    def __getattr__(self, name: str) -> Any:
        if name not in ("begun", "flown", "served", "greeted", "release", "measure", "restart"):
            raise AttributeError(name)
        return lambda *_given: None


class Twin:
    """A board of either build, begun anew for every board that is fuzzed."""

    def __init__(self) -> None:
        self._cover: Any = None
        with suppress(ImportError):
            import coverage

            places = [f"*/perilune/{name}.py" for name in _COUNTED]
            self._cover = coverage.Coverage(data_file=None, include=places, branch=True)
        self._loop: Any = None

    def begin(self, *, flight: bool, flying: bool) -> None:
        """A board out of reset, or with a flight begun."""
        port = _Port(KEY if flight else None)
        computer = Computer(port, hil=not flight)
        self._loop = Loop(port, computer)
        if flying:
            session = Session(_Direct(computer))
            if flight:
                session.adopt(KEY)
            session.hello()
            session.upload(groups(1))

    def feed(self, sent: bytes, channel: int) -> None:
        """Send a stream, let a few milliseconds go by."""
        if self._cover is not None:
            self._cover.start()
        try:
            loop = self._loop
            line = loop.lines[channel]
            line.stream.waiting += sent
            while not loop.left and (line.stream.waiting or loop.patience_ms() == 0):
                loop.hear(line)
                loop.turn()
            loop.port.ms += _STREAM_MS if len(sent) % 3 else 150  # now and then a silence
            if not loop.left:
                loop.turn()
            loop.left = False
        finally:
            if self._cover is not None:
                self._cover.stop()

    def report(self) -> list[str]:
        """Lines for a reader: how much of the port code the streams have run."""
        if self._cover is None:
            return ["coverage of the port code: not measured (pip install coverage)"]
        files = sorted(self._cover.get_data().measured_files())
        rows, run, all_lines = [], 0, 0
        for path in files:
            _, statements, _, missing, _ = self._cover.analysis2(path)
            inside = _bodies(path)
            statements, missing = ([n for n in lines if n in inside] for lines in (statements, missing))
            run += len(statements) - len(missing)
            all_lines += len(statements)
            name = path.rpartition("/perilune/")[2]
            rest = f", not {', '.join(map(str, missing[:12]))}" if missing else ""
            rows.append(f"  {name:26} {len(statements) - len(missing):4} of {len(statements):4} lines{rest}")
        share = 100.0 * run / max(all_lines, 1)
        return [f"coverage of the port code: {run} of {all_lines} lines, {share:.1f} %", *rows]


def _bodies(path: str) -> set[int]:
    """Lines in the bodies of a module's functions: the others run when it is imported, before anything is counted.

    What runs when a board starts, `__init__`, is left out too.
    """
    found: set[int] = set()
    for node in ast.walk(ast.parse(Path(path).read_text())):
        if isinstance(node, ast.FunctionDef) and node.name != "__init__":
            found.update(range(node.body[0].lineno, (node.end_lineno or 0) + 1))
    return found


class _Direct:
    def __init__(self, computer: Computer) -> None:
        self._computer, self._out = computer, bytearray(1024)

    def transact(self, frame: bytes, time_us: int) -> bytes:
        return bytes(self._out[: self._computer.step(bytearray(frame), len(frame) - 1, self._out)])

    def close(self) -> None:
        pass

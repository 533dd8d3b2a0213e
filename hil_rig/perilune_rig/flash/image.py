"""What is put on a board: the flight modules and the loader, as files."""

import hashlib
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from perilune.boot import manifest
from perilune_host.errors import InputError
from perilune_rig.flash.lean import without_notes
from perilune_rig.vm.build import BOARDS_DIR, FIRMWARE_DIR, mpy_cross

_LOADER = "perilune/boot/"
_OTHER_PORTS = {"perilune/ports/library.py"}  # of the virtual machine
_SCHEMA = "perilune/wire/schema.py"
START = "start.mpy"


@dataclass(frozen=True)
class Image:
    """Files of a slot by their path below it, its manifest, and the loader's files by their path from the root."""

    files: Mapping[str, bytes]
    manifest: bytes
    loader: Mapping[str, bytes]
    main: bytes  # the board's main.py, which starts this loader

    @property
    def identity(self) -> bytes:
        """SHA-256 of the manifest."""
        return hashlib.sha256(self.manifest).digest()


def build(board: str, march: str, firmware: Path = FIRMWARE_DIR) -> Image:
    """Compile the flight modules for a board's processor.

    Bytecode: machine code would take two to three times the room, and what is imported from files lies in RAM.
    InputError where a module does not compile.
    """
    modules = {path.relative_to(firmware).as_posix(): path for path in (firmware / "perilune").rglob("*.py")}
    flight = {
        name: path
        for name, path in modules.items()
        if not name.startswith(_LOADER) and name not in _OTHER_PORTS
    }
    files = {_mpy(name): _compile(name, path, march) for name, path in sorted(flight.items())}
    files[START] = _compile("start.py", BOARDS_DIR / board / "main.py", march)
    loader = {
        _mpy(name.removeprefix(_LOADER)): _compile(name, path, march)
        for name, path in sorted(modules.items())
        if name.startswith(_LOADER)
    }
    text = manifest.text({path: hashlib.sha256(content).hexdigest() for path, content in files.items()})
    return Image(files, text, *_named(loader))


def _named(loader: Mapping[str, bytes]) -> tuple[dict[str, bytes], bytes]:
    """The loader lies in a directory named by its content, so that main.py changes from one to the next at once."""
    content = b"".join(name.encode() + hashlib.sha256(data).digest() for name, data in loader.items())
    folder = f"boot_{hashlib.sha256(content).hexdigest()[:8]}"
    main = f"from {folder}.slots import boot\n\nboot()\n".encode()
    return {f"{folder}/{name}": data for name, data in loader.items()}, main


def _mpy(name: str) -> str:
    return name.removesuffix(".py") + ".mpy"


def _compile(name: str, source: Path, march: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "out.mpy"
        if name == _SCHEMA:
            lean = Path(folder) / "lean.py"
            lean.write_text(without_notes(source.read_text()))
            source = lean
        command = [str(mpy_cross()), f"-march={march}", "-s", name, "-o", str(output), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = " ".join((done.stderr + done.stdout).strip().splitlines()[-2:])
            raise InputError(f"{source}: does not compile for MicroPython: {said}")
        return output.read_bytes()

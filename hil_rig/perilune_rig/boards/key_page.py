"""The key of a board built for flight: `python -m perilune_rig.boards.key_page FILE.uf2 [BOARD]` makes one.

That build has no files and no prompt, so its key comes as its image does: a UF2 file for the boot ROM's drive
(BOOTSEL), of one block in the last page of flash, where the image does not reach. Whoever has that file has the key:
only its owner can read it, and it is to be deleted once it is on the board. The ground keeps the key as any other's.
"""

import os
import struct
import sys
from pathlib import Path

from perilune.link.authentication import sealed
from perilune_host import keys
from perilune_host.errors import InputError, PeriluneError
from perilune_rig.boards.build import BOARDS

__all__ = ["block", "write"]

_HEAD = struct.Struct("<8I")
_MAGIC, _MAGIC_2, _MAGIC_END = 0x0A324655, 0x9E5D5157, 0x0AB16F30
_HAS_FAMILY = 0x2000
_PAGE_BYTES = 256
_SECTOR_BYTES = 4096


def block(board: str, key: bytes) -> bytes:
    """The UF2 block that puts `key` where `perilune.ports.rp2` looks for it on an RP2 board."""
    kind = BOARDS[board]
    address = kind.flash + kind.flash_bytes - _SECTOR_BYTES
    head = _HEAD.pack(_MAGIC, _MAGIC_2, _HAS_FAMILY, address, _PAGE_BYTES, 0, 1, kind.family)
    page = sealed(key).ljust(_PAGE_BYTES, b"\xff")
    return (head + page).ljust(512 - 4, b"\0") + struct.pack("<I", _MAGIC_END)


def write(path: Path, board: str) -> bytes:
    """Make a key, keep it here, write its block to a new file; the key. InputError where that cannot be done."""
    if board not in BOARDS:
        raise InputError(f"no key is made for board {board!r}; there are {', '.join(BOARDS)}")
    key = keys.make()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(block(board, key))
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
    return key


def main(arguments: list[str]) -> int:
    """Write the file, say the key's ID."""
    try:
        if not 1 <= len(arguments) <= 2:
            raise InputError("key_page: name the file to be written, such as build/key.uf2, and the board")
        path = Path(arguments[0])
        key = write(path, *(arguments[1:] or ["RPI_PICO"]))
    except PeriluneError as error:
        print(f"key_page: error: {error}", file=sys.stderr)
        return error.exit_code
    print(f"{path}: key {keys.key_id(key).hex()}; delete it once it is on the board")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

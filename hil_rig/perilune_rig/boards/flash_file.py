"""The file that keeps an emulated board's flash: of its size, with its content, one board's at a time."""

import os
import stat
import zlib
from pathlib import Path

from perilune_host.claim import Claim, claim_output
from perilune_host.errors import InputError

FLASH_BYTES = 2 << 20  # of a Pico
_STAGE2_BYTES = 252  # the boot ROM's second stage, then its CRC-32 (RP2040 datasheet, 2.8.1.3.1)
_ERASED = b"\xff"


def take(path: Path) -> Claim:
    """Claim the file for one board; it is made erased if missing, readable by its owner alone: a key may lie in it.

    InputError for a file that is another board's now, or was never a Pico's flash: it would be written over.
    """
    claim = claim_output("--flash", path)
    try:
        if path.exists() or path.is_symlink():
            _check(path)
        else:
            _make(path)
    except BaseException:
        claim.release()
        raise
    return claim


def _make(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_ERASED * FLASH_BYTES)
    except OSError as error:
        raise InputError(f"--flash {path}: cannot be written: {error.strerror}") from None


def _check(path: Path) -> None:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size != FLASH_BYTES:
            raise InputError(f"--flash {path}: not a Pico's flash: that is a file of {FLASH_BYTES} bytes")
        with path.open("r+b") as file:
            start = file.read(_STAGE2_BYTES + 4)
    except OSError as error:
        raise InputError(f"--flash {path}: cannot be opened: {error.strerror}") from None
    if start != _ERASED * len(start) and _crc(start[:_STAGE2_BYTES]) != int.from_bytes(start[-4:], "little"):
        raise InputError(
            f"--flash {path}: not a Pico's flash: its first bytes are no boot stage; left as it is"
        )


def _crc(data: bytes) -> int:
    """CRC-32 without reflection, as the boot ROM has it: zlib's, with the bits of bytes and result turned round."""
    turned = zlib.crc32(bytes(_turned(byte, 8) for byte in data)) ^ 0xFFFFFFFF
    return _turned(turned, 32)


def _turned(value: int, bits: int) -> int:
    return int(f"{value:0{bits}b}"[::-1], 2)

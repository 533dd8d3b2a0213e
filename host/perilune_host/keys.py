"""Keys of boards: made when a board is flashed, kept by the ground, never in the repository, an image or a log.

A key is 32 random bytes in a file of its own, readable by its owner alone: on the ground `KEY_ID.key` in the directory
that PERILUNE_KEYS names (else ~/.config/perilune/keys), on the board `/perilune.key` beside the software. A board
without one has the HIL key, which is in the source and protects nothing: it is there so that the rig can fly.
"""

import os
import secrets
from pathlib import Path

from perilune.link.authentication import DAMAGED_KEY_ID, HIL_KEY, KEY_BYTES, NO_KEY_ID, key_id
from perilune_host.errors import InputError

VARIABLE = "PERILUNE_KEYS"
HIL_KEY_ID = key_id(HIL_KEY)


def folder() -> Path:
    """Where this machine keeps its boards' keys."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "perilune" / "keys"


def make() -> bytes:
    """A new key for a board that is being flashed, kept here under its ID. InputError where it cannot be kept."""
    key = secrets.token_bytes(KEY_BYTES)
    path = folder() / f"{key_id(key).hex()}.key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
    except OSError as error:
        raise InputError(
            f"{path}: the board's key cannot be kept: {error.strerror}; set {VARIABLE}"
        ) from None
    return key


def find(wanted: bytes) -> bytes:
    """The key with that ID. InputError where this machine has it not, or what it has is damaged."""
    if wanted == HIL_KEY_ID:
        return HIL_KEY
    if wanted == NO_KEY_ID:
        raise InputError("the board has no key and obeys nobody: provision one when flashing it")
    if wanted == DAMAGED_KEY_ID:
        raise InputError("the board's key is damaged and it obeys nobody: give it another (flash --new-key)")
    path = folder() / f"{wanted.hex()}.key"
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            f"the board's key {wanted.hex()} is not here: put it at {path} or set {VARIABLE}"
        ) from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    if len(key) != KEY_BYTES or key_id(key) != wanted:
        raise InputError(f"{path}: damaged: this is not the key it is named after")
    return key

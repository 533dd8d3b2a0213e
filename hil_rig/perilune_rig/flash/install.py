"""Writing an image into the slot that is not in use, and switching to it last.

Whatever interrupts this, the board starts: until the pointer is switched it knows the new slot only as one whose files
are not as its manifest says, and the pointer is one file, replaced by renaming.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from perilune.boot import manifest, slots
from perilune_host.errors import RigError
from perilune_rig.flash.image import Image
from perilune_rig.flash.repl import Repl

POINTER = "/slot"
SLOTS = "ab"

# Runs on the board. `tree` knows what is there by its content; directories are made and removed as files come and go.
_HELPERS = """
import os
from binascii import hexlify
from hashlib import sha256
def digest(path):
    h, b = sha256(), bytearray(1024)
    with open(path, 'rb') as f:
        n = f.readinto(b)
        while n:
            h.update(memoryview(b)[:n])
            n = f.readinto(b)
    return hexlify(h.digest()).decode()
def tree(folder):
    try:
        names = list(os.ilistdir(folder))
    except OSError:
        return
    for name in names:
        path = folder + '/' + name[0]
        if name[1] & 0x4000:
            yield from tree(path)
        else:
            yield path, digest(path)
def within(path):
    at = path.find('/', 1)
    while at > 0:
        try:
            os.mkdir(path[:at])
        except OSError:
            pass
        at = path.find('/', at + 1)
def remove(path):
    try:
        os.remove(path)
    except OSError:
        pass
def copy(source, target):
    within(target)
    with open(source, 'rb') as f, open(target, 'wb') as g:
        b = f.read(1024)
        while b:
            g.write(b)
            b = f.read(1024)
def clear(folder):
    try:
        names = list(os.ilistdir(folder))
    except OSError:
        return
    for name in names:
        path = folder + '/' + name[0]
        clear(path) if name[1] & 0x4000 else os.remove(path)
    os.rmdir(folder)
"""


@dataclass(frozen=True)
class Installed:
    """What was done: the slot written, files sent over the wire, files copied on the board, files that were there."""

    slot: str
    sent: tuple[str, ...]
    copied: tuple[str, ...]
    kept: tuple[str, ...]


def install(repl: Repl, image: Image, said: Callable[[str], None] = lambda line: None) -> Installed:
    """Put the image into the free slot and make it the one that starts next. `said` is told each step.

    RigError where the board fails, or holds other bytes in the end than it was sent.
    """
    repl.run(_HELPERS)
    state = pointer(repl)
    held = {slot: tree(repl, f"/{slot}") for slot in SLOTS}
    slot = _free(repl, state, held)
    repl.run(f"remove('/{slot}/{manifest.NAME}')")
    done = _files(repl, image, slot, held, said)
    replace(repl, f"/{slot}/{manifest.NAME}", image.manifest)
    _loader(repl, image)
    _verify(repl, slot, image)
    records = "".join("0" if each == slot else state[1 + n] for n, each in enumerate(SLOTS))
    replace(repl, POINTER, (slot + records).encode())
    return done


def pointer(repl: Repl) -> str:
    """The content of the board's pointer file, or what its absence means. See perilune.boot.slots."""
    state = repl.value(f"''.join(open({POINTER!r}).read() for n in os.listdir('/') if n == {POINTER[1:]!r})")
    return state if len(state) == 3 and state[0] in SLOTS else slots.FRESH


def tree(repl: Repl, folder: str) -> dict[str, str]:
    """SHA-256 of every file below a directory of the board, by its path; empty where there is none.

    Told file by file: all in one piece would not fit the memory of a board whose modules lie in it.
    """
    said = repl.run(f"for each in tree({folder!r}):\n print(*each)")
    return dict(line.rsplit(" ", 1) for line in said.splitlines())


def _free(repl: Repl, state: str, held: Mapping[str, Mapping[str, str]]) -> str:
    """The slot that the board would not start now."""
    first = state[0]
    second = SLOTS[1 - SLOTS.index(first)]
    for slot, other in ((first, second), (second, first)):
        if slots.may_start(state, slot) and _whole(repl, slot, held[slot]):
            return other
    return first


def _whole(repl: Repl, slot: str, held: Mapping[str, str]) -> bool:
    path = f"/{slot}/{manifest.NAME}"
    if path not in held:
        return False
    try:
        listed = manifest.files(repl.value(f"open({path!r}, 'rb').read()"))
    except ValueError:
        return False
    return all(held.get(f"/{slot}/{name}") == digest for name, digest in listed.items())


def _files(
    repl: Repl,
    image: Image,
    slot: str,
    held: Mapping[str, Mapping[str, str]],
    said: Callable[[str], None],
) -> Installed:
    """Make the slot's files those of the image, sending only what the board has in neither slot."""
    wanted = {f"/{slot}/{path}": content for path, content in image.files.items()}
    other = {digest: path for each in SLOTS if each != slot for path, digest in held[each].items()}
    sent, copied, kept = [], [], []
    for path in set(held[slot]) - set(wanted):
        repl.run(f"remove({path!r})")
    for path, content in wanted.items():
        digest = hashlib.sha256(content).hexdigest()
        if held[slot].get(path) == digest:
            kept.append(path)
        elif digest in other:
            repl.run(f"copy({other[digest]!r}, {path!r})")
            copied.append(path)
        else:
            said(f"{path}  {len(content)} B")
            repl.run(f"within({path!r})")
            repl.write(path, content)
            sent.append(path)
    return Installed(slot, tuple(sent), tuple(copied), tuple(kept))


def _loader(repl: Repl, image: Image) -> None:
    """The loader in a directory of its own; main.py names it and is replaced at once."""
    folder = "/" + PurePosixPath(next(iter(image.loader))).parts[0]
    there = tree(repl, folder)
    for path, content in image.loader.items():
        if there.get(f"/{path}") != hashlib.sha256(content).hexdigest():
            repl.run(f"within('/{path}')")
            repl.write(f"/{path}", content)
    _same(tree(repl, folder), {f"/{path}": content for path, content in image.loader.items()})
    main = repl.value("[digest('/main.py') for n in os.listdir('/') if n == 'main.py']")
    if main != [hashlib.sha256(image.main).hexdigest()]:
        replace(repl, "/main.py", image.main)
    old = f"n.startswith('boot_') and n != {folder[1:]!r}"
    repl.run(f"for n in os.listdir('/'):\n if {old}: clear('/' + n)")


def replace(repl: Repl, path: str, content: bytes) -> None:
    """Write beside it, then rename: the file is the old one or the new one."""
    repl.write(f"{path}.new", content)
    repl.run(f"os.rename({path + '.new'!r}, {path!r})")


def _verify(repl: Repl, slot: str, image: Image) -> None:
    files = {f"/{slot}/{path}": content for path, content in image.files.items()}
    _same(tree(repl, f"/{slot}"), files | {f"/{slot}/{manifest.NAME}": image.manifest})


def _same(there: Mapping[str, str], wanted: Mapping[str, bytes]) -> None:
    for path, content in wanted.items():
        if there.get(path) != hashlib.sha256(content).hexdigest():
            raise RigError(f"{path}: the board holds other bytes than it was sent: its flash may be worn")

"""Two slots of software, /a and /b, and the file /slot: which of them starts, and how their last starts went.

A start has failed unless it ended in an answered hello or in an orderly return to the REPL. After two failed starts, or
when its files are not as its manifest says, a slot gives way to the other. A slot that has proven itself is not written
about again, so that a reset in flight writes no flash, until one of its starts ends in an exception.
"""

import os
import sys

from . import manifest

_FILE = "/slot"
_ERROR = "/error"
_FAILURES = 2
PROVEN = "p"
FRESH = "a00"  # the slot to start; for each slot PROVEN, or how many starts in a row have failed


def may_start(state, slot):
    """Whether the slot has not failed too often, by the content of /slot."""
    return state["ab".find(slot) + 1] != str(_FAILURES)


class Pointer:
    """The content of /slot, written so that an interruption leaves the old one or the new."""

    def __init__(self):
        try:
            with open(_FILE) as file:
                self.state = file.read()
        except OSError:
            self.state = FRESH
        if len(self.state) != 3 or self.state[0] not in "ab":
            self.state = FRESH

    def order(self):
        """Slots that may start, best first."""
        first = self.state[0]
        return [slot for slot in (first, "b" if first == "a" else "a") if may_start(self.state, slot)]

    def record(self, slot):
        """PROVEN, or how many starts have failed."""
        return self.state["ab".find(slot) + 1]

    def note(self, slot, record, first=None):
        """Keep the record of a slot, and which one starts from now on if that changes."""
        records = [record if each == slot else self.record(each) for each in "ab"]
        state = (first or self.state[0]) + "".join(records)
        if state != self.state:
            self.state = state
            with open(_FILE + ".new", "w") as file:
                file.write(state)
            os.rename(_FILE + ".new", _FILE)


class Image:
    """What was started: `digest` of its manifest, and a word to say when it works."""

    def __init__(self, pointer, slot, digest):
        self.pointer = pointer
        self.slot = slot
        self.digest = digest

    def proven(self):
        """It answered a hello."""
        self.pointer.note(self.slot, PROVEN)


def boot():
    """Start the best slot; returns when it wants the REPL, or when neither can be started."""
    pointer = Pointer()
    for slot in pointer.order():
        try:
            digest = manifest.check("/" + slot)
        except (OSError, ValueError) as error:
            print("slot", slot, "cannot be started:", error)
            continue
        return _start(Image(pointer, slot, digest))
    print("no slot can be started: flash this board again")


def _start(image):
    """Run the slot until it wants the REPL. What ends it otherwise is kept in /error, and the board starts again."""
    pointer, slot = image.pointer, image.slot
    before = pointer.record(slot)
    if before != PROVEN:
        pointer.note(slot, str(int(before) + 1))
    sys.path.insert(0, "/" + slot)
    try:
        import perilune

        perilune.image = image
        import start  # type: ignore[import-not-found]  # noqa: F401 - the board's start-up file, which serves
    except Exception as error:
        if pointer.record(slot) == PROVEN:
            pointer.note(slot, "1")
        with open(_ERROR, "w") as file:
            sys.print_exception(error, file)  # type: ignore[attr-defined]
        import machine

        machine.reset()
    except KeyboardInterrupt:
        _forget(pointer, slot, before)
        raise
    else:
        _forget(pointer, slot, before)


def _forget(pointer, slot, before):
    """An orderly end, or Ctrl-C while it started, is no failure."""
    if pointer.record(slot) != PROVEN:
        pointer.note(slot, before)

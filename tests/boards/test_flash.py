"""Flashing: two slots, a manifest, a pointer switched last. On the emulated board, through its REPL over a terminal."""

import dataclasses
import hashlib
import os
import subprocess
import time

import pytest

from perilune.boot import manifest
from perilune_host import keys
from perilune_host.errors import InputError, RigError
from perilune_host.serial_link import SerialLink
from perilune_host.session import Board, Session
from perilune_rig import cli
from perilune_rig.flash import image, install
from perilune_rig.flash.flash import flash
from perilune_rig.flash.repl import Repl
from perilune_rig.rungs.board import VARIABLE, BoardRung
from perilune_rig.rungs.vm import VmRung
from perilune_rig.vm.build import mpy_cross
from tests.boards.kit import emulated, flown, prompted

pytestmark = [pytest.mark.boards, pytest.mark.timeout(900)]

WATCHDOG_S = 8.4


@pytest.fixture(scope="module")
def path():
    """An emulated board, first with MicroPython alone."""
    with emulated() as (path, _process):
        yield path


@pytest.fixture(scope="module")
def ours() -> image.Image:
    return image.build("RPI_PICO", "armv6m")


def hello(path: str) -> Board:
    link = SerialLink(path, timeout_s=60)
    try:
        return Session(link).hello()
    finally:
        link.close()


def other(base: image.Image, **files: bytes) -> image.Image:
    """The image with other content in some files."""
    changed = {**base.files, **{name.replace("_", "."): content for name, content in files.items()}}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in changed.items()}
    return dataclasses.replace(base, files=changed, manifest=manifest.text(digests))


def compiled(source: str, folder) -> bytes:
    (folder / "start.py").write_text(source)
    subprocess.run([mpy_cross(), folder / "start.py"], check=True)
    return (folder / "start.mpy").read_bytes()


def written(path: str, made: image.Image) -> install.Installed:
    repl = Repl(path)
    try:
        return install.install(repl, made)
    finally:
        repl.close()


def test_flash_fly_reset_in_flight_repl_flash_again(path, monkeypatch, capsys):
    assert cli.main(["flash", "--board", "RPI_PICO", "--port", path]) == 0
    assert "it answers hello as" in capsys.readouterr().out
    monkeypatch.setenv(VARIABLE, path)
    assert flown(BoardRung(), 40).record().trace_hash == flown(VmRung(), 40).record().trace_hash
    before = hello(path)
    flown(BoardRung(), 5)
    time.sleep(WATCHDOG_S)  # a host that is gone for so long is a reset in flight
    after = hello(path)
    assert after.boot_nonce != before.boot_nonce
    assert after.reset_cause == 3
    assert after.manifest == before.manifest
    assert flown(BoardRung(), 40).record().trace_hash == flown(VmRung(), 40).record().trace_hash
    assert prompted(path)
    again = flash("RPI_PICO", path)
    assert again.installed.sent == ()
    assert again.board.manifest == before.manifest


def test_a_board_with_a_key_of_its_own_flies_for_who_has_it(path, monkeypatch, tmp_path):
    monkeypatch.setenv(keys.VARIABLE, str(tmp_path))
    own = flash("RPI_PICO", path, new_key=True).board.key_id
    assert own not in (keys.HIL_KEY_ID, bytes(8))
    assert flash("RPI_PICO", path).board.key_id == own  # flashing again leaves it
    assert hello(path).key_id == own
    monkeypatch.setenv(keys.VARIABLE, str(tmp_path / "elsewhere"))
    with pytest.raises(InputError, match=f"the board's key {own.hex()} is not here"):
        keys.find(own)
    repl = Repl(path)
    repl.run("import os; os.remove('/perilune.key')")
    repl.close()


def test_only_what_the_board_has_in_neither_slot_is_sent(path, ours):
    start = hello(path).manifest
    done = written(path, other(ours, start_mpy=ours.files["start.mpy"] + b"\0"))
    assert done.sent == (f"/{done.slot}/start.mpy",)
    assert hello(path).manifest != start


class Stopped(Exception):
    pass


class Cut(Repl):
    """A REPL whose user is gone after so many changes to the board."""

    def __init__(self, url: str, changes: int) -> None:
        super().__init__(url)
        self.left = changes

    def run(self, code: str) -> str:
        if code.startswith(("remove", "copy", "os.rename", "within")):
            self._change()
        return super().run(code)

    def write(self, path: str, content: bytes) -> None:
        self._change()
        super().write(path, content)

    def _change(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Stopped


def test_an_interrupted_flash_leaves_a_board_that_starts(path, ours):
    for _ in range(2):
        written(path, ours)  # so that both slots hold it, and few changes make another
        old = hello(path).manifest
    new = other(ours, start_mpy=ours.files["start.mpy"] + b"\0\0")
    for changes in range(20):
        repl = Cut(path, changes)
        try:
            install.install(repl, new)
            break
        except Stopped:
            pass
        finally:
            repl.close()
        assert hello(path).manifest == old
    assert hello(path).manifest == hashlib.sha256(new.manifest).hexdigest()[:16]
    assert changes >= 6  # cut before each: manifest away, directory, file; manifest, pointer: beside, renamed


def test_software_that_does_not_start_gives_way_after_two_failures(path, ours, tmp_path):
    old = hello(path).manifest
    written(path, other(ours, start_mpy=compiled("raise ValueError('a bad day')", tmp_path)))
    assert hello(path).manifest == old
    repl = Repl(path)
    assert "a bad day" in repl.run("print(open('/error').read())")
    repl.run("import os")
    state = install.pointer(repl)
    repl.close()
    assert sorted(state[1:]) == ["2", "p"]


def test_a_slot_with_a_damaged_file_gives_way(path, ours):
    for content in (b"\1", b"\2"):
        written(path, other(ours, start_mpy=ours.files["start.mpy"] + content))
        last = hello(path).manifest
    repl = Repl(path)
    repl.run("import os")
    slot = install.pointer(repl)[0]
    repl.write(f"/{slot}/perilune/computer.mpy", os.urandom(100))
    repl.close()
    assert hello(path).manifest != last


def test_a_board_that_is_not_meant_is_refused_and_left_as_it_was(path):
    before = hello(path)
    with pytest.raises(RigError, match="unique ID is 0000000000000000, --unique-id asks for e6"):
        flash("RPI_PICO", path, "E6")
    assert hello(path).manifest == before.manifest

"""Which of two slots starts, and what is written about how its starts went."""

import sys
import types
from pathlib import Path

import pytest

from perilune.boot import manifest, slots
from perilune.boot.slots import FRESH, PROVEN, Image, Pointer


@pytest.fixture
def disk(tmp_path, monkeypatch) -> Path:
    """The board's files."""
    monkeypatch.setattr(slots, "_FILE", str(tmp_path / "slot"))
    monkeypatch.setattr(slots, "_ERROR", str(tmp_path / "error"))
    return tmp_path


def state(disk: Path) -> str:
    return (disk / "slot").read_text()


def test_without_a_pointer_both_slots_are_fresh(disk: Path):
    assert Pointer().state == FRESH
    assert Pointer().order() == ["a", "b"]


@pytest.mark.parametrize("content", ["", "c00", "a0", "a000", "\0\0\0"])
def test_a_damaged_pointer_is_a_fresh_one(disk: Path, content: str):
    (disk / "slot").write_text(content)
    assert Pointer().state == FRESH


@pytest.mark.parametrize(
    ("content", "order"),
    [("a00", "ab"), ("b00", "ba"), ("a20", "b"), ("bp2", "a"), ("a22", ""), ("app", "ab")],
)
def test_the_slot_named_comes_first_unless_it_has_failed_twice(disk: Path, content: str, order: str):
    (disk / "slot").write_text(content)
    assert "".join(Pointer().order()) == order


def test_a_note_is_kept_for_its_slot_alone(disk: Path):
    Pointer().note("b", "1")
    assert state(disk) == "a01"
    Pointer().note("a", PROVEN, first="b")
    assert state(disk) == "bp1"
    assert (Pointer().record("a"), Pointer().record("b")) == (PROVEN, "1")
    assert not (disk / "slot.new").exists()


def test_what_is_known_already_writes_no_flash(disk: Path):
    Pointer().note("a", PROVEN)
    before = (disk / "slot").stat().st_mtime_ns
    Pointer().note("a", PROVEN)
    assert (disk / "slot").stat().st_mtime_ns == before


@pytest.mark.parametrize("slot", "ab")
def test_a_slot_that_answered_a_hello_is_proven_and_the_other_not(disk: Path, slot: str):
    pointer = Pointer()
    Image(pointer, slot, b"").proven()
    assert Pointer().record(slot) == PROVEN
    assert Pointer().record("b" if slot == "a" else "a") == "0"


def started(disk: Path, monkeypatch, program: str | None = None) -> list[str]:
    """Start the slot /a with such a start-up file; what was printed or done."""
    done: list[str] = []
    machine = types.SimpleNamespace(reset=lambda: done.append("reset"))
    monkeypatch.setitem(sys.modules, "machine", machine)
    monkeypatch.setattr(sys, "print_exception", lambda error, file: file.write(repr(error)), raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "start", raising=False)
    checked = lambda slot: done.append(f"check {slot}") or b"d" * 32  # noqa: E731
    monkeypatch.setattr(manifest, "check", checked)
    folder = disk / "program"
    folder.mkdir(exist_ok=True)
    (folder / "start.py").write_text(program or "")
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        slots.boot()
    except KeyboardInterrupt:
        done.append("interrupted")
    finally:
        sys.dont_write_bytecode = before
        sys.modules.pop("start", None)
    return done


def test_a_start_counts_as_failed_until_it_ends_well(disk: Path, monkeypatch):
    seen = "from pathlib import Path; import perilune; Path({!r}).write_text(Path({!r}).read_text())"
    started(disk, monkeypatch, seen.format(str(disk / "seen"), str(disk / "slot")))
    assert (disk / "seen").read_text() == "a10"
    assert state(disk) == "a00"  # an orderly end is no failure


def test_a_start_that_raises_has_failed_and_the_board_starts_again(disk: Path, monkeypatch):
    assert started(disk, monkeypatch, "raise ValueError('why')") == ["check /a", "reset"]
    assert state(disk) == "a10"
    assert "why" in (disk / "error").read_text()
    started(disk, monkeypatch, "raise ValueError")
    assert state(disk) == "a20"
    assert started(disk, monkeypatch)[0] == "check /b"


def test_a_proven_slot_that_raises_is_proven_no_more(disk: Path, monkeypatch):
    (disk / "slot").write_text("ap0")
    started(disk, monkeypatch, "raise ValueError")
    assert state(disk) == "a10"


def test_a_proven_slot_stays_so_without_a_word_written(disk: Path, monkeypatch):
    (disk / "slot").write_text("ap0")
    before = (disk / "slot").stat().st_mtime_ns
    started(disk, monkeypatch)
    assert (disk / "slot").stat().st_mtime_ns == before


def test_control_c_while_it_starts_is_no_failure(disk: Path, monkeypatch):
    assert started(disk, monkeypatch, "raise KeyboardInterrupt")[-1] == "interrupted"
    assert state(disk) == "a00"


def test_the_image_that_runs_knows_what_it_is(disk: Path, monkeypatch):
    import perilune

    monkeypatch.setattr(perilune, "image", None)
    started(disk, monkeypatch)
    assert perilune.image.digest == b"d" * 32
    assert perilune.image.slot == "a"


def test_a_slot_whose_files_are_damaged_gives_way_to_the_other(disk: Path, monkeypatch, capsys):
    started(disk, monkeypatch)

    def check(slot: str) -> bytes:
        if slot == "/a":
            raise ValueError("x.mpy is damaged")
        raise OSError(2, "no such file")

    monkeypatch.setattr(manifest, "check", check)
    slots.boot()
    said = capsys.readouterr().out
    assert "slot a cannot be started: x.mpy is damaged" in said
    assert "slot b cannot be started" in said
    assert "no slot can be started: flash this board again" in said

"""The manifest of a slot, as board and host share it."""

import hashlib
from pathlib import Path

import pytest

from perilune.boot import manifest, slots


def slot(folder: Path) -> str:
    (folder / "sub").mkdir()
    contents = {"one.mpy": b"1" * 3000, "sub/two.mpy": b""}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    (folder / manifest.NAME).write_bytes(manifest.text(digests))
    return str(folder)


def test_a_whole_slot_has_the_identity_of_its_manifest(tmp_path):
    content = Path(slot(tmp_path), manifest.NAME).read_bytes()
    assert manifest.check(str(tmp_path)) == hashlib.sha256(content).digest()
    assert list(manifest.files(content)) == ["one.mpy", "sub/two.mpy"]


def test_one_changed_bit_is_named(tmp_path):
    slot(tmp_path)
    (tmp_path / "one.mpy").write_bytes(b"1" * 2999 + b"3")
    with pytest.raises(ValueError, match=r"one\.mpy is damaged"):
        manifest.check(str(tmp_path))


@pytest.mark.parametrize("digit", range(64))
def test_every_digit_of_a_digest_counts(tmp_path, digit: int):
    """A comparison of the first few would let a file through that somebody has searched for a minute."""
    slot(tmp_path)
    path = tmp_path / manifest.NAME
    content = bytearray(path.read_bytes())
    content[digit] = ord("0") if content[digit] != ord("0") else ord("1")
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"one\.mpy is damaged"):
        manifest.check(str(tmp_path))


def test_a_missing_file_or_manifest_is_no_slot(tmp_path):
    with pytest.raises(OSError):
        manifest.check(str(tmp_path))
    slot(tmp_path)
    (tmp_path / "sub" / "two.mpy").unlink()
    with pytest.raises(OSError):
        manifest.check(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"\n", b"short  name\n", b"0" * 64 + b" name\n", b"0" * 67])
def test_what_is_no_manifest_is_refused(content):
    with pytest.raises(ValueError):
        manifest.files(content)


@pytest.mark.parametrize(
    ("state", "may"), [("a00", "ab"), ("bpp", "ab"), ("a2p", "b"), ("b12", "a"), ("a22", "")]
)
def test_a_slot_may_start_until_it_has_failed_twice(state, may):
    assert "".join(each for each in "ab" if slots.may_start(state, each)) == may

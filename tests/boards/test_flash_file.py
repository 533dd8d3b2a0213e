"""`perilune board rp2040 --flash FILE`: it wrote a Pico's flash over whatever file it was given."""

import pytest

from perilune_host.errors import InputError
from perilune_rig.boards import flash_file
from perilune_rig.boards.flash_file import FLASH_BYTES, take
from perilune_rig.cli import main


def test_a_new_file_is_erased_flash_that_its_owner_alone_can_read(tmp_path):
    path = tmp_path / "flash.bin"
    take(path).release()
    assert path.read_bytes() == b"\xff" * FLASH_BYTES and path.stat().st_mode & 0o777 == 0o600
    take(path).release()


@pytest.mark.parametrize(
    "content", [b"precious", b"", b"x" * FLASH_BYTES, b"\0" * FLASH_BYTES, b"\xff" * (FLASH_BYTES + 1)]
)
def test_a_foreign_file_is_refused_and_left_as_it_is(tmp_path, content, capsys):
    path = tmp_path / "thesis.odt"
    path.write_bytes(content)
    assert main(["board", "rp2040", "--flash", str(path)]) == 2
    assert f"--flash {path}: not a Pico's flash" in capsys.readouterr().err
    assert path.read_bytes() == content
    take(tmp_path / "other").release()  # the refused one holds nothing


def test_what_a_board_left_is_taken_by_its_boot_stage(tmp_path):
    path, stage = tmp_path / "flash.bin", bytes(range(252))
    content = stage + flash_file._crc(stage).to_bytes(4, "little")
    path.write_bytes(content.ljust(FLASH_BYTES, b"\xff"))
    take(path).release()
    assert flash_file._crc(b"123456789") == 0x0376E6E7  # CRC-32/MPEG-2, which the boot ROM's is


def test_one_board_at_a_time(tmp_path):
    path = tmp_path / "flash.bin"
    held = take(path)
    with pytest.raises(InputError, match="writes there"):
        take(path)
    held.release()
    take(path).release()

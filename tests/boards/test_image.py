"""The firmware image as it was linked."""

import subprocess

import pytest

from perilune_host.errors import RigError
from perilune_rig.boards.build import FILES_FROM_BYTES, build_firmware, check_size, symbols

pytestmark = [pytest.mark.boards, pytest.mark.timeout(600)]


def listed() -> list[str]:
    """Address, kind and name of all that is in the Pico's image."""
    command = ["arm-none-eabi-nm", str(symbols(build_firmware("RPI_PICO")))]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_the_image_ends_before_the_file_system_begins():
    """At 644 KiB it reached into it, and a board that had formatted it did not come back from a reset."""
    (end,) = [line.split()[0] for line in listed() if line.endswith(" __flash_binary_end")]
    assert 0 < int(end, 16) - 0x10000000 <= FILES_FROM_BYTES


def test_an_image_that_does_not_fit_is_refused():
    check_size("RPI_PICO", FILES_FROM_BYTES)
    with pytest.raises(RigError, match=r"RPI_PICO image takes 1048577 bytes"):
        check_size("RPI_PICO", FILES_FROM_BYTES + 1)


def test_machine_code_of_the_flight_modules_stands_at_whole_words():
    """At a halfword a function read its 32-bit literals two bytes off: the RP2040 bounded the height's variance by
    another beam than the vm did, depending on what was linked before it."""
    places = [line.split() for line in listed() if " t fun_data_perilune_flight" in line]
    assert len(places) > 200
    assert [name for address, _kind, name in places if int(address, 16) % 4] == []

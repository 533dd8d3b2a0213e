"""The firmware image as it was linked."""

import subprocess

import pytest

from hil_rig.boards.build import build_firmware, symbols

pytestmark = [pytest.mark.boards, pytest.mark.timeout(600)]


def test_machine_code_of_the_flight_modules_stands_at_whole_words():
    """At a halfword a function read its 32-bit literals two bytes off: the RP2040 bounded the height's variance by
    another beam than the vm did, depending on what was linked before it."""
    listed = subprocess.run(
        ["arm-none-eabi-nm", str(symbols(build_firmware("RPI_PICO")))],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    places = [line.split() for line in listed.splitlines() if " t fun_data_perilune_flight" in line]
    assert len(places) > 200
    assert [name for address, _kind, name in places if int(address, 16) % 4] == []

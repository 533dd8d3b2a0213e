"""What is put on a board, and which board it is put on."""

import dataclasses
import hashlib

import pytest

from perilune.boot import manifest
from perilune.wire import codec, schema
from perilune_host.errors import RigError
from perilune_rig import cli
from perilune_rig.flash import identity, image
from perilune_rig.flash.lean import without_notes
from perilune_rig.rungs import RUNGS
from perilune_rig.vm.build import FIRMWARE_DIR

missing = RUNGS["vm"].available()
PICO = identity.Identity("Raspberry Pi Pico with RP2040", (1, 25, 0), "armv6m", "e66058388374", 242080)


@pytest.mark.skipif(missing is not None, reason=f"needs the VM's build: {missing}")
def test_an_image_holds_flight_modules_by_content_and_a_loader_beside_them():
    made = image.build("RPI_PICO", "armv6m")
    listed = manifest.files(made.manifest)
    assert listed == {name: hashlib.sha256(data).hexdigest() for name, data in made.files.items()}
    assert {"start.mpy", "perilune/flight/flight.mpy", "perilune/ports/rp2.mpy"} <= set(made.files)
    assert not any("boot" in name for name in made.files)
    folder = next(iter(made.loader)).split("/")[0]
    assert made.main == f"from {folder}.slots import boot\n\nboot()\n".encode()
    assert image.build("RPI_PICO", "armv6m") == made


def test_the_schema_without_notes_is_the_same_agreement():
    module: dict = {}
    exec(without_notes((FIRMWARE_DIR / "perilune/wire/schema.py").read_text()), module)
    assert module["schema_text"]() == schema.schema_text()
    assert module["items"](schema.SENSORS) == schema.items(schema.SENSORS)
    assert all(field[8] == "" for _name, fields in module["FRAMES"].values() for field in fields)
    assert codec.schema_crc()


@pytest.mark.parametrize(
    ("board", "unique_id", "found", "reason"),
    [
        ("RPI_PICO2", None, PICO, "this is a 'Raspberry Pi Pico with RP2040', --board RPI_PICO2"),
        ("RPI_PICO", "AB", PICO, "its unique ID is e66058388374, --unique-id asks for ab"),
        (
            "RPI_PICO",
            None,
            identity.Identity(PICO.machine, (1, 24, 1), "armv6m", "", 0),
            "it runs MicroPython 1.24.1; install 1.25 on it first",
        ),
        (
            "RPI_PICO",
            None,
            dataclasses.replace(PICO, heap_bytes=100 << 10),
            "it has 100 KiB of memory, the modules and a flight take 192: build its firmware with the modules frozen",
        ),
    ],
)
def test_a_board_that_is_not_meant_is_refused(board, unique_id, found, reason):
    with pytest.raises(RigError, match=r"^/dev/p: not flashed: ") as refused:
        identity.check(found, identity.kind(board), unique_id, "/dev/p")
    assert reason in str(refused.value)


def test_the_board_that_is_meant_is_taken():
    identity.check(PICO, identity.kind("RPI_PICO"), "E66058388374", "/dev/p")


def test_unknown_boards_and_missing_ports_end_in_one_line(capsys, monkeypatch):
    monkeypatch.delenv("PERILUNE_PORT", raising=False)
    monkeypatch.setattr("serial.tools.list_ports.comports", list)
    assert cli.main(["flash", "--board", "ARDUINO"]) == 2
    said = capsys.readouterr().err
    assert "--board ARDUINO: unknown board; there are RPI_PICO, RPI_PICO_W, ADAFRUIT_FEATHER_RP2040, " in said
    assert cli.main(["flash", "--board", "RPI_PICO"]) == 2
    assert "no USB port could be it: name the board's port" in capsys.readouterr().err

"""The ports of the real images, emulated: what is no frame has no effect, and deafens neither its port nor another."""

from collections.abc import Iterator

import pytest

from perilune.wire import schema
from perilune_rig.hostile.fuzz_ports import main as fuzz_ports
from perilune_rig.hostile.streams import hello
from perilune_rig.hostile.target import UART, USB, Target

pytestmark = [pytest.mark.boards, pytest.mark.timeout(1800)]

SIX_BYTES = b"\x01\x01\x01\x01\x20\0"  # no frame; the fifth is the type of a sensor frame
LONG_FRAME_BEGINS = b"\x05\x98\x2f\x18\x10"


@pytest.fixture(params=[False, True], ids=["rig", "flight"])
def board(request) -> Iterator[Target]:
    target = Target(flight=request.param)
    target.boot()
    yield target
    target.close()


@pytest.fixture
def rig() -> Iterator[Target]:
    target = Target(flight=False)
    target.boot()
    yield target
    target.close()


def test_six_bytes_start_no_watchdog(board: Target):
    """They reset the chip eight seconds later, and again in its next boot."""
    for _ in range(3):
        board.run(20, SIX_BYTES)
    board.run(9_000)
    assert board.resets == 0


def test_five_bytes_on_one_port_do_not_deafen_the_other(board: Target):
    for port, other in ((USB, UART), (UART, USB)):
        board.run(20, LONG_FRAME_BEGINS, port)
        assert board.ask(hello(), other)[-1][0] == schema.HELLO_REPLY
        assert board.hears(port)


@pytest.mark.parametrize(
    "piece", [SIX_BYTES * 12, LONG_FRAME_BEGINS], ids=["frames that are none", "a partial one"]
)
@pytest.mark.parametrize("port", [USB, UART], ids=["usb", "uart"])
def test_noise_at_a_free_port_costs_the_flight_less_than_a_tick(rig: Target, port: int, piece: bytes):
    """Each such line cost a collection of 8 ms and fed the watchdog; a partial one ended the flight."""
    rig.take_off(UART if port == USB else USB)
    calm = sorted(rig.tick() for _ in range(40))
    stormed = []
    for _ in range(40):
        rig.run(0.1, piece, port)
        stormed.append(rig.tick())
    assert rig.resets == 0
    assert sorted(stormed)[20] < calm[20] + 20.0


def test_a_flight_that_hangs_is_reset_however_much_noise_arrives(rig: Target):
    """Only a completed tick keeps the watchdog quiet."""
    rig.take_off()
    for _ in range(20):
        rig.tick()
    for _ in range(1000):
        rig.run(10, SIX_BYTES, UART)
        if rig.resets:
            break
    assert rig.resets == 1


@pytest.mark.parametrize("stray", [b"x", b"AT\r\n", b"\x05\x98\x2f\x18\x20" + bytes(range(1, 60))])
def test_stray_bytes_do_not_lock_out_the_keyboard(rig: Target, stray: bytes):
    """ModemManager's probe, a letter, half a frame; then what mpremote and flash send."""
    rig.run(50, stray)
    rig.run(150)
    rig.run(300, b"\r\3")
    assert rig.prompted


def test_a_hello_of_another_wire_changes_nothing(board: Target):
    assert board.ask(hello(7))[-1][3] == 7
    for foreign in (hello(8, crc=1), hello(8, version=schema.WIRE_VERSION + 1)):
        row = board.ask(foreign)[-1]
        assert (row[0], row[1], row[3]) == (schema.HELLO_REPLY, schema.WIRE_VERSION, 7)


def test_a_short_fuzz_of_every_port(capsys):
    assert fuzz_ports(["--minutes", "0.2", "--seed", "77"]) == 0
    assert "coverage of the port code" in capsys.readouterr().out

"""Real firmware on emulated boards. Needs compilers, node and QEMU: `make test-boards`."""

from functools import cache

import pytest

from perilune_host.errors import InputError
from perilune_host.link import BROWN_OUT, CAUSES, ComputerLost
from perilune_host.serial_link import SerialLink
from perilune_host.session import Session
from perilune_rig.bench import budget
from perilune_rig.bitexact import rungs_compared
from perilune_rig.boards import emulator
from perilune_rig.boards.build import build_firmware
from perilune_rig.boards.child import BoardProcess
from perilune_rig.boards.emulator import UART, USB, Emulator
from perilune_rig.boards.qemu import QemuBoard
from perilune_rig.boards.qemu_build import build_elf
from perilune_rig.boards.qemu_machines import MACHINES
from perilune_rig.rungs.board import VARIABLE, BoardRung
from perilune_rig.rungs.rp2040 import Rp2040Rung
from perilune_rig.rungs.vm import VmRung
from perilune_rig.scenario.catalogue import load_scenario
from perilune_sim.bridge import TICK_US
from tests.boards.kit import flown, prompted

pytestmark = [pytest.mark.boards, pytest.mark.timeout(1800)]

BOOT_NS = 1e9


@pytest.fixture
def pico():
    board = Emulator(build_firmware("RPI_PICO"))
    board.run(BOOT_NS)  # measured: 0.6 s
    yield board
    board.close()


BUDGET_US = 10_000  # a tick and the collection after it, of the 20 ms between two sensor frames
HEAP_BYTES = 64 * 1024

terminal_descents = pytest.mark.parametrize("name", ["nominal_terminal", "resilience_terminal"])


@cache
def flown_on_boards(name: str) -> dict[str, rungs_compared.Trace]:
    traces = rungs_compared.traces(load_scenario(name), 1, ["process", "rp2040", *MACHINES])
    return {trace.rung: trace for trace in traces}


@terminal_descents
def test_the_end_of_a_descent_is_the_same_bit_for_bit_on_every_rung(name):
    reference = rungs_compared.trace(load_scenario(name), 1, "vm")
    assert reference.outcome == "landed"
    for other in flown_on_boards(name).values():
        assert rungs_compared.first_difference(reference, other) is None
        assert other.trace_hash == reference.trace_hash


def test_another_emulator_of_the_rp2040_gives_the_same_replies_to_the_same_image():
    """Processor, buses and USB by other hands: what both say is no mistake of one of them."""
    reference, ours, other = rungs_compared.traces(
        load_scenario("nominal_terminal"), 1, ["vm", "rp2040", "rp2040py"], ticks=100
    )
    assert len(other.ticks) == 100
    assert rungs_compared.first_difference(ours, other) is None
    assert rungs_compared.first_difference(reference, other) is None
    assert (
        other.actuators() != ours.actuators()
    )  # its own measure of time: it was not the same emulator twice


@terminal_descents
def test_a_tick_and_its_collection_take_half_the_time_there_is_on_an_rp2040(name):
    """Counted in the emulated processor's cycles, so the same on every machine; 25 ms at the worst once."""
    modes = budget.by_mode(flown_on_boards(name)["rp2040"].actuators())
    for mode, figures in modes.items():
        assert 0.0 < figures["both"][-1] <= BUDGET_US, mode
        assert figures["heap"][0] >= HEAP_BYTES, mode
    assert max(figures["collection"][-1] for figures in modes.values()) > 0.0  # a short mode may have none


def test_uart_and_usb_carry_the_same_flight():
    assert (
        flown(Rp2040Rung("uart"), 100).record().trace_hash
        == flown(Rp2040Rung("usb"), 100).record().trace_hash
        == flown(VmRung(), 100).record().trace_hash
    )


def test_time_on_the_emulated_board_is_repeatable_to_the_cycle():
    trips = []
    for _ in range(2):
        rung = Rp2040Rung()
        flown(rung, 50)
        trips.append((rung.round_trip_us, rung.state))
    assert trips[0] == trips[1]


@pytest.mark.parametrize("interrupt", [b"\x03", b"\r\x03"])
def test_control_c_gets_the_repl_of_an_idle_board(pico, interrupt):
    pico.run(pico.state.nanos + 50e6, interrupt)
    usb, _uart = pico.run(pico.state.nanos + 200e6, b"print(6 * 7)\r")
    assert b"42" in usb


def test_every_byte_value_on_both_channels_is_refused_and_answered(pico):
    every = b"\5\x98" + bytes(range(1, 256)) * 2 + b"\0"  # begins as a frame, so its 0x03 is no Ctrl-C
    for channel in (USB, UART):
        reply = pico.transact(every, pico.state.nanos + 1e9, channel)
        assert reply.endswith(b"\0")


@pytest.mark.parametrize(("cause", "said"), CAUSES.items())
def test_a_reset_board_comes_back_and_says_hello_with_another_nonce(cause, said):
    rung = Rp2040Rung()
    session = Session(rung)
    before = session.hello()
    rung.reset(cause, 0)
    after = session.hello()
    rung.close()
    assert after.reset_cause == said
    # Without power nothing is left to count boots by, and the emulator's random bytes are constants.
    assert (after.boot_nonce == before.boot_nonce) is (cause == BROWN_OUT)


def test_a_watchdog_that_is_not_fed_brings_the_board_back():
    rung = Rp2040Rung()
    flown(rung, 5, close=False)
    rung._emulator.run(rung.state.nanos + 10e9)  # bites after 8 s
    with pytest.raises(ComputerLost, match="by its own watchdog"):
        Session(rung).hello()
    rung.reset("watchdog", 5 * TICK_US)
    assert rung.state.resets == 1
    assert Session(rung).hello().reset_cause == 3
    rung.close()


def test_the_path_of_a_real_board_flies_and_leaves_the_board_usable(monkeypatch):
    board = BoardProcess("perilune_rig.boards.rp2040_board")
    monkeypatch.setenv(VARIABLE, board.path)
    try:
        for _ in range(2):
            assert flown(BoardRung(), 40).record().trace_hash == flown(VmRung(), 40).record().trace_hash
        assert prompted(board.path)
    finally:
        board.close()


def test_the_rung_board_needs_a_port(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(InputError, match=VARIABLE):
        BoardRung()


NAMES = {"stm32": "netduino2", "stm32f4": "netduinoplus2", "m33": "mps2-an505", "rv32": "virt-rv32"}


@pytest.mark.parametrize("rung", MACHINES)
def test_qemu_board_says_hello_and_gives_its_repl(rung):
    board = QemuBoard(MACHINES[rung], build_elf(MACHINES[rung]))
    link = SerialLink(board.path)
    assert Session(link).hello().board == NAMES[rung]
    link.close()
    assert prompted(board.path)
    board.close()


def test_a_missing_tool_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    assert "apt-get install" in (emulator.missing() or "")
    assert Rp2040Rung.available() == emulator.missing()

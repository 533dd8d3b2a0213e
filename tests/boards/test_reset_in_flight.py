"""Resets of real firmware in flight: the emulated RP2040's memory, watchdog and USB, against the VM's flight."""

import pytest
from msgspec.structs import replace

from perilune.flight import events
from perilune.wire import schema
from perilune_host.codec import decode
from perilune_rig.bitexact import rungs_compared
from perilune_rig.flight.fly import prepare
from perilune_rig.rungs.rp2040 import Rp2040Rung
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.scenario.model import Fault, Trigger

pytestmark = [pytest.mark.boards, pytest.mark.timeout(1800)]

TERMINAL = load_scenario("nominal_terminal")
HANG = """
import perilune.flight.guidance.phases as g
from perilune.ports.rp2 import main
original = g.Guidance.update
def update(self, estimate, propulsion, mode):
    while estimate.tick >= 20:
        pass
    return original(self, estimate, propulsion, mode)

g.Guidance.update = update
main()
"""


def resumed(payloads: list[bytes]) -> list[float]:
    """Ticks bridged, of every event that tells of a state taken up again."""
    rows = [decode(payload) for payload in payloads]
    return [row[4] for row in rows if row[0] == schema.EVENT and row[2] == events.RESUMED]


def test_a_descent_with_two_resets_lands_and_is_the_vms_bit_for_bit():
    storm = Fault(
        target="computer",
        effect={"watchdog": True, "storm": 2, "within_s": 60.0},
        start=Trigger(mode="braking", delay_s=5.0),
    )
    scenario = replace(TERMINAL, faults=[storm])
    reference, board = (rungs_compared.trace(scenario, 1, rung) for rung in ("vm", "rp2040"))
    assert rungs_compared.first_difference(reference, board) is None
    assert board.outcome == "landed"
    assert len(resumed([payload for tick in board.ticks for payload in tick])) == 2


def test_a_tick_that_hangs_is_ended_by_the_boards_watchdog_and_the_flight_goes_on():
    rung = Rp2040Rung()
    board = rung._emulator
    board.run(1e9)
    board.run(board.state.nanos + 200e6, b"\x03")  # to the REPL, to break the guidance
    paste = b"\5" + HANG.replace("\n", "\r").encode() + b"\4"
    for at in range(0, len(paste), 32):
        board.run(board.state.nanos + 20e6, paste[at : at + 32])
    board.run(board.state.nanos + 300e6)
    try:
        bridge = prepare(TERMINAL, 1, rung)
        bridge.fly(120)
        record = bridge.record()
    finally:
        rung.close()
    assert board.state.resets == 1
    assert bridge.session.board.reset_cause == 3  # its watchdog
    assert [event.name for event in record.events if "reset" in event.name] == ["resumed after a reset"]
    assert [violation.check for violation in record.violations] == ["computer_stopped"]

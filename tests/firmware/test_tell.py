"""Events on the wire: one in a tick with time for it, each with the tick and the mode in which it came."""

import pytest

from perilune.flight import events, modes
from perilune.flight.flight import Flight
from perilune_host.codec import DELIMITER, decode, deframe
from perilune_rig.rungs.python import PythonRung
from tests.core.kit import Board, parameters
from tests.firmware.kit import loaded

TELLING = (1, 4)  # ticks modulo 5
ROOM = 1024


class Teller:
    """A computer whose flight only has events."""

    def __init__(self) -> None:
        self.computer = PythonRung().computer
        self.flight = Flight(loaded())
        self.flight.mode = modes.TERMINAL

    def tick(self, tick: int, *codes: int) -> list[tuple[int, int, int]]:
        """Events come at this tick; what is told: tick, code, mode."""
        self.flight.tick = tick
        self.flight.pending += [(code, 1.0, 2.0, 3.0, 4.0) for code in codes]
        out = bytearray(ROOM)
        n = self.computer._tell(self.flight, out)
        assert n < ROOM - 256  # the actuator frame follows
        rows = [decode(deframe(line)) for line in bytes(out[:n]).split(DELIMITER)[:-1]]
        assert all(row[4:] == [1.0, 2.0, 3.0, 4.0] for row in rows)
        return [(row[1], row[2], row[3]) for row in rows]


@pytest.mark.parametrize("slot", range(5))
def test_a_tick_with_a_heavy_task_tells_nothing(slot):
    """Two events and the state kept made the tick of contact 11.5 ms long."""
    said = Teller().tick(100 + slot, events.CONTACT, events.MODE)
    assert said == ([(100 + slot, events.CONTACT, modes.TERMINAL)] if slot in TELLING else [])


def test_the_others_follow_with_the_tick_and_mode_they_came_in():
    teller = Teller()
    assert teller.tick(103, events.CONTACT, events.MODE) == []
    teller.flight.mode = modes.TOUCHDOWN
    assert teller.tick(104, events.LINK) == [(103, events.CONTACT, modes.TERMINAL)]
    assert teller.tick(105) == []
    assert teller.tick(106) == [(103, events.MODE, modes.TERMINAL)]
    assert teller.tick(109) == [(104, events.LINK, modes.TOUCHDOWN)]
    assert teller.tick(111) == []


def test_a_flood_does_not_fill_the_heap():
    """Every other frame lost is more events than the ticks with time for them."""
    teller = Teller()
    told = sum(len(teller.tick(tick, events.FRAME_LOST, events.LINK)) for tick in range(1, 1000))
    assert len(teller.computer.events) <= 10
    assert told + len(teller.computer.events) == 2 * 999


def test_many_at_once_leave_room_for_the_actuators():
    teller = Teller()
    told = teller.tick(100, *[events.ARM_REFUSED] * 200)
    assert 5 < len(told) < 30
    for tick in range(101, 150):
        told += teller.tick(tick)
    assert len(told) == 200


def test_a_new_flight_tells_nothing_of_the_one_before():
    rung = PythonRung()
    board = Board(rung)
    board.hello()
    rung.computer.events.append((1, events.LINK, modes.COAST, 0.0, 0.0, 0.0, 0.0))
    board.commit(board.upload(parameters()))
    assert rung.computer.events == []

"""The comparison of rungs, and the budget of a flight."""

import pytest

from perilune.wire import schema
from perilune_host.codec import DELIMITER, LAYOUTS, decode, deframe, enframe
from perilune_rig import rungs
from perilune_rig.bench import budget
from perilune_rig.bitexact import rungs_compared
from perilune_rig.bitexact.rungs_compared import first_difference, trace
from perilune_rig.rungs.vm import VmRung
from perilune_rig.scenario.catalogue import load_scenario

NOMINAL = load_scenario("nominal_terminal")
VELOCITY = [item[0] for item in LAYOUTS[schema.ACTUATORS].items].index("velocity_m_s_2") + 1


class Faulty(VmRung):
    """A VM whose vertical velocity is off by one unit in the last place at tick 30."""

    name = "faulty"
    about = "for tests"

    def transact(self, frame: bytes, time_us: int) -> bytes:
        reply = super().transact(frame, time_us)
        if time_us != 30 * 20_000 or deframe(frame[:-1])[3] != schema.SENSORS:
            return reply
        *events, payload = [deframe(line) for line in reply.split(DELIMITER)[:-1]]
        row = decode(payload)
        row[VELOCITY] += abs(row[VELOCITY]) * 2.0**-23
        return b"".join(map(enframe, [*events, LAYOUTS[schema.ACTUATORS].pack(row[1:])]))


def test_a_fault_in_the_last_bit_of_one_value_is_found_by_tick_and_field(monkeypatch, capsys):
    monkeypatch.setitem(rungs.RUNGS, "faulty", Faulty)
    assert rungs_compared.main(["nominal_terminal", "--rung", "faulty", "--ticks", "60"]) == 1
    assert "DIFFERS from vm first at tick 30, actuators.velocity_m_s_2: " in capsys.readouterr().out


def test_two_flights_on_one_rung_do_not_differ():
    one, other = (trace(NOMINAL, 1, "vm", ticks=100) for _ in range(2))
    assert first_difference(one, other) is None
    assert one.trace_hash == other.trace_hash


def test_a_flight_that_ends_earlier_differs():
    one, other = (trace(NOMINAL, 1, "vm", ticks=n) for n in (100, 90))
    assert str(first_difference(one, other)) == "tick 91, flight.ticks: 100 and 90"


def test_doubles_are_told_apart_from_floats():
    difference = first_difference(trace(NOMINAL, 1, "vm", ticks=5), trace(NOMINAL, 1, "python", ticks=5))
    assert difference is not None
    assert difference.tick == 1


def test_an_unavailable_rung_is_named(capsys, monkeypatch):
    monkeypatch.setattr(Faulty, "available", classmethod(lambda cls: "it is a test"))
    monkeypatch.setitem(rungs.RUNGS, "faulty", Faulty)
    assert rungs_compared.main(["nominal_terminal", "--rung", "faulty"]) == 3
    assert "rung faulty is not available here: it is a test" in capsys.readouterr().err


BLANK = dict.fromkeys((item[0] for item in LAYOUTS[schema.ACTUATORS].items), 0)


def actuators(mode: int, us: int) -> list:
    """A decoded actuator frame with figures made of `us`."""
    measured = {"tick_us": us, "gc_us": 10 * us, "heap_low_bytes": 5000 - us}
    return [schema.ACTUATORS, *(BLANK | {"mode": mode, "tick": us // 100} | measured).values()]


def test_budget_by_mode():
    rows = [actuators(mode, us) for mode, us in ((1, 100), (1, 300), (1, 200), (3, 700), (3, 0))]
    figures = budget.by_mode(rows, [1.0, 2.0, 3.0, 4.0, 4.0])
    assert figures["coast"]["tick"] == (200.0, 300.0, 300.0)
    assert figures["coast"]["heap"] == (4700.0,)
    assert figures["coast"]["collection"] == (3000.0, 7000.0, 7000.0)  # the next frame tells
    assert figures["coast"]["both"] == (3100.0, 7200.0, 7200.0)
    assert figures["coast"]["longest"] == (2.0,)  # 200 us, and the 7000 of the collection after it
    assert figures["braking"]["both"][2] == 700.0
    assert figures["braking"]["round trip"] == (4.0,) * 3
    assert "coast" in budget.table(rows)
    assert budget.table([actuators(1, 0)]) == ""


@pytest.mark.parametrize("name", ["nominal_terminal", "resilience_terminal"])
def test_descents_from_a_late_start_land(name):
    assert trace(load_scenario(name), 1, "vm").outcome == "landed"

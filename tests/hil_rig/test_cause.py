"""The cause of a loss, in one sentence, from truth."""

import numpy as np
import pytest

from perilune_rig.report.page import render
from perilune_rig.verdict.cause import cause
from perilune_rig.verdict.judge import judge
from perilune_rig.verdict.result import as_json
from perilune_sim.flight_record import FlightRecord, InjectedFault, Violation
from tests import synthetic

CONTACT_S = 670.0


def lost(changes=lambda t: None, **more) -> FlightRecord:
    """A flight that came down at 4.1 m/s; `changes` edits its telemetry."""
    record = synthetic.record(touchdown=synthetic.touchdown(vertical_m_s=4.1), **more)
    record.telemetry["vertical_m_s"][record.telemetry["time_s"] > 660.0] = -4.0
    record.telemetry["nav_vertical_m_s"] = record.telemetry["vertical_m_s"].copy()
    record.telemetry["nav_agl_m"] = record.telemetry["agl_m"].copy()
    record.telemetry["thrust_n"][:] = 1000.0
    changes(record.telemetry)
    return record


def told(record: FlightRecord, *sets: str) -> str:
    scenario = synthetic.scenario(*sets)
    found = cause(record, judge(record, scenario))
    return "" if found is None else found.text


LASER = InjectedFault("lrf", {"bias": 25.0}, 30000, None, True)


def too_high(t):
    t["nav_agl_m"][t["time_s"] >= 600.0] += 25.0
    t["radar_agl_m"][:] = np.nan


def test_a_height_believed_too_high_says_since_when_and_what_was_left_to_do():
    text = told(lost(too_high, faults=[LASER], propellant_left_kg=240.0))
    assert text.startswith(
        "TD-1, vertical speed at touchdown, 4.1 m/s: height believed 25 m too high since 6"
    )
    assert "m up and sinking" in text
    assert "laser: bias 25 from 600.0 s, no source of height but the laser" in text
    assert text.endswith("30 % of the propellant left")


def test_an_engine_that_ended_above_the_ground_goes_first():
    def cut(t):
        t["thrust_n"][t["time_s"] > 660.0] = 0.0
        t["throttle"][t["time_s"] > 660.0] = 0.0
        t["nav_agl_m"][t["time_s"] > 664.0] += 40.0  # a consequence

    text = told(lost(cut))
    assert "no thrust from 660.0 s on, the flight software had cut it" in text and "believed" not in text

    def dead(t):
        cut(t)
        t["throttle"][t["time_s"] > 660.0] = 0.5

    assert "though it was commanded" in told(lost(dead))


def test_a_dry_tank_is_said_with_its_height():
    def dry(t):
        t["propellant_kg"][t["time_s"] > 640.0] = 0.0

    assert "the tank was dry at 640.1 s" in told(lost(dry))


def test_a_computer_that_stopped_goes_before_all():
    record = lost(too_high, violations=[Violation(33000, "computer_stopped", "MemoryError")])
    assert "the flight computer stopped at 660.0 s: MemoryError" in told(record)


def test_a_miss_is_explained_by_the_position_that_was_believed():
    record = synthetic.record(touchdown=synthetic.touchdown(miss_m=700.0))
    record.telemetry["nav_position_error_m"] = 690.0 + 0.0 * record.telemetry["time_s"]
    text = told(record, "world=mismatched")
    assert text.startswith(
        "MISS-1, distance from the site at touchdown, 700 m: position believed 690 m off since 0.0 s"
    )


def test_where_all_was_known_that_is_said():
    assert "height, speed and attitude were known" in told(lost())


@pytest.mark.parametrize("outcome", ["landed", "invalid"])
def test_a_flight_that_is_not_lost_has_none(outcome):
    assert told(synthetic.record(outcome=outcome)) == ""


def test_a_flight_broken_off_at_once_has_one_too():
    empty = {name: column[:0] for name, column in synthetic.record().telemetry.items()}
    record = synthetic.record(outcome="timeout", touchdown=None, engine_off_s=None, telemetry=empty)
    assert told(record).startswith("timeout in mode safed since 672.0 s: nothing is known of it")


def test_it_stands_in_json_report_and_on_the_terminal(capsys):
    from rich.console import Console

    from perilune_rig.cli import verdict_table

    run = synthetic.run(lost(too_high, faults=[LASER]))
    found = as_json(run)["cause"]
    assert found["text"] == run.cause.text
    belief = found["beliefs"][0]
    assert belief["quantity"] == "height" and belief["error"] == pytest.approx(25.0)
    assert belief["believed"] == pytest.approx(belief["true"] + 25.0)
    assert "height believed 25 m too high" in render(run)
    verdict_table.show_all(run, Console(width=400))
    assert f"cause: {run.cause.text}" in capsys.readouterr().out

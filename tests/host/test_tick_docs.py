"""docs/tick.md is the way the code takes: a step that is renamed, moved or put into another slot fails here."""

import ast
import re

from perilune.flight import schedule
from perilune_host import tick_docs
from perilune_host.tick_docs import FILE, FIRMWARE, PARTS, about, text

STEPS = [step for _title, _words, steps in PARTS for step in steps]


def test_the_page_is_up_to_date():
    assert FILE.read_text(encoding="utf-8") == text(), "run python -m perilune_host.tick_docs"


def test_every_step_is_a_function_that_says_what_it_does():
    for step in STEPS:
        assert about(step.place), step.place


def test_every_slot_is_one_of_the_schedule_and_none_is_left_out():
    named = {name for step in STEPS for name in re.findall(r"\b[A-Z]{3,}\b", step.slot)} - {"TERMINAL"}
    slots = {
        name for name in vars(schedule) if name.isupper() and name != "SLOTS" and not name.endswith("_TICKS")
    }
    assert named <= slots
    assert slots - named == {"TIDY"}  # a single line of Attitude.propagate


def test_the_tick_calls_its_steps_in_the_order_of_the_page():
    tree = ast.parse((FIRMWARE / "flight" / "flight.py").read_text("utf-8"))
    (step,) = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "step"]
    calls = [
        node for node in ast.walk(step) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    called = [call.func.attr for call in sorted(calls, key=lambda call: call.lineno)]
    own = [s.place.split(".")[-1] for s in STEPS if s.place.startswith("flight/flight.py:Flight._")]
    update = "Navigation.update"
    page = [
        s.place.split(".")[-1]
        for s in STEPS
        if s.place.startswith("flight/flight.py:Flight._") or update == s.place.split(":")[1]
    ]
    assert [name for name in called if name in page] == [name for name in page if name in called]
    assert set(own) <= set(called)


def test_it_is_read_aloud_in_a_quarter_of_an_hour():
    """At 140 words a minute, the tables of the schedule and of the records looked up and not read."""
    words = re.findall(r"\w+", text().split("## The schedule")[0])
    assert len(words) < 15 * 140


def test_a_step_that_is_no_more_is_found():
    try:
        tick_docs.about("flight/flight.py:Flight.fly")
    except KeyError:
        return
    raise AssertionError("a function that is not there was found")

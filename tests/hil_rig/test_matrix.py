"""The fault matrix: classes that exist, branches that are flights, bounds that compute, a page that needs nothing."""

import json
import multiprocessing
import os
import re
import signal
import time
from math import inf

import pytest
from msgspec import structs

from perilune_host.errors import InputError
from perilune_rig import cli
from perilune_rig.flight.fly import fly
from perilune_rig.matrix import bounds, classes, summary
from perilune_rig.matrix.bounds import Engine, State
from perilune_rig.matrix.branches import Matrix, Plan, fly_matrix, survey
from perilune_rig.matrix.onsets import ONSETS, applies, faults
from perilune_rig.matrix.page import render
from perilune_rig.matrix.pool import ForkPool, Lost
from perilune_rig.rungs.vm import VmRung
from perilune_rig.scenario import catalogue
from perilune_rig.scenario.model import Trigger
from perilune_rig.verdict.detection import detect
from perilune_sim.flight_record import Event

SCENARIO = catalogue.load_scenario("nominal_terminal")
SINGLE = {fault.name: fault for fault in classes.single(SCENARIO.vehicle)}
FLOWN = ("lrf biased high", "engine_0 dead", "rcs lateral thruster closed")


def onset(name):
    return next(onset for onset in ONSETS if onset.name == name)


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    chosen = [SINGLE[name] for name in FLOWN]
    return fly_matrix(Plan(SCENARIO, SCENARIO.name, [3], chosen, [onset("terminal")], "python", 2))


def cell_of(matrix: Matrix, name: str):
    return next(cell for cell in matrix.cells if cell.fault == name)


@pytest.mark.parametrize("fault", [*SINGLE.values(), *classes.pairs()], ids=lambda fault: fault.name)
def test_every_class_is_a_fault_that_a_scenario_may_have(fault):
    made = faults(fault, Trigger(time_s=1.0))
    assert [one.target for one in made] == fault.targets
    assert all(one.end is None or one.end.at_s > one.start.at_s for one in made)


def test_names_of_classes_are_unique_and_pairs_are_complete():
    every = [*SINGLE.values(), *classes.pairs()]
    pairs = len(classes.PAIRED) ** 2 + len(classes.crossed())
    assert len({fault.name for fault in every}) == len(every) == len(SINGLE) + pairs
    assert all(name in SINGLE for name in classes.QUICK)


def test_growing_small_and_common_faults_and_pairs_across_units_are_there():
    effects = [(fault, target, effect) for fault in SINGLE.values() for target, effect in fault.effects]
    ramps = {target for _fault, target, effect in effects if any("ramp" in name for name in effect)}
    assert ramps == {"lrf", "radar", "velocimeter", "star_tracker", "imu_a", "imu_b", "gauge"}
    small = [
        effect["bias"]
        for _f, target, effect in effects
        if target == "lrf" and 10 <= effect.get("bias", 0) <= 60
    ]
    assert {10.0, 25.0, 40.0, 60.0} <= set(small)
    assert all(
        len(fault.targets) == 2 for fault in SINGLE.values() if fault.group in ("altimeters", "both imus")
    )
    across = {fault.group for fault in classes.crossed()}
    assert across == {"velocimeter + radar", "star_tracker + imu_a", "imu_a + lrf", "engine_0 + lrf"}


def test_engines_of_a_cluster_fail_one_and_all():
    cluster = catalogue.load_vehicle("vikram")
    (dead,) = [fault for fault in classes.single(cluster) if fault.name == "all engines dead"]
    assert len(dead.targets) == len(cluster.propulsion.engines) > 1


@pytest.mark.parametrize("name", FLOWN[:2])
def test_a_branch_is_the_flight_flown_straight_with_that_fault(matrix, name):
    cell = cell_of(matrix, name)
    (text,) = re.findall(r"--set '?(faults=.*\])", cell.command.replace("'\"'\"'", "'"))
    straight = catalogue.load_scenario(SCENARIO.name, [text])
    record = fly(straight, cell.seed, "python")
    assert record.trace_hash == cell.trace_hash
    assert record.outcome == cell.outcome
    assert [fault.acted for fault in record.faults] == cell.acted == [True]


def test_a_branch_of_the_virtual_machine_is_the_flight_flown_straight():
    if VmRung.available() is not None:
        pytest.skip("the virtual machine cannot be built here")
    chosen = [SINGLE["imu_a gyro zero"]]
    (cell,) = fly_matrix(Plan(SCENARIO, SCENARIO.name, [4], chosen, [onset("approach")], "vm", 1)).cells
    straight = structs.replace(SCENARIO, faults=faults(chosen[0], onset("approach").trigger))
    assert fly(straight, 4, "vm").trace_hash == cell.trace_hash


def test_an_altimeter_fault_is_survived(matrix):
    cell = cell_of(matrix, "lrf biased high")
    assert (cell.verdict, cell.outcome, cell.expected) == ("pass", "landed", ["landed"])
    assert cell.touchdown is not None
    assert cell.touchdown["vertical_m_s"] <= 3.0


def test_a_dead_engine_is_a_loss_and_its_bound_stands_beside_it(matrix):
    cell = cell_of(matrix, "engine_0 dead")
    assert (cell.verdict, cell.outcome) == ("fail", "crashed")
    assert cell.detection_s is not None
    assert cell.bound.startswith("stopping: ")
    found = summary.summarise(matrix)
    assert (found.verdicts["fail"], found.explained, found.failed) == (
        1,
        1,
        True,
    )  # explained, and lost all the same


def test_a_fault_that_changes_no_signal_makes_the_cell_invalid():
    never = classes.FaultClass("lrf", "late", (("lrf", {"max_m": 60.0}),))  # its range is shorter already
    flown = fly_matrix(Plan(SCENARIO, SCENARIO.name, [3], [never], [onset("terminal")], "python", 1))
    (cell,) = flown.cells
    assert (cell.verdict, cell.outcome, cell.acted) == ("invalid", "landed", [False])
    assert not summary.summarise(flown).failed


def test_a_shorter_reach_is_not_flown_from_where_it_takes_nothing_away():
    assert applies(SINGLE["lrf late"], 1200.0)
    assert not applies(SINGLE["lrf late"], 40.0)
    assert applies(SINGLE["lrf dead"], 0.1)


def test_onsets_that_never_come_are_named(matrix):
    base = survey(Plan(SCENARIO, SCENARIO.name, [3], [], ONSETS, "python"), 3)
    assert {"approach", "terminal"} <= base.onsets.keys()
    assert "hold" not in base.onsets
    assert base.record.trace_hash == matrix.bases[0].record.trace_hash


def test_resilience_met_its_first_range_too_late_to_stop():
    needed = bounds.stopping_distance_m(66.0, 3.5)
    assert needed == pytest.approx(1160.0, abs=30.0)  # of 893 m
    late = State(height_m=893.0, descent_m_s=66.0, horizontal_m_s=0.0, mass_kg=400.0, propellant_kg=40.0)
    assert bounds.best_stop_height_m(late, Engine(3.5 * 400.0, 318.0)) < 0.0
    in_time = State(height_m=1300.0, descent_m_s=66.0, horizontal_m_s=0.0, mass_kg=400.0, propellant_kg=40.0)
    assert bounds.best_stop_height_m(in_time, Engine(3.5 * 400.0, 318.0)) > 0.0


def test_the_best_stop_straight_up_is_v_squared_over_two_a():
    state = State(height_m=500.0, descent_m_s=30.0, horizontal_m_s=0.0, mass_kg=500.0, propellant_kg=100.0)
    found = bounds.best_stop_height_m(state, Engine(2000.0, 1e6))  # no mass to speak of is burnt
    assert found == pytest.approx(500.0 - bounds.stopping_distance_m(30.0, 4.0), abs=4.0)


def test_a_stop_below_the_ground_does_not_count_although_thrust_would_lift_it_again():
    state = State(height_m=1221.0, descent_m_s=40.4, horizontal_m_s=0.0, mass_kg=556.0, propellant_kg=88.0)
    weak = Engine(1226.0, 318.0)
    assert bounds.stopping_distance_m(40.4, 1226.0 / 556.0) == pytest.approx(1405.0, abs=10.0)
    assert -190.0 < bounds.best_stop_height_m(state, weak) < 0.0


def test_thrust_below_weight_stops_nothing_and_a_tank_bounds_the_delta_v():
    state = State(height_m=500.0, descent_m_s=30.0, horizontal_m_s=0.0, mass_kg=500.0, propellant_kg=20.0)
    assert bounds.best_stop_height_m(state, Engine(700.0, 318.0)) == -inf
    assert bounds.stopping_distance_m(30.0, 1.4) == inf
    at_the_ground = (30.0**2 + 2 * 1.6242 * 500.0) ** 0.5
    assert bounds.delta_v_needed_m_s(state) == pytest.approx(at_the_ground - 3.0, rel=5e-3)


def test_braking_takes_more_the_weaker_the_engine():
    """From rest at 2000 m: 80.6 m/s at the ground; at 1.67 weights 2.5 times the energy of the braking part is lost."""
    at_rest = State(2000.0, 0.0, 0.0, 500.0, 20.0)  # 130 m/s
    strong, weak = (bounds.delta_v_needed_m_s(at_rest, thrust / 480.0) for thrust in (20000.0, 1300.0))
    assert strong == pytest.approx(80.6 - 3.0, rel=0.03)
    assert weak == pytest.approx(80.6 * (2.708 / 1.084) ** 0.5 - 3.0 * 2.708 / 1.084, rel=0.01)
    assert strong < bounds.delta_v_m_s(318.0, 500.0, 20.0) < weak + 15.0


def test_a_tank_is_emptied_by_what_it_leaks():
    state = State(16711.0, 5.7, 1521.0, 951.0, 474.0)
    assert state.without(100.0) == State(16711.0, 5.7, 1521.0, 851.0, 374.0)
    assert state.without(500.0).propellant_kg == 0.0


def test_detection_counts_events_that_name_the_source_and_alarms_that_name_another():
    def event(tick, name, *values):
        return Event(tick, name, "braking", (*values, *[0.0] * (4 - len(values))), True, "")

    flown = [
        event(90, "altimeter isolated", 1.0),  # before the onset
        event(120, "altimeter isolated", 2.0),
        event(150, "inertial units disagree", 1e-4),
        event(200, "inertial unit isolated", 5.0),
        event(210, "stopping distance", 100.0),  # names nobody
    ]
    seen = detect(flown, ["imu_a"], 100)
    assert (seen.detection_s, seen.isolation_s) == (1.0, 2.0)
    assert len(seen.false_alarms) == 1
    assert detect(flown, ["radar"], 100).isolation_s == 0.4


def test_the_page_loads_nothing_and_shows_every_cell(matrix):
    page = render(matrix)
    assert not re.findall(r"https?://|src=|@import|url\(", page)
    for cell in matrix.cells:
        assert page.count(f">{cell.fault}<") == (cell.verdict != "pass")
        assert f"{cell.fault}, {cell.onset}: {cell.verdict}" in page


def test_the_json_holds_every_cell_in_order(matrix):
    data = json.loads(json.dumps(summary.as_json(matrix)))
    assert [cell["fault"] for cell in data["cells"]] == list(FLOWN)
    assert sum(data["summary"]["verdicts"].values()) == 3
    assert data["bases"][0]["outcome"] == "landed"


def test_a_process_that_dies_costs_its_cell_only():
    def work(n):
        return 1 // n

    with ForkPool(2) as pool:
        done = [pair for n in (1, 0, 1) for pair in pool.start(n, lambda n=n: work(n))]
        done += pool.drain()
    assert sorted(task for task, _result in done) == [0, 1, 1]
    assert dict(done)[0] == Lost("ZeroDivisionError: integer division or modulo by zero")


def test_a_process_that_is_killed_is_told_by_its_status():
    with ForkPool(1) as pool:
        done = [*pool.start("shot", lambda: os.kill(os.getpid(), signal.SIGKILL)), *pool.drain()]
    assert done == [("shot", Lost("its process ended with status -9"))]


def test_no_process_outlives_the_pool():
    with pytest.raises(KeyboardInterrupt), ForkPool(2) as pool:  # Ctrl-C while two fly
        for _ in range(2):
            assert not [*pool.start("long", lambda: time.sleep(600))]
        raise KeyboardInterrupt
    assert multiprocessing.active_children() == []


def test_the_verb_flies_writes_and_fails_only_over_a_loss(tmp_path, capsys):
    words = ["matrix", "--scenario", "nominal_terminal", "--rung", "python", "--onset", "terminal"]
    words += ["--only", "lrf dead", "--out", str(tmp_path), "--json", str(tmp_path / "cells.json")]
    assert cli.main(words) == 0
    assert "1 cells: 1 pass" in capsys.readouterr().out
    again = json.loads((tmp_path / "matrix.json").read_text())["command"]
    assert again.endswith("--seed 1 --seeds 1 --only 'lrf dead' --onset terminal")
    assert {path.name for path in tmp_path.iterdir()} == {"matrix.html", "matrix.json", "cells.json"}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--only", "lrf ded"], "no fault of that name; did you mean lrf dead"),
        (["--onset", "terminl"], "there is none of that name; did you mean terminal?"),
    ],
)
def test_a_wrong_choice_is_one_line(words, complaint, capsys):
    assert cli.main(["matrix", "--rung", "python", *words]) == InputError.exit_code
    assert complaint in capsys.readouterr().err

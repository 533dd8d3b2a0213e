"""The fault matrix: classes that exist, branches that are flights, bounds that compute, a page that needs nothing."""

import json
import re
from math import inf
from types import SimpleNamespace

import pytest
from msgspec import structs

from perilune_host.errors import InputError
from perilune_rig import cli
from perilune_rig.flight.fly import fly
from perilune_rig.matrix import bounds, classes, limits, odds, summary
from perilune_rig.matrix.bounds import Engine, State
from perilune_rig.matrix.branches import Matrix, Plan, fly_matrix, survey
from perilune_rig.matrix.cell import Task, blank
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
    assert len({fault.name for fault in every}) == len(every) == len(SINGLE) + len(classes.PAIRED) ** 2
    assert all(name in SINGLE for name in classes.QUICK)


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


def test_a_dead_engine_is_lost_for_a_computed_reason(matrix):
    cell = cell_of(matrix, "engine_0 dead")
    assert (cell.verdict, cell.outcome) == ("unsurvivable", "crashed")
    assert cell.detection_s is not None
    assert cell.numbers["impact_m_s"] == pytest.approx(cell.touchdown["vertical_m_s"], rel=0.1)


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


def test_stopping_speeds_and_blind_windows_are_those_of_the_study():
    assert bounds.stop_speed_m_s(800.0, 3.5) == pytest.approx(40.0, abs=0.6)
    assert bounds.stop_speed_m_s(400.0, 3.5) == pytest.approx(26.0, abs=0.6)
    left = bounds.delta_v_m_s(318.0, 525.0, 55.0)
    assert bounds.blind_window_m(2.5, left) == pytest.approx(376.0, abs=4.0)
    assert bounds.within(376.0, 188.0) == pytest.approx(0.6827, abs=1e-3)
    assert bounds.slower_than(1.0, 0.5) == pytest.approx(0.8647, abs=1e-3)


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


def test_thrust_below_weight_and_an_empty_tank_stop_nothing():
    state = State(height_m=500.0, descent_m_s=30.0, horizontal_m_s=0.0, mass_kg=500.0, propellant_kg=100.0)
    assert bounds.best_stop_height_m(state, Engine(700.0, 318.0)) == -inf
    assert bounds.stopping_distance_m(30.0, 1.4) == inf
    dry = State(height_m=500.0, descent_m_s=30.0, horizontal_m_s=0.0, mass_kg=500.0, propellant_kg=1.0)
    assert bounds.best_stop_height_m(dry, Engine(2000.0, 318.0)) == -inf
    assert bounds.delta_v_needed_m_s(dry) == pytest.approx((30.0**2 + 2 * 1.6242 * 500.0) ** 0.5, rel=1e-3)


def test_a_tank_that_leaks_has_to_last_until_the_ground():
    """0.3 kg/s lost from a minute after ignition on: it stopped, kilometres up, with nothing to come down on."""
    state = State(16711.0, 5.7, 1521.0, 951.0, 474.0)
    assert bounds.best_stop_height_m(state, Engine(3400.0, 318.0, 0.0, 0.3)) < 0.0
    assert bounds.best_stop_height_m(state, Engine(3400.0, 318.0, 0.0, 0.1)) > 0.0
    assert state.without(100.0) == State(16711.0, 5.7, 1521.0, 851.0, 374.0)
    assert state.without(500.0).propellant_kg == 0.0


def test_engines_to_one_side_are_held_by_the_thrusters_and_only_as_far_as_those_can():
    """Two of three left in a ring lie half its radius from the axis; the one of two left as far as it is."""
    ring = [(-0.4, 0.693), (-0.4, -0.693)]
    assert bounds.aside_m(ring) == pytest.approx(0.4, rel=1e-3)
    assert bounds.aside_m([(0.0, 0.12)]) == pytest.approx(0.12, rel=1e-3)
    assert bounds.aside_m([*ring, (0.8, 0.0)]) == 0.0
    one_of_two = limits._held(catalogue.load_vehicle("slim"), [0.0, 500.0])
    assert one_of_two == pytest.approx((500.0, 500.0 * 0.12 / 0.85 / (220.0 * bounds.G0_M_S2)), rel=0.3)
    held, _flow = limits._held(catalogue.load_vehicle("mars_polar_lander"), [0.0, 1064.0, 1064.0])
    assert held < 290.0 * 1.62  # the dry vehicle's weight


def test_thrust_upright_is_what_the_weakest_side_balances():
    """One of three in a ring at 35 %: the others give no more than it does, but for what the thrusters hold."""
    ring, places = [1000.0] * 3, [(0.8, 0.0), (-0.4, 0.693), (-0.4, -0.693)]
    assert bounds.upright_thrust_n(places, ring, 0.0) == pytest.approx(3000.0)
    stuck = [350.0, 1000.0, 1000.0]
    assert bounds.upright_thrust_n(places, stuck, 0.0) == pytest.approx(1050.0, rel=0.02)
    assert bounds.upright_thrust_n(places, stuck, 100.0) == pytest.approx(1050.0 + 100.0 / 0.4, rel=0.02)
    assert bounds.upright_thrust_n(places, stuck, 1e4) == pytest.approx(2350.0)
    assert bounds.upright_thrust_n([(0.0, 0.0)], [4000.0], 0.0) == 4000.0


def rcs_case(*faults_on_rcs):
    vehicle = SCENARIO.vehicle
    return limits.Case(SimpleNamespace(vehicle=vehicle), faults_on_rcs, None, 1)


def test_a_thruster_stuck_open_is_held_by_the_others_unless_those_are_shut():
    """Numbers as a scenario's file gives them: bit sets as floats."""
    (one_open,) = faults(SINGLE["rcs axial thruster open"], Trigger(time_s=1.0))
    assert limits.turning(rcs_case(one_open)) is None
    bits = float(one_open.effect["on_bits"])
    alone = structs.replace(one_open, effect={"on_bits": bits, "off_bits": float(0xFFFF) - bits})
    bound = limits.turning(rcs_case(alone))
    assert bound.name == "torque"
    assert bound.numbers["torque_n_m"] <= bound.numbers["against_n_m"]
    passing = structs.replace(alone, end=Trigger(time_s=2.0))
    assert limits.turning(rcs_case(passing)) is None  # Schiaparelli's push lasts one second


def test_coming_down_from_a_stop_takes_more_the_weaker_the_engine():
    """From rest at 2000 m: 80.6 m/s at the ground, 2.5 times its square to lose where thrust is 1.66 weights."""
    at_rest = State(2000.0, -0.1, 0.0, 500.0, 20.0)  # 125 m/s
    assert bounds.best_stop_height_m(at_rest, Engine(20000.0, 318.0)) > 0.0
    assert bounds.best_stop_height_m(at_rest, Engine(1300.0, 318.0)) < 0.0


def test_blind_without_a_map_is_a_bound_and_with_one_or_with_an_altimeter_it_is_not(matrix):
    base = matrix.bases[0].record
    mapless = catalogue.load_scenario(SCENARIO.name, ["environment.map_prior.available=false"])
    pair = next(fault for fault in classes.pairs() if fault.pair == ("dead", "frozen"))
    coasting = Task(pair, onset("coast"), 3, 1)
    bound = limits.of(mapless, coasting, base)
    assert bound is not None
    assert bound.name == "blind window"
    assert (
        bound.numbers["chance"] == bounds.within(bound.numbers["window_m"], bound.numbers["sigma_m"]) < 0.99
    )
    assert limits.of(SCENARIO, coasting, base) is None
    assert limits.of(mapless, Task(SINGLE["lrf dead"], onset("coast"), 3, 1), base) is None


@pytest.mark.parametrize(("lost", "verdict"), [(2, "unsurvivable"), (9, "fail")])
def test_more_losses_than_the_bound_explains_are_failures(lost, verdict):
    task = Task(SINGLE["lrf dead"], onset("coast"), 1, 50)
    cells = [blank(task, "") for _ in range(10)]
    for n, cell in enumerate(cells):
        cell.verdict, cell.numbers = ("unsurvivable", {"chance": 0.7}) if n < lost else ("pass", {})
    odds.settle(cells)
    assert odds.at_least(lost, 10, 0.3) == pytest.approx({2: 0.8507, 9: 1.44e-4}[lost], rel=1e-2)
    assert {cell.verdict for cell in cells} == {verdict, "pass"}


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
    assert isinstance(dict(done)[0], Lost)


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

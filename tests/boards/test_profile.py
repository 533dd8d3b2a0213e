"""Where the emulated board's cycles go."""

import json

import pytest

from perilune_rig import cli
from perilune_rig.bench import emulated_board
from perilune_rig.bench.processor_profile import Profile, Symbol, module


def test_samples_count_for_module_slot_and_routine():
    routines = [
        Symbol(0x10000100, 16, "gc_collect"),
        Symbol(0x10000200, 16, "fun_data_perilune_flight_modes_B_c"),
    ]
    found = Profile(["flight_modes_B_c", "link_computer_step"], routines, ticks=2)
    sample = [(1, 0x10000104), (1, 0x10000204), (2, 0x200), (0, 0x10000108)]
    found.add(b"".join(n.to_bytes(4, "little") + at.to_bytes(4, "little") for n, at in sample), tick=7)
    assert found.functions == {"flight_modes_B_c": 2, "link_computer_step": 1, "micropython": 1}
    assert found.slots == {("flight.modes", 2): 2, ("link.computer", 2): 1, ("micropython", 2): 1}
    assert found.runtime == {"gc_collect": 2, "our machine code": 1, "floating point in boot ROM": 1}
    assert found.modules()[0] == "flight.modes"
    assert found.us(4) == pytest.approx(2 * 2048 / 125)


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("flight_navigation_doppler_monitors_Versus_hear", "flight.navigation.doppler_monitors"),
        ("link_computer_Computer_step", "link.computer"),
    ],
)
def test_a_symbol_names_its_module(name, of):
    assert module(name) == of


@pytest.mark.boards
@pytest.mark.timeout(900)
def test_a_profile_accounts_for_the_time_awake(tmp_path):
    assert (
        cli.main(["bench", "--rung", "rp2040", "--ticks", "20", "--json", str(tmp_path / "profile.json")])
        == 0
    )
    found = json.loads((tmp_path / "profile.json").read_text())
    modules = found["modules_us_by_slot"]
    assert {"flight.navigation.estimator", "flight.control", "wire.codec", "ports.serve"} <= set(modules)
    assert modules["ports.board"][0] > max(modules["ports.board"][1:])  # collections are in slot 0
    assert sum(found["functions_us"].values()) == pytest.approx(sum(found["runtime_us"].values()))


@pytest.mark.boards
@pytest.mark.timeout(900)
def test_sampling_changes_nothing_and_is_repeatable():
    one, other = emulated_board.measure(10), emulated_board.measure(10)
    assert one.profile.functions == other.profile.functions
    assert one.budget == other.budget

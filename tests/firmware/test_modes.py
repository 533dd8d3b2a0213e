"""The graph of modes: closed, every way leads to an end, and nothing leads out of one."""

import pytest

from perilune.flight import modes
from perilune.wire import schema

ENDS = {modes.SAFED, modes.WAVE_OFF}
ALL = range(len(modes.NAMES))
NUMBERS = [getattr(modes, name.upper()) for name in modes.NAMES]


def reachable(start: int) -> set[int]:
    seen, waiting = set(), [start]
    while waiting:
        for mode in modes.FOLLOWS[waiting.pop()]:
            if mode not in seen:
                seen.add(mode)
                waiting.append(mode)
    return seen


def test_every_mode_has_a_name_a_number_and_a_row():
    assert list(ALL) == NUMBERS
    assert len(modes.FOLLOWS) == len(modes.NAMES)
    assert {mode for row in modes.FOLLOWS for mode in row} <= set(ALL)


@pytest.mark.parametrize("mode", ALL, ids=modes.NAMES)
def test_no_mode_is_a_dead_end(mode: int):
    assert mode in ENDS or reachable(mode) & ENDS


@pytest.mark.parametrize("mode", sorted(ENDS))
def test_nothing_leads_out_of_an_end(mode: int):
    assert modes.FOLLOWS[mode] == ()


def test_every_mode_is_reached_from_standby():
    assert reachable(modes.STANDBY) | {modes.STANDBY} == set(ALL)


@pytest.mark.requirement("ACT-4")
def test_past_ignition_only_touchdown_leads_to_an_end():
    assert modes.WAVE_OFF not in reachable(modes.BRAKING)
    for mode in modes.ENGINE_MODES:
        assert not set(modes.FOLLOWS[mode]) & ENDS
    assert [mode for mode in ALL if modes.TOUCHDOWN in modes.FOLLOWS[mode]] == [modes.TERMINAL]


@pytest.mark.requirement("ACT-5")
def test_the_engine_runs_from_ignition_to_touchdown_and_never_again():
    assert set(modes.ENGINE_MODES) == reachable(modes.BRAKING) - reachable(modes.TERMINAL) | {
        modes.BRAKING,
        modes.TERMINAL,
    }
    assert not reachable(modes.TOUCHDOWN) & set(modes.ENGINE_MODES)


def test_mode_numbers_fit_the_wire():
    low, high = next(
        (low, high) for name, _, low, high, _, _ in schema.items(schema.ACTUATORS) if name == "mode"
    )
    assert low <= min(ALL) and max(ALL) <= high

"""Rules over actuator frames that a reset of the flight computer bends, and those it does not."""

import pytest

from perilune.flight import modes
from perilune.wire import schema
from perilune_sim.checks import Checks


def flown(*path: int, restart_before: int | None = None) -> list[str]:
    """Checks broken by frames in these modes, one a tick; the computer is reset before that tick's frame."""
    checks = Checks(throttle_rate_s=1.0)
    for tick, mode in enumerate(path, 1):
        if tick == restart_before:
            checks.restarted()
        values = {"tick": tick, "mode": mode}
        kinds = [(name, kind) for name, kind, *_ in schema.items(schema.ACTUATORS)]
        row = [values.get(name, 0.0 if kind == schema.F else 0) for name, kind in kinds]
        checks.check(tick, [schema.ACTUATORS, *row])
    return [violation.check for violation in checks.violations if violation.check != "range"]


IGNITION = (modes.ARMED, modes.BRAKING)


def test_a_mode_kept_too_late_is_taken_back_by_a_reset():
    assert flown(*IGNITION, modes.ARMED, modes.BRAKING, restart_before=3) == []


@pytest.mark.parametrize(
    ("path", "restart_before"),
    [
        ((*IGNITION, modes.ARMED), None),  # without a reset
        ((*IGNITION, modes.BRAKING, modes.ARMED), 3),  # with the first frame after it alone
        ((*IGNITION, modes.APPROACH, modes.ARMED), 4),  # to the mode before alone
        ((modes.ARMED, modes.WAVE_OFF, modes.ARMED), 3),  # what is safe stays safe
    ],
)
def test_any_other_way_back_is_a_violation(path, restart_before):
    assert flown(*path, restart_before=restart_before) == ["mode_transition"]

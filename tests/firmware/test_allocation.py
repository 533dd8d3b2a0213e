"""How a cluster shares its thrust when engines are lost or give unlike shares."""

import numpy as np
import pytest

from perilune.flight.propulsion import allocation
from tests.firmware.engines import LAYOUTS


@pytest.mark.parametrize("running", [0b0111, 0b1011, 0b1101, 0b1110])
def test_uneven_squares_balance(running):
    x, y = (0.6, -0.4, -0.5, 0.5), (0.5, 0.5, -0.4, -0.6)
    w = allocation.weights(x, y, running)
    active = [i for i in range(4) if running & (1 << i)]
    if min(w[i] for i in active) > 0.0 and w != [1.0 if i in active else 0.0 for i in range(4)]:
        assert sum(w[i] * x[i] for i in range(4)) == pytest.approx(0.0, abs=1e-9)
        assert sum(w[i] * y[i] for i in range(4)) == pytest.approx(0.0, abs=1e-9)
    assert max(w) == pytest.approx(1.0)
    assert all(w[i] == 0.0 for i in range(4) if i not in active)


def test_three_around_the_axis_balance_by_their_distances():
    x, y = (1.0, -0.5, -0.5, 3.0), (0.0, 1.0, -1.0, 3.0)
    w = allocation.weights(x, y, 0b0111)  # f0 = (f1 + f2) / 2, f1 = f2
    assert w == pytest.approx([1.0, 1.0, 1.0, 0.0])
    x = (0.25, -0.5, -0.5, 3.0)
    assert allocation.weights(x, y, 0b0111) == pytest.approx([1.0, 0.25, 0.25, 0.0])


def test_two_on_a_line_through_the_axis_balance_by_their_distances():
    x, y = (1.0, -0.5, 0.0), (1.0, -0.5, 5.0)
    assert allocation.weights(x, y, 0b011) == pytest.approx([0.5, 1.0, 0.0])
    assert allocation.weights((0.6, -0.3, 0.0), (0.0, 0.0, 5.0), 0b011) == pytest.approx([0.5, 1.0, 0.0])
    assert allocation.weights((0.0, 0.0, 5.0), (0.6, -0.3, 0.0), 0b011) == pytest.approx([0.5, 1.0, 0.0])


@pytest.mark.parametrize(
    ("x", "y", "running"),
    [
        ((1.0, 0.5, 0.0), (0.0, 0.0, 5.0), 0b011),  # on one side of the axis
        ((1.0, -1.0, 0.0), (0.1, 0.1, 5.0), 0b011),  # the line does not go through it
        ((1.0, 1.0, 0.0), (0.0, 0.0, 5.0), 0b011),  # in one place
        ((1.0, -1.0, 5.0), (0.0, 0.0, 5.0), 0b001),  # one alone
    ],
)
def test_what_cannot_balance_pushes_alike(x, y, running):
    assert allocation.weights(x, y, running) == [float(running >> i & 1) for i in range(3)]


def test_an_engine_that_would_have_to_pull_is_left_out():
    """Two opposite each other balance without the third; with it off to one side it could only disturb."""
    assert allocation.weights((1.0, -1.0, 0.0, 9.0), (0.0, 0.0, 1.0, 9.0), 0b0111) == pytest.approx(
        [1.0, 1.0, 0.0, 0.0]
    )
    w = allocation.weights((0.5, -0.5, 3.0, 0.0), (0.0, 0.0, 0.0, 9.0), 0b0111)
    assert 0.5 * (w[0] - w[1]) + 3.0 * w[2] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("name", LAYOUTS)
def test_all_engines_running_push_alike(name: str):
    x, y = LAYOUTS[name]
    assert allocation.weights(x, y, (1 << len(x)) - 1) == [1.0] * len(x)


@pytest.mark.parametrize(
    ("name", "lost"), [(n, k) for n in ("square", "hexagon") for k in range(len(LAYOUTS[n][0]))]
)
def test_the_engines_left_push_through_the_axis(name: str, lost: int):
    x, y = LAYOUTS[name]
    w = np.array(allocation.weights(x, y, (1 << len(x)) - 1 & ~(1 << lost)))
    assert w[lost] == 0.0
    assert w.min() >= 0.0
    assert w.max() == pytest.approx(1.0)
    assert (w @ x, w @ y) == pytest.approx((0.0, 0.0), abs=1e-9)


def test_engines_that_cannot_balance_push_alike():
    assert allocation.weights((-1.0, 1.0), (0.0, 0.0), 0b10) == [0.0, 1.0]


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("gain", [0.55, 0.85, 1.15])
@pytest.mark.parametrize("held", [0.0, 40.0])
def test_engines_that_give_unlike_shares_push_through_the_axis_as_far_as_is_not_held(name, gain, held):
    x, y = LAYOUTS[name]
    gains = [gain, *[1.0] * (len(x) - 1)]
    thrusts = [1000.0] * len(x)
    shares = allocation.trimmed(x, y, thrusts, [1.0] * len(x), gains, (held, held))
    assert max(shares) == 1.0
    pushed = 1000.0 * np.array(shares) * np.array(gains)
    assert np.abs([pushed @ x, pushed @ y]).max() <= held + 1.0
    assert pushed.sum() > 1000.0 * 0.5 * len(x)


def test_what_attitude_thrusters_hold_costs_no_thrust():
    x, y = LAYOUTS["square"]
    assert allocation.trimmed(x, y, [1000.0] * 4, [1.0] * 4, [0.9, 1.0, 1.0, 1.0], (60.0, 60.0)) == [1.0] * 4

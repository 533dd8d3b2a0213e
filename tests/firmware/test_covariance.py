"""The navigation filter's covariance, against matrix algebra in numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from perilune.flight.navigation import covariance as cov
from perilune.flight.navigation.covariance import SIZE, Covariance

index = st.integers(0, SIZE - 1)
factors = arrays(np.float64, (SIZE, SIZE), elements=st.floats(-30.0, 30.0))
directions = arrays(np.float64, 3, elements=st.floats(-1.0, 1.0))
noise = st.floats(4.0, 1e4)
VELOCITY = [cov.V_UP, cov.V_DOWNRANGE, cov.V_CROSSRANGE]


@st.composite
def covariances(draw):
    """A positive definite matrix, well above the variances that are never claimed to be smaller."""
    a = draw(factors)
    return a @ a.T + 4.0 * np.eye(SIZE)


def loaded(matrix: np.ndarray) -> Covariance:
    filled = Covariance([0.0] * SIZE)
    for row, values in zip(filled.rows, matrix.tolist(), strict=True):
        row[:] = values
    return filled


def unit(i: int) -> np.ndarray:
    return np.eye(SIZE)[i]


def close(covariance: Covariance, expected: np.ndarray) -> bool:
    return np.array(covariance.rows) == pytest.approx(expected, rel=1e-9, abs=1e-9 * np.abs(expected).max())


def check_sound(covariance: Covariance) -> None:
    """Symmetric and positive semi-definite."""
    p = np.array(covariance.rows)
    assert np.array_equal(p, p.T) or p == pytest.approx(p.T, rel=1e-12, abs=1e-12 * p.max())
    assert np.linalg.eigvalsh(p).min() > -1e-9 * p.max()


@given(covariances(), index, index, st.floats(-3.0, 3.0))
def test_coupling_is_a_step_of_the_transition_matrix(p, i, j, f):
    c = loaded(p)
    c.couple(i, j, f)
    transition = np.eye(SIZE) + f * np.outer(unit(i), unit(j))
    assert close(c, transition @ p @ transition.T)
    check_sound(c)


@given(covariances(), index, noise)
def test_observing_an_error_is_a_kalman_update(p, i, r):
    c = loaded(p)
    corrections = c.observe(i, 2.5, r)
    gain = p[:, i] / (p[i, i] + r)
    assert corrections == pytest.approx(gain * 2.5, rel=1e-9, abs=1e-12)
    assert close(c, p - np.outer(gain, p[i]))
    check_sound(c)


@given(covariances(), directions, noise)
def test_observing_velocity_is_a_kalman_update_that_may_only_consider_position(p, direction, r):
    c = loaded(p)
    h = np.zeros(SIZE)
    h[VELOCITY] = direction
    s = h @ p @ h + r
    assert c.velocity_variance(direction) == pytest.approx(h @ p @ h, rel=1e-9, abs=1e-6)
    gain = np.array(c.observe_velocity(tuple(direction), 1.0, r))
    best = p @ h / s
    considered = 0 if h @ p @ h > r else cov.V_UP  # position errors: corrected only where it is news
    assert gain == pytest.approx(np.where(np.arange(SIZE) < considered, 0.0, best), rel=1e-9, abs=1e-12)
    joseph = np.eye(SIZE) - np.outer(gain, h)
    assert close(c, joseph @ p @ joseph.T + r * np.outer(gain, gain))
    check_sound(c)


@given(covariances(), index, noise, directions)
def test_no_variance_grows_by_observing(p, i, r, direction):
    c = loaded(p)
    c.observe(i, 1.0, r)
    after = np.diag(c.rows)
    assert (after <= np.diag(p) * (1 + 1e-12)).all()
    c.observe_velocity(tuple(direction), 1.0, r)
    assert (np.diag(c.rows) <= after * (1 + 1e-12)).all()


@given(covariances(), index, st.floats(0.0, 2.0))
def test_scaling_an_error(p, i, k):
    c = loaded(p)
    c.scale(i, k)
    transition = np.eye(SIZE)
    transition[i, i] = k
    assert close(c, transition @ p @ transition)


@given(covariances(), st.floats(0.0, 1e4), st.floats(1.0, 300.0))
def test_moving_over_ground_changes_the_height_above_it_and_not_the_altitude(p, variance, limit):
    def altitude(matrix) -> np.ndarray:
        """Covariance of the altitude AGL + TERRAIN with all errors but those two."""
        row = np.array(matrix)[cov.AGL] + np.array(matrix)[cov.TERRAIN]
        return np.concatenate([[row[cov.AGL] + row[cov.TERRAIN]], row[cov.DOWNRANGE :]])

    c = loaded(p)
    c.move_terrain(variance, limit)
    check_sound(c)
    assert altitude(c.rows) == pytest.approx(altitude(p), rel=1e-8, abs=1e-8 * (p.max() + variance))
    assert c.rows[cov.TERRAIN][cov.TERRAIN] <= limit * limit * (1 + 1e-9) + 1e-9


def test_ground_within_the_limit_takes_the_whole_step():
    c = Covariance([100.0, 25.0] + [1.0] * 8)
    c.move_terrain(11.0, 1000.0)
    assert [row[:2] for row in c.rows[:2]] == [[111.0, -11.0], [-11.0, 36.0]]


REACQUIRE = """
from struct import pack_into
from perilune.flight.navigation.covariance import AGL, SIZE, TERRAIN, V_UP, Covariance

def run(inbuf, n, outbuf):
    c = Covariance([1e10, 1e6] + [1e4] * (SIZE - 2))
    c.couple(AGL, TERRAIN, -1.0)
    for _ in range(100):
        c.couple(AGL, V_UP, 0.1)
    ratio = c.rows[AGL][AGL] / 1e-2
    for _ in range(20):
        c.observe(AGL, 1.0, 1e-2)
    at = 0
    for row in c.rows:
        for x in row:
            pack_into("<f", outbuf, at, x)
            at += 4
    pack_into("<f", outbuf, at, ratio)
    return at + 4
"""


def test_taking_the_ground_back_after_a_long_silence_stays_positive_in_float32(machine):
    """P/R = 1e12: the textbook update cancels the variance to zero or below."""
    machine.exec(REACQUIRE)
    machine.bind("run")
    *flat, ratio = np.frombuffer(machine.step(b"", 0), dtype="<f4")
    p = np.array(flat, dtype=float).reshape(SIZE, SIZE)
    assert ratio > 1e12
    assert (np.diag(p) > 0.0).all()
    assert p == pytest.approx(p.T, rel=1e-3, abs=1e-3)
    scale = 1.0 / np.sqrt(np.diag(p))
    assert np.linalg.eigvalsh(p * np.outer(scale, scale)).min() > -1e-2


def test_a_new_covariance_has_its_variances_and_nothing_else():
    c = Covariance(range(1, 11))
    assert np.array(c.rows) == pytest.approx(np.diag(range(1, 11)))
    assert [c.sigma(i) for i in range(SIZE)] == pytest.approx(np.sqrt(range(1, 11)))
    assert c.considered == 0.0


def test_errors_have_their_places():
    names = (
        "AGL TERRAIN DOWNRANGE CROSSRANGE V_UP V_DOWNRANGE V_CROSSRANGE B_UP B_DOWNRANGE B_CROSSRANGE".split()
    )
    assert [getattr(cov, name) for name in names] == list(range(SIZE))


@pytest.mark.parametrize("i", range(SIZE))
def test_no_variance_is_claimed_to_be_smaller_than_its_floor(i):
    """Half a metre of height, ten centimetres of ground, a metre of position, a centimetre a second, 1e-5 m/s2."""
    floors = [0.25, 1e-2, 1.0, 1.0, 1e-4, 1e-4, 1e-4, 1e-10, 1e-10, 1e-10]
    c = Covariance([4.0 * x for x in floors])
    c.observe(i, 0.0, 1e-15)
    expected = [4.0 * x for x in floors]
    expected[i] = floors[i]
    assert np.diagonal(c.rows) == pytest.approx(expected)


def test_a_velocity_in_doubt_is_opened_along_its_direction():
    c = Covariance([1.0] * SIZE)
    c.inflate_velocity((0.6, -0.8, 0.5), 4.0)
    grown = np.diagonal(c.rows) - 1.0
    assert grown == pytest.approx([0, 0, 0, 0, 4.0 * 0.36, 4.0 * 0.64, 4.0 * 0.25, 0, 0, 0])


def test_variance_of_a_velocity_counts_what_is_only_considered():
    c = Covariance([1.0] * 4 + [2.0, 3.0, 4.0] + [1.0] * 3)
    c.couple(cov.V_UP, cov.V_CROSSRANGE, 0.5)
    c.considered = 0.25
    p = np.array(c.rows)[np.ix_(VELOCITY, VELOCITY)]
    direction = np.array([0.6, -0.8, 0.5])
    assert c.velocity_variance(tuple(direction)) == pytest.approx(0.25 + direction @ p @ direction)


def test_corrections_are_gathered_and_cleared():
    c = Covariance([1.0] * SIZE)
    owed = c.no_corrections()
    assert list(owed) == [0.0] * SIZE
    c.gather(owed, [float(i) for i in range(SIZE)])
    c.gather(owed, [1.0] * SIZE)
    assert list(owed) == [i + 1.0 for i in range(SIZE)]
    c.clear(owed)
    assert list(owed) == [0.0] * SIZE


@pytest.mark.parametrize(("limit", "held"), [(5.0, True), (7.0, False)])
def test_moving_ground_is_held_to_its_limit_at_unchanged_altitude(limit, held):
    c = Covariance([9.0, 4.0] + [1.0] * 8)
    altitude = unit(cov.AGL) + unit(cov.TERRAIN)
    before = altitude @ np.array(c.rows) @ altitude
    c.move_terrain(32.0, limit)
    p = np.array(c.rows)
    assert altitude @ p @ altitude == pytest.approx(before)
    assert p[cov.TERRAIN, cov.TERRAIN] == pytest.approx(25.0 if held else 36.0)
    assert p[cov.TERRAIN, cov.AGL] == pytest.approx(p[cov.AGL, cov.TERRAIN])


def test_a_height_renewed_goes_with_no_other_error():
    c = Covariance([4.0] * SIZE)
    for i in range(1, SIZE):
        c.couple(cov.AGL, i, 0.5)
        c.couple(cov.TERRAIN, i, 0.25) if i > 1 else None
    kept = np.array(c.rows)[2:, 2:]
    c.renew_height(9.0, 25.0)
    p = np.array(c.rows)
    assert p[:2, :2] == pytest.approx(np.array([[34.0, -25.0], [-25.0, 25.0]]))
    assert np.all(p[:2, 2:] == 0.0) and np.all(p[2:, :2] == 0.0)
    assert p[2:, 2:] == pytest.approx(kept)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.couple(cov.V_UP, cov.AGL, 0.5),
        lambda c: c.add_variance(cov.V_UP, 2.0),
        lambda c: c.inflate_velocity((1.0, 0.0, 0.0), 2.0),
        lambda c: c.move_terrain(4.0, 1.0),
        lambda c: c.renew_height(5.0, 2.0),
        lambda c: c.renew_force(3.0),
        lambda c: c.scale(cov.V_UP, 0.5),
        lambda c: c.observe(cov.AGL, 1.0, 2.0),
        lambda c: c.observe_velocity((1.0, 0.0, 0.0), 1.0, 2.0),
    ],
)
def test_what_was_asked_along_a_direction_is_not_used_once_the_errors_have_changed(change):
    """The column asked for a beam's variance serves the beam itself, and nothing after a change."""
    direction = (0.6, 0.0, -0.8)
    root = np.random.default_rng(7).standard_normal((SIZE, SIZE))
    asked, fresh = (loaded(root @ root.T + np.eye(SIZE)) for _ in range(2))
    asked.velocity_variance(direction)
    for one in (asked, fresh):
        change(one)
    left, right = (list(one.observe_velocity(direction, 1.0, 0.5)) for one in (asked, fresh))
    assert left == right
    assert np.array(asked.rows) == pytest.approx(np.array(fresh.rows))

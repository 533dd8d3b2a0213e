"""Three-vectors and quaternions (w x y z) on plain lists, with the world's own sine: the same bits on every machine."""

from collections.abc import Sequence
from math import sqrt

from perilune_sim.world.native import lib

Vector = Sequence[float]


def add(a: Vector, b: Vector, factor: float = 1.0) -> list[float]:
    """a + factor * b."""
    return [x + factor * y for x, y in zip(a, b, strict=True)]


def scaled(a: Vector, factor: float) -> list[float]:
    """factor * a."""
    return [factor * x for x in a]


def dot(a: Vector, b: Vector) -> float:
    """Scalar product, summed from the left."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> list[float]:
    """Vector product."""
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def norm(a: Vector) -> float:
    """Euclidean length."""
    return sqrt(dot(a, a))


def unit(a: Vector) -> list[float]:
    """a over its length."""
    return scaled(a, 1.0 / norm(a))


def turn(rotation: Vector) -> list[float]:
    """Unit quaternion of a rotation vector (rad)."""
    angle = norm(rotation)
    factor = lib.pl_sine(0.5 * angle) / angle if angle > 1e-12 else 0.5
    return [lib.pl_cosine(0.5 * angle), *scaled(rotation, factor)]


def multiply(a: Vector, b: Vector) -> list[float]:
    """Quaternion product: the rotation b, then a."""
    w = a[0] * b[0] - dot(a[1:], b[1:])
    return [w, *add(add(scaled(b[1:], a[0]), a[1:], b[0]), cross(a[1:], b[1:]))]


def conjugate(q: Vector) -> list[float]:
    """The inverse of a unit quaternion."""
    return [q[0], -q[1], -q[2], -q[3]]


def rotate(q: Vector, v: Vector) -> list[float]:
    """v turned by the unit quaternion q."""
    return multiply(multiply(q, [0.0, *v]), conjugate(q))[1:]


def from_axes(x: Vector, y: Vector, z: Vector) -> list[float]:
    """Quaternion whose rotation takes the unit axes to x, y, z (Shepperd 1978: the largest of four is the divisor)."""
    trace = x[0] + y[1] + z[2]
    squares = [1 + trace, 1 + 2 * x[0] - trace, 1 + 2 * y[1] - trace, 1 + 2 * z[2] - trace]
    rows = (
        [squares[0], y[2] - z[1], z[0] - x[2], x[1] - y[0]],
        [y[2] - z[1], squares[1], x[1] + y[0], x[2] + z[0]],
        [z[0] - x[2], x[1] + y[0], squares[2], y[2] + z[1]],
        [x[1] - y[0], x[2] + z[0], y[2] + z[1], squares[3]],
    )
    best = squares.index(max(squares))
    q = scaled(rows[best], 0.5 / sqrt(squares[best]))
    return q if q[0] >= 0 else scaled(q, -1.0)

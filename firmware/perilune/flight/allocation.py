"""How a cluster shares its thrust: equal, or, with engines lost, so that the rest push through the same point."""

from math import sqrt

_PASSES = 3


def weights(x_m, y_m, running):
    """Relative thrust of each engine, 0..1 with the strongest at 1; zero for those not in `running` (a bit mask).

    x_m, y_m are the engines' positions about the thrust axis. Least squares under zero torque: f = a + b x + c y;
    engines that would have to pull are taken out and the rest solved again. Where the positions cannot balance (two
    engines, one lost) all that run push alike and the attitude thrusters carry the torque.
    """
    count = len(x_m)
    if running == (1 << count) - 1:
        return [1.0] * count
    active = [i for i in range(count) if running & (1 << i)]
    for _ in range(_PASSES):
        f = _balanced(x_m, y_m, active)
        if f is None:
            break
        negative = [i for i, v in zip(active, f) if v < 0.05]
        if not negative:
            top = max(f)
            return _spread(count, active, [v / top for v in f])
        active = [i for i in active if i not in negative]
    active = [i for i in range(count) if running & (1 << i)]
    return _spread(count, active, [1.0] * len(active))


def _spread(count, active, values):
    out = [0.0] * count
    for i, v in zip(active, values):
        out[i] = v
    return out


def _balanced(x_m, y_m, active):
    """Thrusts a + b x + c y with sum n and no torque; None where the positions do not allow it."""
    n = float(len(active))
    if n < 2.0:
        return None
    sx = sum([x_m[i] for i in active])
    sy = sum([y_m[i] for i in active])
    xx = sum([x_m[i] * x_m[i] for i in active])
    yy = sum([y_m[i] * y_m[i] for i in active])
    xy = sum([x_m[i] * y_m[i] for i in active])
    # [n sx sy; sx xx xy; sy xy yy] [a b c] = [n 0 0], by Cramer's rule on the cofactors of the first row
    p = xx * yy - xy * xy
    q = xy * sy - sx * yy
    r = sx * xy - xx * sy
    det = n * p + sx * q + sy * r
    if abs(det) < 1e-6 * (1.0 + xx * yy):
        return _balanced_on_a_line(x_m, y_m, active)
    k = n / det
    return [k * (p + q * x_m[i] + r * y_m[i]) for i in active]


def _balanced_on_a_line(x_m, y_m, active):
    """The same for engines that lie on one line; None where the axis is not on it between them."""
    first = active[0]
    far = first
    for i in active:  # the line runs from the first engine to the one farthest from it
        if _apart2(x_m, y_m, first, i) > _apart2(x_m, y_m, first, far):
            far = i
    dx = x_m[far] - x_m[first]
    dy = y_m[far] - y_m[first]
    length = sqrt(dx * dx + dy * dy)
    if length < 1e-6 or abs(x_m[first] * dy - y_m[first] * dx) > 1e-3 * length:
        return None
    along = [(x_m[i] * dx + y_m[i] * dy) / length for i in active]
    s = sum(along)
    ss = sum([v * v for v in along])
    n = float(len(active))
    det = n * ss - s * s
    if det < 1e-6 or min(along) >= 0.0 or max(along) <= 0.0:
        return None
    return [n * (ss - s * v) / det for v in along]


def _apart2(x_m, y_m, i, j):
    dx = x_m[j] - x_m[i]
    dy = y_m[j] - y_m[i]
    return dx * dx + dy * dy

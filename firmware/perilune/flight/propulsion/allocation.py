"""How a cluster shares its thrust: equal, or, with engines lost, so that the rest push through the same point."""

from math import sqrt

_PASSES = 3  # times that engines which would pull are taken out: six engines need no more
_LEAST_SHARE = 0.05  # less would have to pull


def shares(vehicle, running, trims):
    """Throttle shares of engines in `running` (a bit mask); `trims`, if any: what each gives, and the torque held."""
    n = vehicle.engine_count
    x, y = vehicle.engine_x_m[0:n], vehicle.engine_y_m[0:n]
    even = weights(x, y, running)
    return trimmed(x, y, vehicle.thrust_max_n[0:n], even, *trims) if trims else even


def resultant(vehicle, shares, gains):
    """Thrust asked for, N, and the torque about body x and y, N m, of engines that give `gains` times their shares."""
    total = x = y = 0.0
    for i in range(len(shares)):
        thrust = shares[i] * vehicle.thrust_max_n[i]
        total += thrust
        x += thrust * gains[i] * vehicle.engine_y_m[i]
        y -= thrust * gains[i] * vehicle.engine_x_m[i]
    return total, x, y


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
        negative = [i for i, v in zip(active, f) if v < _LEAST_SHARE]
        if not negative:
            top = max(f)
            return _spread(count, active, [v / top for v in f])
        active = [i for i in active if i not in negative]
    active = [i for i in range(count) if running & (1 << i)]
    return _spread(count, active, [1.0] * len(active))


def trimmed(x_m, y_m, thrusts_n, shares, gains, held_n_m):
    """Throttle shares, the most open at 1, with which engines push through the axis again that give `gains` times what
    they are asked for: the thrusts nearest to theirs, in the sense of least squares, that make no torque.

    held_n_m: torque about x and y that attitude thrusters may hold at full throttle: so much is left. A share of zero
    stays so.
    """
    torque_x, torque_y, p, q = _correction(x_m, y_m, thrusts_n, [s * g for s, g in zip(shares, gains)])
    part = 1.0 - min(_of(held_n_m[0], torque_x), _of(held_n_m[1], torque_y))
    p *= part
    q *= part
    found = [(share * gain - p * x - q * y) / gain for x, y, gain, share in zip(x_m, y_m, gains, shares)]
    found = [f if share > 0.0 and f > _LEAST_SHARE else 0.0 for f, share in zip(found, shares)]
    top = max(found)
    return [share / top for share in found] if top > 0.0 else shares


def _of(held, torque):
    """The share of a torque that is held."""
    return held / abs(torque) if abs(torque) > held else 1.0


def _correction(x_m, y_m, thrusts_n, shares):
    """Torque about x and y, N m, of engines at these shares of their thrust; by how much of it a metre of x and a metre
    of y the shares have to change for none."""
    xx = yy = xy = sx = sy = 0.0
    for x, y, thrust, share in zip(x_m, y_m, thrusts_n, shares):
        if share > 0.0:
            xx += thrust * x * x
            yy += thrust * y * y
            xy += thrust * x * y
            sx += thrust * x * share
            sy += thrust * y * share
    least = 1e-4 * (xx + yy) + 1e-9  # engines in a line make no torque across it
    xx += least
    yy += least
    k = 1.0 / (xx * yy - xy * xy)
    return sy, -sx, k * (yy * sx - xy * sy), k * (xx * sy - xy * sx)


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

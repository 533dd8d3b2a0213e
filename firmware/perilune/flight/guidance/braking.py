"""Braking: orbit speed to the braking gate on a linear acceleration profile (E-guidance, Cherry 1964).

Curvilinear coordinates (height, downrange, left). What is commanded is the *total* acceleration; the thrust is
what remains after gravity and the centrifugal term, so no gravity model enters the end conditions. Time to go
follows from a fixed downrange acceleration at the gate: one square root.
"""

from math import sqrt

from perilune.flight.algebra import clamp
from perilune.flight.guidance.envelope import BRAKING_NET_M_S2, NO_LIMIT_M_S2, net_accel

_AT_GATE = 0.85  # of the thrust there is at the gate: the rest is for correcting
_FASTEST_M_S = 45.0  # mean sink to the gate, however much thrust there is
_SLOWEST_M_S = -5.0  # vertical speed at the gate, however little
_LEVEL_SHARE = 0.04  # of the thrust squared is left for the horizontal at the least
_GATE_UP_M_S2 = 1.85  # thrust that the gate's vertical motion takes
_ASIDE = 0.3  # of the thrust, at most, for getting back over the line to the site: a twentieth of what brakes
_FREEZE_S = 15.0  # vertical gain frozen below this: terrain noise must not pitch the vehicle over
_RELIEF_M = 300.0  # ground below the site by less is followed
_NET_UP_S = 25.0  # thrust keeps at least an upward share in this last part


def time_to_go(distance_m, speed_m_s, gate, af):
    """Time to cover distance_m and arrive at the gate's forward speed and the end acceleration af, s."""
    b = 2.0 * speed_m_s + 4.0 * gate.gate_forward_m_s
    disc = b * b - 24.0 * af * distance_m
    if disc < 0.0:
        return 0.0
    return (b - sqrt(disc)) / (2.0 * af)


def end_accel(limits, tgo):
    """Downrange acceleration, m/s2, that the engine has left at the gate beside weight."""
    burnt = min(0.6, limits.accel_max * tgo / limits.exhaust)
    most = _AT_GATE * min(limits.accel_max / (1.0 - burnt), limits.accel_cap)
    return -sqrt(max(most * most - _GATE_UP_M_S2 * _GATE_UP_M_S2, 0.1))


def needed_distance(estimate, limits, gate, up, af):
    """Distance, m, that braking to the gate takes with the thrust there is, `up` of it spent vertically.

    The same linear profile, begun at what thrust leaves for the horizontal: the mean of both ends is (vf - v) / T.
    """
    most = limits.accel_max
    level = sqrt(max(most * most - up * up, _LEVEL_SHARE * most * most))
    tgo = 2.0 * (estimate.v_downrange - gate.gate_forward_m_s) / (level - af)
    tgo = max(tgo, (estimate.agl - gate.gate_altitude_m) / _FASTEST_M_S)
    return tgo * (2.0 * estimate.v_downrange + 4.0 * gate.gate_forward_m_s - af * tgo) * 0.166666672


def upward_first(accel, most):
    """Thrust acceleration held to `most`, m/s2, at the cost of its horizontal part: speed can wait, height cannot."""
    up, ahead, left = accel
    up = min(up, most)
    room2 = most * most - up * up
    level2 = ahead * ahead + left * left
    if level2 <= room2:
        return up, ahead, left
    k = sqrt(room2 / level2)
    return up, ahead * k, left * k


def even_sink(estimate, gate, height_m, tgo):
    """Vertical speed at the gate, m/s, that one vertical acceleration from here leads to, within what the gate asks.

    Where thrust is little more than weight, slowing the sink first and letting it grow again before the gate leaves
    none for braking: a throttle stuck at 35 % from 8 km on emptied the tank at 150 m above the ground.
    """
    even = 2.0 * (gate.gate_altitude_m - height_m) / tgo - estimate.v_up
    return clamp(even, gate.gate_descent_m_s, _SLOWEST_M_S)


def beyond(left_m, v_left, tgo, accel_max):
    """How much of the distance left_m across is more than `command` flies to in tgo with a share of the thrust, m."""
    middle = 0.6666667 * v_left * tgo
    most = 0.1666667 * _ASIDE * accel_max * tgo * tgo
    return left_m - clamp(left_m, middle - most, middle + most)


def command(estimate, limits, gate, height_m, distance_m, left_m, tgo, sink):
    """Thrust acceleration (up, downrange, left), m/s2, that meets the gate tgo seconds from now.

    height_m above the site, distance_m along track to the gate, left_m offset from the target line, sink the vertical
    speed at the gate, m/s.
    """
    inverse = 1.0 / tgo
    ahead = (6.0 * distance_m * inverse - 4.0 * estimate.v_downrange - 2.0 * gate.gate_forward_m_s) * inverse
    left = (-6.0 * left_m * inverse - 4.0 * estimate.v_crossrange) * inverse
    tv = max(tgo, _FREEZE_S)
    rise = gate.gate_altitude_m + sink * (tv - tgo) - height_m
    up = (6.0 * rise / tv - 4.0 * estimate.v_up - 2.0 * sink) / tv
    up = max(up, sink_limit(estimate, limits, distance_m))
    thrust_up = up - estimate.g_eff
    if tgo < _NET_UP_S:
        thrust_up = max(thrust_up, 0.5)
    return max(thrust_up, -0.2 * abs(ahead)), ahead, left


def sink_limit(estimate, limits, distance_m):
    """Lowest vertical acceleration allowed: sink must stay stoppable within the height that is certain."""
    if abs(distance_m) > 15000.0:
        return NO_LIMIT_M_S2
    net = net_accel(limits.accel_max, BRAKING_NET_M_S2)
    certain = max(200.0, estimate.agl - min(2.0 * estimate.sigma_agl, 0.5 * estimate.agl))
    slowest = -sqrt(1.1 * net * certain)  # 0.55 of the stopping speed squared
    if estimate.v_up >= slowest + 5.0:
        return NO_LIMIT_M_S2
    return (slowest + 5.0 - estimate.v_up) * 0.333333343


def reference_height(estimate, distance_m):
    """Height steered by: above the site's datum far out, above the ground under the vehicle near the site.

    While altimetry is uncertain the aim is three sigma high, but no more than half the height: to stay out of an
    altimeter's reach for fear of the ground finds none.
    """
    near = clamp((40000.0 - abs(distance_m)) / 30000.0, 0.0, 1.0)
    if near == 0.0:
        return estimate.altitude
    margin = min(3.0 * max(0.0, estimate.sigma_agl - 30.0), 0.5 * max(0.0, estimate.agl))
    return estimate.altitude + near * (estimate.agl - estimate.altitude - max(margin, basin(estimate)))


def basin(estimate):
    """How deep below the site the ground under the vehicle lies, m, beyond relief that needs no notice.

    Who follows the ground into a basin meets its far wall short of thrust. Only what altimeters and map agree on
    counts, and no more than half the height above ground: HAKUTO-R M1 believed a height against its altimeter.
    """
    felt = estimate.agl - estimate.altitude
    return clamp(min(estimate.map_depth, felt) - _RELIEF_M, 0.0, 0.5 * max(0.0, estimate.agl))

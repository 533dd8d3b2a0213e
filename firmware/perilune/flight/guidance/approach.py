"""Approach: from the braking gate to the top of terminal descent, at rest over the target.

Fixed-time quadratic-cost guidance with free end acceleration ... a = 12 D / T^2 - 6 (v + vf) / T, the D'Souza /
augmented Apollo law with both end conditions on the same profile (Lu, JGCD 2019, kr = 12).
"""

from math import sqrt

from perilune.flight.algebra import clamp
from perilune.flight.guidance.envelope import APPROACH_NET_M_S2, NO_LIMIT_M_S2, net_accel, profile_speed

_PUSH_M_S2 = 0.8  # most that is spent on speeding up towards the target
_HURRIED = 1.4  # time in a hurry over that of a steady sink: less would ask for more than free fall first
_HURRIED_SHARE = 0.8  # of the thrust there is
_STOP_M_S2 = 0.8  # m/s2 counted on for stopping above the lower bound of the height
_BLIND_TICKS = 250  # 5 s without a range
_BLIND_SIGMAS = 4.5  # below the height is the lower bound then; 3 where ranges come
_FREEZE_S = 10.0  # horizontal gains frozen below this: a velocity seen late must not pitch the vehicle over


def duration(height_m, v_up, gains):
    """Time for the approach from height_m at sink rate -v_up, s, held to what flies well."""
    fall = 1.9 * (height_m - gains.approach_end_m) / max(8.0, 2.0 - v_up)
    return clamp(fall, gains.approach_min_s, gains.approach_max_s)


def shortest(height_m, v_up, gains, limits):
    """The same in a hurry: sinking on before the sink is braked, as late as thrust allows.

    The profile's greatest deceleration is 2.5 times its mean over the whole time.
    """
    sink = max(8.0, 2.0 - v_up)
    net = net_accel(limits.accel_max, APPROACH_NET_M_S2, _HURRIED_SHARE)
    return max(_HURRIED * (height_m - gains.approach_end_m) / sink, 2.5 * sink / net)


def reach(v_ahead, tgo):
    """The farthest target ahead, m, that `command` flies to in tgo without speeding up by more than _PUSH_M_S2.

    A vehicle that turns slowly brakes on after the gate and comes out short and slow. Speeding up again would tilt it
    forward, and near the ground there is no time to tilt it back: a nearer landing it is.
    """
    return tgo * (6.0 * v_ahead + _PUSH_M_S2 * tgo) * 0.0833333358


def nearest(v_ahead, tgo):
    """The same for a target that has been overflown: the nearest that takes no more than _PUSH_M_S2 backwards.

    Thrust is tilted by so much only, and little of it is up as long as there is height to lose: a vehicle that comes
    fast out of braking cannot stop short. Flying back in the time left would be faster yet, and end in the ground.
    """
    return tgo * (6.0 * v_ahead - _PUSH_M_S2 * tgo) * 0.0833333358


def command(estimate, gains, height_m, ahead_m, left_m, tgo):
    """Thrust acceleration (up, downrange, left), m/s2; ahead_m and left_m are the distances still to fly."""
    inverse = 1.0 / max(tgo, _FREEZE_S)
    ahead = (12.0 * ahead_m * inverse - 6.0 * estimate.v_downrange) * inverse
    left = (12.0 * left_m * inverse - 6.0 * estimate.v_crossrange) * inverse
    inverse = 1.0 / tgo
    rise = gains.approach_end_m - height_m
    up = (12.0 * rise * inverse - 6.0 * (estimate.v_up + gains.approach_end_m_s)) * inverse
    up = max(up, _sink_limit(estimate, gains))
    thrust_up = max(0.4, up - estimate.g_eff)
    return limited(thrust_up, ahead, left, 1.2)


def _sink_limit(estimate, gains):
    """With an uncertain height, sink no faster than stops above its lower bound.

    Where no range comes any more that is far down: a map says little of the last kilometre, an approach sinks too fast
    to feel the ground, and what is left of its height then costs little propellant to be slow in.
    """
    blind = estimate.tick - estimate.altimeter_tick > _BLIND_TICKS
    if estimate.sigma_agl <= 20.0 and not blind:
        return NO_LIMIT_M_S2
    low = max(0.0, estimate.agl - (_BLIND_SIGMAS if blind else 3.0) * estimate.sigma_agl - 5.0)
    fastest = -profile_speed(gains.touchdown_m_s, _STOP_M_S2, low)
    if estimate.v_up >= fastest + (1.0 if blind else 0.0):
        return NO_LIMIT_M_S2
    return (fastest - estimate.v_up) * 0.5 + (
        _STOP_M_S2 if blind and low > 0.0 else 0.0
    )  # tracked without lag


def limited(up, ahead, left, ratio):
    """Horizontal acceleration held to `ratio` of the upward one: it bounds the tilt."""
    level = sqrt(ahead * ahead + left * left)
    most = ratio * up
    if level > most:
        k = most / level
        return up, ahead * k, left * k
    return up, ahead, left

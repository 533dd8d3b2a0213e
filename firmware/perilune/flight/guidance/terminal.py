"""Terminal descent: sink rate by height, horizontal velocity nulled (Apollo's P66, automatic).

The sink rate follows v^2 = vtd^2 + 2 a h on the *lower* bound of the height, with as many sigmas as the
propellant for hovering allows: the last half of one only if the propellant to be landed with is not missed for it.
"""

from math import sqrt

from perilune.flight.algebra import clamp
from perilune.flight.guidance.approach import limited
from perilune.flight.guidance.envelope import hover_time, profile_speed

_VERTICAL_S = 1.5  # time constants
_LEVEL_S = 3.0  # ... horizontally
_AGAINST = (
    0.07  # lean against a steady push aside, beside what is steered with: 10 deg with that, near the ground
)
_STEEP_M = 100.0  # above it the vehicle may lean as in HOLD: there is time to stand up again
_LEVEL_M_S2 = 0.6  # horizontal deceleration counted on
_FEEL_M = 15.0  # so near the ground motion across it is nulled first ...
_ACROSS2 = 0.36  # ... if it is faster than 0.6 m/s, of the 1 m/s that the legs bear ...
_SPARE_S = 15.0  # ... and propellant lasts
_CREEP_M_S = 0.2  # slowest sink, while motion across is nulled
_SWIFT_M_S = 3.0  # across, near the ground, after a turn without gyros: upright again when it is gone
RESERVE = 0.8  # share of the remaining delta-v counted on
_FELT_M_S = 2.5  # sink at which the ground may be felt for, of the 3 m/s that the legs bear ...
_FELT_WELL_M_S = 2.7  # ... and where the velocimeter tells it
_WELL_M_S = 0.05  # 1 sigma of the vertical speed that is known that well
_SUNK_M = -10.0  # so far below where the ground should have come, and 3 sigma
_SURE = 2.5  # sigmas that the propellant to be landed with is spent on too


def hover_s(limits):
    """Seconds of hovering counted on."""
    return hover_time(RESERVE * limits.delta_v_left)


def spare_s(limits):
    """Those that leave the propellant to be landed with."""
    return min(hover_s(limits), hover_time(limits.delta_v_left - limits.delta_v_kept))


def fastest(estimate):
    """Sink at which ground that may come at any time is felt for, m/s."""
    return _FELT_WELL_M_S if estimate.sigma_v_up < _WELL_M_S else _FELT_M_S


def margin(agl, sigma, decel, hover, spare):
    """Sigmas below the height to be ready for the ground at: 2.5 if propellant lasts, 3 if it is not missed."""
    k = confidence(agl, sigma, decel, spare, 3.0, _SURE)
    return k if k > _SURE else confidence(agl, sigma, decel, hover, _SURE)


def confidence(agl, sigma, decel, hover_s, most=3.0, least=0.0):
    """Largest k <= most for which descending k sigma blind still fits hover_s of propellant; else `least`."""
    k = most
    while k > least:  # two dozen times at the worst: written for speed
        spread = (k + (k if k < 1.75 else 1.75)) * sigma * 0.4
        if spread <= hover_s:  # else it does not fit, however short the fall
            low = agl - k * sigma
            fall = sqrt(2.0 * low / decel) if low > 0.0 else 0.0
            if fall + spread <= hover_s:
                return k
        k -= 0.125
    return least


def command(estimate, limits, gains, decel, ahead_m, left_m, pushed=(0.0, 0.0)):
    """Thrust acceleration (up, downrange, left), m/s2; decel is the deceleration the profile uses, m/s2.

    pushed: acceleration (downrange, left) by what is no engine, m/s2, to be leant against.
    """
    hover = hover_s(limits)
    sigma = estimate.sigma_agl - 0.5
    low = estimate.agl
    sunk = low < _SUNK_M and low < _SUNK_M - 3.0 * estimate.sigma_agl  # in most ticks one comparison
    slow = gains.touchdown_m_s
    if sigma > 0.0:
        spare = spare_s(limits)
        k = margin(low, sigma, decel, hover, spare)
        low -= k * sigma
        if sigma > 1.5:
            slow = clamp(((k + 2.0) * sigma + 3.0) / spare, slow, fastest(estimate))
    if sunk:
        slow = fastest(estimate)  # the ground is not where it was told to be, and may come at any time
    above = max(0.0, low - 2.0)
    level = sqrt(estimate.v_downrange * estimate.v_downrange + estimate.v_crossrange * estimate.v_crossrange)
    wanted = -min(45.0, profile_speed(slow, decel, above), unhurried(level, above, slow))
    if (
        low < _FEEL_M
        and hover > _SPARE_S
        and estimate.v_downrange * estimate.v_downrange + estimate.v_crossrange * estimate.v_crossrange
        > _ACROSS2
    ):
        wanted = max(wanted, -_CREEP_M_S)
    up = (wanted - estimate.v_up) / _VERTICAL_S
    if above > 0.0 and estimate.v_up < -slow:
        up += 0.9 * decel  # the profile's own deceleration, so that it is tracked without lag
    speed = clamp(0.04 * (low - 12.0), 0.0, 1.2)  # towards the target, none in the last metres
    ahead = (clamp(0.06 * ahead_m, -speed, speed) - estimate.v_downrange) / _LEVEL_S
    left = (clamp(0.06 * left_m, -speed, speed) - estimate.v_crossrange) / _LEVEL_S
    most = lean(low, estimate.rate_modelled and level > _SWIFT_M_S)
    push, aside = pushed
    if push != 0.0 or aside != 0.0:
        ahead -= push
        left -= aside
        most += min(_AGAINST, sqrt(push * push + aside * aside) / -estimate.g_eff)
    return limited(max(0.3, up - estimate.g_eff), ahead, left, most)


def unhurried(level_m_s, above_m, slow_m_s):
    """Sink rate at which the horizontal speed can be nulled before the ground comes, m/s."""
    return max(slow_m_s, above_m * _LEVEL_M_S2 / max(level_m_s, 0.1))


def lean(low_m, swift=False):
    """Horizontal acceleration over the upward one that the height allows, and a speed that cannot be landed with."""
    if low_m > _STEEP_M:
        return 0.5
    return 0.25 if low_m > 20.0 or swift else 0.10

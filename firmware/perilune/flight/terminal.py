"""Terminal descent: sink rate by height, horizontal velocity nulled (Apollo's P66, automatic).

The sink rate follows v^2 = vtd^2 + 2 a h on the *lower* bound of the height, with as many sigmas as the
propellant for hovering allows.
"""

from math import sqrt

from perilune.flight.algebra import clamp
from perilune.flight.approach import limited

_VERTICAL_S = 1.5  # time constants
_LEVEL_S = 3.0
_STEEP_M = 100.0  # above it the vehicle may lean as in HOLD: there is time to stand up again
_LEVEL_M_S2 = 0.6  # horizontal deceleration counted on
_FEEL_M = 15.0  # so near the ground motion across it is nulled first ...
_ACROSS2 = 0.36  # ... if it is faster than 0.6 m/s, of the 1 m/s that the legs bear ...
_SPARE_S = 15.0  # ... and propellant lasts
_CREEP_M_S = 0.2
RESERVE = 0.8  # share of the remaining delta-v counted on


def confidence(agl, sigma, decel, hover_s):
    """Largest k <= 3 for which descending k sigma blind still fits hover_s of propellant."""
    k = 3.0
    while k > 0.0:  # two dozen times at the worst: written for speed
        low = agl - k * sigma
        fall = sqrt(2.0 * low / decel) if low > 0.0 else 0.0
        if fall + (k + (k if k < 1.75 else 1.75)) * sigma * 0.4 <= hover_s:
            return k
        k -= 0.125
    return 0.0


def command(nav, craft, gains, decel, ahead_m, left_m):
    """Thrust acceleration (up, downrange, left), m/s2; decel is the deceleration the profile uses, m/s2."""
    hover = max(5.0, RESERVE * craft.delta_v_left / 1.62)
    sigma = max(0.0, nav.sigma_agl - 0.5)
    k = confidence(nav.agl, sigma, decel, hover)
    low = nav.agl - k * sigma
    above = max(0.0, low - 2.0)
    slow = gains.touchdown_m_s
    if sigma > 1.5:
        slow = clamp(((k + 2.0) * sigma + 3.0) / hover, slow, 2.5)
    level = sqrt(nav.v_ahead * nav.v_ahead + nav.v_left * nav.v_left)
    wanted = -min(45.0, sqrt(slow * slow + 2.0 * decel * above), unhurried(level, above, slow))
    if low < _FEEL_M and hover > _SPARE_S and nav.v_ahead * nav.v_ahead + nav.v_left * nav.v_left > _ACROSS2:
        wanted = max(wanted, -_CREEP_M_S)
    up = (wanted - nav.v_up) / _VERTICAL_S
    if above > 0.0 and nav.v_up < -slow:
        up += 0.9 * decel  # the profile's own deceleration, so that it is tracked without lag
    speed = clamp(0.04 * (low - 12.0), 0.0, 1.2)  # towards the target, none in the last metres
    ahead = (clamp(0.06 * ahead_m, -speed, speed) - nav.v_ahead) / _LEVEL_S
    left = (clamp(0.06 * left_m, -speed, speed) - nav.v_left) / _LEVEL_S
    return limited(max(0.3, up - nav.gravity), ahead, left, lean(low))


def unhurried(level_m_s, above_m, slow_m_s):
    """Sink rate at which the horizontal speed can be nulled before the ground comes, m/s."""
    return max(slow_m_s, above_m * _LEVEL_M_S2 / max(level_m_s, 0.1))


def lean(low_m):
    """Horizontal acceleration over the upward one that the height allows."""
    if low_m > _STEEP_M:
        return 0.5
    return 0.25 if low_m > 20.0 else 0.10

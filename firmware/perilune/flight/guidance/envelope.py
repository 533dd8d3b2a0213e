"""The envelope of the descent: what thrust and propellant leave to brake with, and how far stopping takes.

A vehicle that stands on its thrust over the Moon has, beside its weight,

    net = share * accel_max - LUNAR_G_M_S2                       m/s2, upward

where `share` is what guidance counts on: the rest steers. Thrust tilted by 32 deg still has 0.85 of itself upward;
HOLD and terminal descent tilt it by 27 deg at the most. From the sink v, net stops the vehicle after

    v^2 / (2 net)                                                m

so that a profile of constant deceleration a that ends at the speed v_end has v^2 = v_end^2 + 2 a h at the height h.
Gravity is a constant here: from 2 km to the ground it grows by 0.2 %.
"""

from math import sqrt

from perilune.flight.moon import LUNAR_G_M_S2

NO_LIMIT_M_S2 = -1000.0  # a lower bound of an acceleration that bounds nothing
STEERED_SHARE = 0.85  # of thrust that is counted on upward where the vehicle steers too
UPRIGHT_SHARE = 0.92  # ... and where it stops first and steers with 10 deg: 0.97 cos 10 deg, less 4 % in hand
# Least net acceleration that the laws reckon with, m/s2, where thrust hardly carries the vehicle. Divided by less,
# distances and speeds mean nothing any more; the nearer the ground, the more of what there is has to be believed.
BRAKING_NET_M_S2 = 0.3  # far above the ground: propellant that burns raises it until the gate
APPROACH_NET_M_S2 = 0.2
LAST_NET_M_S2 = 0.15  # of the last descent
_CORRECTED = 1.15  # over the deceleration that just stops: what is not yet braked with is made up for
_SHORT_OF_M = 8.0  # above the ground, where the stop shall be over
_LEAST_ROOM_M = 20.0  # height reckoned with at the least: nearer the ground a quotient by it would run away
_REACTION_S = (
    0.4  # at the speed there is before thrust answers: guidance's cycle, engine lag, turn to upright
)
_LEAST_HOVER_S = 5.0  # hovering reckoned with at the least, for quotients by it


def net_accel(accel_max, least, share=STEERED_SHARE):
    """Upward acceleration, m/s2, that thrust leaves beside weight; `least` if that is less."""
    return max(least, share * accel_max - LUNAR_G_M_S2)


def stopping_distance(v_up, net):
    """Height, m, that stopping the vertical speed v_up, m/s, takes at `net` m/s2, with the reaction before it."""
    return v_up * v_up / (2.0 * net) - _REACTION_S * v_up


def stopping_decel(agl, v_up):
    """Deceleration, m/s2, that stops the vertical speed v_up, m/s, short of the ground `agl` m below."""
    return _CORRECTED * v_up * v_up / (2.0 * max(_LEAST_ROOM_M, agl - _SHORT_OF_M))


def profile_speed(end_m_s, decel, height_m):
    """Speed, m/s, at height_m above the end of a profile that is braked by `decel` m/s2 to end_m_s."""
    return sqrt(end_m_s * end_m_s + 2.0 * decel * height_m)


def hover_time(delta_v_m_s):
    """Seconds of hovering that delta-v buys."""
    return max(_LEAST_HOVER_S, delta_v_m_s / LUNAR_G_M_S2)

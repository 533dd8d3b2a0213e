"""HOLD: descend slowly, horizontal motion nulled, while the height above ground is too uncertain to land on.

Resilience flew its timeline on an estimated height and met its first valid range 290 m too late to stop. Here the
sink rate is held to what can be stopped within the range at which the sensors have been shown to work, slower as
the propellant above what is to be landed with allows; if both sensors have died rather than never spoken, the
descent goes on to contact on the lower bound of the height.
"""

from math import sqrt

from perilune.flight.algebra import clamp
from perilune.flight.guidance.approach import limited
from perilune.flight.guidance.envelope import (
    APPROACH_NET_M_S2,
    LAST_NET_M_S2,
    net_accel,
    profile_speed,
    stopping_decel,
)
from perilune.flight.guidance.terminal import fastest, hover_s, margin, spare_s

BLIND_M = 60.0  # sigma of the height above which braking aims for HOLD
LOST_M = 150.0  # ... above which an approach is broken off
SEEN_M = 40.0  # ... below which terminal descent may begin
_ACQUIRE_M = 700.0  # range at which a late sensor can be counted on
_MARGIN_M = 80.0  # of that range left when the sink has been stopped
_DOWN_S = 75.0  # of hovering: what the descent from there takes
_VERTICAL_S = 3.0  # time constants: slower than terminal descent, since there is height ...
_LEVEL_S = 4.0  # ... and tilt costs more of it
BLIND_GATE = 0.25  # of the gate's altitude where no range is waited for: descending upright costs most
HOPEFUL_GATE = 0.8  # ... and where one is: what is above is flown cheaper in braking
_PATIENT_M_S = 20.0  # sink while a range may still come
_BRISK_M_S2 = 1.2  # most of the deceleration towards the blind window
_SURE_DECEL_M_S2 = 0.8  # of the descent once the height is found: HOLD has cost propellant enough


class Gate:
    """Braking gate for HOLD: slower, and right above the site."""

    def __init__(self, gains, altitude_m):
        self.braking_end_accel_m_s2 = gains.braking_end_accel_m_s2
        self.gate_altitude_m = altitude_m
        self.gate_downrange_m = -250.0
        self.gate_forward_m_s = 15.0
        self.gate_descent_m_s = -25.0


def command(estimate, limits, gains, ahead_m, left_m):
    """Thrust acceleration (up, downrange, left), m/s2, and whether the ground is near enough to feel for."""
    wanted, slowing, low, landing = _sink(estimate, limits, gains)
    up = (wanted - estimate.v_up) / _VERTICAL_S
    if estimate.v_up < wanted + 1.0:
        up += 0.9 * slowing  # as in terminal descent: tracked without lag
    # towards the target: what remains near the ground costs a hover
    fast = clamp(0.025 * (low - 12.0), 0.4, 12.0)
    ahead = (clamp(0.03 * ahead_m, -fast, fast) - estimate.v_downrange) / _LEVEL_S
    left = (clamp(0.03 * left_m, -fast, fast) - estimate.v_crossrange) / _LEVEL_S
    return limited(max(0.4, up - estimate.g_eff), ahead, left, 0.5), landing


def _sink(estimate, limits, gains):
    """Vertical speed wanted, m/s, how fast that falls, m/s2; lower bound of the height, m, and whether that is near."""
    spare = spare_s(limits)
    net = net_accel(limits.accel_max, APPROACH_NET_M_S2)
    stoppable = max(8.0, sqrt(1.6 * net * (_ACQUIRE_M - _MARGIN_M)))
    needed = max(0.0, estimate.agl + 3.0 * estimate.sigma_agl - 0.7 * _ACQUIRE_M) / max(20.0, spare - _DOWN_S)
    hopeful = estimate.range_may_come
    wanted = -min(stoppable, max(_PATIENT_M_S, 1.2 * needed)) if hopeful else -stoppable
    decel = gains.terminal_decel_m_s2 if hopeful else blind_decel(limits, gains)
    sigma = estimate.sigma_agl
    k = margin(estimate.agl, sigma, decel, hover_s(limits), spare)
    low = max(0.0, estimate.agl - k * sigma - 2.0)
    if hopeful and k < 2.0:
        return wanted, 0.0, _ACQUIRE_M, estimate.agl + 3.0 * sigma < 0.9 * _ACQUIRE_M
    slow = clamp(((k + 2.0) * sigma + 3.0) / spare, gains.touchdown_m_s, fastest(estimate))
    blind = -profile_speed(slow, decel, low)
    slowing = decel if blind > wanted and low > 0.0 else 0.0
    return max(wanted, blind), slowing, low, low < 30.0


def blind_decel(limits, gains):
    """Deceleration towards the lower bound of the height where no range is waited for, m/s2."""
    net = net_accel(limits.accel_max, APPROACH_NET_M_S2)
    return max(gains.terminal_decel_m_s2, min(_BRISK_M_S2, 0.7 * net))


def sure_decel(estimate, limits, gains):
    """Deceleration of the descent from here, m/s2, within what thrust gives: what it needs, and brisk."""
    net = net_accel(limits.accel_max, LAST_NET_M_S2)
    needed = stopping_decel(estimate.agl, estimate.v_up)
    return max(gains.terminal_decel_m_s2, min(0.9 * net, needed), min(0.6 * net, _SURE_DECEL_M_S2))

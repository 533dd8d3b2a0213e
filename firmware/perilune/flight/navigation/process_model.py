"""How the errors of navigation grow between measurements, and what of them no measurement averages out.

The model the filter is propagated by: error dynamics in the local level frame, sensor noise, and ground that differs
from the map the more the farther away it is from the site.
"""

from math import sqrt

from perilune.flight.navigation import covariance as cov
from perilune.flight.navigation.doppler import POINTING_RAD

FORCE_SIGMA = 2e-3  # m/s2, specific-force error: residual bias, scale x thrust, tilt x thrust
_FORCE_WALK = 2e-10  # (m/s2)2/s
_UNMAPPED = 6.5  # relief, over the map's own error: what is added far uprange of the profile ...
_UNMAPPED_M = 9000.0  # ... and half of it so far
_NEAR_SIGMA_M = 12.0  # of the surveyed ground at the site, from ...
_NEAR_M = 1500.0  # ... so far on
_ASIDE_M2 = 1600.0  # ground aside differs from that below by no more, 1 sigma: 40 m


def terrain_sigma(site, uprange, downrange, crossrange, var_downrange, var_crossrange):
    """1 sigma, m, of the ground about the map here: grows with the distance to the site, its own error included.

    uprange: how far before the map's first sample, m; var_: of the position, m2.
    """
    d = sqrt(downrange * downrange + crossrange * crossrange + var_downrange + var_crossrange)
    most = site.terrain_sigma_max_m
    if uprange > 0.0:
        most *= 1.0 + _UNMAPPED * uprange / (uprange + _UNMAPPED_M)
    far, near = site.terrain_sigma_ratio * d, _NEAR_SIGMA_M * min(1.0, d / _NEAR_M)
    return min(most, sqrt(far * far + near * near))


def height_floor(agl, downrange, cosine):
    """Least variance of the height, m2: what of it does not average out, since the ground at nadir is not the
    footprint's. cosine: of the beam against the vertical.

    Some 0.7 % of the height under an upright beam. A leaning one sees ground aside, at a slope of 3 % near the site and
    7 % where the relief is whole, up to what a map leaves open.
    """
    slope = 0.03 + min(0.04, 4e-6 * abs(downrange))
    height2 = agl * agl
    aside = slope * slope * height2 * (1.0 / (cosine * cosine) - 1.0)
    between = 3e-5 * height2 + max(2e-5 * height2, min(aside, _ASIDE_M2))
    return max(0.25, between)


def propagate(c, strapdown, engine_on, dt):
    """Error dynamics in the local level frame (Groves 2013, ch. 14, without the Earth) over dt, s, on covariance c."""
    turn = strapdown.v_downrange / strapdown.rho
    if engine_on:
        c.couple(cov.V_UP, cov.B_UP, -dt)
        c.couple(cov.V_DOWNRANGE, cov.B_DOWNRANGE, -dt)
        c.couple(cov.V_CROSSRANGE, cov.B_CROSSRANGE, -dt)
    if turn > 1e-5:  # centrifugal coupling: counts at orbital speed only
        c.couple(cov.V_UP, cov.V_DOWNRANGE, 2.0 * turn * dt)
        c.couple(cov.V_DOWNRANGE, cov.V_UP, -turn * dt)
        stiffness = 1.87e-6 * dt  # 2 mu / r^3: altitude errors grow
        c.couple(cov.V_UP, cov.AGL, stiffness)
        c.couple(cov.V_UP, cov.TERRAIN, stiffness)
    c.couple(cov.AGL, cov.V_UP, dt)
    c.couple(cov.DOWNRANGE, cov.V_DOWNRANGE, dt)
    c.couple(cov.CROSSRANGE, cov.V_CROSSRANGE, dt)


def add_noise(c, walk, force, modelled, dt):
    """Sensor noise over dt, s, into covariance c.

    walk: accelerometer noise, m/s per root s; force: specific force, m/s2; modelled: extra, (m/s)2/s, where a
    model of the engines stands in for the accelerometers.
    """
    thrust = abs(force[0]) + abs(force[1]) + abs(force[2])
    # what beam alignment makes of the speed changes as the speed does: that must be followed too
    turning = POINTING_RAD * POINTING_RAD * thrust * thrust
    q = dt * (walk * walk + 2e-7 + 1e-7 * thrust * thrust + turning + modelled)
    for i in (cov.V_UP, cov.V_DOWNRANGE, cov.V_CROSSRANGE):
        c.add_variance(i, q)
    for i in (cov.B_UP, cov.B_DOWNRANGE, cov.B_CROSSRANGE):
        c.add_variance(i, _FORCE_WALK * dt)


def add_terrain(c, strapdown, sigma, opened, dt):
    """The ground that differs from the map, over dt, s, of motion; sigma: of it here, m; opened: bound after the height
    was reopened, m."""
    speed = sqrt(
        strapdown.v_downrange * strapdown.v_downrange + strapdown.v_crossrange * strapdown.v_crossrange
    )
    length = 3000.0 if strapdown.downrange < -6000.0 else 1200.0
    limit = max(1.5 * max(sigma, 1.0), opened)
    c.move_terrain(2.0 * sigma * sigma * min(1.0, speed * dt / length), limit)


def initial_variances(site):
    """Of the ten errors, in the order of `covariance`: as orbit determination and the map leave them."""
    up, downrange, crossrange = site.sigma_position_m
    ground = (1.0 + _UNMAPPED) * site.terrain_sigma_max_m
    force = FORCE_SIGMA * FORCE_SIGMA
    variances = [up * up, ground * ground, downrange * downrange, crossrange * crossrange]
    variances += [x * x for x in site.sigma_velocity_m_s]
    return variances + [force, force, force]

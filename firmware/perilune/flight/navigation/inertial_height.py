"""A second opinion on height: the vertical channel dead-reckoned from orbit determination, map and accelerometers.

No altimeter ever corrects it, so it can arbitrate between two altimeters that contradict each other. It drifts by
some hundred metres over a descent, which its sigma says.
"""

from math import sqrt

_BIAS_M_S2 = 5e-4  # specific-force error left after calibration, 1 sigma
_INSTABILITY = 1.3  # altitude errors grow by cosh(1.4e-3 t) and the centrifugal term: up to this much more
_DT = 0.02


class InertialHeight:
    """Altitude above the reference sphere and its rate, from the inertial units alone."""

    def __init__(self, site, altitude_m, v_up, tick):
        self.altitude = altitude_m
        self.v_up = v_up
        sigma_h, sigma_v = site.sigma_position_m[0], site.sigma_velocity_m_s[0]
        self.var_h = sigma_h * sigma_h
        self.var_v = sigma_v * sigma_v
        self.age_s = 0.0
        self.tick = tick  # to which it has come ...
        self.driven_v_up = v_up  # ... and what of the filter's vertical speed then was inertial, m/s

    def update(self, tick, v_up):
        """Come up to `tick`; v_up: what of the filter's vertical speed is inertial now, m/s."""
        self.propagate(v_up - self.driven_v_up, _DT * (tick - self.tick))
        self.driven_v_up = v_up
        self.tick = tick

    def propagate(self, change_m_s, dt):
        """Go on by dt, s, in which thrust, gravity and centrifugal term have changed the rate by so much."""
        self.altitude += dt * (self.v_up + 0.5 * change_m_s)
        self.v_up += change_m_s
        self.age_s += dt

    def sigma(self):
        """1 sigma of the altitude, m."""
        t = self.age_s
        drift = 0.5 * _BIAS_M_S2 * t * t
        return _INSTABILITY * sqrt(self.var_h + self.var_v * t * t + drift * drift)

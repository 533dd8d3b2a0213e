"""Touchdown sensing: contact counts only when armed, persistent, and more than one leg or one leg at rest.

Latches are cleared when arming: Mars Polar Lander's legs rang its switches when they unfolded and the latched
transient cut the engines at 40 m. Estimated altitude alone never cuts them (Schiaparelli, HAKUTO-R M1).
"""

from math import sqrt

from perilune.flight import events

_LEGS_TICKS = 3  # two legs or more, in a row
_ONE_LEG_TICKS = 25


class Touchdown:
    """`armed` once low and slow; `confirmed` when the vehicle stands on the ground."""

    def __init__(self, gains, log):
        self.gains = gains
        self.log = log
        self.armed = False
        self.confirmed = False
        self.several = 0
        self.single = 0

    def update(self, nav, legs):
        """One tick of terminal descent; legs is the contact mask."""
        if not self.armed:
            self._arm(nav)
            return
        count = (legs & 1) + (legs >> 1 & 1) + (legs >> 2 & 1) + (legs >> 3 & 1)
        self.several = self.several + 1 if count >= 2 else 0
        still = abs(nav.v_up) < 0.5 and abs(nav.v_ahead) < 0.3 and abs(nav.v_left) < 0.3
        self.single = self.single + 1 if count and still else 0
        if self.several >= _LEGS_TICKS or self.single >= _ONE_LEG_TICKS:
            self.confirmed = True
            level = sqrt(nav.v_ahead * nav.v_ahead + nav.v_left * nav.v_left)
            self.log(events.CONTACT, legs, nav.agl, nav.v_up, level)

    def _arm(self, nav):
        speed = sqrt(nav.v_up * nav.v_up + nav.v_ahead * nav.v_ahead + nav.v_left * nav.v_left)
        if nav.agl - 3.0 * nav.sigma_agl < self.gains.arm_altitude_m and speed < self.gains.arm_speed_m_s:
            self.armed = True
            self.several = 0
            self.single = 0
            self.log(events.CONTACT_ARMED, nav.agl, nav.sigma_agl, speed, 0.0)

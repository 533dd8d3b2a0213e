"""Touchdown sensing: contact counts only when armed, persistent, and more than one leg or one leg at rest.

Latches are cleared when arming: Mars Polar Lander's legs rang its switches when they unfolded and the latched
transient cut the engines at 40 m. A switch that is closed in the air is stuck and does not count until it opens.
Standing still under too little thrust to hover is touchdown too, whatever the switches say (Surveyor 3 flew on with
its cut-off inhibited). Estimated altitude alone never cuts the engine (Schiaparelli, HAKUTO-R M1).
"""

from math import sqrt

from perilune.flight import events

_LEGS_TICKS = 3  # two legs or more, in a row
_ONE_LEG_TICKS = 25
_STILL_TICKS = 40
_STILL_M_S = 0.35
_BORNE_M_S2 = 0.25  # felt acceleration beyond what thrust gives: the ground bears the rest
_STUCK_M = 30.0  # a switch closed above this (lower bound) is stuck


class Touchdown:
    """`armed` once low and slow; `confirmed` when the vehicle stands on the ground."""

    def __init__(self, gains, log):
        self.gains = gains
        self.log = log
        self.armed = False
        self.confirmed = False
        self.stuck = 0  # legs whose switch was closed in the air and has not opened since
        self.several = 0
        self.single = 0
        self.borne = 0

    def update(self, nav, craft, legs):
        """One tick of terminal descent; legs is the contact mask."""
        self.stuck &= legs
        if nav.agl - 3.0 * nav.sigma_agl > _STUCK_M:
            self.armed = False  # the height it was armed at has turned out wrong
        if not self.armed:
            if nav.agl - 3.0 * nav.sigma_agl > _STUCK_M:
                self.stuck |= legs
            self._arm(nav)
            return
        legs &= ~self.stuck
        count = (legs & 1) + (legs >> 1 & 1) + (legs >> 2 & 1) + (legs >> 3 & 1)
        level = sqrt(nav.v_ahead * nav.v_ahead + nav.v_left * nav.v_left)
        self.several = self.several + 1 if count >= 2 else 0
        self.single = self.single + 1 if count and abs(nav.v_up) < 0.5 and level < 0.3 else 0
        felt = nav.inertial.dvel[2] * 50.0
        borne = (
            abs(nav.v_up) < _STILL_M_S and level < _STILL_M_S and felt > craft.expected_accel + _BORNE_M_S2
        )
        self.borne = self.borne + 1 if borne and not nav.inertial.suspect else 0
        if self.several >= _LEGS_TICKS or self.single >= _ONE_LEG_TICKS or self.borne >= _STILL_TICKS:
            self.confirmed = True
            self.log(events.CONTACT, legs, nav.agl, nav.v_up, level)

    def _arm(self, nav):
        if nav.agl - 3.0 * nav.sigma_agl < self.gains.arm_altitude_m and nav.speed < self.gains.arm_speed_m_s:
            self.armed = True
            self.several = 0
            self.single = 0
            self.borne = 0
            self.log(events.CONTACT_ARMED, nav.agl, nav.sigma_agl, nav.speed, self.stuck)

"""Touchdown sensing: contact counts only when armed, persistent, and more than one leg or one leg at rest.

Latches are cleared when arming: Mars Polar Lander's legs rang its switches when they unfolded and the latched
transient cut the engines at 40 m. A switch that is closed in the air is stuck and does not count until it opens.
Above what may be fallen from, switches count only with the ground felt.
The blow of the ground is touchdown too where no switch tells of it, as low as may be fallen from, and so is standing
still under too little thrust to hover, whatever the switches say (Surveyor 3 flew on with its cut-off inhibited).
Estimated altitude alone never cuts the engine (Schiaparelli, HAKUTO-R M1).

On a slope one leg bears first. A wide and tall vehicle held upright over it would stand there until the engines are
cut, and then fall on the others: it leans over to them first.
"""

from math import sqrt

from perilune.flight import events

_LEGS_TICKS = 3  # two legs or more, in a row
_ONE_LEG_TICKS = 25  # one leg at rest: 0.5 s
_RESTING2 = 2.5e-5  # (rad/s)2: 0.3 deg/s
_TURNING_TICKS = 1000  # 20 s, by which even 0.3 deg/s has turned it by 6 deg
_LIFTED_TICKS = 50  # 1 s off the ground ends leaning
_STILL_TICKS = 40  # 0.8 s of standing still
_STILL_M_S = 0.35  # vertical speed that counts as standing still
_STILL2 = 0.1225  # (m/s)2 across: the same ...
_SLOW2 = 0.09  # ... and 0.3 m/s for one leg
_COUNT = (0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4)  # legs of a mask
_MOTIONLESS_TICKS = 500  # 10 s
_MOTIONLESS_M_S = 0.1  # half of the slowest sink that is ever asked for ...
_MOTIONLESS2 = 0.01  # ... and the same across
_BORNE_M_S2 = 0.25  # felt acceleration beyond what thrust gives: the ground bears the rest
_BLOW_M_S2 = 2.0  # ... and as much as only a blow brings, in ...
_BLOW_TICKS = 3  # ... a row; what is left of ...
_DOWN_TICKS = 7  # ... this is given to the other legs, or to a switch
_FALL_M = 2.0  # upper bound, 1 sigma: from there the ground is met at less than 3 m/s
_STUCK_M = 30.0  # a switch closed above this (lower bound) is stuck
_NEAR_M = 1.0  # lower bound, 2 sigma: there a closed switch counts at once
_REFUTED_TICKS = 25  # ... and above it as long as this, if no ground is felt, it is stuck too


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
        self.blows = 0
        self.leaning = False  # over one leg: once it has stopped the sink, until all are up for long
        self.stood = 0
        self.lifted = 0
        self.turning = 0  # ticks
        self.felt = False  # the ground, or it is near, since switches have closed
        self.refuted = 0  # ticks of closed switches until then
        self.motionless = 0  # ticks on several legs, stuck or not

    def update(self, estimate, limits, legs):
        """One tick of terminal descent; legs is the contact mask."""
        self.stuck &= legs
        self._stay(estimate, legs)
        if self.confirmed:
            return
        if estimate.agl - 3.0 * estimate.sigma_agl > _STUCK_M:
            self.armed = False  # the height it was armed at has turned out wrong
        if not self.armed:
            if estimate.agl - 3.0 * estimate.sigma_agl > _STUCK_M:
                self.stuck |= legs
            self._arm(estimate)
            return
        legs &= ~self.stuck
        if legs:
            self.blows = 0
        else:
            self._struck(estimate, limits)
        if self.confirmed:
            return
        if legs or self.leaning or -_STILL_M_S < estimate.v_up < _STILL_M_S:
            self._judge(estimate, limits, legs)
        else:
            self._forget()

    def _stay(self, estimate, legs):
        """It has not moved for long on several legs, whatever height is estimated: no hover is as still."""
        still = (
            _COUNT[legs] >= 2
            and -_MOTIONLESS_M_S < estimate.v_up < _MOTIONLESS_M_S
            and estimate.v_downrange * estimate.v_downrange + estimate.v_crossrange * estimate.v_crossrange
            < _MOTIONLESS2
        )
        self.motionless = self.motionless + 1 if still else 0
        if self.motionless >= _MOTIONLESS_TICKS:
            self.confirmed = True
            self.log(events.CONTACT, legs, estimate.agl, estimate.v_up, 0.0)

    def stands(self, legs):
        """Whether three legs of the contact mask bear."""
        return _COUNT[legs & ~self.stuck] >= 3

    def _judge(self, estimate, limits, legs):
        """Something touches, or the vehicle stands still in the air, or seems to."""
        count = _COUNT[legs]
        level2 = estimate.v_downrange * estimate.v_downrange + estimate.v_crossrange * estimate.v_crossrange
        sink = abs(estimate.v_up)
        resting = self._rests(estimate)
        pressed = (
            estimate.delta_v[2] * 50.0 > limits.expected_accel + _BORNE_M_S2 and not estimate.accel_suspect
        )
        self._lean(count, sink < 0.5 and pressed)
        if not count:
            self.felt = False
            self.refuted = 0
        elif not self.felt:
            self._check_switches(estimate, legs, pressed)
        believed = self.felt
        self.several = self.several + 1 if believed and count >= 2 else 0
        self.single = self.single + 1 if believed and resting and sink < 0.5 and level2 < _SLOW2 else 0
        borne = pressed and resting and sink < _STILL_M_S and level2 < _STILL2
        self.borne = self.borne + 1 if borne else 0
        if self.several >= _LEGS_TICKS or self.single >= _ONE_LEG_TICKS or self.borne >= _STILL_TICKS:
            self.confirmed = True
            self.log(events.CONTACT, legs, estimate.agl, estimate.v_up, sqrt(level2))

    def _struck(self, estimate, limits):
        """The blow of the ground: felt for three ticks, low, with no switch that says so, as when all are stuck."""
        beyond = estimate.delta_v[2] * 50.0 - limits.expected_accel
        felt = (
            beyond > _BLOW_M_S2 and not estimate.accel_suspect and estimate.agl + estimate.sigma_agl < _FALL_M
        )
        self.blows = self.blows + 1 if felt or self.blows >= _BLOW_TICKS else 0
        if self.blows >= _DOWN_TICKS:
            self.confirmed = True
            across2 = (
                estimate.v_downrange * estimate.v_downrange + estimate.v_crossrange * estimate.v_crossrange
            )
            self.log(events.CONTACT, 0, estimate.agl, estimate.v_up, sqrt(across2))

    def _check_switches(self, estimate, legs, pressed):
        """Switches alone do not bring the ground up: it is near, or it is felt, or they are stuck from now on.

        Near is what may be fallen from at 3 m/s. Where the accelerometers are in doubt nothing can be felt.
        """
        near = estimate.agl - 2.0 * estimate.sigma_agl < _NEAR_M
        self.felt = near or pressed or estimate.accel_suspect
        self.refuted += 1
        if self.refuted >= _REFUTED_TICKS and not self.felt:
            self.refuted = 0
            self.stuck |= legs

    def _forget(self):
        self.several = 0
        self.single = 0
        self.borne = 0
        self.stood = 0
        self.turning = 0
        self.felt = False
        self.refuted = 0

    def _lean(self, count, stopped):
        """One leg has stopped the sink: over it the others come down, if thrust and thrusters let them."""
        if not self.leaning:
            self.stood = self.stood + 1 if count == 1 and stopped else 0
            self.leaning = self.stood >= _LEGS_TICKS
            return
        self.lifted = 0 if count else self.lifted + 1
        self.leaning = self.lifted < _LIFTED_TICKS

    def _rests(self, estimate):
        """Whether it does not turn over a leg; a turn that does not end is one of the gyros."""
        self.turning = 0 if self._resting(estimate) else self.turning + 1
        return not 0 < self.turning < _TURNING_TICKS

    def _resting(self, estimate):
        """Whether the gyros say so. Without them nobody knows."""
        if estimate.rate_modelled or estimate.gyros_disagree:
            return True
        x, y, z = estimate.rate
        return x * x + y * y + z * z < _RESTING2

    def _arm(self, estimate):
        if (
            estimate.agl - 3.0 * estimate.sigma_agl < self.gains.arm_altitude_m
            and estimate.speed < self.gains.arm_speed_m_s
        ):
            self.armed = True
            self.blows = 0
            self._forget()
            self.log(events.CONTACT_ARMED, estimate.agl, estimate.sigma_agl, estimate.speed, self.stuck)

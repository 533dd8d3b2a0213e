"""Chamber pressures of the main engines: which is lost, whose throttle has stuck, what each gives of what it is asked.

Pressure follows thrust, so a pressure over that at full throttle is how far a throttle is open.
"""

from perilune.flight.algebra import clamp

_LOST_LOOKS = 2  # at 10 Hz
_LOST_SHARE = 0.25  # of the pressure due: an engine that gives a third is worth its torque
_STUCK_SHARE = 0.04  # of the opening: a pressure that changes by more shows that the valve moves
_STUCK_MOVE = 0.2  # of the command: moved by more with no answer, the valve does not
_STUCK_LOOKS = 10  # 1 s
_SHUT = 0.02  # no pressure at all is an engine that is out, told as such
_BEYOND = 1.8  # no engine gives that much more than it is asked for
_OPEN = 1.25  # openings beyond this there are none: the pressure at full throttle is wrong
_ALIKE = 0.1  # openings of a cluster that differ by no more, of the widest, are as one
_GAIN_LEARNT = 0.2  # 0.5 s at 10 Hz
_STEADY_FROM = 0.1  # of full thrust: of less, pressures tell little
ABOVE_LEAST = 1.05  # of the least throttle: no engine can give less

# what the pressure of an engine means
OK = 0
LOST = 1
OVERRUN = 2


class Chambers:
    """Looks at the pressures of `count` engines at 10 Hz and answers what they mean; propulsion acts on it."""

    def __init__(self, count):
        self.count = count
        self.full_kpa = 0.0  # at full throttle, learned in the first burn
        self.low = [0] * count  # looks in a row of too low a pressure ...
        self.high = [0] * count  # ... and of too high a one
        self.gains = [1.0] * count  # what each gives of what it is asked for
        self.due_kpa = 0.0  # of the engine checked last
        self.stuck_looks = 0
        self.seen_opening = 0.0
        self.seen_level = 0.0

    def shut(self, delivered, kpa):
        """Whether no engine shows what `delivered`, a share of full thrust, should give."""
        return max(kpa[0 : self.count]) < _LOST_SHARE * delivered * self.full_kpa

    def learn(self, delivered, kpa):
        """The pressure at full throttle, once: from engines that deliver this share of their thrust."""
        if self.full_kpa == 0.0:
            self.full_kpa = max(kpa[0 : self.count]) / max(delivered, 0.05)

    def check_engine(self, i, kpa, weight, delivered, may_stick):
        """OK, LOST or OVERRUN; `weight` is the engine's share of what is `delivered` of full thrust.

        One whose pressure stays far below what its throttle should give is lost: do without it.
        So is one of several that gives far more than it is asked for (OVERRUN), once thrust has to be less than it
        leaves (`may_stick`): its throttle has stuck, its main valve has not. As long as thrust is needed it helps.
        """
        full = weight * self.full_kpa
        due = self.due_kpa = delivered * full
        self.low[i] = self.low[i] + 1 if kpa < _LOST_SHARE * due else 0
        high = may_stick and kpa > _BEYOND * max(due, 0.1 * full)
        self.high[i] = self.high[i] + 1 if high else 0
        if self.low[i] == _LOST_LOOKS:
            return LOST
        return OVERRUN if self.high[i] == _STUCK_LOOKS else OK

    def compare(self, kpa, used, weights, delivered):
        """What each engine that runs (`used`, a bit mask) gives of what it is asked for, the strongest at 1.

        None where thrust is too little to tell.
        """
        if delivered <= _STEADY_FROM:
            return None
        unit = delivered * self.full_kpa
        gains = self.gains
        most = 0.0
        for i in range(self.count):
            if used & (1 << i):
                gain = gains[i]
                gain += _GAIN_LEARNT * (kpa[i] / (unit * weights[i]) - gain)
                gains[i] = gain = clamp(gain, _LOST_SHARE, _BEYOND)
                most = max(most, gain)
        return [gain / most for gain in gains]

    def _opening(self, kpa, used, weights):
        """How far the throttles are open where all that run are alike; else -1."""
        if self.count == 1:
            return kpa[0] / self.full_kpa
        least = most = -1.0
        for i in range(self.count):
            if used & (1 << i):
                opening = kpa[i] / (self.full_kpa * weights[i])
                least = opening if least < 0.0 or opening < least else least
                most = max(most, opening)
        return 0.5 * (least + most) if most - least <= _ALIKE * most else -1.0

    def stuck_opening(self, kpa, used, weights, delivered):
        """Where the throttles have stuck: a pressure that stays where it is while they are moved; 0: they move."""
        if self.full_kpa == 0.0:
            return 0.0
        opening = self._opening(kpa, used, weights)
        if opening < 0.0 or opening > _OPEN:
            if opening > _OPEN:
                self.full_kpa = 0.0
            self.stuck_looks = 0
            return 0.0
        if abs(opening - self.seen_opening) > _STUCK_SHARE * opening:
            self.seen_opening = opening
            self.seen_level = delivered
        most = _STUCK_MOVE * max(self.seen_level, 0.1)
        moved = abs(delivered - self.seen_level) > most and abs(delivered - opening) > most
        beyond = opening > _BEYOND * max(delivered, 0.1)
        self.stuck_looks = self.stuck_looks + 1 if moved or beyond else 0
        return opening if self.stuck_looks >= _STUCK_LOOKS and opening > _SHUT else 0.0

"""Guidance at 10 Hz: which law flies, time to go, and when one law hands over to the next."""

from math import sqrt

from perilune.flight import events, modes
from perilune.flight.algebra import clamp
from perilune.flight.guidance import approach, braking, hold, terminal
from perilune.flight.guidance.envelope import (
    LAST_NET_M_S2,
    LUNAR_G_M_S2,
    UPRIGHT_SHARE,
    net_accel,
    stopping_decel,
    stopping_distance,
)

_DT = 0.1  # s, guidance cycle
_TOUCH_M = 2.0  # height below which what is felt may be the ground
_PUSHED2 = 0.01  # (m/s2)2: twice what a unit may be off by
_SHORT_M = 20.0  # a target moved by more is told, and moved across at all
_LONG_M = 1000.0  # a target that braking moves by more is told
_FAR_M = 10000.0  # ... and by more than this, braking ends as hard as the engine then can
_SHORT_OF = 1.1  # what braking asks for over what there is: less evens out as propellant burns
_STRETCH = 0.1  # of what is missing, every cycle
_NEARER_M = 150000.0  # how far a hurry may bring the target nearer
_DOWN_S = 80.0  # from the gate to the ground
_LAND_S = 15.0  # from the end of the approach to the ground
_ACROSS = 0.5  # of the speed across: what taking it away adds to the thrust that holds the vehicle up
_HURRIED_DECEL_M_S2 = 0.8  # of the last descent
_MUCH = 0.03  # of the propellant loaded: a leak that takes this much cannot be waited for
_LATE_S = 30.0  # nearer to the gate, or ...
_FAST_M_S = 200.0  # ... slower than this, a lack of thrust is of the moment: the target stays
_WEAK_M_S2 = 0.8  # thrust beyond weight that leaves nothing to steer with before the fall is stopped
_JUMP_M = 50.0  # a change of height above ground by more than motion explains: re-time the approach


class Guidance:
    """Holds the target; writes the command: thrust acceleration (up, downrange, left) and time to go."""

    def __init__(self, gains, command, log):
        self.gains = gains
        self.command = command
        self.log = log
        self.target = (0.0, 0.0)  # downrange, left of the site
        self.offset = (0.0, 0.0)  # navigation's corrections not yet passed on
        self.followed = (0.0, 0.0)
        self.hold_gate = hold.Gate(gains, hold.HOPEFUL_GATE * gains.gate_altitude_m)
        self.blind_gate = hold.Gate(gains, hold.BLIND_GATE * gains.gate_altitude_m)
        self.decel = gains.terminal_decel_m_s2
        self.last_height = 0.0
        self.stopping = False
        self.across = (0.0, 0.0)  # m/s2 felt along body x and y, mean of a second
        self.stretch = 0.0  # m by which braking has moved the target for what thrust or propellant there is

    def divert(self, downrange_m, left_m, estimate):
        """Move the target, from where the thrust there is has put it if that is not the site; the approach is given the
        time that the distance takes."""
        downrange_m += self.stretch
        self.log(events.DIVERTED, downrange_m, left_m, estimate.agl, 0.0)
        dx = downrange_m - self.target[0]
        dy = left_m - self.target[1]
        self.target = downrange_m, left_m
        self.command.tgo = max(self.command.tgo, 2.0 * sqrt(sqrt(dx * dx + dy * dy) / 0.6))

    def bridge_gap(self, ticks, v_up):
        """Let `ticks` pass in which no guidance ran, at vertical speed v_up, m/s."""
        self.command.tgo = max(1.0, self.command.tgo - 0.02 * ticks)
        self.last_height += 0.02 * ticks * v_up

    def update(self, estimate, limits, mode):
        """One guidance cycle. Returns the mode that should follow (the same if none)."""
        self._follow(estimate, mode)
        if mode == modes.BRAKING:
            mode = self._braking(estimate, limits)
        elif mode == modes.APPROACH:
            mode = self._approach(estimate, limits)
        elif mode == modes.HOLD:
            mode = self._hold(estimate, limits)
        elif mode == modes.TERMINAL:
            ahead, left = self._to_target(estimate)
            pushed = self._pushed(estimate)
            self.command.accel = terminal.command(
                estimate, limits, self.gains, self.decel, ahead, left, pushed
            )
        else:
            mode = self._waiting(estimate, limits, mode)
        if mode in modes.AFTER_BRAKING:
            mode = self._stoppable(estimate, limits, mode)
        self._bound(limits)
        self.resume()
        return mode

    def resume(self):
        """What follows from the acceleration asked for."""
        self.command.accel_size = self._size()

    def _bound(self, limits):
        """No more is asked for than thrust can give; the direction is kept."""
        u, a, b = self.command.accel
        size = self._size()
        if size > limits.accel_max:
            k = limits.accel_max / size
            self.command.accel = u * k, a * k, b * k

    def _follow(self, estimate, mode):
        """Velocity measurements move the estimated position by hundreds of metres through the covariance.

        Flying after such a step at once would tilt the vehicle near the ground, so it is passed on at a bounded rate.
        """
        dx = estimate.position_correction[0] - self.followed[0]
        dy = estimate.position_correction[1] - self.followed[1]
        self.followed = estimate.position_correction
        rate = self._pass_on_rate(estimate, mode) * _DT
        x = self.offset[0] + dx
        y = self.offset[1] + dy
        self.offset = x - clamp(x, -rate, rate), y - clamp(y, -rate, rate)

    def _pass_on_rate(self, estimate, mode):
        distance = abs(estimate.downrange)
        if mode in modes.BEFORE_IGNITION or (mode == modes.BRAKING and distance > 8000.0):
            return 1e6
        if mode == modes.BRAKING:
            return 10.0 if distance > 3500.0 else 0.0
        return 2.0 if mode == modes.HOLD or (mode == modes.APPROACH and self.command.tgo > 30.0) else 0.0

    def _to_target(self, estimate):
        """Distance still to fly: downrange, left."""
        return (
            self.target[0] - estimate.downrange + self.offset[0],
            self.target[1] - estimate.crossrange + self.offset[1],
        )

    def _waiting(self, estimate, limits, mode):
        """Before ignition: the braking law as if it began now; it gives the pointing and the moment."""
        ahead, left = self._to_target(estimate)
        distance = ahead + self.gains.gate_downrange_m - estimate.v_downrange * limits.start_delay
        af = self.gains.braking_end_accel_m_s2
        self.command.tgo = max(1.0, braking.time_to_go(distance, estimate.v_downrange, self.gains, af))
        sink = self.gains.gate_descent_m_s
        self.command.accel = braking.command(
            estimate, limits, self.gains, estimate.altitude, distance, -left, self.command.tgo, sink
        )
        u, a, b = self.command.accel
        needed = sqrt(u * u + a * a + b * b)
        if mode == modes.ARMED and needed >= self.gains.ignition_fraction * limits.accel_max:
            self.log(events.IGNITION, estimate.downrange, self.command.tgo, needed, limits.mass)
            return modes.BRAKING
        return mode

    def _braking(self, estimate, limits):
        ahead, left = self._to_target(estimate)
        blind = estimate.sigma_agl > hold.BLIND_M and abs(estimate.downrange) < 60000.0
        hurry = _hurried(limits, self.command.tgo + _DOWN_S)
        gate = self._hold_gate(estimate) if blind else self.gains
        distance = ahead + gate.gate_downrange_m
        af = self._end_accel(limits, gate, hurry)
        self.command.tgo = max(1.0, braking.time_to_go(distance, estimate.v_downrange, gate, af))
        left = self._in_line(
            left, braking.beyond(left, estimate.v_crossrange, self.command.tgo, limits.accel_max), estimate
        )
        if self.command.tgo < 3.0 or estimate.v_downrange < gate.gate_forward_m_s + 1.0:
            self.last_height = self._approach_height(estimate)
            self.command.tgo = approach.duration(self.last_height, estimate.v_up, self.gains)
            return modes.HOLD if blind else modes.APPROACH
        height = braking.reference_height(estimate, distance)
        sink = (
            gate.gate_descent_m_s
            if self.stretch == 0.0
            else braking.even_sink(estimate, gate, height, self.command.tgo)
        )
        self.command.accel = braking.command(
            estimate, limits, gate, height, distance, -left, self.command.tgo, sink
        )
        far = self.command.tgo > _LATE_S and estimate.v_downrange > _FAST_M_S
        short = far and (hurry or self._size() > _SHORT_OF * limits.accel_max)
        if short or self.stretch != 0.0:
            needed = braking.needed_distance(estimate, limits, gate, self.command.accel[0], af)
            self._stretch(needed - distance, hurry, estimate)
        if self.stretch != 0.0:
            self.command.accel = braking.upward_first(self.command.accel, limits.accel_max)
        return modes.BRAKING

    def _hold_gate(self, estimate):
        return self.hold_gate if estimate.range_may_come else self.blind_gate

    def _end_accel(self, limits, gate, hurry):
        """Downrange acceleration at the gate: as planned, less where thrust is far short, all there is in a hurry."""
        planned = gate.braking_end_accel_m_s2
        if hurry:
            return braking.end_accel(limits, self.command.tgo)
        if self.stretch < _FAR_M:
            return planned
        return max(planned, braking.end_accel(limits, self.command.tgo))

    def _stretch(self, by_m, hurry, estimate):
        """Move the target straight on to where the thrust there is brakes to; nearer than it was only in a hurry."""
        before = self.stretch
        nearest = -_NEARER_M if hurry else min(before, 0.0)
        self.stretch = max(nearest, before + _STRETCH * by_m)
        self.target = self.target[0] + self.stretch - before, self.target[1]
        if abs(before) <= _LONG_M < abs(self.stretch):
            self.log(events.DIVERTED, self.target[0], self.target[1], estimate.agl, 0.0)

    def _size(self):
        u, a, b = self.command.accel
        return sqrt(u * u + a * a + b * b)

    def _hold(self, estimate, limits):
        """Slow descent with the horizontal nulled until a range comes, or until the height is low enough to feel."""
        ahead, left = self._to_target(estimate)
        self.command.accel, landing = hold.command(estimate, limits, self.gains, ahead, left)
        if estimate.sigma_agl < hold.SEEN_M:
            self.log(events.HEIGHT_FOUND, estimate.agl, estimate.sigma_agl, estimate.v_up, 0.0)
            self.decel = hold.sure_decel(estimate, limits, self.gains)
            return modes.TERMINAL
        if not landing:
            return modes.HOLD
        if not estimate.range_may_come:
            self.decel = hold.blind_decel(limits, self.gains)
        return modes.TERMINAL

    def _pushed(self, estimate):
        """What pushes steadily aside, as a thruster that is stuck open does: downrange, left, m/s2.

        The units feel it across the thrust. What does not show in the mean of a second is pulses and biases; what is
        felt lower than _TOUCH_M may be the ground.
        """
        x, y = self.across
        if estimate.agl > _TOUCH_M:
            x += _DT * (50.0 * estimate.delta_v[0] - x)
            y += _DT * (50.0 * estimate.delta_v[1] - y)
            self.across = x, y
        if x * x + y * y < _PUSHED2:
            return 0.0, 0.0
        a, b, c, d, e, f = estimate.axes[0:6]
        return estimate.to_level(x * a + y * d, x * b + y * e, x * c + y * f)[1:]

    def _approach_height(self, estimate):
        return estimate.agl - 2.0 * max(0.0, estimate.sigma_agl - 30.0)

    def _short(self, estimate, limits):
        """Whether a leak, or hovering for the time that is planned, takes propellant that should be landed with."""
        left = self.command.tgo + _LAND_S
        spent = LUNAR_G_M_S2 * left - estimate.v_up + _ACROSS * abs(estimate.v_downrange)
        return limits.delta_v_left - limits.delta_v_kept < spent or _hurried(limits, left)

    def _hasten(self, height, estimate, limits):
        """Propellant that is short buys no time: approach and last descent as brisk as thrust allows."""
        self.command.tgo = min(self.command.tgo, approach.shortest(height, estimate.v_up, self.gains, limits))
        net = net_accel(limits.accel_max, LAST_NET_M_S2)
        self.decel = max(self.decel, min(0.5 * net, _HURRIED_DECEL_M_S2))

    def _approach(self, estimate, limits):
        height = self._approach_height(estimate)
        self.command.tgo -= _DT
        jump = height - self.last_height - estimate.v_up * _DT
        if abs(jump) > _JUMP_M:
            self.command.tgo = max(self.command.tgo, approach.duration(height, estimate.v_up, self.gains))
            self.log(events.RETIMED, self.command.tgo, height, jump, 0.0)
        elif self.decel <= self.gains.terminal_decel_m_s2 and self._short(estimate, limits):
            self._hasten(height, estimate, limits)
        self.last_height = height
        if estimate.sigma_agl > hold.LOST_M and self.command.tgo > 8.0:
            return modes.HOLD
        if self.command.tgo < 4.0 or height < self.gains.approach_end_m + 5.0:
            return modes.TERMINAL
        ahead, left = self._to_target(estimate)
        over = ahead - approach.reach(estimate.v_downrange, self.command.tgo)
        if ahead > 0.0 and over > 0.0:
            self._fall_short(min(over, ahead), estimate)
            ahead -= min(over, ahead)
        elif ahead < 0.0:
            beyond = approach.nearest(estimate.v_downrange, self.command.tgo) - ahead
            if beyond > 0.0:
                self._fall_short(-beyond, estimate)
                ahead += beyond
        self.command.accel = approach.command(estimate, self.gains, height, ahead, left, self.command.tgo)
        return modes.APPROACH

    def _in_line(self, left_m, beyond_m, estimate):
        """The distance across that is left with the target moved by what lies beyond reach.

        The first word of a velocimeter can move the estimated position by kilometres a minute before the gate. Who
        chases the site then arrives over it at 60 m/s; nothing but the site is gained.
        """
        if abs(beyond_m) < _SHORT_M:
            return left_m
        self.target = self.target[0], self.target[1] - beyond_m
        self.log(events.DIVERTED, self.target[0], self.target[1], estimate.agl, 0.0)
        return left_m - beyond_m

    def _fall_short(self, over_m, estimate):
        """Move the target nearer, or on; told when it has come by more than a few steps of that kind."""
        self.target = self.target[0] - over_m, self.target[1]
        if abs(over_m) > _SHORT_M:
            self.log(events.DIVERTED, self.target[0], self.target[1], estimate.agl, 0.0)

    def _stoppable(self, estimate, limits, mode):
        """Stopping distance against what thrust is left, every cycle: vertical thrust first when it runs short."""
        if estimate.v_up > -3.0 or estimate.sigma_agl > 40.0:
            return mode
        net = net_accel(limits.accel_max, LAST_NET_M_S2, UPRIGHT_SHARE)
        needed = stopping_distance(estimate.v_up, net)
        if needed <= estimate.agl - min(3.0 * estimate.sigma_agl, 0.5 * estimate.agl) - 2.0:
            return mode
        if not self.stopping:
            self.log(events.STOP_DISTANCE, estimate.agl, estimate.v_up, needed, 0.0)
        self.stopping = True
        _up, a, b = self.command.accel
        if net < _WEAK_M_S2:  # all of it upward: 10 deg aside would cost a tenth of what slows the fall
            self.command.accel = limits.accel_max, 0.0, 0.0
        else:
            self.command.accel = approach.limited(0.97 * limits.accel_max, a, b, 0.17)
        steep = stopping_decel(estimate.agl, estimate.v_up)
        self.decel = max(self.gains.terminal_decel_m_s2, min(0.9 * net, steep))
        return modes.TERMINAL


def _hurried(limits, seconds):
    """Whether as much will leak away in that time as cannot be waited for."""
    return limits.leak_rate * seconds > _MUCH * limits.load

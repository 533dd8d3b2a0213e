"""Main engines: throttle for a wanted acceleration, what they really give, and the mass that burning leaves."""

from perilune.flight import allocation, events
from perilune.flight.algebra import clamp, logarithm
from perilune.flight.gauge import Gauge

_DT = 0.02
_G0 = 9.80665
_STEPS = 10000  # throttle counts on the wire
_SETTLE_TICKS = 75  # after the start delay before thrust is judged: 1.5 s
_RATIO_GAIN = 0.15  # 0.7 s at 10 Hz
_RATIO_LOW = 0.3
_RATIO_HIGH = 1.6
_OFF = 0.08  # thrust this far from the command is an event
_LOST_LOOKS = 2  # at 10 Hz
_LOST_SHARE = (
    0.25  # of the pressure that its throttle should give: one that gives a third is worth its torque
)
_STUCK_SHARE = 0.04
_STUCK_MOVE = 0.2
_STUCK_LOOKS = 10  # 1 s
_SHUT = 0.02  # no pressure at all is an engine that is out, told as such
_BEYOND = 1.8
_OPEN = 1.25  # openings beyond this there are none: the pressure at full throttle is wrong
_GAIN_LEARNT = 0.2  # 0.5 s at 10 Hz
_UNEVEN = 0.05  # gains that differ from those balanced by this are balanced anew
_STEADY_FROM = 0.1  # of full thrust: of less, pressures tell little
_HELD = 0.25  # of the attitude thrusters' torque: the rest is for turning and an offset centre of mass
_LEAST = 1.05  # of the least throttle: no engine can give less
_ALIKE = 0.1  # openings of a cluster that differ by no more, of the widest, are as one
_PULSE_M_S = 0.25  # velocity owed or owned at which a pulsed engine is switched
_KEPT = 0.05  # of the load: to be landed with
_STEADY = 0.02  # delivered thrust this close to the command: no transient to be mistaken for a fault


class Propulsion:
    """Commands `enable` and `throttle` (counts of 1e-4 per engine), and what is known of mass and thrust."""

    def __init__(self, vehicle, guidance, log):
        self.vehicle = vehicle
        self.log = log
        self.cap = guidance.thrust_accel_max_m_s2
        self.count = vehicle.engine_count
        self.exhaust = vehicle.isp_s * _G0
        self.mass = vehicle.wet_mass_kg
        self.load = vehicle.wet_mass_kg - vehicle.dry_mass_kg
        self.delta_v_kept = self.delta_v(_KEPT * self.load)
        self.gauge = Gauge(log)
        self.start_delay = vehicle.start_delay_s
        self.enable = 0
        self.throttle = [0] * len(vehicle.thrust_max_n)
        self.level = 0.0  # fraction commanded
        self.sharing = False  # commands on their way to other shares ...
        self.shared = list(self.throttle)  # ... and where they are
        self.delivered = 0.0  # fraction delivered, by the engine's model
        self.ratio = 1.0  # thrust felt over thrust modelled
        self.told = 1.0  # ratio of the last event about it
        self.running_ticks = 0
        self.healthy = (1 << self.count) - 1
        self.low = [0] * self.count  # looks in a row of too low a chamber pressure ...
        self.high = [0] * self.count  # ... and of too high a one
        self.gains = [1.0] * self.count  # what each gives of what it is asked for, by its pressure ...
        self.balanced = list(
            self.gains
        )  # ... and by when the throttles were set so that all push through the axis
        self.uneven = False
        torques = vehicle.rcs_torque_n_m
        self.held = _HELD * min(torques[0:2]), _HELD * min(torques[2:4])
        self.stuck = 0.0  # opening at which the throttle has stuck; 0: it moves
        self.stuck_looks = 0
        self.seen_opening = 0.0
        self.seen_level = 0.0
        self.debt = 0.0  # m/s that a pulsed engine owes
        self.full_kpa = 0.0  # chamber pressure at full throttle, learned in the first burn
        self._share()
        self._outputs()

    def _share(self):
        v = self.vehicle
        n = self.count
        self.step = v.throttle_rate_s * _DT
        self.lag = _DT / (v.engine_lag_s + _DT)
        self.weights = allocation.weights(v.engine_x_m[0:n], v.engine_y_m[0:n], self.healthy)
        if self.uneven:
            self.weights = allocation.trimmed(
                v.engine_x_m[0:n],
                v.engine_y_m[0:n],
                v.thrust_max_n[0:n],
                self.weights,
                self.balanced,
                self.held,
            )
        self.full_thrust = 0.0
        self.lever = (
            0.0,
            0.0,
        )  # N m about body x and y at full throttle: what the engines left do not balance
        x = 0.0
        y = 0.0
        self.used = 0  # engines that run: none whose share is nothing
        for i in range(n):
            if self.weights[i] > 0.0:
                self.used |= 1 << i
            thrust = self.weights[i] * v.thrust_max_n[i]
            self.full_thrust += thrust
            x += thrust * self.balanced[i] * v.engine_y_m[i]
            y -= thrust * self.balanced[i] * v.engine_x_m[i]
        if self.uneven or self.healthy != (1 << n) - 1:
            self.lever = x, y
        self.full_thrust = max(self.full_thrust, 1.0)
        smallest = min([weight for weight in self.weights if weight > 0.0] or [1.0])
        self.least = min(
            1.0, v.throttle_min / smallest
        )  # none of them may be asked for less than it can burn at
        self.burnt = self.full_thrust * _DT / self.exhaust  # kg a tick at full throttle

    def update(self, accel, running, rcs_on_s):
        """One tick: thrust for `accel` m/s2 if `running`; rcs_on_s thruster seconds were spent on attitude."""
        self._burn(rcs_on_s)
        if running:
            self._run(accel)
        else:
            self.level = 0.0
            self.enable = 0
            self.running_ticks = 0
        counts = self.level * _STEPS + 0.5
        throttle = self.throttle
        i = 0
        for weight in self.weights:
            throttle[i] = int(counts * weight)
            i += 1
        if self.sharing:
            self._pass_over()
        self._thrust()

    def _pass_over(self):
        """After a loss the shares of the engines left are others: each command goes there no faster than it may."""
        step = int(self.step * _STEPS)
        self.sharing = False
        for i in range(self.count):
            wanted = self.throttle[i]
            last = self.shared[i]
            if wanted and last and self.enable:
                self.throttle[i] = wanted = int(clamp(wanted, last - step, last + step))
                self.sharing = self.sharing or wanted != int((self.level * _STEPS + 0.5) * self.weights[i])
            self.shared[i] = wanted

    def _pulse(self, accel):
        """A throttle that no longer moves: engine on and off, so that the velocity follows on the mean."""
        gives = self.stuck * self.full_thrust / self.mass
        self.debt = clamp(
            self.debt + (min(accel, self.cap) - self.delivered / self.stuck * gives) * _DT, -2.0, 2.0
        )
        lead = self.start_delay * accel  # m/s that will be missing by the time it burns
        on = self.debt > max(0.0, _PULSE_M_S - lead) if self.enable == 0 else self.debt > -_PULSE_M_S
        self.running_ticks = self.running_ticks + 1 if on else 0
        if on:
            step = self.step  # the command still may not jump
            self.level = (
                self.stuck if self.enable == 0 else clamp(self.stuck, self.level - step, self.level + step)
            )
        else:
            self.level = 0.0
        self.enable = self.used if on else 0

    def _run(self, accel):
        if self.stuck > 0.0:
            self._pulse(accel)
            return
        wanted = min(accel, self.cap) * self.mass / (self.full_thrust * self.ratio)
        wanted = clamp(wanted, self.least, 1.0)
        if self.enable:
            wanted = clamp(wanted, self.level - self.step, self.level + self.step)
        self.level = wanted
        self.running_ticks += 1
        self.enable = self.used

    def _burn(self, rcs_on_s):
        """Delivered thrust lags the command (start delay, then first order); mass follows the flow."""
        target = self.level if self.running_ticks * _DT > self.start_delay else 0.0
        delivered = self.delivered
        if target != delivered:
            delivered += (target - delivered) * self.lag
            self.delivered = delivered
        mass = self.mass - delivered * self.burnt * self.ratio
        if rcs_on_s > 0.0:
            mass -= rcs_on_s * self.vehicle.rcs_flow_kg_s
        dry = self.vehicle.dry_mass_kg
        self.mass = mass if mass > dry else dry

    def lapse(self, ticks, chamber_kpa):
        """Let `ticks` pass without a command; chamber_kpa is what the engines show after it.

        The valves' drivers hold the last command, but not for ever: engines found without pressure were shut by them,
        are no loss, and are started anew.
        """
        if self.settled() and max(chamber_kpa[0 : self.count]) < _LOST_SHARE * self.delivered * self.full_kpa:
            self.delivered = 0.0
            self.running_ticks = 0
        flow = self.delivered * self.full_thrust * self.ratio / self.exhaust
        self.mass = max(self.mass - flow * _DT * ticks, self.vehicle.dry_mass_kg)
        if self.enable:
            self.running_ticks += ticks
        if self.full_kpa == 0.0:
            self.running_ticks = 0  # what dies or starts anew must not be learned from
        self._outputs()

    def resume(self):
        """After a reset: shares and limits of the engines that are left."""
        self._share()
        self._outputs()

    def settled(self):
        """The engines have run long enough for their thrust to be judged."""
        return (self.running_ticks - _SETTLE_TICKS) * _DT > self.vehicle.start_delay_s

    def feel(self, accel_m_s2, trusted):
        """Compare with the acceleration felt along body z, if the accelerometers are to be trusted."""
        steady = abs(self.level - self.delivered) < _STEADY
        if self.stuck > 0.0 or not (self.settled() and trusted and steady) or self.delivered < 0.05:
            return
        modelled = self.delivered * self.full_thrust / self.mass
        self.ratio += _RATIO_GAIN * (accel_m_s2 / modelled - self.ratio)
        self.ratio = clamp(self.ratio, _RATIO_LOW, _RATIO_HIGH)
        if abs(self.ratio - self.told) > _OFF and self.settled():
            self.told = self.ratio
            self.log(events.THRUST_OFF, self.ratio, self.mass, 0.0, 0.0)

    def watch(self, chamber_kpa):
        """Chamber pressures against what each throttle should give: valves that have stuck, engines that are lost."""
        if not self.settled() or self.stuck > 0.0:
            return
        if self.full_kpa > 0.0:
            opening = self._opening(chamber_kpa)
            if opening < 0.0:
                self.stuck_looks = 0
            else:
                self._watch_valve(opening)
        if self.full_kpa == 0.0:
            self.full_kpa = max(chamber_kpa[0 : self.count]) / max(self.delivered, 0.05)
        for i in range(self.count):
            if self.healthy & (1 << i) and self.stuck == 0.0:
                self._watch_engine(i, chamber_kpa[i])
        steady = self.level > _LEAST * self.least and self.delivered > _STEADY_FROM and not self.sharing
        if self.count > 1 and self.stuck == 0.0 and steady:
            self._balance(chamber_kpa)

    def _watch_engine(self, i, kpa):
        """One whose pressure stays far below what its throttle should give is lost: do without it.

        So is one of several that gives far more than it is asked for, once thrust has to be less than it leaves: its
        throttle has stuck, its main valve has not. As long as thrust is needed it helps.
        """
        due = self.delivered * self.weights[i] * self.full_kpa
        most = _BEYOND * max(due, 0.1 * self.weights[i] * self.full_kpa)
        self.low[i] = self.low[i] + 1 if kpa < _LOST_SHARE * due else 0
        least = self.level < _LEAST * self.least and not self.sharing
        high = kpa > most and self.used & (1 << i) and least
        self.high[i] = self.high[i] + 1 if high else 0
        if self.low[i] == _LOST_LOOKS or self.high[i] == _STUCK_LOOKS:
            self._lose(i, kpa, due)

    def _balance(self, chamber_kpa):
        """Engines of a cluster that give unlike shares of what they are asked for are asked for unlike shares.

        What they push aside of the axis attitude thrusters hold as far as they can, for balance costs thrust: with
        15 % less on one of three Schiaparelli tumbled.
        """
        unit = self.delivered * self.full_kpa
        gains = self.gains
        most = 0.0
        for i in range(self.count):
            if self.used & (1 << i):
                gain = gains[i]
                gain += _GAIN_LEARNT * (chamber_kpa[i] / (unit * self.weights[i]) - gain)
                gains[i] = gain = clamp(gain, _LOST_SHARE, _BEYOND)
                most = max(most, gain)
        off = [self.used & (1 << i) and abs(gains[i] / most - self.balanced[i]) for i in range(self.count)]
        if max(off) > _UNEVEN:
            self.balanced = [gain / most for gain in gains]
            self.uneven = True
            self._share_anew()

    def _opening(self, chamber_kpa):
        """How far the throttles are open, as pressures tell, where all that run are alike; else -1."""
        if self.count == 1:
            return chamber_kpa[0] / self.full_kpa
        least = most = -1.0
        for i in range(self.count):
            if self.used & (1 << i):
                opening = chamber_kpa[i] / (self.full_kpa * self.weights[i])
                least = opening if least < 0.0 or opening < least else least
                most = max(most, opening)
        return 0.5 * (least + most) if most - least <= _ALIKE * most else -1.0

    def _watch_valve(self, opening):
        """A pressure that stays where it is while the throttle is moved: the valve is stuck."""
        if opening > _OPEN:
            self.full_kpa = 0.0
            self.stuck_looks = 0
            return
        if abs(opening - self.seen_opening) > _STUCK_SHARE * opening:
            self.seen_opening = opening
            self.seen_level = self.delivered
        most = _STUCK_MOVE * max(self.seen_level, 0.1)
        moved = abs(self.delivered - self.seen_level) > most and abs(self.delivered - opening) > most
        beyond = opening > _BEYOND * max(
            self.delivered, 0.1
        )  # no engine gives that much more than it is asked for
        self.stuck_looks = self.stuck_looks + 1 if moved or beyond else 0
        if self.stuck_looks >= _STUCK_LOOKS and opening > _SHUT:
            self.stuck = min(opening, 1.0)
            self.ratio = 1.0
            self.log(events.THROTTLE_STUCK, opening, self.delivered, self.stuck_looks, 0.0)

    def _lose(self, engine, kpa, due):
        self.log(events.ENGINE_LOST, engine, kpa, due, 0.0)
        if self.healthy == 1 << engine:
            return  # the last one: keep asking for it
        self.healthy &= ~(1 << engine)
        self._share_anew()
        self.ratio = 1.0

    def _share_anew(self):
        self.shared = list(self.throttle)
        self.sharing = True
        self._share()

    def leaks_away(self, seconds):
        """kg that leak out of the tank in that time."""
        return self.gauge.rate * seconds

    @property
    def propellant(self):
        """What is left, kg, by the model of the engines."""
        return self.mass - self.vehicle.dry_mass_kg

    def delta_v(self, propellant_kg):
        """What burning propellant_kg down to the dry mass would give, m/s."""
        return self.exhaust * logarithm(max(1.0, 1.0 + propellant_kg / self.vehicle.dry_mass_kg))

    def _thrust(self):
        # thrust may act: an engine runs, or is pulsed and dies away between pulses
        self.powered = self.enable != 0 or self.stuck > 0.0
        delivered = self.delivered
        # m/s2, what should be felt
        self.expected_accel = (
            delivered * self.full_thrust * self.ratio / self.mass if delivered != 0.0 else 0.0
        )

    def _outputs(self):
        self._thrust()
        self.assess()

    def assess(self):
        """At 10 Hz: what thrust and propellant are left."""
        most = self.stuck if self.stuck > 0.0 else 1.0
        self.accel_max = min(most * self.full_thrust * min(self.ratio, 1.2) / self.mass, self.cap)
        self.delta_v_left = self.exhaust * logarithm(self.mass / self.vehicle.dry_mass_kg)

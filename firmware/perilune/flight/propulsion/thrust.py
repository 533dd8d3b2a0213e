"""Main engines: throttle for a wanted acceleration, what they really give, and the mass that burning leaves."""

from perilune.flight import events
from perilune.flight.algebra import clamp, delta_v, logarithm
from perilune.flight.moon import LUNAR_G_M_S2
from perilune.flight.propulsion import allocation
from perilune.flight.propulsion.chambers import ABOVE_LEAST, LOST, OVERRUN, Chambers
from perilune.flight.propulsion.gauge import Gauge

_DT = 0.02  # s, a tick
_G0 = 9.80665  # m/s2, standard gravity, by which specific impulse is defined
_STEPS = 10000  # throttle counts on the wire
_SETTLE_TICKS = 75  # after the start delay before thrust is judged: 1.5 s
_RATIO_GAIN = 0.15  # 0.7 s at 10 Hz
_RATIO_LOW = 0.3  # bounds of the thrust ratio: less is an engine that is out ...
_RATIO_HIGH = 1.6  # ... and no engine gives more
_RATIO_COUNTED = 1.2  # an engine that gives more may stop doing so
_OFF = 0.08  # thrust this far from the command is an event
_UNEVEN = 0.05  # gains that differ from those balanced by this are balanced anew
_HELD = 0.25  # of the attitude thrusters' torque: the rest is for turning and an offset centre of mass
_UPRIGHT = 1.3  # weights of thrust that the engines left must be able to give
_HEAVY = 0.9  # of the weight: thrust that a descent may need less than
_HEAVY_LOOKS = 10  # 1 s
_PULSE_M_S = 0.25  # velocity owed or owned at which a pulsed engine is switched
_KEPT = 0.05  # of the load: to be landed with
_STEADY = 0.02  # delivered thrust this close to the command: no transient to be mistaken for a fault


class Propulsion:
    """Commands `enable` and `throttle` (counts of 1e-4 per engine), and what is known of mass and thrust."""

    def __init__(self, vehicle, guidance, limits, log):
        self.vehicle = vehicle
        self.log = log
        self.limits = limits
        self.cap = limits.accel_cap = guidance.thrust_accel_max_m_s2
        self.count = vehicle.engine_count
        self.exhaust = limits.exhaust = vehicle.isp_s * _G0
        limits.mass = vehicle.wet_mass_kg
        limits.dry_mass = vehicle.dry_mass_kg
        limits.load = vehicle.wet_mass_kg - vehicle.dry_mass_kg
        limits.delta_v_kept = delta_v(_KEPT * limits.load, vehicle.dry_mass_kg, self.exhaust)
        self.gauge = Gauge(log)
        self.start_delay = limits.start_delay = vehicle.start_delay_s
        self.enable = 0
        self.throttle = [0] * len(vehicle.thrust_max_n)
        self.level = 0.0  # fraction commanded
        self.sharing = False  # commands on their way to other shares ...
        self.shared = list(self.throttle)  # ... and where they are
        self.delivered = 0.0  # fraction delivered, by the engine's model
        self.ratio = 1.0  # thrust felt over thrust modelled
        self.reported_ratio = 1.0  # ratio of the last event about it
        self.running_ticks = 0
        self.healthy = (1 << self.count) - 1
        self.chambers = Chambers(self.count)
        # what each gives of what it is asked for, as of when the throttles were set so that all push through the axis
        self.balanced = [1.0] * self.count
        self.uneven = False
        torques = vehicle.rcs_torque_n_m
        self.held = _HELD * min(torques[0:2]), _HELD * min(torques[2:4])
        self.excess = 0  # looks in a row at thrust that should be less and cannot
        self.stuck = 0.0  # opening at which the throttle has stuck; 0: it moves
        self.velocity_deficit = 0.0  # m/s that a pulsed engine owes
        self._share()
        self._outputs()

    def _share(self):
        v = self.vehicle
        self.step = v.throttle_rate_s * _DT
        self.lag = _DT / (v.engine_lag_s + _DT)
        trims = (self.balanced, self.held) if self.uneven else None
        self.weights = allocation.shares(v, self.healthy, trims)
        thrust, x, y = allocation.resultant(v, self.weights, self.balanced)
        self.full_thrust = max(thrust, 1.0)
        # N m about body x and y at full throttle: what the engines left do not balance
        self.lever = (x, y) if self.uneven or self.healthy != (1 << self.count) - 1 else (0.0, 0.0)
        self.least = self._least(self.weights)
        self.used = 0  # engines that run: none whose share is nothing
        for i in range(self.count):
            self.used |= (1 << i) if self.weights[i] > 0.0 else 0
        self.burnt = self.full_thrust * _DT / self.exhaust  # kg a tick at full throttle

    def _least(self, weights):
        """The throttle at which no engine is asked for less than it burns at."""
        pushing = [weight for weight in weights if weight > 0.0]
        return min(1.0, self.vehicle.throttle_min / min(pushing or [1.0]))

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
        gives = self.stuck * self.full_thrust / self.limits.mass
        owed = (min(accel, self.cap) - self.delivered / self.stuck * gives) * _DT
        deficit = self.velocity_deficit = clamp(self.velocity_deficit + owed, -2.0, 2.0)
        lead = self.start_delay * accel  # m/s that will be missing by the time it burns
        on = deficit > max(0.0, _PULSE_M_S - lead) if self.enable == 0 else deficit > -_PULSE_M_S
        self.running_ticks = self.running_ticks + 1 if on else 0
        last = self.level if self.enable else self.stuck
        # the command still may not jump
        self.level = clamp(self.stuck, last - self.step, last + self.step) if on else 0.0
        self.enable = self.used if on else 0

    def _run(self, accel):
        if self.stuck > 0.0:
            self._pulse(accel)
            return
        wanted = min(accel, self.cap) * self.limits.mass / (self.full_thrust * self.ratio)
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
        limits = self.limits
        mass = limits.mass - delivered * self.burnt * self.ratio
        if rcs_on_s > 0.0:
            mass -= rcs_on_s * self.vehicle.rcs_flow_kg_s
        dry = self.vehicle.dry_mass_kg
        limits.mass = mass if mass > dry else dry

    def bridge_gap(self, ticks, chamber_kpa):
        """Let `ticks` pass without a command; chamber_kpa is what the engines show after it.

        The valves' drivers hold the last command, but not for ever: engines found without pressure were shut by them,
        are no loss, and are started anew.
        """
        if self.settled() and self.chambers.shut(self.delivered, chamber_kpa):
            self.delivered = 0.0
            self.running_ticks = 0
        flow = self.delivered * self.full_thrust * self.ratio / self.exhaust
        self.limits.mass = max(self.limits.mass - flow * _DT * ticks, self.vehicle.dry_mass_kg)
        if self.enable:
            self.running_ticks += ticks
        if self.chambers.full_kpa == 0.0:
            self.running_ticks = 0  # what dies or starts anew must not be learned from
        self._outputs()

    def resume(self):
        """After a reset: shares and limits of the engines that are left."""
        self._share()
        self._outputs()

    def settled(self):
        """The engines have run long enough for their thrust to be judged."""
        return (self.running_ticks - _SETTLE_TICKS) * _DT > self.vehicle.start_delay_s

    def monitor(self, accel_m_s2, trusted, chamber_kpa, propellant_kg):
        """At 10 Hz: thrust, engines and tank as sensors show them, and what is left of both.

        accel_m_s2: felt along body z; trusted: whether accelerometers feel thrust alone.
        """
        self.estimate_thrust_ratio(accel_m_s2, trusted)
        self.check_engines(chamber_kpa)
        self.check_tank(propellant_kg)
        self.assess()

    def estimate_thrust_ratio(self, accel_m_s2, trusted):
        """Compare with the acceleration felt along body z, if the accelerometers are to be trusted."""
        steady = abs(self.level - self.delivered) < _STEADY
        if self.stuck > 0.0 or not (self.settled() and trusted and steady) or self.delivered < 0.05:
            return
        modelled = self.delivered * self.full_thrust / self.limits.mass
        self.ratio += _RATIO_GAIN * (accel_m_s2 / modelled - self.ratio)
        self.ratio = clamp(self.ratio, _RATIO_LOW, _RATIO_HIGH)
        if abs(self.ratio - self.reported_ratio) > _OFF and self.settled():
            self.reported_ratio = self.ratio
            self.log(events.THRUST_OFF, self.ratio, self.limits.mass, 0.0, 0.0)

    def check_tank(self, gauge_kg):
        """The gauge against the model at 10 Hz: what has leaked is no mass of the vehicle any more."""
        vehicle = self.vehicle
        limits = self.limits
        leaked = self.gauge.update(gauge_kg, limits.mass, vehicle)
        if leaked > 0.0:
            limits.mass = max(limits.mass - leaked, vehicle.dry_mass_kg)

    def check_engines(self, chamber_kpa):
        """Chamber pressures against what each throttle should give: valves that have stuck, engines that are lost."""
        if self.settled() and self.stuck == 0.0:
            self._check_chambers(chamber_kpa)
            if self.count > 2 and self.stuck == 0.0:
                self._lighten()

    def _check_chambers(self, kpa):
        """One look at engines that have settled and whose throttles are known to move."""
        chambers = self.chambers
        opening = chambers.stuck_opening(kpa, self.used, self.weights, self.delivered)
        if opening > 0.0:
            self.jam(opening, chambers.stuck_looks)
        chambers.learn(self.delivered, kpa)
        if self.stuck > 0.0:
            return
        for i in range(self.count):
            if self.healthy & (1 << i) and self.stuck == 0.0:
                self._check_engine(i, kpa[i])
        above = self.level > ABOVE_LEAST * self.least
        if self.count > 1 and above and self.stuck == 0.0 and not self.sharing:
            gains = chambers.compare(kpa, self.used, self.weights, self.delivered)
            if gains is not None:
                self.balance(gains)

    def _check_engine(self, i, kpa):
        chambers = self.chambers
        may_stick = self.level < ABOVE_LEAST * self.least and not self.sharing and self.used & (1 << i) != 0
        found = chambers.check_engine(i, kpa, self.weights[i], self.delivered, may_stick)
        if found == LOST:
            self.lose(i, kpa, chambers.due_kpa)
        elif found == OVERRUN:
            self.overrun(i, kpa, chambers.due_kpa, kpa / chambers.full_kpa)

    def _lighten(self):
        """One more engine of a cluster off where those left cannot give as little as a descent needs.

        HLS, one of six dead, balanced the other five by unlike shares, so that the least they gave was more than its
        weight: it stood on one leg and rose again.
        """
        least = self.least * self.full_thrust
        heavy = (
            self.level < ABOVE_LEAST * self.least
            and least * self.ratio > _HEAVY * LUNAR_G_M_S2 * self.limits.mass
        )
        self.excess = self.excess + 1 if heavy and not self.sharing else 0
        if self.excess < _HEAVY_LOOKS:
            return
        self.excess = 0
        found = -1
        for i in range(self.count):
            less = self._least_without(i) if self.used & (1 << i) else least
            if less < least:
                least = less
                found = i
        if found >= 0:
            self.log(events.ENGINE_RESTED, found, least, self.limits.mass, 0.0)
            self.healthy &= ~(1 << found)
            self._share_anew()

    def _least_without(self, engine):
        """Least thrust, N, of the others if one is off as well; no small one if they could not carry the vehicle."""
        weights, thrust, held = self._rest(engine)
        enough = thrust * self.ratio > _UPRIGHT * LUNAR_G_M_S2 * self.limits.mass
        return self._least(weights) * thrust if held and enough else self.full_thrust

    def _rest(self, engine):
        """The others' shares, their thrust, N, and whether attitude thrusters hold what they push aside of the axis."""
        weights = allocation.shares(self.vehicle, self.healthy & ~(1 << engine), None)
        thrust, x, y = allocation.resultant(self.vehicle, weights, self.balanced)
        upright = _UPRIGHT * LUNAR_G_M_S2 * self.limits.mass / max(thrust, 1.0) * _HELD
        return weights, thrust, abs(x) * upright <= self.held[0] and abs(y) * upright <= self.held[1]

    def jam(self, opening, looks):
        """The throttles have stuck at that opening."""
        self.stuck = min(opening, 1.0)
        self.ratio = 1.0
        self.log(events.THROTTLE_STUCK, opening, self.delivered, looks, 0.0)

    def lose(self, engine, kpa, due):
        """Do without an engine, of which `due` kPa were expected."""
        self.log(events.ENGINE_LOST, engine, kpa, due, 0.0)
        if self.healthy == 1 << engine:
            return  # the last one: keep asking for it
        self.healthy &= ~(1 << engine)
        self._share_anew()
        self.ratio = 1.0

    def overrun(self, engine, kpa, due, opening):
        """One of several gives far more than it is asked for, and thrust has to be less.

        It is switched off. Where the thrusters could not hold what the others then push aside, as with two left of a
        triangle, all are throttled as far as it is, and pulsed.
        """
        if self._rest(engine)[2]:
            self.lose(engine, kpa, due)
            return
        self.balanced = [1.0] * self.count
        self.uneven = False
        self._share_anew()
        self.jam(opening, 0)

    def balance(self, gains):
        """Engines of a cluster that give unlike shares of what they are asked for are asked for unlike shares.

        What they push aside of the axis attitude thrusters hold as far as they can, for balance costs thrust: with
        15 % less on one of three Schiaparelli tumbled.
        """
        off = [self.used & (1 << i) and abs(gains[i] - self.balanced[i]) for i in range(self.count)]
        if max(off) > _UNEVEN:
            self.balanced = gains
            self.uneven = True
            self._share_anew()

    def _share_anew(self):
        self.shared = list(self.throttle)
        self.sharing = True
        self._share()

    def _thrust(self):
        limits = self.limits
        # thrust may act: an engine runs, or is pulsed and dies away between pulses
        limits.powered = self.enable != 0 or self.stuck > 0.0
        delivered = self.delivered
        felt = delivered * self.full_thrust * self.ratio / limits.mass if delivered != 0.0 else 0.0
        limits.expected_accel = felt

    def _outputs(self):
        self._thrust()
        self.assess()

    def assess(self):
        """At 10 Hz: what thrust and propellant are left."""
        limits = self.limits
        mass = limits.mass
        most = self.stuck if self.stuck > 0.0 else 1.0
        limits.accel_max = min(most * self.full_thrust * min(self.ratio, _RATIO_COUNTED) / mass, self.cap)
        limits.delta_v_left = self.exhaust * logarithm(mass / self.vehicle.dry_mass_kg)
        limits.leak_rate = self.gauge.rate

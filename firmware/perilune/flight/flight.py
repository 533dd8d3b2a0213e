"""One tick of flight: frame in, navigation, mode, guidance, control, frame out (docs/tick.md, in detail)."""

from math import sqrt

from perilune.flight import commands, events, health, modes, sensor_switching, surface
from perilune.flight.control import Control
from perilune.flight.guidance.phases import Guidance
from perilune.flight.navigation.estimator import Navigation
from perilune.flight.navigation.switches import UNIT_BITS
from perilune.flight.propulsion.thrust import Propulsion
from perilune.flight.readiness import Readiness
from perilune.flight.schedule import GUIDANCE, MONITOR, SLOTS
from perilune.flight.signals import Command, Estimate, Limits
from perilune.flight.touchdown import Touchdown
from perilune.wire.schema import (
    ARM,
    DIVERT,
    LEGS_DEPLOY,
    PAYLOAD_RELEASE,
    WAVE_OFF,
)

TICKS_PER_S = 50.0
_UNTURNED = (1.0, 0.0, 0.0, 0.0)  # told of an attitude that is not known


class Flight:
    """The flight computer's state between ticks."""

    def __init__(self, parameters):
        self.pending = []  # events of this tick: (code, four numbers)
        self.gains = parameters.guidance
        self.mode = modes.COAST
        self.tick = parameters.site.epoch_tick
        self.entered_tick = self.tick
        self.refused = -1  # mode that was asked for and may not follow
        self.estimate = Estimate()
        self.limits = Limits()
        self.demand = Command()
        log = self.log
        self.nav = Navigation(parameters, self.estimate, log)
        self.guidance = Guidance(parameters.guidance, self.demand, log)
        self.propulsion = Propulsion(parameters.vehicle, parameters.guidance, self.limits, log)
        self.readiness = Readiness(log)
        self.control = Control(parameters.vehicle, parameters.guidance)
        self.touchdown = Touchdown(parameters.guidance, log)
        self.surface = surface.Surface()
        self.switches = 0  # bits of the actuator frame
        self.health = 0
        self.aside = False  # the radar is to tell horizontal velocity

    def log(self, code, a, b, c, d):
        """Queue an event for the frame out."""
        self.pending.append((code, a, b, c, d))

    def step(self, frame):
        """Fly one sensor frame; afterwards `outputs()` holds what the actuators shall do."""
        tick = frame.tick
        if tick != self.tick + 1:
            self._bridge_gap(frame, tick - self.tick - 1)
        self.tick = tick
        slot = tick % SLOTS
        kind = modes.KIND[self.mode]
        if kind == modes.ON_SURFACE:
            self._stand(frame, slot)
            return
        limits = self.limits
        self.nav.update(frame, limits.powered, limits.expected_accel)  # frame -> estimate
        if slot == MONITOR:
            self._monitor(frame)  # engines, tank, velocimeter -> limits, health
        if kind == modes.WAVED_OFF:
            self._drift(slot)
            return
        if self.mode == modes.TERMINAL:
            self._sense_contact(frame)  # estimate, legs -> mode
        if slot == GUIDANCE and self.estimate.attitude_known:
            if modes.KIND[self.mode] == modes.FLYING:
                self._guide(frame)  # estimate, limits -> acceleration, target attitude, mode
            if modes.KIND[self.mode] == modes.FLYING:
                self._manage_sensors()  # estimate -> heads, power
        self._actuate(slot)  # -> throttles, on-times

    def _bridge_gap(self, frame, missed):
        """Ticks went by without a frame: bring everything that moves by itself up to the tick before this one."""
        if missed <= 0:
            return
        self.log(events.FRAME_LOST, missed, 0.0, 0.0, 0.0)
        if modes.KIND[self.mode] == modes.ON_SURFACE:
            self.nav.widen_on_surface()
            return
        self.nav.bridge_gap(frame, missed, self.limits.powered)
        self.propulsion.bridge_gap(missed, frame.chamber_kpa)
        self.guidance.bridge_gap(missed, self.estimate.v_up)

    def _monitor(self, frame):
        """At 10 Hz: engines and tank, the velocimeter, and the health word."""
        estimate = self.estimate
        # near the ground what is felt may be the ground: the thrust estimate is frozen then
        trusted = not (estimate.accel_suspect or self.touchdown.armed)
        felt = estimate.delta_v[2] * TICKS_PER_S
        self.propulsion.monitor(felt, trusted, frame.chamber_kpa, frame.propellant_kg)
        if estimate.attitude_known:
            self.nav.monitor_velocimeter()
        self.health = health.word(estimate.sources, self.touchdown, self.guidance)

    def _sense_contact(self, frame):
        """Whether the vehicle stands on the ground: then the mode changes and navigation is told."""
        self.touchdown.update(self.estimate, self.limits, frame.legs)
        if self.touchdown.confirmed:
            self.enter(modes.TOUCHDOWN)
            self.surface.contact_tick = self.tick
            self.nav.stand()

    def _guide(self, frame):
        """At 10 Hz: thrust acceleration, the attitude for it, and the next mode; before ignition go or no-go."""
        if self.mode == modes.ARMED:
            if self.tick <= self.entered_tick + 1:
                return  # a command armed it since the last frame: that frame's successor has to show it
            if self.readiness.unfit(self.estimate, self.limits, frame):
                self.enter(modes.WAVE_OFF)
                return
        estimate = self.estimate
        control = self.control
        self.enter(self.guidance.update(estimate, self.limits, self.mode))
        up, downrange, crossrange = self.demand.accel
        self.aside = sensor_switching.needed(self.mode, estimate)
        if self.aside:
            control.turn()
        control.point(*estimate.to_site(up, downrange, crossrange))
        control.set_inertia(self.limits.mass)
        control.steer(estimate.q)
        if self.mode in modes.AFTER_BRAKING and estimate.agl < self.gains.legs_deploy_m:
            self.switches |= LEGS_DEPLOY

    def _manage_sensors(self):
        aside = self.aside and sensor_switching.now(self.tick)
        self.switches = self.switches & ~UNIT_BITS | self.nav.manage_sensors(aside)

    def _actuate(self, slot):
        """Throttles for the acceleration and pulses for the attitude that guidance has asked for."""
        control = self.control
        propulsion = self.propulsion
        push = 0.0 if self.touchdown.leaning else self.demand.accel_size
        propulsion.update(push, self.mode in modes.ENGINE_MODES, control.on_s)
        if modes.KIND[self.mode] != modes.FLYING:
            control.rest()
        elif control.target is None:
            control.stop_turn(self.estimate.rate)
        else:
            x, y = propulsion.lever
            if x != 0.0 or y != 0.0 or propulsion.uneven:
                control.torque_ff[0] = -x * propulsion.delivered
                control.torque_ff[1] = -y * propulsion.delivered
            self._turn(slot)

    def _turn(self, slot):
        """Thrusters for the turn wanted; without gyros what they do is what is known of the rotation."""
        estimate = self.estimate
        control = self.control
        if estimate.rate_modelled or control.rate_modelled:
            control.follow_gyros(estimate.rate_modelled, estimate.rate, self.propulsion.delivered)
        if self.touchdown.leaning:
            surface.steady(control, estimate, slot == GUIDANCE)
        else:
            control.update(estimate.rate)
        if estimate.rotation_doubtful:
            self.nav.take_thruster_turn(control.acceleration())

    def _drift(self, slot):
        """Waved off: engine off, attitude held."""
        control = self.control
        self.propulsion.update(0.0, False, control.on_s)
        if control.target is not None:
            if slot == GUIDANCE:
                control.steer(self.estimate.q)
            self._turn(slot)

    def _stand(self, frame, slot):
        """On the surface: engine off, thrusters against rocking until settled; then safe."""
        control = self.control
        estimate = self.estimate
        self.propulsion.update(0.0, False, control.on_s)
        self.nav.update_on_surface(frame)
        if self.mode == modes.TOUCHDOWN:
            stands = self.touchdown.stands(frame.legs)
            if self.surface.settled(self.tick, estimate.rate, stands, control.on_s != 0.0):
                self.enter(modes.SAFED)
        if self.mode == modes.TOUCHDOWN and not (estimate.rate_modelled or estimate.gyros_disagree):
            surface.steady(control, estimate, slot == GUIDANCE)
        else:
            control.rest()

    def enter(self, mode):
        """Change mode if it is another one and a legal successor; one that is not is told, once."""
        if mode == self.mode:
            return
        if mode not in modes.FOLLOWS[self.mode]:
            if mode != self.refused:
                self.refused = mode
                self.log(events.MODE_REFUSED, self.mode, mode, 0.0, 0.0)
            return
        estimate = self.estimate
        up, downrange, crossrange = estimate.v_up, estimate.v_downrange, estimate.v_crossrange
        speed = sqrt(up * up + downrange * downrange + crossrange * crossrange)
        self.log(events.MODE, self.mode, estimate.altitude, estimate.agl, speed)
        self.mode = mode
        self.entered_tick = self.tick
        self.refused = -1

    def command(self, code, argument):
        """Obey a ground command. Returns whether this state allows it."""
        estimate = self.estimate
        if commands.refused(code, self.mode, estimate, self.log):
            return False
        if code == ARM:
            self.enter(modes.ARMED)
        elif code == WAVE_OFF:
            self.enter(modes.WAVE_OFF)
        elif code == DIVERT:
            self.guidance.divert(argument[0], argument[1], estimate)
        else:
            self.switches |= PAYLOAD_RELEASE
            self.log(events.RELEASED, estimate.axes[8], 0.0, 0.0, 0.0)
        return True

    def resume(self):
        """After a reset, with all kept attributes set to what they were: everything that follows from them."""
        self.nav.resume(self.tick)
        self.propulsion.resume()
        self.guidance.resume()
        self.control.set_inertia(self.limits.mass)
        self.control.rate_modelled = self.estimate.rate_modelled

    def outputs(self, floats, whole):
        """Put the flight content of the ACTUATORS frame in its places (see perilune.wire.items), all in place."""
        estimate = self.estimate
        propulsion = self.propulsion
        whole[1] = self.tick
        whole[2] = self.mode
        whole[3] = self.health
        whole[4] = self.switches
        whole[5] = propulsion.enable
        _fill(whole, 6, propulsion.throttle)
        _fill(whole, 12, self.control.on_ms)
        _fill(floats, 0, estimate.position)
        _fill(floats, 3, estimate.velocity)
        _fill(floats, 6, estimate.q or _UNTURNED)
        _fill(floats, 10, estimate.rate)
        floats[13] = estimate.altitude
        floats[14] = estimate.agl
        floats[15] = estimate.sigma_agl
        floats[16] = estimate.sigma_v_up
        floats[17] = estimate.sigma_v_level
        floats[18] = estimate.sigma_position
        floats[19] = self.limits.mass
        floats[20] = self.demand.tgo
        _fill(floats, 21, self.demand.accel)


def _fill(row, at, values):
    for value in values:
        row[at] = value
        at += 1

"""One tick of flight: frame in, navigation, mode, guidance, control, frame out."""

from math import sqrt

from perilune.flight import events, health, modes
from perilune.flight.control import Control
from perilune.flight.guidance.phases import Guidance
from perilune.flight.navigation.estimator import Navigation
from perilune.flight.propulsion.thrust import Propulsion
from perilune.flight.readiness import Readiness
from perilune.flight.schedule import GUIDANCE, MONITOR, SLOTS
from perilune.flight.signals import Estimate
from perilune.flight.touchdown import Touchdown
from perilune.wire.schema import (
    ARM,
    DIVERT,
    LEGS_DEPLOY,
    LRF_DESCENT_HEAD,
    LRF_POWER_OFF,
    PAYLOAD_RELEASE,
    RADAR_DESCENT_HEAD,
    RADAR_POWER_OFF,
    RELEASE_PAYLOAD,
    VELOCIMETER_POWER_OFF,
    WAVE_OFF,
)

_UNIT_BITS = LRF_DESCENT_HEAD | RADAR_DESCENT_HEAD | LRF_POWER_OFF | RADAR_POWER_OFF | VELOCIMETER_POWER_OFF
_SETTLE_TICKS = 250  # from contact to safing: 5 s ...
_STILL_TICKS = 100  # ... of which so many, up to the last, it has not turned faster ...
_ROCKING2 = 7.5e-5  # ... than this, (rad/s)2: 0.5 deg/s. A tall vehicle rocks for longer ...
_ROCKING_TICKS = 1500  # ... but not than 30 s
# _STILL_TICKS on fewer than three legs: HLS's fall from a balance grows 2.7 times in 4 s
_BALANCED_TICKS = 500
_LOOK_TICKS = 100  # with the radar alone: so long aside ...
_LOOK_ASIDE_TICKS = 80
_LOOK_DOWN_M = 15.0
TICKS_PER_S = 50.0
_SETTLING_RAD = 0.1
_IMPACT = 0.01  # (rad/s)2/s
_BLIND_RAD_S = 0.03
_UNTURNED = (1.0, 0.0, 0.0, 0.0)
_LEANING = 0.985  # cosine of the tilt (10 deg) on which the vehicle should stand
_UPRIGHT = 0.94  # cosine of the tilt (20 deg) to which the payload may be released


class Flight:
    """The flight computer's state between ticks."""

    def __init__(self, parameters):
        self.pending = []  # events of this tick: (code, four numbers)
        self.gains = parameters.guidance
        self.mode = modes.COAST
        self.tick = parameters.site.epoch_tick
        self.estimate = Estimate()
        self.nav = Navigation(parameters, self.estimate, self.log)
        self.guidance = Guidance(parameters.guidance, self.log)
        self.craft = Propulsion(parameters.vehicle, parameters.guidance, self.log)
        self.readiness = Readiness(self.log)
        self.control = Control(parameters.vehicle, parameters.guidance)
        self.touchdown = Touchdown(parameters.guidance, self.log)
        self.switches = 0
        self.health = 0
        self.contact_tick = 0
        self.entered_tick = self.tick
        self.still = 0  # ticks on the ground without rocking
        self.aside = False  # the radar is to tell horizontal velocity
        self.push = 0.0  # m/s2, size of what guidance asks for

    def log(self, code, a, b, c, d):
        """Queue an event for the frame out."""
        self.pending.append((code, a, b, c, d))

    def step(self, frame):
        """Fly one sensor frame; afterwards `outputs()` holds what the actuators shall do."""
        missed = frame.tick - self.tick - 1
        if missed > 0:
            self.log(events.FRAME_LOST, missed, 0.0, 0.0, 0.0)
            self._lapse(missed, frame)
        self.tick = frame.tick
        if self.mode < modes.TOUCHDOWN or self.mode == modes.HOLD:
            self._navigate(frame)
            self._guide(frame)
            if self.tick % SLOTS == GUIDANCE:
                self._tend()
            elif self.tick % SLOTS == MONITOR and self.nav.attitude.known:
                self.nav.doppler.tend(self.tick, self.nav.agl, self.nav.pull, self.nav.bias)
            self._actuate()
        elif self.mode == modes.WAVE_OFF:
            self._navigate(frame)
            self._drift()
        else:
            self._stand(frame)

    def resume(self):
        """After a reset, with all kept attributes set to what they were: everything that follows from them."""
        self.nav.resume(self.tick)
        self.craft.resume()
        self._weigh_thrust()
        self.control.weigh(self.craft.mass)
        self.control.gentle = self.nav.inertial.blind

    def _lapse(self, missed, frame):
        """Ticks went by without a frame: bring everything that moves by itself up to the tick before this one."""
        if modes.TOUCHDOWN <= self.mode <= modes.SAFED:
            self.nav.attitude.loosen(_SETTLING_RAD)  # it may have come to rest otherwise meanwhile
            return
        self.nav.coast(frame, missed, self.craft.powered)
        self.craft.lapse(missed, frame.chamber_kpa)
        self.guidance.lapse(missed, self.nav.v_up)

    def _navigate(self, frame):
        craft = self.craft
        self.nav.update(frame, craft.powered, craft.expected_accel)
        inertial = self.nav.inertial
        # near the ground what is felt may be the ground: the thrust estimate is frozen then
        if frame.tick % SLOTS == MONITOR:
            craft.feel(inertial.dvel[2] * TICKS_PER_S, not (inertial.suspect or self.touchdown.armed))
            craft.watch(frame.chamber_kpa)
            craft.gauge.update(frame.propellant_kg, craft)
            craft.assess()
            self.health = health.word(self.estimate.sources, self.touchdown, self.guidance)
        if self.mode == modes.TERMINAL:
            self.touchdown.update(self.nav, craft, frame.legs)
            if self.touchdown.confirmed:
                self.enter(modes.TOUCHDOWN)
                self.contact_tick = frame.tick
                self.nav.stand()

    def _guide(self, frame):
        if (
            self.tick % SLOTS != GUIDANCE
            or modes.HOLD > self.mode >= modes.TOUCHDOWN
            or not self.nav.attitude.known
        ):
            return
        if self.mode == modes.ARMED and self.tick <= self.entered_tick + 1:
            return  # a command armed it since the last frame: that frame's successor has to show it
        if self.mode == modes.ARMED and self.readiness.unfit(self.nav, self.craft, frame):
            self.enter(modes.WAVE_OFF)
            return
        self.enter(self.guidance.update(self.nav, self.craft, self.mode))
        self._weigh_thrust()
        up, ahead, left = self.guidance.accel
        self.aside = self._look_aside()
        if self.aside:
            self.control.turn()
        self.control.point(*self.nav.strapdown.to_site(up, ahead, left))
        self.control.weigh(self.craft.mass)
        self.control.steer(self.nav.attitude.q)
        if self.mode >= modes.APPROACH and self.nav.agl < self.gains.legs_deploy_m:
            self.switches |= LEGS_DEPLOY

    def _tend(self):
        """At 10 Hz, beside guidance: which head each altimeter looks through, and which needs a power cycle."""
        if modes.HOLD > self.mode >= modes.TOUCHDOWN or not self.nav.attitude.known:
            return
        self._switch_heads(self.aside and self.tick % _LOOK_TICKS < _LOOK_ASIDE_TICKS)
        self.nav.altimetry.survey(self.nav)
        self.nav.altimetry.tend(self.tick, self.nav.ranges_due())

    def _weigh_thrust(self):
        up, ahead, left = self.guidance.accel
        self.push = sqrt(up * up + ahead * ahead + left * left)

    def _look_aside(self):
        """Without velocimeter the radar tells horizontal velocity too, through the head that looks aside."""
        near = self.mode in (modes.APPROACH, modes.TERMINAL, modes.HOLD) and self.nav.agl > _LOOK_DOWN_M
        return near and self.nav.doppler.alone(self.tick)

    def _switch_heads(self, aside):
        """Each altimeter looks through the head that points closer to the ground, the radar at times `aside`."""
        axes = self.nav.attitude.axes
        up = self.nav.strapdown.up
        bits = LRF_DESCENT_HEAD if self.nav.lrf.best_head(axes, up) else 0
        if aside or self.nav.radar.best_head(axes, up):
            bits |= RADAR_DESCENT_HEAD
        if self.nav.lrf.power_off(self.tick):
            bits |= LRF_POWER_OFF
        if self.nav.radar.power_off(self.tick):
            bits |= RADAR_POWER_OFF
        if self.nav.doppler.silence.power_off(self.tick):
            bits |= VELOCIMETER_POWER_OFF
        self.switches = self.switches & ~_UNIT_BITS | bits

    def _actuate(self):
        running = self.mode in modes.ENGINE_MODES
        leaning = self.touchdown.leaning
        self.craft.update(0.0 if leaning else self.push, running, self.control.on_s)
        if modes.HOLD > self.mode >= modes.TOUCHDOWN:
            self.control.rest()
        elif self.control.target is None:
            self._steady()
        else:
            x, y = self.craft.lever
            if x != 0.0 or y != 0.0 or self.craft.uneven:
                self.control.feed[0] = -x * self.craft.delivered
                self.control.feed[1] = -y * self.craft.delivered
            self._turn()

    def _turn(self):
        """Thrusters for the turn wanted; without gyros what they do is what is known of the rotation."""
        inertial = self.nav.inertial
        if inertial.blind and self.control.gentle:
            self.control.go_with(self.craft.delivered)
        elif inertial.blind:
            self.control.unlearn(self.nav.attitude.rate)
            self.control.go_with(0.0)
        self.control.gentle = inertial.blind
        if self.touchdown.leaning:
            self._lean()
        else:
            self.control.update(self.nav.attitude.rate)
        if inertial.blind:
            inertial.turn(self.control.acceleration())
        elif not (inertial.a.calm or inertial.b.calm):
            inertial.foresee(self.control.acceleration())

    def _steady(self):
        """Before the attitude is known: stop a turn that is too fast for the star tracker to say what it is."""
        x, y, z = self.nav.attitude.rate
        if x * x + y * y + z * z > _BLIND_RAD_S * _BLIND_RAD_S:
            self.control.update(self.nav.attitude.rate)
        else:
            self.control.rest()

    def _drift(self):
        """Waved off: engine off, attitude held."""
        self.craft.update(0.0, False, self.control.on_s)
        if self.control.target is not None:
            if self.tick % SLOTS == GUIDANCE:
                self.control.steer(self.nav.attitude.q)
            self._turn()

    def _stand(self, frame):
        """On the ground: engine off, thrusters against rocking until settled; then safe."""
        self.craft.update(0.0, False, self.control.on_s)
        nav = self.nav
        nav.inertial.update(frame.imu_a, frame.imu_b, frame.tick, True, 0.0)
        if nav.inertial.blind:  # nothing tells what the impact did: the star tracker has to
            nav.inertial.dtheta = (0.0, 0.0, 0.0)
            nav.attitude.unsteady = _IMPACT
        nav.attitude.propagate(nav.inertial.dtheta, frame.tick)
        nav.attitude.star(frame.star, frame.tick, True)
        if self.mode == modes.TOUCHDOWN and self._settled(frame):
            self.enter(modes.SAFED)
        if self.mode == modes.TOUCHDOWN and not (nav.inertial.blind or nav.inertial.wrong_angle):
            self._lean()
        else:
            self.control.rest()

    def _lean(self):
        """Legs on a slope: a tall vehicle rocks over the lower ones. Against its rates alone, since the slope sets the
        attitude; where that is more than it should stand on, back towards the vertical too."""
        attitude = self.nav.attitude
        if attitude.axes[8] > _LEANING:
            self.control.steady(attitude.rate)
            return
        if self.tick % SLOTS == GUIDANCE and self.control.target is not None:
            self.control.steer(attitude.q)
        self.control.update(attitude.rate)

    def _settled(self, frame):
        """At rest on three legs for two seconds, on others for ten without a pulse, or not to be brought to rest.

        HLS balanced on two, held by its thrusters, was safed, and fell over without them. A third leg that bears too
        little to close its switch is as good as none: there a fall has time to show.
        """
        ticks = frame.tick - self.contact_tick
        x, y, z = self.nav.attitude.rate
        stands = self.touchdown.stands(frame.legs)
        rests = x * x + y * y + z * z < _ROCKING2 and (stands or self.control.on_s == 0.0)
        self.still = self.still + 1 if rests else 0
        enough = self.still >= (_STILL_TICKS if stands else _BALANCED_TICKS)
        return ticks >= _SETTLE_TICKS and (enough or ticks >= _ROCKING_TICKS)

    def enter(self, mode):
        """Change mode if it is another one and a legal successor."""
        if mode == self.mode or mode not in modes.FOLLOWS[self.mode]:
            return
        nav = self.nav
        speed = sqrt(nav.v_up * nav.v_up + nav.v_ahead * nav.v_ahead + nav.v_left * nav.v_left)
        self.log(events.MODE, self.mode, nav.altitude, nav.agl, speed)
        self.mode = mode
        self.entered_tick = self.tick

    def command(self, code, argument):
        """Obey a ground command. Returns whether this state allows it."""
        nav = self.nav
        if code == ARM:
            ready = self.mode == modes.COAST and nav.attitude.known and nav.inertial.good()
            if not ready:
                self.log(
                    events.ARM_REFUSED, int(nav.attitude.known), int(nav.inertial.good()), self.mode, 0.0
                )
                return False
            self.enter(modes.ARMED)
        elif code == WAVE_OFF:
            if self.mode not in (modes.COAST, modes.ARMED):
                return False  # past ignition the ground is the only way out
            self.enter(modes.WAVE_OFF)
        elif code == DIVERT:
            if self.mode not in (modes.COAST, modes.ARMED, modes.BRAKING, modes.APPROACH):
                return False
            self.guidance.divert(argument[0], argument[1], nav)
        elif code == RELEASE_PAYLOAD:
            return self._release()
        else:
            return False
        return True

    def _release(self):
        """Only when safed, upright and still."""
        x, y, z = self.nav.attitude.rate
        upright = self.nav.attitude.axes[8]
        if self.mode != modes.SAFED or upright < _UPRIGHT or x * x + y * y + z * z > 1e-4:
            return False
        self.switches |= PAYLOAD_RELEASE
        self.log(events.RELEASED, upright, 0.0, 0.0, 0.0)
        return True

    def outputs(self, floats, whole):
        """Put the flight content of the ACTUATORS frame in its places (see perilune.wire.items), all in place."""
        nav = self.nav
        craft = self.craft
        whole[1] = self.tick
        whole[2] = self.mode
        whole[3] = self.health
        whole[4] = self.switches
        whole[5] = craft.enable
        _fill(whole, 6, craft.throttle)
        _fill(whole, 12, self.control.on_ms)
        _fill(floats, 0, nav.strapdown.r)
        _fill(floats, 3, nav.strapdown.v)
        _fill(floats, 6, nav.attitude.q or _UNTURNED)
        _fill(floats, 10, nav.attitude.rate)
        floats[13] = nav.altitude
        floats[14] = nav.agl
        floats[15] = nav.sigma_agl
        floats[16] = nav.sigma_v_up
        floats[17] = nav.sigma_v_level
        floats[18] = nav.sigma_position
        floats[19] = craft.mass
        floats[20] = self.guidance.tgo
        _fill(floats, 21, self.guidance.accel)


def _fill(row, at, values):
    for value in values:
        row[at] = value
        at += 1

"""Attitude control: the body's z axis along the commanded thrust, by pulses of the attitude thrusters.

Cascade: quaternion error to a rate command of bounded size, rate error to torque, with the slowly varying torque of
an offset centre of mass or a tilted engine learned by an integral. Torque becomes on-times by carrying what is too
short to fire over to the next tick, so that the mean is exact down to the shortest pulse.
"""

from math import sqrt

from perilune.flight.algebra import q_conjugate, q_from_axes, q_multiply
from perilune.wire.schema import THRUSTERS

_TICK_MS = 20.0  # ms, the longest on-time of a tick
_TRIM_S = 4.0  # time constant of the torque trim
_TRIM_GAIN = 0.005  # a tick over that
_TURN_RAD = 0.006  # a guidance cycle: 3.4 deg/s
_GENTLE_RAD_S = 0.03  # slew rate without gyros: a star tracker follows it
_UNSEEN_RAD_S = 0.03  # body rate above which a star tracker tells nothing
_LEAST_THRUST = 0.05  # of full thrust: the trim is not scaled by less
_ASIDE = 0.8  # sine of the turn that is enough
_DEADBAND_RAD_S = 0.0015  # rate error not answered: keeps the limit cycle from spending propellant


class Control:
    """Holds the target attitude, the torque trim, and the thrusters' on-times `on_ms`."""

    def __init__(self, vehicle, guidance):
        self.vehicle = vehicle
        self.groups = [_thrusters(mask) for mask in vehicle.rcs_mask]  # about +x -x +y -y +z -z
        self.torques = vehicle.rcs_torque_n_m
        self.shortest = vehicle.rcs_min_on_ms
        self.fired = ()  # thrusters of this tick
        self.stiffness = 0.5 * guidance.attitude_wn_rad_s / guidance.attitude_zeta
        self.damping = 2.0 * guidance.attitude_zeta * guidance.attitude_wn_rad_s
        self.slew = guidance.slew_rate_rad_s
        self.target = None
        self.heading = (1.0, 0.0)  # cosine and sine of the turn about the vertical
        self.wanted = (0.0, 0.0, 0.0)  # rad/s
        self.trim = [0.0, 0.0, 0.0]  # N m
        self.torque_ff = [0.0, 0.0, 0.0]  # N m, torque known beforehand: a lost engine's
        self.pulse_residual_ms = [0.0, 0.0, 0.0]  # ms of on-time owed, signed
        self.on_ms = [0] * THRUSTERS
        self.fired_ms = [0, 0, 0]  # ms of thruster time about each axis in this tick, signed
        self.thrust = 0.0  # with which the trim goes
        self.rate_modelled = False  # turn no faster than a star tracker can follow
        self.on_s = 0.0  # thruster seconds fired in the last tick
        self.inertia = list(vehicle.inertia_wet_kg_m2)
        self.full = [min(self.torques[2 * i], self.torques[2 * i + 1]) for i in range(3)]
        self.gain = [self.damping * i for i in self.inertia]  # N m per rad/s

    def point(self, x, y, z):
        """Aim body z along the site-frame vector (x, y, z), body y against the site's left axis turned by `heading`.

        While braking that turns body x, where the descent heads look, to the ground.
        """
        k = 1.0 / sqrt(x * x + y * y + z * z)
        x *= k
        y *= k
        z *= k
        # body y: the component of (s, -c, 0) across z
        c, s = self.heading
        along = s * x - c * y
        bx = s - along * x
        by = -c - along * y
        bz = -along * z
        k = 1.0 / sqrt(bx * bx + by * by + bz * bz)
        bx *= k
        by *= k
        bz *= k
        ax = by * z - bz * y
        ay = bz * x - bx * z
        az = bx * y - by * x
        self.target = q_from_axes((ax, ay, az, bx, by, bz, x, y, z))

    def turn(self):
        """One guidance cycle of slow turning about the vertical, until the descent heads look half sideways."""
        c, s = self.heading
        if s < _ASIDE:
            k = 1.0 / sqrt(1.0 + _TURN_RAD * _TURN_RAD)
            self.heading = (c - _TURN_RAD * s) * k, (s + _TURN_RAD * c) * k

    def set_inertia(self, mass_kg):
        """Moments of inertia at this mass, linear between dry and wet."""
        v = self.vehicle
        k = (mass_kg - v.dry_mass_kg) / (v.wet_mass_kg - v.dry_mass_kg)
        for i in range(3):
            dry = v.inertia_dry_kg_m2[i]
            self.inertia[i] = dry + k * (v.inertia_wet_kg_m2[i] - dry)
            self.gain[i] = self.damping * self.inertia[i]

    def rest(self):
        """Thrusters off, nothing owed."""
        self.pulse_residual_ms = [0.0, 0.0, 0.0]
        self._clear()

    def steady(self, rate):
        """On the ground: against body rates alone. The slope sets the attitude; torques known in flight are gone."""
        self.wanted = (0.0, 0.0, 0.0)
        self.trim = [0.0, 0.0, 0.0]
        self.torque_ff = [0.0, 0.0, 0.0]
        self.update(rate)

    def stop_turn(self, rate):
        """Before the attitude is known: stop a turn that is too fast for the star tracker to say what it is."""
        x, y, z = rate
        if x * x + y * y + z * z > _UNSEEN_RAD_S * _UNSEEN_RAD_S:
            self.update(rate)
        else:
            self.rest()

    def follow_gyros(self, modelled, rate, thrust):
        """Every tick without gyros (`modelled`), and with the first one back, before the pulses.

        rate: rad/s, body; thrust: fraction delivered.
        """
        if modelled and self.rate_modelled:
            self.scale_trim(thrust)
        elif modelled:
            self.remove_turn_from_trim(rate)
            self.scale_trim(0.0)
        self.rate_modelled = modelled

    def steer(self, q):
        """Outer loop, at 10 Hz: the body rate that turns attitude q to the target, rad/s, bounded in size."""
        e = q_multiply(q_conjugate(self.target), q)
        gain = -2.0 * self.stiffness if e[0] >= 0.0 else 2.0 * self.stiffness
        x = gain * e[1]
        y = gain * e[2]
        z = gain * e[3]
        size = sqrt(x * x + y * y + z * z)
        slew = min(self.slew, _GENTLE_RAD_S) if self.rate_modelled else self.slew
        k = slew / size if size > slew else 1.0
        self.wanted = k * x, k * y, k * z

    def update(self, rate):
        """Inner loop, every tick: body rate, rad/s, to thruster on-times."""
        self._clear()
        wanted = self.wanted
        residual = self.pulse_residual_ms
        fired_ms = self.fired_ms
        for axis in range(3):
            error = wanted[axis] - rate[axis]
            torque = self._torque(axis, error)
            before = residual[axis]
            group = 2 * axis if torque + before >= 0.0 else 2 * axis + 1
            owed = before + _TICK_MS * torque / self.torques[group]
            if not -_TICK_MS < owed < _TICK_MS:
                owed = _TICK_MS if owed > 0.0 else -_TICK_MS
            pulse = int(abs(owed))
            if pulse < self.shortest:
                residual[axis] = owed
                fired_ms[axis] = 0
                continue
            self._fire(self.groups[group], pulse)
            signed = pulse if owed > 0.0 else -pulse
            fired_ms[axis] = signed
            residual[axis] = owed - signed

    def scale_trim(self, thrust):
        """The torque learned is mostly that of the engines, off the centre of mass: it changes as their thrust does.

        With gyros the change is felt and answered; without them it has to be foreseen.
        """
        if self.thrust > _LEAST_THRUST and thrust > _LEAST_THRUST:
            k = thrust / self.thrust
            self.trim[0] *= k
            self.trim[1] *= k
        self.thrust = thrust

    def remove_turn_from_trim(self, rate):
        """Take out of the torque learned what the turn under way has put into it, rad/s in the body frame.

        The integral takes the torque that sped the turn up for an offset, and gives it back as it ends. With gyros
        that does no harm; a model of the turn would go on from an offset that is none.
        """
        for i in range(3):
            self.trim[i] -= self.inertia[i] * rate[i] / _TRIM_S

    def acceleration(self):
        """Angular acceleration that this tick's pulses should give against the torques known, rad/s2."""
        fired_ms = self.fired_ms
        found = []
        for i in range(3):
            pulse = fired_ms[i]
            torque = pulse * self.torques[2 * i if pulse > 0 else 2 * i + 1] / _TICK_MS
            found.append((torque - self.trim[i] - self.torque_ff[i]) / self.inertia[i])
        return found

    def _clear(self):
        self.on_s = 0.0
        if self.fired:
            on_ms = self.on_ms
            for i in self.fired:
                on_ms[i] = 0
            self.fired = ()

    def _torque(self, axis, error):
        """N m to ask for at a rate error about one axis, the learned trim included."""
        torque_ff = self.torque_ff[axis]
        demand = self.gain[axis] * error + torque_ff
        trim = self.trim[axis]
        full = self.full[axis]
        if -full < demand + trim < full:  # anti-windup: learn only while the thrusters can answer
            trim += (demand - torque_ff) * _TRIM_GAIN
            most = 0.9 * full
            if not -most < trim < most:
                trim = most if trim > 0.0 else -most
            self.trim[axis] = trim
        return trim + (torque_ff if -_DEADBAND_RAD_S < error < _DEADBAND_RAD_S else demand)

    def _fire(self, thrusters, pulse):
        self.fired += thrusters
        on_ms = self.on_ms
        more = 0
        for i in thrusters:
            on = on_ms[i] + pulse
            if on > 20:
                on = 20
            more += on - on_ms[i]
            on_ms[i] = on
        self.on_s += 0.001 * more


def _thrusters(mask):
    return tuple([i for i in range(THRUSTERS) if mask & (1 << i)])

"""Inertial units: two units' samples become one delta-angle and one delta-velocity; a faulty unit is isolated.

In coast the engine is off and the vehicle falls freely, so an accelerometer must read zero: the mean of its readings
is its bias. A bias of 0.75 mg left in would put the position off by 1.3 km after a descent of 600 s (a t^2 / 2).

Where two units differ, their difference does not say which one is wrong. The star tracker decides for gyros, and the
thrust that the engines should give decides for accelerometers. (Luna-25 crashed with accelerometers that had never been
switched on.) Without an accelerometer the model of the engines takes their place. Without a gyro the model of the
thrusters does, and the star tracker corrects it.
"""

from math import sqrt

from perilune.flight import events
from perilune.flight.algebra import clamp
from perilune.flight.schedule import COMPARE, SLOTS
from perilune.wire.schema import SATURATED, VALID

_QUIET_M_S = 0.004  # m/s in a tick, 0.2 m/s2: more than this is thrusters and not bias
_RATE = 0.1  # share of a new difference in the running means: 1 s
_ANGLE_RAD = 2.5e-5  # rad a tick, 0.07 deg/s: a larger mean is a fault; misalignment in a turn gives a third
_VELOCITY_M_S = 8e-4  # m/s a tick, 0.04 m/s2: the same; 1 mrad of misalignment at 3.4 m/s2 gives an eighth
_PERSIST = 10  # comparisons: 1 s
_REPEAT = 4  # identical ticks in a row: noise never repeats
_SILENT_M_S2 = 0.5  # engine on, and less than this is felt: the accelerometers are dead or off
_FELT_M_S = 0.01  # ... in a tick
_MUTE_TICKS = 10  # 0.2 s of it
_READMIT_TICKS = 500  # 10 s of agreement, after which an isolated unit is used again
_FASTEST_RAD = (
    0.14  # a tick about an axis, 400 deg/s: gyros measure no faster turn, and the model is held to it
)
_SOUND = VALID | SATURATED
_QUIET_TICKS = 500  # between two reports of the same kind


class Unit:
    """One inertial unit: validity, accelerometer bias and health."""

    def __init__(self, source):
        self.source = source
        self.bias = (0.0, 0.0, 0.0)  # m/s per tick, body frame
        self.samples = 0
        self.sums = (0.0, 0.0, 0.0)
        self.good = False  # its status is valid and its readings change
        self.gyro_good = False
        self.accel_good = False
        self.saturated = False
        self.last = (0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)  # status, dtheta, dvel
        self.calm = False  # sound now, and not isolated
        self.same_gyro = 0
        self.same_accel = 0
        self.gyro_out = 0  # ticks for which it still counts as isolated
        self.accel_out = 0

    def take(self, sample):
        """Validity of one sample (status, dtheta x y z, dvel x y z)."""
        last = self.last
        self.last = sample
        moves = sample[1] != last[1] and sample[4] != last[4]
        if moves and self.calm and sample[0] & _SOUND == VALID and not (self.gyro_out or self.accel_out):
            return
        self.same_gyro = self.same_gyro + 1 if sample[1] == last[1] and sample[2] == last[2] else 0
        self.same_accel = self.same_accel + 1 if sample[4] == last[4] and sample[5] == last[5] else 0
        valid = sample[0] & VALID
        self.saturated = sample[0] & SATURATED != 0
        self.accel_good = valid != 0 and self.same_accel < _REPEAT
        self.gyro_good = valid != 0 and self.same_gyro < _REPEAT and not self.saturated
        self.good = self.gyro_good or (self.accel_good and not self.saturated)
        self.gyro_out = max(0, self.gyro_out - 1)
        self.accel_out = max(0, self.accel_out - 1)
        self.calm = sample[0] & _SOUND == VALID and not (
            self.same_gyro or self.same_accel or self.gyro_out or self.accel_out
        )

    def calibrate(self, sample):
        """Add a coasting sample to the mean that becomes the bias."""
        x, y, z = sample[4:7]
        if not self.accel_good or x * x + y * y + z * z > _QUIET_M_S * _QUIET_M_S:
            return
        a, b, c = self.sums
        self.sums = a + x, b + y, c + z
        self.samples += 1
        k = 1.0 / self.samples
        self.bias = self.sums[0] * k, self.sums[1] * k, self.sums[2] * k

    def resume(self):
        """After a reset: the sums of which the kept bias is the mean."""
        x, y, z = self.bias
        n = float(self.samples)
        self.sums = n * x, n * y, n * z

    def velocity(self):
        """Its delta-velocity without bias, m/s per tick."""
        b = self.bias
        s = self.last
        return s[4] - b[0], s[5] - b[1], s[6] - b[2]


class Inertial:
    """Both units; `update` gives what navigation integrates: `dtheta` rad and `dvel` m/s over the tick."""

    def __init__(self, log):
        self.log = log
        self.a = Unit(events.IMU_A)
        self.b = Unit(events.IMU_B)
        self.dtheta = (0.0, 0.0, 0.0)
        self.dvel = (0.0, 0.0, 0.0)
        self.apart = (0.0, 0.0, 0.0)  # running mean of the delta-angle difference A - B
        self.apart_v = (0.0, 0.0, 0.0)  # ... of the delta-velocity difference
        self.wrong_angle = 0  # comparisons in a row that the means were too far apart
        self.wrong_velocity = 0
        self.mute = 0  # ticks in a row of thrust without felt acceleration
        self.modelled = False  # the engines' model stands in for the accelerometers
        self.extra_noise = 0.0  # (m/s)2/s of extra velocity noise
        self.suspect = False
        self.gyros_lost = False  # no gyro: rotation is what the thrusters should have done
        self.unfelt = (0.0, 0.0, 0.0)  # rad a tick, by the thrusters since readings repeat themselves
        self.lost = 0
        self.quiet = 0
        self.quiet_gyros = 0
        self.bias = (0.0, 0.0, 0.0)  # mean of both units', m/s per tick
        self.usual = False  # nothing but good was found in the last tick

    def good(self):
        """At least one unit delivers, and there is a gyro."""
        return (self.a.good or self.b.good) and not self.gyros_lost

    def gyros_agree(self):
        """Both gyros deliver, and they agree."""
        return self.a.gyro_good and self.b.gyro_good and self.wrong_angle == 0

    def resume(self):
        """After a reset."""
        self.a.resume()
        self.b.resume()
        self._mean_bias()

    def _mean_bias(self):
        x, y, z = self.a.bias
        u, v, w = self.b.bias
        self.bias = 0.5 * (x + u), 0.5 * (y + v), 0.5 * (z + w)

    def after_gap(self, a, b):
        """Delta-angle and delta-velocity that samples of A and B show, for a gap before them; the last ones if none
        can be used."""
        for unit, sample in ((self.a, a), (self.b, b)):
            if sample[0] & (VALID | SATURATED) == VALID and not (
                unit.gyro_out or unit.accel_out or self.gyros_lost
            ):
                x, y, z = unit.bias
                return sample[1:4], (sample[4] - x, sample[5] - y, sample[6] - z)
        return self.dtheta, self.dvel

    def update(self, a, b, tick, engine_on, expected_accel):
        """Take what units A and B say of `tick`; expected_accel is what the engines should give along body z, m/s2.

        Returns whether the doubts about the units may have changed. They cannot where both are sound and averaged.
        """
        unit_a = self.a
        unit_b = self.b
        unit_a.take(a)
        unit_b.take(b)
        if not engine_on:
            unit_a.calibrate(a)
            unit_b.calibrate(b)
            self._mean_bias()
        compared = tick % SLOTS == COMPARE
        if compared:
            if unit_a.gyro_good and unit_b.gyro_good and unit_a.accel_good and unit_b.accel_good:
                self._compare(engine_on, expected_accel)
        if self.usual and unit_a.calm and unit_b.calm and self._mean(a, b, engine_on):
            return compared
        self._angles()
        self._velocities(engine_on, expected_accel)
        self._report()
        self.usual = not (self.suspect or self.gyros_lost or self.quiet or self.quiet_gyros)
        return True

    def _mean(self, a, b, engine_on):
        """The mean of two sound units. False where no thrust is felt of an engine that is on."""
        _status, p, q, r, x, y, z = a
        _status, i, j, k, u, v, w = b
        bx, by, bz = self.bias
        self.dtheta = 0.5 * (p + i), 0.5 * (q + j), 0.5 * (r + k)
        z = 0.5 * (z + w) - bz
        self.dvel = 0.5 * (x + u) - bx, 0.5 * (y + v) - by, z
        return not engine_on or z > _FELT_M_S

    def _angles(self):
        a = self.a
        b = self.b
        use_a = a.gyro_good and not a.gyro_out
        use_b = b.gyro_good and not b.gyro_out
        if not (use_a or use_b):
            use_a = a.gyro_good
            use_b = b.gyro_good
        if use_a and use_b:
            p = a.last
            q = b.last
            self.dtheta = 0.5 * (p[1] + q[1]), 0.5 * (p[2] + q[2]), 0.5 * (p[3] + q[3])
        elif use_a:
            self.dtheta = a.last[1:4]
        elif use_b:
            self.dtheta = b.last[1:4]
        blind = not (use_a or use_b)
        self.quiet_gyros = max(0, self.quiet_gyros - 1)
        if blind and not self.quiet_gyros:
            self.log(events.GYROS_MODELLED, int(a.saturated), int(b.saturated), 0.0, 0.0)
        if blind:
            self.quiet_gyros = _QUIET_TICKS
        if a.saturated and b.saturated:
            self._clipped()
        self.gyros_lost = blind  # the last rotation is kept, as `turn` changes it

    def _clipped(self):
        """Saturated axes repeat full scale, which both units share; the others still tell their rotation."""
        p = self.a.last
        q = self.b.last
        self.dtheta = tuple([_at_least(p[i + 1], q[i + 1], self.dtheta[i]) for i in range(3)])

    def foresee(self, acceleration):
        """While no unit is calm, add up what the thrusters do (rad/s2) to a turn that frozen gyros would not show.

        A reading is known to repeat one tick late. So the first call counts twice.
        """
        first = self.a.same_gyro == 1 or self.b.same_gyro == 1
        k = 8e-4 if first else 4e-4
        x, y, z = (0.0, 0.0, 0.0) if first else self.unfelt
        a, b, c = acceleration
        self.unfelt = x + k * a, y + k * b, z + k * c

    def stopped(self):
        """For how many ticks the last gyros have repeated their readings, if this tick has found it; else 0."""
        return _REPEAT if self.gyros_lost and _REPEAT in (self.a.same_gyro, self.b.same_gyro) else 0

    def turn(self, acceleration):
        """Without gyros: change the rotation over a tick by an angular acceleration, rad/s2 in the body frame.

        The rate is bounded: thrusters that cannot stop a tumble would let the model turn ever faster.
        """
        self.dtheta = tuple(
            [clamp(x + 4e-4 * a, -_FASTEST_RAD, _FASTEST_RAD) for x, a in zip(self.dtheta, acceleration)]
        )

    def _velocities(self, engine_on, expected_accel):
        a = self.a
        b = self.b
        use_a = a.accel_good and not a.accel_out and not (a.saturated and _strange(a, expected_accel))
        use_b = b.accel_good and not b.accel_out and not (b.saturated and _strange(b, expected_accel))
        if use_a and use_b:
            p = a.velocity()
            q = b.velocity()
            self.dvel = 0.5 * (p[0] + q[0]), 0.5 * (p[1] + q[1]), 0.5 * (p[2] + q[2])
        elif use_a:
            self.dvel = a.velocity()
        elif use_b:
            self.dvel = b.velocity()
        self._monitor(use_a or use_b, engine_on, expected_accel)

    def _monitor(self, any_unit, engine_on, expected_accel):
        """Thrust on and no delta-velocity felt: accelerometers are dead or off, and the engines' model stands in."""
        if any_unit and self.dvel[2] * 50.0 > _SILENT_M_S2:
            self.mute = 0
        elif any_unit and engine_on and expected_accel > 2.0 * _SILENT_M_S2:
            self.mute += 1
        silent = engine_on and (not any_unit or self.mute >= _MUTE_TICKS)
        if silent:
            self.dvel = (0.0, 0.0, 0.02 * expected_accel)
            if not self.modelled:
                self.log(events.MODELLED, expected_accel, int(any_unit), 0.0, 0.0)
        self.modelled = silent
        self.extra_noise = 4e-4 if silent else 0.0
        self.suspect = (
            silent
            or self.mute > 0
            or self.wrong_velocity > 0
            or not (self.a.accel_good and self.b.accel_good)
        )

    def _compare(self, engine_on, expected_accel):
        """Running means of the two units' differences. One unit is wrong where they exceed what misalignment gives."""
        p = self.a.last
        q = self.b.last
        x, y, z = self.apart
        k = _RATE
        x += k * (p[1] - q[1] - x)
        y += k * (p[2] - q[2] - y)
        z += k * (p[3] - q[3] - z)
        self.apart = x, y, z
        far = x * x + y * y + z * z > _ANGLE_RAD * _ANGLE_RAD
        self.usual = self.usual and not far
        self.wrong_angle = self.wrong_angle + 1 if far else 0
        if far:
            self.a.gyro_out = _READMIT_TICKS if self.a.gyro_out else 0
            self.b.gyro_out = _READMIT_TICKS if self.b.gyro_out else 0
        if self.wrong_angle == _PERSIST:
            self.log(events.IMU_DISAGREE, sqrt(x * x + y * y + z * z), 0.0, 0.0, 0.0)
        va = self.a.velocity()
        vb = self.b.velocity()
        u, v, w = self.apart_v
        u += k * (va[0] - vb[0] - u)
        v += k * (va[1] - vb[1] - v)
        w += k * (va[2] - vb[2] - w)
        self.apart_v = u, v, w
        far = u * u + v * v + w * w > _VELOCITY_M_S * _VELOCITY_M_S
        self.usual = self.usual and not far
        self.wrong_velocity = self.wrong_velocity + 1 if far else 0
        if far:
            self.a.accel_out = _READMIT_TICKS if self.a.accel_out else 0
            self.b.accel_out = _READMIT_TICKS if self.b.accel_out else 0
        if self.wrong_velocity >= _PERSIST and engine_on:
            self._judge_accelerometers(va, vb, 0.02 * expected_accel)

    def _judge_accelerometers(self, va, vb, expected):
        """Isolate the unit farther from what the engines should give, until both have agreed for ten seconds."""
        if self.a.accel_out or self.b.accel_out:
            return
        up_a, up_b = va[2] - expected, vb[2] - expected
        ea = va[0] * va[0] + va[1] * va[1] + up_a * up_a
        eb = vb[0] * vb[0] + vb[1] * vb[1] + up_b * up_b
        worse = self.a if ea > eb else self.b
        worse.accel_out = _READMIT_TICKS
        u, v, w = self.apart_v
        self.log(events.IMU_ISOLATED, worse.source, sqrt(u * u + v * v + w * w) * 50.0, 1.0, 0.0)

    def judge_gyros(self, error):
        """Isolate a gyro by `error`, star tracker minus integrated attitude, rad in the body frame.

        A gyro that reads too much turns the attitude too far, and the error points against its excess. `apart` is
        A - B, so an error against it means that A reads too much.
        """
        if self.wrong_angle < _PERSIST or self.a.gyro_out or self.b.gyro_out:
            return
        x, y, z = self.apart
        along = x * error[0] + y * error[1] + z * error[2]
        worse = self.a if along < 0.0 else self.b
        worse.gyro_out = _READMIT_TICKS
        self.log(events.IMU_ISOLATED, worse.source, sqrt(x * x + y * y + z * z) * 50.0, 0.0, 0.0)

    def _report(self):
        """A unit that stops delivering is an event, at most once in ten seconds."""
        self.quiet = max(0, self.quiet - 1)
        lost = (0 if self.a.gyro_good and self.a.accel_good else 1) + (
            0 if self.b.gyro_good and self.b.accel_good else 2
        )
        new = lost & ~self.lost
        if new and not self.quiet:
            self.quiet = _QUIET_TICKS
            unit = self.a if new & 1 else self.b
            self.log(events.IMU_LOST, unit.source, lost, 0.0, 0.0)
        self.lost = lost


def _strange(unit, expected_accel):
    """Whether it is the accelerometer of a saturated unit that is at full scale: it is far from what thrust gives."""
    return abs(unit.last[6] * 50.0 - expected_accel) > 0.5 + 0.2 * expected_accel


def _at_least(a, b, modelled):
    """Rotation about one axis of two saturated units. Equal to the last bit they are at full scale, or beyond it."""
    if a != b:
        return 0.5 * (a + b)
    return max(a, modelled) if a > 0.0 else min(a, modelled)

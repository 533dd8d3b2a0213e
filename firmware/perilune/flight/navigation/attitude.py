"""Attitude: gyros integrated at 50 Hz, corrected by the star tracker (multiplicative filter, Lefferts et al. 1982).

The three axes share one 2-state covariance (angle, gyro bias): noise is isotropic and the cross terms are small.
"""

from array import array
from math import sqrt

from perilune.flight import events
from perilune.flight.algebra import q_axes, q_conjugate, q_multiply, q_normalise, q_spun, q_tidied, q_turned
from perilune.flight.navigation.gyro_drift import GyroDrift
from perilune.flight.schedule import MOON_TICKS, SLOTS, TIDY
from perilune.wire.schema import FRESH, VALID

_DT = 0.02
_HZ = 50.0
_HISTORY = 32  # ticks of rotation kept to compare with a late star sample: 0.64 s
_GYRO_BIAS = 3e-6  # rad/s, 1 sigma at the start
_MODEL_RAD_S = 0.01  # rate error of the thrusters' model, 1 sigma at the start ...
_MODEL_WALK = 2e-5  # ... and its growth, (rad/s)2/s
_START = 0.02  # rad, before the first star sample
_REPORT_AFTER = 5  # samples: 1 s
_UNSEEN_TICKS = 25  # 0.5 s without a star sample: a fast turn has hidden the stars ...
_TURN_ERROR = (
    1e-3  # ... and gyros measure it with this relative error, 1 sigma: scale factor and misalignment
)
_SILENT_TICKS = 1500  # 30 s: fast turns hide the stars for many seconds
_QUIET_TICKS = 500  # 10 s between two reports
_GATE = 25.0  # 5 sigma
_LEAP = 300.0  # squared error over its variance: drifting gyros do not reach it between two samples
_BACK2 = 0.25  # half of the leap, squared: back by less, the tracker still stands where it leapt to
_GAP_SHARE = 0.15  # of a change of rate over a gap: the mean rate may differ by it from the middle one
_GAP_RAD_S2 = 0.005  # angular acceleration that begins and ends unseen within a gap
_GAP_RATE_RAD_S = 0.05  # error of the rate in ticks beyond those bridged, 1 sigma


class Attitude:
    """Body-to-site attitude `q`, its axes, the body rate, and the uncertainty `sigma_rad`."""

    def __init__(self, site, sensors, log):
        self.log = log
        self.site_from_inertial = site.site_from_inertial
        self.moon_rate = site.moon_rate_rad_s
        alignment = 1e-4  # rad, star tracker to the body: 20 arcsec
        self.star_var = sensors.star_noise_rad * sensors.star_noise_rad + alignment * alignment
        self.walk = sensors.gyro_noise_rad * sensors.gyro_noise_rad
        self.q = None
        self.known = False  # a first star sample has been taken
        self.axes = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
        self.rate = (0.0, 0.0, 0.0)
        self.bias = (0.0, 0.0, 0.0)  # rad/s
        self.p_angle = _START * _START
        self.p_cross = 0.0
        self.p_bias = _GYRO_BIAS * _GYRO_BIAS
        self.unsteady = 0.0  # (rad/s)2/s: growth of the rate error of a modelled rotation
        self.kept = self.bias
        self.turned = array("f", [0.0] * (3 * _HISTORY))  # rotation so far at each of the last ticks
        self.sum = (0.0, 0.0, 0.0)
        self.error = (0.0, 0.0, 0.0)  # rad, body frame: last star sample minus attitude
        self.last = None
        self.rejected = 0
        self.leapt = (
            None  # rad, the error that the tracker showed from one sample to the next while the gyros agreed
        )
        self.told_tick = -100000
        self.silent = False
        self.aged = 0
        self.drift = GyroDrift()
        self.corrected = 0
        self.seen = self.sum  # rotation so far at the last star sample
        self.tick = site.epoch_tick

    def trust_gyros(self, trusted):
        """Rotation comes from gyros, or (False) from a model whose rate error the star tracker has to find."""
        if trusted == (self.unsteady == 0.0):
            return
        self._age()
        if trusted:
            self.bias = self.kept
            self.p_bias = _GYRO_BIAS * _GYRO_BIAS
            self.unsteady = 0.0
        else:
            self.kept = self.bias
            self.p_bias = _MODEL_RAD_S * _MODEL_RAD_S
            self.unsteady = _MODEL_WALK
        self.p_cross = 0.0

    def replace_frozen_gyro(self, ticks, change):
        """The gyros were frozen for the last `ticks`. Put in their place the turn before them, changed by what the
        thrusters did since (`change`, rad a tick). Returns the delta-angle now, rad a tick.

        Zeros believed for 0.1 s in the middle of a pitch-up would let the model start from rest.
        """
        then = self._rotation(self.tick - ticks)
        before = self._rotation(self.tick - ticks - 1)
        turn = [b - a for a, b in zip(before, then)]
        lost = [b + ticks * (x + 0.5 * d) - c for x, b, c, d in zip(turn, then, self.sum, change)]
        self.sum = tuple([a + b for a, b in zip(self.sum, lost)])
        self._remember(self.tick)
        if self.q is not None:
            self.q = q_turned(self.q, lost[0], lost[1], lost[2])
            self.axes = q_axes(self.q)
        self.inflate(_MODEL_RAD_S * _DT * ticks)
        return tuple([x + d + bias * _DT for x, d, bias in zip(turn, change, self.bias)])

    def _rotation(self, tick):
        """The rotation so far at one of the last ticks."""
        i = 3 * (tick % _HISTORY)
        return self.turned[i : i + 3]

    def propagate(self, dtheta, tick):
        """Turn by one tick of delta-angle, rad in the body frame."""
        bx, by, bz = self.bias
        x = dtheta[0] - bx * _DT
        y = dtheta[1] - by * _DT
        z = dtheta[2] - bz * _DT
        self.rate = x * _HZ, y * _HZ, z * _HZ
        a, b, c = self.sum
        self.sum = a + x, b + y, c + z
        self._remember(tick)
        if tick != self.tick + 1:
            self._fill(tick)
        self.tick = tick
        if self.q is not None:
            q = q_spun(self.q, x, y, z)
            self.q = q_tidied(q) if tick % SLOTS == TIDY else q  # rounding has moved the norm by 5e-7 at most
            if tick % MOON_TICKS == 0:
                self._turn_moon()
            self.axes = q_axes(self.q)

    def leap(self, dtheta, ticks):
        """Cross a gap of `ticks` with `dtheta` rad in each; what is not known of the rotation widens the angle."""
        x, y, z = [angle - bias * _DT for angle, bias in zip(dtheta, self.bias)]
        a, b, c = self.sum
        for i in range(1, ticks + 1):
            self.sum = a + i * x, b + i * y, c + i * z
            self._remember(self.tick + i)
        self.sum = a + ticks * x, b + ticks * y, c + ticks * z
        moons = (self.tick + ticks) // MOON_TICKS - self.tick // MOON_TICKS
        self.tick += ticks
        if self.q is not None:
            self.q = q_turned(self.q, ticks * x, ticks * y, ticks * z)
            for _ in range(moons):
                self._turn_moon()
            self.axes = q_axes(self.q)

    def resume(self, tick):
        """After a reset: `q` is that of `tick`."""
        self.tick = tick
        self.aged = tick
        self.known = self.q is not None
        if self.known:
            self.axes = q_axes(self.q)

    def inflate(self, angle_rad):
        """Add an error of the angle, rad 1 sigma, to its variance."""
        self.p_angle += angle_rad * angle_rad

    def _turn_moon(self):
        """Turn the attitude as the Moon turns, 2.7e-6 rad/s: as much as a gyro's bias, constant in the site frame."""
        x, y, z = self.moon_rate
        half = -0.5 * _DT * MOON_TICKS
        self.q = q_normalise(q_multiply((1.0, x * half, y * half, z * half), self.q))
        silent = self.tick - self.corrected > _SILENT_TICKS
        if silent and not self.silent:
            self.log(events.STAR_SILENT, (self.tick - self.corrected) * _DT, sqrt(self.p_angle), 0.0, 0.0)
        self.silent = silent

    def _fill(self, tick):
        """After lost ticks: fill their places in the ring, which still hold rotations of an earlier turn of it."""
        for missed in range(max(self.tick + 1, tick - _HISTORY + 1), tick):
            self._remember(missed)

    def _remember(self, tick):
        """The rotation so far as that at `tick`."""
        i = 3 * (tick % _HISTORY)
        turned = self.turned
        turned[i], turned[i + 1], turned[i + 2] = self.sum

    def inflate_for_gap(self, before, after, bridged, missed):
        """After lost ticks: the rate may have gone another way than on a line between two rotations, rad a tick."""
        x, y, z = before
        a, b, c = after
        change = _HZ * sqrt((a - x) * (a - x) + (b - y) * (b - y) + (c - z) * (c - z))  # rad/s
        gap = _DT * bridged
        sigma = gap * (_GAP_SHARE * change + _GAP_RAD_S2 * gap) + _GAP_RATE_RAD_S * _DT * (missed - bridged)
        self.p_angle += sigma * sigma

    def star(self, sample, tick, gyros_trusted):
        """Correct with a star sample (status, age ms, quaternion body to inertial) if it is fresh. True if used.

        Two gyros that agree outweigh a star tracker that does not; with gyros in doubt persistence opens the gate.
        """
        if sample[0] & (VALID | FRESH) != VALID | FRESH:
            return False
        w, x, y, z = sample[2:6]
        repeated = sample[2:6] == self.last  # noise never repeats: the tracker is frozen
        self.last = sample[2:6]
        if repeated or not 0.98 < w * w + x * x + y * y + z * z < 1.02:
            self._reject(0.0)
            return False
        measured = q_multiply(self._site_at(tick), sample[2:6])
        behind = sample[1] // 20
        if behind >= _HISTORY:
            return False
        then = self._rotation(tick - behind)
        a, b, c = self.sum
        measured = q_turned(q_normalise(measured), a - then[0], b - then[1], c - then[2])
        if self.q is None:
            self.q = measured
            self.known = True
            self.axes = q_axes(measured)
            self.p_angle = self.star_var
            self.corrected = tick
            self.seen = self.sum
            self.aged = tick
            return True
        self._age()
        if tick - self.corrected > _UNSEEN_TICKS:
            x, y, z = self.seen
            self.p_angle += (
                _TURN_ERROR * _TURN_ERROR * ((a - x) * (a - x) + (b - y) * (b - y) + (c - z) * (c - z))
            )
        self.corrected = tick
        self.seen = self.sum
        return self._correct(measured, gyros_trusted)

    def _site_at(self, tick):
        """Inertial to site: the site frame turns with the Moon, 2.7e-6 rad/s."""
        x, y, z = self.moon_rate
        half = -0.01 * tick
        return q_multiply(q_normalise((1.0, x * half, y * half, z * half)), self.site_from_inertial)

    def _reject(self, error2):
        self.rejected += 1
        if self.rejected == _REPORT_AFTER and self.tick - self.told_tick > _QUIET_TICKS:
            self.told_tick = self.tick
            self.log(events.STAR_REJECTED, sqrt(error2), sqrt(self.p_angle), 0.0, 0.0)

    def _correct(self, measured, gyros_trusted):
        e = q_multiply(q_conjugate(self.q), measured)
        two = 2.0 if e[0] >= 0.0 else -2.0
        x = two * e[1]
        y = two * e[2]
        z = two * e[3]
        self.error = x, y, z
        s = self.p_angle + self.star_var
        error2 = x * x + y * y + z * z
        if error2 > 3.0 * _GATE * s or (self.leapt and _stands(self.leapt, x, y, z)):
            if self.rejected == 0 and error2 > _LEAP * s:
                self.leapt = x, y, z
            self._reject(error2)
            if self.drift.leaving(x, y, z, self.rate, self.tick):
                self.leapt = None
                self.p_angle = error2
                self.p_bias = self.drift.slope2
                self.p_cross = 0.0
                self.log(events.GYROS_DRIFT, sqrt(self.p_bias), sqrt(error2), 0.0, 0.0)
                return False
            if not gyros_trusted:
                self.leapt = None
            self.p_angle += (1e-6 if gyros_trusted else 0.02) * error2
            return False
        self.leapt = None
        self.rejected = 0
        self.drift.samples = 0
        k = self.p_angle / s
        g = self.p_cross / s
        self.q = q_turned(self.q, k * x, k * y, k * z)
        self.axes = q_axes(self.q)
        bx, by, bz = self.bias
        self.bias = bx - g * x, by - g * y, bz - g * z
        self.p_bias -= g * self.p_cross
        self.p_angle *= 1.0 - k
        self.p_cross *= 1.0 - k
        return True

    def _age(self):
        """Bring the covariance up to date: the bias (its minus sign folded into p_cross) and the angular walk."""
        dt = _DT * (self.tick - self.aged)
        self.aged = self.tick
        self.p_angle += dt * (2.0 * self.p_cross + dt * self.p_bias + self.walk)
        self.p_cross += dt * self.p_bias
        self.p_bias += (1e-16 + self.unsteady) * dt


def _stands(leapt, x, y, z):
    """Whether a tracker still stands where it leapt to: the angle's growing variance does not make it right."""
    a, b, c = leapt
    x -= a
    y -= b
    z -= c
    return x * x + y * y + z * z < _BACK2 * (a * a + b * b + c * c)

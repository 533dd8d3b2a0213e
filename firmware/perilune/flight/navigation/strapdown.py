"""Position and velocity of the inertial units in the site frame, integrated at 50 Hz.

The site frame has its origin on the reference sphere, so that float32 resolves centimetres near the ground (a
Moon-centred radius has steps of 0.125 m and would not move at all at 1 m/s and 20 ms). Sums carry their rounding
error along (Kahan 1965): in coast nothing dithers it, and 35 000 equal roundings would add up.
"""

from math import sqrt

from perilune.flight.algebra import arctangent

_DT = 0.02
_AHEAD_S = 0.05  # half of the time from one look at gravity to the next


class Strapdown:
    """State, and the local level frame at it: up, downrange, crossrange as site-frame unit vectors."""

    def __init__(self, site):
        self.mu = site.mu_m3_s2
        self.radius = site.radius_m
        self.r = site.position_m
        self.v = site.velocity_m_s
        self.lost_r = (0.0, 0.0, 0.0)
        self.lost_v = (0.0, 0.0, 0.0)
        x, y, z = site.moon_rate_rad_s
        self.coriolis = 2.0 * x, 2.0 * y, 2.0 * z
        # -w x (w x R): constant at the site to 1e-6 m/s2 over the whole approach
        self.centrifugal = -x * z * self.radius, -y * z * self.radius, (x * x + y * y) * self.radius
        self.bias = (0.0, 0.0, 0.0)  # m/s2, specific-force error in the site frame
        self.force = (0.0, 0.0, 0.0)  # m/s2, specific force, site frame
        self.update_gravity()
        self.to_level_frame()
        self.surface_arcs()

    def propagate(self, axes, dtheta, dvel):
        """One tick: attitude `axes` at its end, body-frame delta-angle and delta-velocity within it."""
        x, y, z = dvel
        p, q, r = dtheta
        # to the frame at the tick's end (velocity rotation compensation, Savage 1998 eq. 7.2.2.2)
        a = x - 0.5 * (q * z - r * y)
        b = y - 0.5 * (r * x - p * z)
        c = z - 0.5 * (p * y - q * x)
        xx, xy, xz, yx, yy, yz, zx, zy, zz = axes
        bx, by, bz = self.bias
        a, b, c = (
            xx * a + yx * b + zx * c - bx * _DT,
            xy * a + yy * b + zy * c - by * _DT,
            xz * a + yz * b + zz * c - bz * _DT,
        )
        self.force = a * 50.0, b * 50.0, c * 50.0
        self.advance(a, b, c)

    def advance(self, a, b, c):
        """Add a site-frame delta-velocity and one tick of gravity and rotation."""
        x, y, z = self.r
        u, v, w = self.v
        fx, fy, fz = self.gravity_dv
        lu, lv, lw = self.lost_v
        a += fx - lu
        b += fy - lv
        c += fz - lw
        nu = u + a
        nv = v + b
        nw = w + c
        self.v = nu, nv, nw
        self.lost_v = (nu - u) - a, (nv - v) - b, (nw - w) - c
        lx, ly, lz = self.lost_r
        a = 0.01 * (u + nu) - lx
        b = 0.01 * (v + nv) - ly
        c = 0.01 * (w + nw) - lz
        u = x + a
        v = y + b
        w = z + c
        self.r = u, v, w
        self.lost_r = (u - x) - a, (v - y) - b, (w - z) - c

    def update_gravity(self):
        """Gravity and rotation in the middle of the next five ticks, m/s a tick: they change by 2e-4 m/s2 meanwhile.

        To be called in the schedule's slot, and after a gap.
        """
        x, y, z = self.r
        u, v, w = self.v
        k, m, n = self.coriolis
        cx, cy, cz = self.centrifugal
        gx, gy, gz = self.gravity(x + _AHEAD_S * u, y + _AHEAD_S * v, z + _AHEAD_S * w)
        self.gravity_dv = (
            _DT * (gx + cx + n * v - m * w),
            _DT * (gy + cy + k * w - n * u),
            _DT * (gz + cz + m * u - k * v),
        )

    def leap(self, axes, dvel, ticks):
        """Cross a gap of `ticks` at once: body-frame delta-velocity `dvel` per tick (None: free fall), `axes` halfway.

        Gravity at the middle of the way, so a fifth of a second costs less than a millimetre.
        """
        t = _DT * ticks
        x, y, z = self.r
        u, v, w = self.v
        k, m, n = self.coriolis
        cx, cy, cz = self.centrifugal
        h = 0.5 * t
        a, b, c = self.gravity(x + h * u, y + h * v, z + h * w)
        a += cx + n * v - m * w
        b += cy + k * w - n * u
        c += cz + m * u - k * v
        if dvel is not None:
            p, q, r = dvel
            fx = 50.0 * (axes[0] * p + axes[3] * q + axes[6] * r) - self.bias[0]
            fy = 50.0 * (axes[1] * p + axes[4] * q + axes[7] * r) - self.bias[1]
            fz = 50.0 * (axes[2] * p + axes[5] * q + axes[8] * r) - self.bias[2]
            self.force = fx, fy, fz
            a += fx
            b += fy
            c += fz
        self.r = x + t * (u + h * a), y + t * (v + h * b), z + t * (w + h * c)
        self.v = u + t * a, v + t * b, w + t * c

    def gravity(self, x, y, z):
        """Central gravity at a site-frame point, m/s2."""
        z += self.radius
        s = x * x + y * y + z * z
        k = -self.mu / (s * sqrt(s))
        return k * x, k * y, k * z

    def to_level_frame(self):
        """Express the state in the local level frame: altitude, arcs from the site, velocity components."""
        x, y, z = self.r
        big = self.radius
        c = z + big
        plane2 = x * x + c * c
        rho = sqrt(plane2 + y * y)
        plane = sqrt(plane2)
        # |r| - R without its cancellation: 0.012 m instead of 0.19 m in float32
        self.altitude = (x * x + y * y + z * z + 2.0 * big * z) / (rho + big)
        self.rho = rho
        k = 1.0 / rho
        ux = x * k
        uy = y * k
        uz = c * k
        sx = c / plane
        sz = -x / plane
        self.axis_up = ux, uy, uz
        self.axis_downrange = sx, 0.0, sz
        self.axis_crossrange = uy * sz, uz * sx - ux * sz, -uy * sx
        u, v, w = self.v
        self.v_up = u * ux + v * uy + w * uz
        self.v_downrange = u * sx + w * sz
        lx, ly, lz = self.axis_crossrange
        self.v_crossrange = u * lx + v * ly + w * lz

    def carry(self):
        """One tick on from where it was located: velocity in the level frame of then, altitude and way ahead."""
        u, v, w = self.v
        a, b, c = self.axis_up
        d, _e, f = self.axis_downrange
        g, h, i = self.axis_crossrange
        up = u * a + v * b + w * c
        downrange = u * d + w * f
        self.v_up = up
        self.v_downrange = downrange
        self.v_crossrange = u * g + v * h + w * i
        self.altitude += _DT * up
        self.downrange += _DT * downrange

    def surface_arcs(self):
        """Distances from the site along the sphere, m: downrange, crossrange."""
        x, y, z = self.r
        big = self.radius
        self.downrange = big * arctangent(x / (z + big))
        self.crossrange = big * y / self.rho

    def to_site(self, up, downrange, crossrange):
        """A vector given up, downrange, crossrange as a site-frame vector."""
        a, b, c = self.axis_up
        d, _e, f = self.axis_downrange
        g, h, i = self.axis_crossrange
        return (
            up * a + downrange * d + crossrange * g,
            up * b + crossrange * h,
            up * c + downrange * f + crossrange * i,
        )

    def to_level(self, x, y, z):
        """A site-frame vector as its components up, downrange, crossrange."""
        a, b, c = self.axis_up
        d, _e, f = self.axis_downrange
        g, h, i = self.axis_crossrange
        return x * a + y * b + z * c, x * d + z * f, x * g + y * h + z * i

    def correct(self, dr, dv):
        """Move the state by filter corrections given up, downrange, crossrange."""
        up, downrange, crossrange = dr
        x, y, z = self.to_site(up, downrange, crossrange)
        a, b, c = self.r
        self.r = a + x, b + y, c + z
        self.altitude += up
        self.downrange += downrange
        self.crossrange += crossrange
        up, downrange, crossrange = dv
        x, y, z = self.to_site(up, downrange, crossrange)
        a, b, c = self.v
        self.v = a + x, b + y, c + z
        self.v_up += up
        self.v_downrange += downrange
        self.v_crossrange += crossrange

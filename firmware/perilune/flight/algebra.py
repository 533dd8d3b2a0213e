"""Quaternions and the few functions the flight code needs, from + - * / and sqrt alone.

Those operations round the same on every board and on the laptop; library sines and logarithms do not.
Quaternions are (w, x, y, z), Hamilton product, and map the first-named frame into the second (body to site).
"""

from math import sqrt


def q_multiply(p, q):
    """Hamilton product p q: apply q first, then p."""
    a, b, c, d = p
    e, f, g, h = q
    return (
        a * e - b * f - c * g - d * h,
        a * f + b * e + c * h - d * g,
        a * g - b * h + c * e + d * f,
        a * h + b * g - c * f + d * e,
    )


def q_conjugate(q):
    """The inverse of a unit quaternion."""
    return q[0], -q[1], -q[2], -q[3]


def q_normalise(q):
    """q scaled to unit length. Raises ZeroDivisionError for the zero quaternion."""
    w, x, y, z = q
    k = 1.0 / sqrt(w * w + x * x + y * y + z * z)
    return w * k, x * k, y * k, z * k


def q_turned(q, x, y, z):
    """q followed by the body-frame rotation vector (x, y, z) rad, normalised; exact to fourth order in the angle."""
    return q_tidied(q_spun(q, x, y, z))


def q_tidied(q):
    """q, whose norm is 1 but for rounding, normalised by one Newton step."""
    e, f, g, h = q
    n = 1.5 - 0.5 * (e * e + f * f + g * g + h * h)
    return e * n, f * n, g * n, h * n


def q_spun(q, x, y, z):
    """q followed by the body-frame rotation vector (x, y, z) rad, not normalised; exact to fourth order."""
    a, b, c, d = q
    half2 = 0.25 * (x * x + y * y + z * z)
    w = 1.0 - half2 * (0.5 - half2 * 0.0416666679)
    k = 0.5 - half2 * (0.0833333358 - half2 * 0.0041666669)
    x *= k
    y *= k
    z *= k
    return (
        a * w - b * x - c * y - d * z,
        a * x + b * w + c * z - d * y,
        a * y - b * z + c * w + d * x,
        a * z + b * y - c * x + d * w,
    )


def q_axes(q):
    """The body axes x, y, z in the outer frame: nine direction cosines, column by column."""
    w, x, y, z = q
    x2 = x + x
    y2 = y + y
    z2 = z + z
    xx = x * x2
    yy = y * y2
    zz = z * z2
    xy = x * y2
    xz = x * z2
    yz = y * z2
    wx = w * x2
    wy = w * y2
    wz = w * z2
    return (
        1.0 - (yy + zz),
        xy + wz,
        xz - wy,
        xy - wz,
        1.0 - (xx + zz),
        yz + wx,
        xz + wy,
        yz - wx,
        1.0 - (xx + yy),
    )


def q_from_axes(m):
    """Unit quaternion of nine direction cosines as `q_axes` gives them (Shepperd, J. Guidance 1978)."""
    xx, xy, xz, yx, yy, yz, zx, zy, zz = m
    trace = xx + yy + zz
    if trace > xx and trace > yy and trace > zz:
        q = (1.0 + trace, yz - zy, zx - xz, xy - yx)
    elif xx >= yy and xx >= zz:
        q = (yz - zy, 1.0 + xx - yy - zz, xy + yx, zx + xz)
    elif yy >= zz:
        q = (zx - xz, xy + yx, 1.0 - xx + yy - zz, yz + zy)
    else:
        q = (xy - yx, zx + xz, yz + zy, 1.0 - xx - yy + zz)
    return q_normalise(q)


def cross(ax, ay, az, bx, by, bz):
    """The vector product a x b."""
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx


def clamp(x, low, high):
    """x limited to low..high."""
    return low if x < low else high if x > high else x


def arctangent(t):
    """atan(t) in rad for |t| <= 1, to 2e-7; halves the angle once, then the Taylor series."""
    t = t / (1.0 + sqrt(1.0 + t * t))
    s = t * t
    return (
        2.0
        * t
        * (1.0 - s * (0.333333343 - s * (0.2 - s * (0.142857149 - s * (0.111111112 - s * 0.0909090936)))))
    )


def delta_v(propellant_kg, dry_mass_kg, exhaust_m_s):
    """What burning propellant_kg down to the dry mass gives, m/s: the rocket equation (Tsiolkovsky 1903)."""
    return exhaust_m_s * logarithm(max(1.0, 1.0 + propellant_kg / dry_mass_kg))


def logarithm(x):
    """ln(x) for x >= 1: to 1e-6 up to 3, to 3e-4 at 10; as 2 atanh((x - 1) / (x + 1)) after one square root."""
    r = sqrt(x)
    z = (r - 1.0) / (r + 1.0)
    s = z * z
    return 4.0 * z * (1.0 + s * (0.333333343 + s * (0.2 + s * (0.142857149 + s * 0.111111112))))

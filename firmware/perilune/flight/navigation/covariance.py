"""Error covariance of the ten coupled navigation errors, in the local level frame.

  0 AGL            height above the ground, m
  1 TERRAIN        ground above the map prior, m
  2 DOWNRANGE 3 CROSSRANGE   horizontal position, m
  4 V_UP 5 V_DOWNRANGE 6 V_CROSSRANGE      velocity, m/s
  7 B_UP 8 B_DOWNRANGE 9 B_CROSSRANGE      specific-force error, m/s2

Height above ground is itself a state: with [altitude, terrain] instead, re-acquiring an altimeter after a long
silence (P/R of 1e12) cancels the variance to zero or below in float32. Altitude error is AGL + TERRAIN.
"""

from math import sqrt

try:
    from perilune.flight.navigation.rows_thumb import (
        add,
        downdate,
        factor,
        floor,
        mirror,
        row,
        scale,
        square,
    )
except (ImportError, SyntaxError):  # another processor, or CPython
    from perilune.flight.navigation.rows import (
        add,
        downdate,
        factor,
        floor,
        mirror,
        row,
        scale,
        square,
    )

AGL = 0
TERRAIN = 1
DOWNRANGE = 2
CROSSRANGE = 3
V_UP = 4
V_DOWNRANGE = 5
V_CROSSRANGE = 6
B_UP = 7
B_DOWNRANGE = 8
B_CROSSRANGE = 9
SIZE = 10

_FLOOR = (
    0.25,
    1e-2,
    1.0,
    1.0,
    1e-4,
    1e-4,
    1e-4,
    1e-10,
    1e-10,
    1e-10,
)  # variances never claimed to be smaller


class Covariance:
    """Symmetric 10 x 10 matrix, kept whole: propagation adds rows and columns."""

    def __init__(self, variances):
        self.matrix, self.rows = square()
        for i in range(SIZE):
            self.rows[i][i] = variances[i]
        self.lowest = row(_FLOOR)
        self.gains = row(_FLOOR)
        self.column = row(_FLOOR)  # of a measurement's direction ...
        self.direction = None  # ... which this is; None: the errors have changed since
        self.factor = factor()
        self.considered = (
            0.0  # velocity variance of what no averaging removes: counted in sigmas, not in gains
        )

    def couple(self, i, j, f):
        """Error i grows by f times error j: P <- (I + f e_i e_j') P (I + f e_j e_i')."""
        self.direction = None
        rows = self.rows
        a = rows[i]
        self.factor[0] = f
        add(a, rows[j], self.factor)
        a[i] += f * a[j]
        mirror(self.matrix, i)

    def add_variance(self, i, q):
        """White noise of variance q into error i."""
        self.direction = None
        self.rows[i][i] += q

    def inflate_velocity(self, direction, variance):
        """The velocity along `direction` (up, downrange, crossrange) may be wrong by more than thought."""
        a, b, c = direction
        self.add_variance(V_UP, variance * a * a)
        self.add_variance(V_DOWNRANGE, variance * b * b)
        self.add_variance(V_CROSSRANGE, variance * c * c)

    def sigma(self, i):
        """1 sigma of error i."""
        return sqrt(self.rows[i][i])

    def move_terrain(self, variance, limit):
        """The ground under the vehicle changes: TERRAIN takes a step of that variance, AGL the opposite one.

        TERRAIN then is held to sigma <= limit at unchanged altitude error: a random walk without the bound would
        claim kilometres before the first echo, a zero-mean Gauss-Markov process would drag the datum.
        """
        self.direction = None
        p = self.rows
        p[AGL][AGL] += variance
        p[TERRAIN][TERRAIN] += variance
        p[AGL][TERRAIN] -= variance
        p[TERRAIN][AGL] = p[AGL][TERRAIN]
        if p[TERRAIN][TERRAIN] > limit * limit:
            # scaling TERRAIN by k at fixed altitude = AGL + (1 - k) TERRAIN, then k TERRAIN
            k = limit / sqrt(p[TERRAIN][TERRAIN])
            self.couple(AGL, TERRAIN, 1.0 - k)
            self.scale(TERRAIN, k)

    def renew_height(self, altitude, ground):
        """Height above ground and ground anew, from variances of the altitude and of the ground; neither goes with
        any other error."""
        self.direction = None
        p = self.rows
        for i in range(SIZE):
            p[AGL][i] = p[i][AGL] = 0.0  # type: ignore
            p[TERRAIN][i] = p[i][TERRAIN] = 0.0  # type: ignore
        p[AGL][AGL] = altitude + ground
        p[TERRAIN][TERRAIN] = ground
        p[AGL][TERRAIN] = p[TERRAIN][AGL] = -ground

    def renew_force(self, variance):
        """Specific-force errors anew, of that variance; they go with no other error."""
        self.direction = None
        p = self.rows
        for i in (B_UP, B_DOWNRANGE, B_CROSSRANGE):
            for j in range(SIZE):
                p[i][j] = p[j][i] = 0.0  # type: ignore
            p[i][i] = variance

    def scale(self, i, k):
        """Error i becomes k times itself."""
        self.direction = None
        a = self.rows[i]
        self.factor[0] = k
        scale(a, a, self.factor)
        a[i] *= k
        mirror(self.matrix, i)

    def observe(self, i, innovation, r):
        """Scalar measurement of error i itself, noise variance r. Returns the ten corrections.

        Row and column i shrink by r/S exactly, so nothing cancels however large P/R is.
        """
        self.direction = None
        column = self.rows[i]
        inverse = 1.0 / (column[i] + r)
        gains = self.gains
        by = self.factor
        by[0] = inverse
        scale(gains, column, by)
        downdate(self.matrix, column, gains, by)
        by[0] = r * inverse
        scale(column, column, by)
        mirror(self.matrix, i)
        floor(self.matrix, self.lowest)
        by[0] = innovation
        scale(gains, gains, by)
        return gains

    def observe_velocity(self, direction, innovation, r):
        """Scalar measurement of velocity along `direction` (up, downrange, crossrange), variance r. Ten corrections.

        Doppler errors are mostly beam alignment, which does not average out. Once velocity is known as well as a
        beam says it, its scatter must not be read as height or position through their long-grown correlations: those
        four errors then are only considered (Schmidt 1966), their gain is zero.
        """
        column = self.column if direction is self.direction else self.along(direction)
        self.direction = None
        a, b, c = direction
        own = a * column[V_UP] + b * column[V_DOWNRANGE] + c * column[V_CROSSRANGE]
        gains = self.gains
        by = self.factor
        by[0] = 1.0 / (own + r)
        scale(gains, column, by)
        if own <= r:
            gains[AGL] = gains[TERRAIN] = gains[DOWNRANGE] = gains[CROSSRANGE] = 0.0
        downdate(self.matrix, column, gains, by)
        if own <= r:
            for i in range(V_UP, SIZE):
                mirror(self.matrix, i)
        floor(self.matrix, self.lowest)
        by[0] = innovation
        scale(gains, gains, by)
        return gains

    def no_corrections(self):
        """Ten corrections, all zero."""
        return row([0.0] * SIZE)

    def clear(self, corrections):
        """Make ten corrections zero again."""
        self.factor[0] = 0.0
        scale(corrections, corrections, self.factor)

    def gather(self, corrections, more):
        """Add ten corrections to others."""
        self.factor[0] = 1.0
        add(corrections, more, self.factor)

    def along(self, direction):
        """Covariance of every error with the velocity error along `direction` (up, downrange, crossrange).

        It is kept for the same direction until the errors change: a beam's variance is asked before it is taken in.
        """
        rows = self.rows
        column = self.column
        by = self.factor
        by[0] = direction[0]
        scale(column, rows[V_UP], by)
        by[0] = direction[1]
        add(column, rows[V_DOWNRANGE], by)
        by[0] = direction[2]
        add(column, rows[V_CROSSRANGE], by)
        self.direction = direction
        return column

    def velocity_variance(self, direction):
        """Variance of the velocity error along `direction` (up, downrange, crossrange), all things considered."""
        column = self.along(direction)
        a, b, c = direction
        return self.considered + a * column[V_UP] + b * column[V_DOWNRANGE] + c * column[V_CROSSRANGE]

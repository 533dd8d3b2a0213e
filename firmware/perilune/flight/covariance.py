"""Error covariance of the ten coupled navigation errors, in the local level frame.

  0 AGL            height above the ground, m
  1 TERRAIN        ground above the map prior, m
  2 AHEAD 3 LEFT   horizontal position, m
  4 V_UP 5 V_AHEAD 6 V_LEFT      velocity, m/s
  7 B_UP 8 B_AHEAD 9 B_LEFT      specific-force error, m/s2

Height above ground is itself a state: with [altitude, terrain] instead, re-acquiring an altimeter after a long
silence (P/R of 1e12) cancels the variance to zero or below in float32. Altitude error is AGL + TERRAIN.
"""

from math import sqrt

AGL = 0
TERRAIN = 1
AHEAD = 2
LEFT = 3
V_UP = 4
V_AHEAD = 5
V_LEFT = 6
B_UP = 7
B_AHEAD = 8
B_LEFT = 9
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


def plus(a, f, b):
    """a + f b for rows. Written out: a loop over the elements takes twice as long on a board."""
    a0, a1, a2, a3, a4, a5, a6, a7, a8, a9 = a
    b0, b1, b2, b3, b4, b5, b6, b7, b8, b9 = b
    return [
        a0 + f * b0,
        a1 + f * b1,
        a2 + f * b2,
        a3 + f * b3,
        a4 + f * b4,
        a5 + f * b5,
        a6 + f * b6,
        a7 + f * b7,
        a8 + f * b8,
        a9 + f * b9,
    ]


class Covariance:
    """Symmetric 10 x 10 matrix, kept whole (rows are lists): propagation adds rows and columns.

    Rows change in place: new ones would wander up the heap, and a collection on a board sweeps as far as they got.
    """

    def __init__(self, variances):
        self.rows = [[0.0] * SIZE for _ in range(SIZE)]
        for i in range(SIZE):
            self.rows[i][i] = variances[i]
        self.floor = list(_FLOOR)
        self.considered = (
            0.0  # velocity variance of what no averaging removes: counted in sigmas, not in gains
        )

    def couple(self, i, j, f):
        """Error i grows by f times error j: P <- (I + f e_i e_j') P (I + f e_j e_i')."""
        rows = self.rows
        a = rows[i]
        a[:] = plus(a, f, rows[j])
        a[i] += f * a[j]
        self._mirror(i, a)

    def _mirror(self, i, row):
        """Column i as row i."""
        a, b, c, d, e, f, g, h, j, k = self.rows
        a[i], b[i], c[i], d[i], e[i], f[i], g[i], h[i], j[i], k[i] = row

    def add_variance(self, i, q):
        """White noise of variance q into error i."""
        self.rows[i][i] += q

    def open_velocity(self, direction, variance):
        """The velocity along `direction` (up, ahead, left) may be wrong by more than thought."""
        a, b, c = direction
        self.add_variance(V_UP, variance * a * a)
        self.add_variance(V_AHEAD, variance * b * b)
        self.add_variance(V_LEFT, variance * c * c)

    def sigma(self, i):
        """1 sigma of error i."""
        return sqrt(self.rows[i][i])

    def move_terrain(self, variance, limit):
        """The ground under the vehicle changes: TERRAIN takes a step of that variance, AGL the opposite one.

        TERRAIN then is held to sigma <= limit at unchanged altitude error: a random walk without the bound would
        claim kilometres before the first echo, a zero-mean Gauss-Markov process would drag the datum.
        """
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

    def scale(self, i, k):
        """Error i becomes k times itself."""
        row = self.rows[i]
        row[:] = [k * x for x in row]
        row[i] *= k
        self._mirror(i, row)

    def observe(self, i, innovation, r):
        """Scalar measurement of error i itself, noise variance r. Returns the ten corrections.

        Row and column i shrink by r/S exactly, so nothing cancels however large P/R is.
        """
        rows = self.rows
        column = rows[i]
        s = column[i] + r
        inverse = 1.0 / s
        gains = [x * inverse for x in column]
        keep = r * inverse
        for j in range(SIZE):
            if j != i:
                rows[j][:] = plus(rows[j], -gains[j], column)
        column[:] = [keep * x for x in column]
        self._mirror(i, column)
        self._floor()
        return [g * innovation for g in gains]

    def observe_velocity(self, direction, innovation, r):
        """Scalar measurement of velocity along `direction` (up, ahead, left), noise variance r. Ten corrections.

        Doppler errors are mostly beam alignment, which does not average out. Once velocity is known as well as a
        beam says it, its scatter must not be read as height or position through their long-grown correlations: those
        four errors then are only considered (Schmidt 1966), their gain is zero.
        """
        rows = self.rows
        column = self.along(direction)
        a, b, c = direction
        own = a * column[V_UP] + b * column[V_AHEAD] + c * column[V_LEFT]
        first = 0 if own > r else V_UP
        inverse = 1.0 / (own + r)
        gains = [x * inverse for x in column]
        for j in range(first, SIZE):
            rows[j][:] = plus(rows[j], -gains[j], column)
        for j in range(first):
            row = rows[j]
            for k in range(first, SIZE):
                row[k] = rows[k][j]
            gains[j] = 0.0
        self._floor()
        return [g * innovation for g in gains]

    def along(self, direction):
        """Covariance of every error with the velocity error along `direction` (up, ahead, left)."""
        a, b, c = direction
        return [a * row[V_UP] + b * row[V_AHEAD] + c * row[V_LEFT] for row in self.rows]

    def velocity_variance(self, direction):
        """Variance of the velocity error along `direction` (up, ahead, left), all things considered."""
        a, b, c = direction
        p = self.rows
        return (
            self.considered
            + a * a * p[V_UP][V_UP]
            + b * b * p[V_AHEAD][V_AHEAD]
            + c * c * p[V_LEFT][V_LEFT]
            + 2.0 * (a * b * p[V_UP][V_AHEAD] + a * c * p[V_UP][V_LEFT] + b * c * p[V_AHEAD][V_LEFT])
        )

    def _floor(self):
        rows = self.rows
        i = 0
        for low in self.floor:
            if rows[i][i] < low:
                rows[i][i] = low
            i += 1

"""Rows of ten floats and matrices of ten such rows, changed in place: the arithmetic of the covariance.

Rows change in place: new ones would wander up the heap, and a collection on a board sweeps as far as they got.
"""


def square():
    """A matrix of ten rows: for `downdate`, `mirror` and `floor`, and as its rows."""
    rows = [[0.0] * 10 for _ in range(10)]
    return rows, rows


def row(values):
    """Ten numbers that change in place."""
    return list(values)


def factor():
    """A factor, at index 0."""
    return [0.0]


def plus(a, f, b):
    """a + f b for rows. Written out: a loop over the elements takes twice as long."""
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


def add(a, b, factor):
    """a += factor b for rows."""
    a[:] = plus(a, factor[0], b)


def scale(a, b, factor):
    """a = factor b for rows; they may be the same."""
    f = factor[0]
    a[:] = [f * x for x in b]


def downdate(matrix, column, gains, _factor):
    """Every row less its gain times `column`, but for rows without a gain and `column` itself."""
    i = 0
    for a in matrix:
        gain = gains[i]
        if gain != 0.0 and a is not column:
            a[:] = plus(a, -gain, column)
        i += 1


def mirror(matrix, i):
    """Column i as row i."""
    a, b, c, d, e, f, g, h, j, k = matrix
    a[i], b[i], c[i], d[i], e[i], f[i], g[i], h[i], j[i], k[i] = matrix[i]


def floor(matrix, lowest):
    """No diagonal element below its lowest, which is positive."""
    i = 0
    for low in lowest:
        a = matrix[i]
        if a[i] < low:
            a[i] = low
        i += 1

# What the virtual machine is trained on (see build.py): arithmetic, attributes, calls and packed frames in the mix of a
# flight's tick. Nothing of it flies.
from binascii import crc32
from math import sqrt
from struct import calcsize, pack_into, unpack_from

import micropython  # pyright: ignore[reportMissingImports]

LAYOUT = ">BBBIBB" + "Bf" * 40
SIZE = calcsize(LAYOUT)


class Turn:
    def __init__(self):
        self.q = (1.0, 0.0, 0.0, 0.0)
        self.rate = (0.0, 0.0, 0.0)
        self.count = 0

    @micropython.native
    def propagate(self, x, y, z):
        a, b, c, d = self.q
        k = 0.5 - 0.0208 * (x * x + y * y + z * z)
        x *= k
        y *= k
        z *= k
        e = a - b * x - c * y - d * z
        f = a * x + b + c * z - d * y
        g = a * y - b * z + c + d * x
        h = a * z + b * y - c * x + d
        n = 1.5 - 0.5 * (e * e + f * f + g * g + h * h)
        self.q = e * n, f * n, g * n, h * n
        self.rate = x * 50.0, y * 50.0, z * 50.0
        self.count += 1

    @micropython.native
    def axes(self):
        w, x, y, z = self.q
        xy = x * y
        xz = x * z
        yz = y * z
        return 1.0 - 2.0 * (y * y + z * z), 2.0 * (xy + w * z), 2.0 * (xz - w * y), 2.0 * (yz + w * x)


class Move:
    def __init__(self):
        self.mu = 4.9e12
        self.radius = 1737400.0
        self.r = (0.0, 0.0, 15000.0)
        self.v = (1690.0, 0.0, 0.0)
        self.lost = (0.0, 0.0, 0.0)

    @micropython.native
    def propagate(self, axes, dvel):
        x, y, z = self.r
        u, v, w = self.v
        lu, lv, lw = self.lost
        p = z + self.radius
        s = x * x + y * y + p * p
        k = -0.02 * self.mu / (s * sqrt(s))
        a = dvel[0] * axes[0] + k * x - lu
        b = dvel[1] * axes[1] + k * y - lv
        c = dvel[2] * axes[2] + k * p - lw
        self.v = u + a, v + b, w + c
        self.lost = (self.v[0] - u) - a, (self.v[1] - v) - b, (self.v[2] - w) - c
        self.r = x + 0.02 * u, y + 0.02 * v, z + 0.02 * w
        if self.r[2] < 0.0 or not -2000.0 < u < 2000.0:
            self.r = (0.0, 0.0, 15000.0)
            self.v = (1690.0, 0.0, 0.0)


class Filter:
    def __init__(self):
        self.rows = [[1.0 if i == j else 0.01 for j in range(7)] for i in range(7)]
        self.state = [0.0] * 7

    @micropython.native
    def observe(self, error, variance):
        row = self.rows[2]
        k = 1.0 / (row[2] + variance)
        column = [x * k for x in row]
        for i in range(7):
            self.state[i] += column[i] * error
            line = self.rows[i]
            c = column[i]
            for j in range(7):
                line[j] -= c * row[j]
            line[i] += 0.01


class Unit:
    def __init__(self):
        self.good = False
        self.last = (0.0, 0.0, 0.0)
        self.same = 0
        self.wait = 0

    @micropython.native
    def take(self, sample):
        self.same = self.same + 1 if sample == self.last else 0
        self.last = sample
        self.good = self.same < 4
        self.wait = max(0, self.wait - 1)


class Valves:
    def __init__(self):
        self.carry = [0.0, 0.0, 0.0]
        self.on_ms = [0] * 16

    @micropython.native
    def update(self, rate):
        for i in range(3):
            owed = self.carry[i] + 900.0 * rate[i]
            if not -20.0 < owed < 20.0:
                owed = 20.0 if owed > 0.0 else -20.0
            pulse = int(abs(owed))
            self.carry[i] = owed - pulse
            self.on_ms[i] = min(20, pulse)


class Tick:
    def __init__(self):
        self.turn = Turn()
        self.move = Move()
        self.filter = Filter()
        self.units = (Unit(), Unit())
        self.valves = Valves()
        self.row = [0] * (6 + 80)
        self.mode = 0

    @property
    def good(self):
        return self.units[0].good or self.units[1].good

    @micropython.native
    def step(self, inbuf, n, outbuf):
        if crc32(memoryview(inbuf)[0:n]) == 1:
            return 0
        raw = unpack_from(LAYOUT, inbuf, 0)
        tick = raw[3]
        for unit in self.units:
            unit.take(raw[7:10])
        x = 1e-5 * (raw[5] - 128)
        self.turn.propagate(x, -x, 0.5 * x)
        self.move.propagate(self.turn.axes(), (0.01, x, 0.03))
        if tick % 5 == 2 and self.good:
            self.filter.observe(x, 0.2)
        self.valves.update(self.turn.rate)
        values = [tick, self.mode]
        values += self.move.r
        values += self.turn.q
        values += self.filter.state
        values += self.valves.on_ms
        row = self.row
        i = 7
        for value in values:
            row[i] = value
            i += 2
        row[3] = tick
        pack_into(LAYOUT, outbuf, 0, *row)
        pack_into("<I", outbuf, SIZE, crc32(memoryview(outbuf)[0:SIZE]))
        return SIZE + 4


step = Tick().step

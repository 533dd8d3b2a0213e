"""A pilot who sees the truth: flies a descent to a point above the site without flight software or sensors.

Guidance: linear tangent in time, the polynomial law with free end acceleration ("E-guidance", Cherry, AIAA 64-638);
attitude: proportional, integral and rate terms on the thrusters. Only for checks of the world itself.
"""

from collections.abc import Sequence
from math import sqrt

from perilune.wire import schema
from perilune_host.codec import LAYOUTS
from perilune_sim import config
from perilune_sim.parameters import thruster_groups
from perilune_sim.world.start import MU_M3_S2, RADIUS_M, local_axes
from perilune_sim.world.truth import Truth
from perilune_sim.world.vectors import add, conjugate, cross, dot, from_axes, multiply, norm, scaled, unit

_ITEMS = [item[0] for item in schema.items(schema.ACTUATORS)]
_THROTTLE, _ENABLE, _RCS = (_ITEMS.index(name) for name in ("throttle_0", "engine_enable", "rcs_on_ms_0"))
END_DECELERATION_M_S2 = -2.5


class Pilot:
    """Commands for one vehicle; `done` once the aim point is a second away."""

    def __init__(self, vehicle: config.Vehicle, aim_m: Sequence[float] = (500.0, -100.0, 0.0)) -> None:
        self._thrust_n = sum(engine.thrust_n for engine in vehicle.propulsion.engines)
        self._engines = len(vehicle.propulsion.engines)
        self._inertia = vehicle.mass.inertia_wet_kg_m2
        self._masks, self._torques = thruster_groups(vehicle.rcs, vehicle.mass.com_wet_m)
        self._aim = aim_m  # up from the ground, downrange, left
        self._end = [-10.0, 10.0, 0.0]  # velocity there, the same order
        self._trim = [0.0, 0.0, 0.0]
        self.burning = False
        self.done = False

    def command(self, now: Truth) -> bytes:
        """The ACTUATORS payload for the next tick."""
        push = self._acceleration(now)
        self.burning = self.burning or now.mass_kg * norm(push) > 0.88 * self._thrust_n
        row = [0] * len(_ITEMS)
        if self.burning:
            throttle = min(1.0, now.mass_kg * norm(push) / self._thrust_n)
            row[_ENABLE] = 2**self._engines - 1
            row[_THROTTLE : _THROTTLE + self._engines] = [round(1e4 * throttle)] * self._engines
        row[_RCS : _RCS + schema.THRUSTERS] = self._thrusters(now, push)
        return LAYOUTS[schema.ACTUATORS].pack(row)

    def _acceleration(self, now: Truth) -> list[float]:
        """Thrust acceleration, site frame: what the law asks for less gravity and the curvature of the path."""
        up, along, left = local_axes(list(now.position_m))
        speed = [dot(axis, now.velocity_m_s) for axis in (up, along, left)]
        gap = [self._aim[0] - now.agl_m, self._aim[1] - now.downrange_m, self._aim[2] - now.left_m]
        time = self._time_to_go(gap[1], speed[1], self._end[1])
        self.done = self.burning and time < 1.0
        total = [
            6 * d / time**2 - (4 * v + 2 * end) / time
            for d, v, end in zip(gap, speed, self._end, strict=True)
        ]
        radius = RADIUS_M + now.altitude_m
        total[0] += MU_M3_S2 / radius**2 - (speed[1] ** 2 + speed[2] ** 2) / radius
        return add(add(scaled(up, total[0]), along, total[1]), left, total[2])

    def _time_to_go(self, gap: float, v: float, end: float) -> float:
        """Time after which the downrange deceleration ends at its set value: af T^2 - (2 v + 4 vf) T + 6 D = 0."""
        a, b = END_DECELERATION_M_S2, 2 * v + 4 * end
        return max(0.5, (b - sqrt(max(0.0, b * b - 24 * a * gap))) / (2 * a))

    def _thrusters(self, now: Truth, push: list[float]) -> list[int]:
        """On-times: body z along the thrust, body y to the right of the flight path."""
        _, along, _ = local_axes(list(now.position_m))
        up = unit(add(now.position_m, [0.0, 0.0, RADIUS_M]))
        z = unit(push)
        y = cross(along, up)
        y = unit(add(y, z, -dot(y, z)))
        error = multiply(conjugate(now.attitude), from_axes(cross(y, z), y, z))
        sign = 2.0 if error[0] >= 0 else -2.0
        on_ms = [0] * schema.THRUSTERS
        for axis in range(3):
            angle = sign * error[1 + axis]
            self._trim[axis] += 0.002 * max(
                -0.05, min(0.05, angle)
            )  # holds against thrust beside the centre of mass
            torque = self._inertia[axis] * (0.6 * angle + self._trim[axis] - 1.4 * now.rate_rad_s[axis])
            group = 2 * axis + (torque < 0)
            duty = min(20, round(20 * abs(torque) / self._torques[group]))
            for n in range(schema.THRUSTERS):
                if self._masks[group] >> n & 1:
                    on_ms[n] = min(20, on_ms[n] + duty)
        return on_ms

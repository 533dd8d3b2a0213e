"""World: everything outside the flight computer, stepped 20 ms at a time."""

import struct
from math import hypot
from typing import Any

import numpy as np
from msgspec.structs import replace

from perilune.wire import schema
from perilune_host.codec import LAYOUTS
from perilune_host.errors import InputError
from perilune_sim import config
from perilune_sim.elevation import cutout
from perilune_sim.world import effects, gravity, ground, knowledge
from perilune_sim.world.asflown import fill_sensors, fill_terrain, fill_vehicle
from perilune_sim.world.drawn import drawn
from perilune_sim.world.native import Stream, ffi, lib
from perilune_sim.world.start import MU_M3_S2, RADIUS_M, Start, site_frame, true_start
from perilune_sim.world.truth import Truth, truth_from

TRUTH_DOUBLES = 51
RECORD_COLUMNS = 15
HAZARD_STEPS = 8  # from the middle of the footprint to its edge
_TOUCHDOWN = [
    "tick",
    "vertical_m_s",
    "horizontal_m_s",
    "tilt_deg",
    "rate_deg_s",
    "downrange_m",
    "left_m",
    "slope_deg",
    "propellant_kg",
]
_TRUTH = struct.Struct(f"{TRUTH_DOUBLES}d")
_SENSORS = LAYOUTS[schema.SENSORS]
_SENSORS_BYTES = _SENSORS.size
_BLANK = _SENSORS.pack([0] * len(_SENSORS.items))
_ACTUATORS_BYTES = LAYOUTS[schema.ACTUATORS].size


class World:
    """One run of one vehicle; the seed decides everything that is random in it.

    start replaces the state the environment's orbit gives (site frame, see start.Start).
    """

    def __init__(
        self, vehicle: config.Vehicle, environment: config.Environment, seed: int, start: Start | None = None
    ) -> None:
        self._c: Any = ffi.new("pl_world *")
        environment = ground.resolved(environment)
        self._environment, self._seed = environment, seed
        self._frame = site_frame(environment.orbit)
        self._pad_radius_m = vehicle.legs.pad_radius_m
        self._start = start or true_start(environment, self._frame, seed)
        self._fill(vehicle)
        lib.pl_prepare(self._c, _BLANK, len(_BLANK))
        self._state: Any = self._c.state
        self._bytes: Any = ffi.buffer(ffi.addressof(self._c, "state"))
        at = ffi.offsetof("pl_world", "state") + ffi.offsetof("pl_state", "payload")
        self._payload = memoryview(ffi.buffer(self._c)).cast("B")[at : at + _SENSORS_BYTES].toreadonly()
        self._truth: Any = ffi.new("double[]", TRUTH_DOUBLES)
        self._truth_bytes: Any = ffi.buffer(self._truth)
        self._records: Any = None
        self._effects = effects.pointers(self._c.state.effects)
        for target, pointer in self._effects.items():
            effects.apply(pointer, target, {})
        self._advance = lib.pl_step

    def _fill(self, vehicle: config.Vehicle) -> None:
        c, env, start = self._c, self._environment, self._start
        c.mu, c.radius_m = MU_M3_S2, RADIUS_M
        self._nodes = gravity.fill(c, env, self._frame, start, self._seed)
        c.moon_rate, c.site_from_inertial = self._frame.moon_rate, self._frame.from_inertial
        fill_vehicle(c.vehicle, vehicle, env.dispersions, self._seed)
        fill_sensors(c.sensors, vehicle.sensors, self._seed)
        fill_terrain(c.terrain, env.terrain, 2 * vehicle.legs.pad_radius_m, self._seed)
        self._rasters = cutout.fill(c.terrain, env.terrain, self._frame, start)
        if self._rasters:
            relief = max(1.0, cutout.relief_m(c.terrain))
            self._environment = replace(env, terrain=replace(env.terrain, relief_m=relief))
        c.state.y = [*start.position, *start.velocity, *start.attitude, *start.rate]

    def step(self, actuators: bytes | bytearray | memoryview | None) -> memoryview:
        """Applies one tick's ACTUATORS payload (None: nothing commanded) and advances 20 ms.

        Returns the packed SENSORS payload; the next step overwrites it.
        """
        if actuators is None:
            self._advance(self._c, ffi.NULL)
            return self._payload
        if len(actuators) != _ACTUATORS_BYTES:
            raise InputError(f"actuators payload of {len(actuators)} bytes: must be {_ACTUATORS_BYTES}")
        self._advance(
            self._c, actuators if type(actuators) is bytes else ffi.from_buffer("uint8_t[]", actuators)
        )
        return self._payload

    @property
    def tick(self) -> int:
        """Ticks done."""
        return self._state.tick

    def truth(self) -> Truth:
        """The true state now."""
        lib.pl_truth(self._c, self._truth)
        return truth_from(_TRUTH.unpack(self._truth_bytes))

    def truth_row(self) -> bytes:
        """The true state now, as the doubles that C writes (see truth.PLACES)."""
        lib.pl_truth(self._c, self._truth)
        return bytes(self._truth_bytes)

    @property
    def pointer(self) -> Any:
        """The C structure, for lockstep.py."""
        return self._c

    @property
    def contact_mask(self) -> int:
        """Bit n: leg n's contact switch closed during the last tick (truth, not what a faulty switch says)."""
        return self._state.leg_contact

    @property
    def propellant_loaded_kg(self) -> float:
        """Propellant at the start."""
        return self._c.vehicle.propellant_kg

    def drawn(self) -> dict[str, float]:
        """What the seed drew for this run, by name; see drawn.drawn."""
        return drawn(self._c)

    @property
    def touchdown(self) -> dict[str, float] | None:
        """State at the start of the tick in which anything first touched the ground; None while nothing has.

        tick, vertical_m_s (down positive), horizontal_m_s, tilt_deg, rate_deg_s, downrange_m, left_m, miss_m (from
        the site), slope_deg (of the ground over the footprint), propellant_kg.
        """
        if not self._state.landed:
            return None
        found = {name: getattr(self._state.touchdown, name) for name in _TOUCHDOWN}
        miss_m = hypot(found["downrange_m"], found["left_m"])
        return found | {"vertical_m_s": -found["vertical_m_s"], "miss_m": miss_m}

    @property
    def resting(self) -> bool:
        """Still for a second on three legs or more, or lying."""
        return self._state.rest_ticks >= 50

    @property
    def tipped(self) -> bool:
        """Tilted by more than 45 degrees on the ground, or lying on its hull."""
        return bool(self._state.tipped)

    @property
    def crashed(self) -> bool:
        """Struck the ground faster than 6 m/s, or with the hull."""
        return bool(self._state.crashed or self._state.hull_strike)

    def effect(self, target: str, **values: Any) -> None:
        """Sets the faults of one target from the next tick on; names left out are healthy. See effects.TARGETS.

        InputError for an unknown target or name, or a value out of range.
        """
        effects.check(target, values)
        effects.apply(self._effects[target], target, values)

    def faulty(self, target: str) -> bool:
        """Whether a fault acts on the target now: a power cycle ends those that are `until_power_cycle`."""
        return bool(self._effects[target].active)

    def knowledge(self) -> dict[str, Any]:
        """What the flight computer is told: fields of PARAM_SITE, and "terrain": both parts of PARAM_TERRAIN."""
        prior = self._environment.map_prior
        error = Stream(self._seed, "site_elevation").normal(prior.site_sigma_m)
        elevation = self.ground_m(0.0, 0.0) + error
        known = knowledge.site(self._environment, self._frame, self._start, elevation, self._seed)
        return known | {"terrain": knowledge.profile(self._c, self._environment, elevation, self._seed)}

    def ground_m(self, downrange_m: float, left_m: float) -> float:
        """Height of the ground above the reference sphere at arcs from the site."""
        return lib.pl_terrain_height(self._c, downrange_m, left_m, 0.0)

    def hazard_m(self, downrange_m: float, left_m: float) -> float:
        """How far the highest ground within the footprint is above the plane that fits it best; arcs from the site."""
        reach = np.linspace(-1.0, 1.0, 2 * HAZARD_STEPS + 1) * self._pad_radius_m
        x, y = (grid.ravel() for grid in np.meshgrid(reach, reach))
        within = np.hypot(x, y) <= self._pad_radius_m * (1.0 + 1e-9)
        x, y = x[within], y[within]
        heights = np.array([self.ground_m(downrange_m + a, left_m + b) for a, b in zip(x, y, strict=True)])
        plane = np.column_stack([x, y, np.ones_like(x)])
        return float(np.max(heights - plane @ np.linalg.lstsq(plane, heights, rcond=None)[0]))

    def snapshot(self) -> bytes:
        """The complete state; restore() brings a world of the same vehicle, environment and seed back to it."""
        return bytes(self._bytes)

    def restore(self, snapshot: bytes) -> None:
        """Back to a snapshot, exactly."""
        self._bytes[:] = snapshot

    def record(self, rows: int) -> None:
        """Starts recording the forcing of up to `rows` sub-steps, see forcing()."""
        self._records = ffi.new("double[]", rows * RECORD_COLUMNS)
        self._c.record, self._c.record_rows, self._c.record_used = self._records, rows, 0

    def forcing(self) -> np.ndarray:
        """Recorded sub-steps, (n, 15): dt (s), body force of engines and thrusters (N, 3), its moment about the body
        origin (N m, 3), propellant flow (kg/s); at its start mass (kg), centre of mass (m, body, 3) and principal
        inertia (kg m2, 3)."""
        flat = np.frombuffer(ffi.buffer(self._records), dtype=np.float64)
        return flat.reshape(-1, RECORD_COLUMNS)[: self._c.record_used].copy()

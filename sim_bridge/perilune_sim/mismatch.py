"""A truth that is not what the flight computer is told: drawn around the design, once a run.

The world is made from the true vehicle and environment; what is uploaded is the design, and sigmas are those of the
data sheet. Nothing here touches the world as designed: its seeds draw what they always drew.
"""

from dataclasses import dataclass
from math import radians, sqrt
from typing import Any

from msgspec.structs import replace

from perilune_sim import config
from perilune_sim.late import partly_burnt, world_of
from perilune_sim.world.knowledge import claims
from perilune_sim.world.native import Stream, lib
from perilune_sim.world.start import MU_M3_S2, RADIUS_M
from perilune_sim.world.vectors import Vector, add, dot, rotate, scaled, turn
from perilune_sim.world.world import World

_LEAST = 0.1  # no quantity is less than this share of its design


@dataclass(frozen=True)
class Site:
    """What is flown, in truth, and what the flight computer is told of it."""

    vehicle: config.Vehicle
    environment: config.Environment
    seed: int
    late: config.LateStart | None
    told_vehicle: config.Vehicle
    told_environment: config.Environment
    epoch_s: float = 0.0  # age of the uploaded state

    def world(self) -> World:
        """The true world, at its start."""
        return world_of(self.vehicle, self.environment, self.seed, self.late)[0]

    def knowledge(self, world: World) -> dict[str, Any]:
        """See `World.knowledge`: with the data sheet's sigmas, and a state that may be old."""
        known = world.knowledge()
        if self.environment is self.told_environment and not self.epoch_s:
            return known
        aged = _aged(known["position_m"], known["velocity_m_s"], -self.epoch_s)
        return known | claims(self.told_environment) | aged


def _aged(position: Vector, velocity: Vector, by_s: float) -> dict[str, Any]:
    """The state so much later, to second order: a fall in a central field."""
    centre = add(position, [0.0, 0.0, RADIUS_M])
    distance = sqrt(dot(centre, centre))
    pull = scaled(centre, -MU_M3_S2 / (distance * distance * distance))
    moved = add(add(position, velocity, by_s), pull, 0.5 * by_s * by_s)
    return {"position_m": moved, "velocity_m_s": add(velocity, pull, by_s)}


def site(
    vehicle: config.Vehicle,
    environment: config.Environment,
    seed: int,
    late: config.LateStart | None,
    truth: config.Truth,
    mismatch: config.Mismatch | None,
) -> Site:
    """Truth and design of one run. mismatch None: the world as designed, apart by `truth` alone."""
    told = vehicle if late is None else partly_burnt(vehicle, late.propellant_kg)
    if mismatch is None and truth == config.Truth():
        return Site(vehicle, environment, seed, late, told, environment)
    spread = mismatch or _NONE
    draw = Stream(seed, "mismatch")
    true, place = _vehicle(vehicle, spread, truth, draw), _environment(environment, spread, truth, draw)
    epoch_s = truth.epoch_s + draw.normal(spread.epoch_s)
    if late is not None:
        share = true.mass.propellant_kg / vehicle.mass.propellant_kg
        late = replace(late, propellant_kg=late.propellant_kg * share)
    return Site(true, place, seed, late, told, environment, epoch_s)


_NONE = config.Mismatch(
    **{name: 0.0 for name in config.Mismatch.__struct_fields__ if name not in ("sigma_factor", "gravity")},
    sigma_factor=1.0,
    gravity=False,
)


def _ratio(draw: Stream, sigma: float, more: float = 0.0) -> float:
    return max(_LEAST, 1.0 + more + draw.normal(sigma))


def _vehicle(
    design: config.Vehicle, spread: config.Mismatch, truth: config.Truth, draw: Stream
) -> config.Vehicle:
    mass, p, rcs = design.mass, design.propulsion, design.rcs
    moved = add(list(truth.com_m), draw.normal3(spread.com_m))
    turned = [_ratio(draw, spread.inertia_ratio) for _ in range(3)]
    mass = replace(
        mass,
        dry_kg=max(_LEAST * mass.dry_kg, mass.dry_kg * _ratio(draw, spread.dry_ratio) + truth.dry_kg),
        propellant_kg=max(
            _LEAST * mass.propellant_kg, mass.propellant_kg * _ratio(draw, spread.load_ratio) + truth.load_kg
        ),
        inertia_dry_kg_m2=_times(mass.inertia_dry_kg_m2, turned),
        inertia_wet_kg_m2=_times(mass.inertia_wet_kg_m2, turned),
        com_dry_m=tuple(add(mass.com_dry_m, moved)),
        com_wet_m=tuple(add(mass.com_wet_m, moved)),
    )
    thrust = _ratio(draw, spread.thrust_ratio, truth.thrust_ratio)
    p = replace(
        p,
        engines=[replace(engine, thrust_n=engine.thrust_n * thrust) for engine in p.engines],
        isp_s=p.isp_s * _ratio(draw, spread.isp_ratio, truth.isp_ratio),
        throttle_min=_fraction(p.throttle_min * _ratio(draw, spread.throttle_min_ratio) + truth.throttle_min),
        start_delay_s=max(
            0.0, p.start_delay_s * _ratio(draw, spread.start_delay_ratio) + truth.start_delay_s
        ),
        lag_s=max(0.0, p.lag_s * _ratio(draw, spread.lag_ratio) + truth.lag_s),
    )
    rcs = replace(rcs, thrust_n=rcs.thrust_n * _ratio(draw, spread.rcs_thrust_ratio, truth.rcs_thrust_ratio))
    return replace(design, mass=mass, propulsion=p, rcs=rcs, sensors=_sensors(design.sensors, spread, draw))


def _times(values: Vector, factors: list[float]) -> tuple[float, float, float]:
    x, y, z = (value * factor for value, factor in zip(values, factors, strict=True))
    return x, y, z


def _fraction(value: float) -> float:
    return min(1.0, max(0.0, value))


# What of each unit a wrong sigma multiplies.
_ERRORS = {
    "imu_a": "accel_bias_m_s2 accel_bias_in_run_m_s2 accel_walk_m_s_rts gyro_bias_rad_s gyro_walk_rad_rts",
    "lrf": "bias_m noise_m noise_ratio",
    "velocimeter": "bias_m_s noise_m_s noise_ratio",
    "star_tracker": "noise_rad",
}
_ERRORS |= {"imu_b": _ERRORS["imu_a"], "radar": _ERRORS["lrf"]}


def _sensors(design: config.Sensors, spread: config.Mismatch, draw: Stream) -> config.Sensors:
    return replace(
        design,
        **{name: _unit(getattr(design, name), _ERRORS[name], spread, draw) for name in sorted(_ERRORS)},
    )


def _unit(unit: Any, errors: str, spread: config.Mismatch, draw: Stream) -> Any:
    """One sensor as it is: sigmas of its own, moved, turned."""
    factor, shift = _factor(spread, draw), radians(spread.shift_deg)
    changes: dict[str, Any] = {name: getattr(unit, name) * factor for name in errors.split()}
    turned, moved = turn(draw.normal3(shift)), draw.normal3(spread.unit_m)
    fields = unit.__struct_fields__
    for name in ("heads", "beams"):
        if name in fields:
            changes[name] = tuple(tuple(rotate(turned, list(beam))) for beam in getattr(unit, name))
    if "position_m" in fields:
        changes["position_m"] = tuple(add(unit.position_m, moved))
    for name in ("misalignment_rad", "bias_rad"):  # of an inertial unit, of a star tracker: drawn about these
        if name in fields and not changes.keys() & {"heads", "beams"}:
            changes[name] = sqrt(getattr(unit, name) ** 2 + shift * shift)
    return replace(unit, **changes)


def _factor(spread: config.Mismatch, draw: Stream) -> float:
    most = lib.pl_logarithm(spread.sigma_factor)
    return lib.pl_exponential(draw.uniform(-most, most))


def _environment(
    design: config.Environment, spread: config.Mismatch, truth: config.Truth, draw: Stream
) -> config.Environment:
    od, prior = design.orbit_determination, design.map_prior
    orbit, ground = _factor(spread, draw), _factor(spread, draw)
    od = replace(
        od,
        position_m=_times(od.position_m, [orbit] * 3),
        velocity_m_s=_times(od.velocity_m_s, [orbit] * 3),
    )
    prior = replace(
        prior,
        scale=prior.scale * ground,
        shift_m=prior.shift_m * ground,
        noise_m=prior.noise_m * ground,
        site_sigma_m=prior.site_sigma_m * ground,
        offset_m=prior.offset_m + truth.map_shift_m,
    )
    gravity = design.gravity or (config.Gravity() if spread.gravity else None)
    return replace(design, orbit_determination=od, map_prior=prior, gravity=gravity)

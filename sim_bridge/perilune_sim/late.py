"""Starting in the middle of a descent: the vehicle's state there, and the vehicle with part of its propellant burnt."""

import msgspec

from perilune_sim import config
from perilune_sim.world.native import Stream, lib
from perilune_sim.world.start import RADIUS_M, Start, local_axes, retrograde
from perilune_sim.world.vectors import add, multiply, scaled, turn
from perilune_sim.world.world import World


def world_of(
    vehicle: config.Vehicle, environment: config.Environment, seed: int, late: config.LateStart | None
) -> tuple[World, config.Vehicle]:
    """A world at its start, in orbit or late in the descent, and the vehicle as it then is."""
    if late is None:
        return World(vehicle, environment, seed), vehicle
    near = Start([late.downrange_m, 0.0, late.altitude_m], [0.0] * 3, [1.0, 0.0, 0.0, 0.0], [0.0] * 3)
    ground_m = World(vehicle, environment, seed, near).ground_m(0.0, 0.0)
    burnt = partly_burnt(vehicle, late.propellant_kg)
    return World(burnt, environment, seed, true_state(late, ground_m, environment, seed)), burnt


def partly_burnt(vehicle: config.Vehicle, propellant_kg: float) -> config.Vehicle:
    """The vehicle with only so much propellant left, as if that were a full load.

    Mass properties vary linearly with the propellant, so the rest of the line from wet to dry is unchanged.
    """
    mass = vehicle.mass
    left = propellant_kg / mass.propellant_kg

    def part(dry: config.Vec3, wet: config.Vec3) -> config.Vec3:
        x, y, z = (d + left * (w - d) for d, w in zip(dry, wet, strict=True))
        return x, y, z

    rest = msgspec.structs.replace(
        mass,
        propellant_kg=propellant_kg,
        inertia_wet_kg_m2=part(mass.inertia_dry_kg_m2, mass.inertia_wet_kg_m2),
        com_wet_m=part(mass.com_dry_m, mass.com_wet_m),
    )
    return msgspec.structs.replace(vehicle, mass=rest)


def true_state(late: config.LateStart, ground_m: float, environment: config.Environment, seed: int) -> Start:
    """The dispersed state: body z against the velocity, body x towards the ground, as while braking.

    ground_m: height of the ground at the site above the reference sphere.
    """
    orbit, spread, draw = environment.orbit, environment.dispersions, Stream(seed, "start")
    angle, radius = late.downrange_m / RADIUS_M, RADIUS_M + ground_m + late.altitude_m
    crossrange = late.left_m + draw.normal(orbit.crossrange_m)
    centre = [radius * lib.pl_sine(angle), crossrange, radius * lib.pl_cosine(angle)]
    position = add(centre, [0.0, 0.0, RADIUS_M], -1.0)
    up, along, left = local_axes(position)
    velocity = add(scaled(up, late.vertical_m_s), along, late.forward_m_s)
    velocity = add(add(velocity, left, late.left_m_s), draw.normal3(orbit.velocity_m_s))
    attitude = multiply(retrograde(centre, velocity), turn(draw.normal3(spread.attitude_rad)))
    return Start(position, velocity, attitude, draw.normal3(spread.rate_rad_s))

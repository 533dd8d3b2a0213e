"""What the world's tests share: the reference lander, with or without errors, and frames by field name."""

from typing import Any

from msgspec.structs import asdict, replace

from perilune.wire import schema
from perilune_host.codec import LAYOUTS, decode
from perilune_rig.scenario.catalogue import load_vehicle
from perilune_sim import config
from perilune_sim.world.start import Start
from perilune_sim.world.world import World

VEHICLE = load_vehicle("reference")
_ERRORS = ("bias", "walk", "noise", "scale", "misalignment", "dropout", "false_return", "in_run")


def _without_errors(part: Any) -> Any:
    zeros = {name: 0.0 for name in asdict(part) if any(word in name for word in _ERRORS)}
    return replace(part, **zeros)


def perfect(vehicle: config.Vehicle = VEHICLE) -> config.Vehicle:
    """The vehicle with sensors that tell the truth (latency and range limits stay)."""
    s = vehicle.sensors
    parts = {
        name: _without_errors(getattr(s, name)) for name in ("imu_a", "imu_b", "lrf", "radar", "velocimeter")
    }
    star = _without_errors(s.star_tracker)
    return replace(
        vehicle, sensors=replace(s, **parts, star_tracker=star, propellant_gauge_kg=0.0, pressure_ratio=0.0)
    )


FLAT = config.Terrain(relief_m=0.0, site_slope_deg=0.0, crater_density=0.0, albedo_sigma=0.0)
AS_PLANNED = config.Dispersions(**dict.fromkeys(asdict(config.Dispersions()), 0.0))
CALM = config.Environment(
    terrain=FLAT, dispersions=AS_PLANNED, orbit=config.Orbit(crossrange_m=0.0, velocity_m_s=0.0)
)

_ITEMS = [item[0] for item in schema.items(schema.ACTUATORS)]


def actuators(**items: int) -> bytes:
    """An ACTUATORS payload, raw values by item name (throttle_0=5000 is half thrust), the rest zero."""
    return LAYOUTS[schema.ACTUATORS].pack([items.get(name, 0) for name in _ITEMS])


def sensors(payload: memoryview) -> dict[str, Any]:
    """Fields of a SENSORS payload by name."""
    return LAYOUTS[schema.SENSORS].named(decode(bytes(payload)))


def above_site(
    height_m: float,
    velocity: tuple[float, float, float] = (0.0, 0.0, 0.0),
    vehicle: config.Vehicle = VEHICLE,
    environment: config.Environment = CALM,
    seed: int = 1,
) -> World:
    """A world with the vehicle upright and still, footpads height_m above the site."""
    ground = World(vehicle, environment, seed).ground_m(0.0, 0.0)
    start = Start(
        [0.0, 0.0, ground - vehicle.legs.pad_z_m + height_m], list(velocity), [1.0, 0.0, 0.0, 0.0], [0.0] * 3
    )
    return World(vehicle, environment, seed, start)

"""Records that stations exchange, and sensor frames, made in one line: `estimate(agl=80.0, v_up=-3.0)`."""

from typing import Any

from perilune.flight.signals import Command, Estimate, Limits
from perilune.wire.items import indices
from perilune.wire.schema import SENSORS
from perilune.wire.sensors import SensorFrame

AT = indices(SENSORS)


def estimate(**values: Any) -> Estimate:
    """At rest on the site's level, attitude known and upright, nothing in doubt; with these values instead."""
    usual = {"attitude_known": True, "q": (1.0, 0.0, 0.0, 0.0), "imu_good": True, "g_eff": -1.62}
    return filled(Estimate(), usual | values)


def limits(**values: Any) -> Limits:
    """With these values; all others at zero."""
    return filled(Limits(), values)


def command(**values: Any) -> Command:
    """With these values; all others as before the first guidance cycle."""
    return filled(Command(), values)


def filled(record: Any, values: dict[str, Any]) -> Any:
    """A record with these values; a name that it does not declare is an error."""
    for name, value in values.items():
        if not hasattr(record, name):
            raise AttributeError(f"{type(record).__name__} declares no {name!r}")
        setattr(record, name, value)
    return record


def frame(tick: int, **groups: Any) -> SensorFrame:
    """A sensor frame of units that say nothing, but for these groups."""
    made = SensorFrame()
    silent = {"imu_a": 7, "imu_b": 7, "star": 6, "lrf": 4, "radar": 4, "velocimeter": 6}
    made.tick = made.items.whole[1] = tick
    for name, value in ({name: (0,) * size for name, size in silent.items()} | groups).items():
        if name in silent or name in ("legs", "discretes"):
            setattr(made, name, value)
        elif name == "propellant_kg":
            made.items.floats[AT[name]] = value
        elif name == "tank_kpa":
            made.items.whole[AT[name]] = value
        else:
            for i in range(len(value)):
                made.items.whole[AT[f"{name}_{i}"]] = value[i]
    return made

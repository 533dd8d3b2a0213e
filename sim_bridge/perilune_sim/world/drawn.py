"""What the seed drew for a run, by name: the causes that a campaign weighs the outcomes against."""

from typing import Any

from perilune_sim.world.vectors import Vector

AXES = "xyz"


def drawn(c: Any) -> dict[str, float]:
    """Of a pl_world at its start: vehicle as flown (kg, s, N, m), sensors' constant errors (SI), the site's ground (m).

    Names carry units. Engines are told apart where there are several.
    """
    v, s = c.vehicle, c.sensors
    found = {"dry_kg": v.dry_kg, "isp_s": v.isp_s} | _vector("com_{}_m", v.com_dry)
    for n in range(v.engine_count):
        engine, name = v.engine[n], f"engine_{n}" if v.engine_count > 1 else "engine"
        found |= {f"{name}_thrust_n": engine.thrust_n}
        found |= {f"{name}_tilt_{axis}_rad": engine.direction[i] for i, axis in enumerate("xy")}
    for n, name in enumerate(("imu_a", "imu_b")):
        found |= _vector(name + "_accel_bias_{}_m_s2", s.imu[n].accel_bias)
        found |= _vector(name + "_gyro_bias_{}_rad_s", s.imu[n].gyro_bias)
    for n, name in enumerate(("lrf", "radar")):
        found |= {f"{name}_bias_m": s.altimeter[n].bias, f"{name}_scale": s.altimeter[n].scale}
    for i in range(3):
        found[f"velocimeter_bias_{i}_m_s"] = s.velocimeter.bias[i]
    found |= _vector("star_tracker_bias_{}_rad", s.star.bias)
    return found | {"gauge_bias_kg": s.gauge_bias, "site_elevation_m": c.terrain.elevation_m}


def _vector(name: str, values: Vector) -> dict[str, float]:
    return {name.format(axis): values[i] for i, axis in enumerate(AXES)}

"""What a flight computer is told before descent: nominal values of the vehicle, the map, the orbit; never the truth."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from perilune.wire import schema
from perilune_sim import config

MU_M3_S2 = 4.902800118e12
RADIUS_M = 1737400.0
_G0 = 9.80665

Group = tuple[int, dict[str, Any]]

# Reference guidance (PARAM_GUIDANCE): a 3400 N, 1000 kg lander; a vehicle file overrides what differs.
GUIDANCE = {
    "ignition_fraction": 0.88,
    "braking_end_accel_m_s2": -2.5,
    "gate_altitude_m": 1500.0,
    "gate_downrange_m": -900.0,
    "gate_forward_m_s": 45.0,
    "gate_descent_m_s": -40.0,
    "approach_end_m": 40.0,
    "approach_end_m_s": -2.0,
    "approach_min_s": 62.0,
    "approach_max_s": 100.0,
    "touchdown_m_s": 1.2,
    "terminal_decel_m_s2": 0.3,
    "thrust_accel_max_m_s2": 12.0,
    "attitude_wn_rad_s": 0.9,
    "attitude_zeta": 0.9,
    "slew_rate_rad_s": 0.1,
    "arm_altitude_m": 12.0,
    "arm_speed_m_s": 4.0,
    "legs_deploy_m": 1000.0,
}


def flight_parameters(
    vehicle: config.Vehicle, knowledge: Mapping[str, Any], map_prior: config.MapPrior
) -> list[Group]:
    """All parameter groups in the order of upload. `knowledge` is `World.knowledge()`."""
    site = {name: value for name, value in knowledge.items() if name != "terrain"}
    parts = [(schema.PARAM_TERRAIN, dict(part)) for part in knowledge["terrain"]]
    return [
        (schema.PARAM_VEHICLE, _vehicle(vehicle)),
        (schema.PARAM_SENSORS, _sensors(vehicle)),
        (schema.PARAM_SITE, site),
        *parts,
        (schema.PARAM_GUIDANCE, GUIDANCE | vehicle.guidance),
    ]


def _vehicle(v: config.Vehicle) -> dict[str, Any]:
    engines = v.propulsion.engines
    pad = [0.0] * (schema.ENGINES - len(engines))
    masks, torques = thruster_groups(v.rcs, v.mass.com_wet_m)
    return {
        "dry_mass_kg": v.mass.dry_kg,
        "wet_mass_kg": v.mass.dry_kg + v.mass.propellant_kg,
        "isp_s": v.propulsion.isp_s,
        "engine_count": len(engines),
        "thrust_max_n": [e.thrust_n for e in engines] + pad,
        "engine_x_m": [e.position_m[0] for e in engines] + pad,
        "engine_y_m": [e.position_m[1] for e in engines] + pad,
        "throttle_min": v.propulsion.throttle_min,
        "throttle_rate_s": v.propulsion.throttle_rate_s,
        "start_delay_s": v.propulsion.start_delay_s,
        "engine_lag_s": v.propulsion.lag_s,
        "inertia_wet_kg_m2": v.mass.inertia_wet_kg_m2,
        "inertia_dry_kg_m2": v.mass.inertia_dry_kg_m2,
        "rcs_mask": masks,
        "rcs_torque_n_m": torques,
        "rcs_flow_kg_s": v.rcs.thrust_n / (v.rcs.isp_s * _G0),
        "rcs_min_on_ms": v.rcs.min_on_ms,
    }


def _sensors(v: config.Vehicle) -> dict[str, Any]:
    s = v.sensors
    return {
        "lrf_head": list(chain.from_iterable(s.lrf.heads)),
        "radar_head": list(chain.from_iterable(s.radar.heads)),
        "velocimeter_beam": list(chain.from_iterable(s.velocimeter.beams)),
        "lrf_max_m": s.lrf.max_m,
        "radar_max_m": s.radar.max_m,
        "velocimeter_max_m": s.velocimeter.max_m,
        "altimeter_height_m": s.lrf.position_m[2] - v.legs.pad_z_m,
        "imu_height_m": -v.legs.pad_z_m,
        "lrf_noise_m": s.lrf.noise_m,
        "lrf_noise_ratio": s.lrf.noise_ratio,
        "radar_noise_m": s.radar.noise_m,
        "radar_noise_ratio": s.radar.noise_ratio,
        "velocimeter_noise_m_s": s.velocimeter.noise_m_s,
        "velocimeter_noise_ratio": s.velocimeter.noise_ratio,
        "gyro_noise_rad": s.imu_a.gyro_walk_rad_rts,
        "accel_noise_m_s": s.imu_a.accel_walk_m_s_rts,
        "star_noise_rad": s.star_tracker.noise_rad,
    }


def thruster_groups(rcs: config.ReactionControl, com_m: Sequence[float]) -> tuple[list[int], list[float]]:
    """Which thrusters turn the body about +x -x +y -y +z -z, as bit masks, and the torque of each group, N m.

    A thruster belongs to the axis about which its torque is largest. Raises ValueError for an axis without any.
    """
    masks, torques = [0] * 6, [0.0] * 6
    for bit, thruster in enumerate(rcs.thrusters):
        arm = np.array(thruster.position_m) - np.array(com_m)
        direction = np.array(thruster.direction) / np.linalg.norm(thruster.direction)
        torque = np.cross(arm, direction) * rcs.thrust_n
        axis = int(np.argmax(np.abs(torque)))
        group = 2 * axis + (0 if torque[axis] > 0 else 1)
        masks[group] |= 1 << bit
        torques[group] += abs(float(torque[axis]))
    if 0 in masks:
        raise ValueError(
            f"no attitude thruster turns the vehicle about {'+x -x +y -y +z -z'.split()[masks.index(0)]}"
        )
    return masks, torques

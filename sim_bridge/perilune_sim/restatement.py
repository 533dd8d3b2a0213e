"""What a flight computer that has lost its memory is told: its parameters, with the last telemetry as the start.

Stands for a lander's data handling, which records telemetry in memory of its own and starts the computer from it. All
that was learned in flight is gone: calibrated biases, thrust and torque, the terrain, who was isolated. The computer
begins in coast, engines off, and has to be armed again; with little left of the way down that may be too late.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from perilune.flight import modes
from perilune.wire import schema
from perilune_host.codec import LAYOUTS

_ON_ITS_WAY = (modes.ARMED, *modes.ENGINE_MODES)
_HELD_M_S = (
    3.0  # 1 sigma: what the engines, holding their last command, did to the velocity until they were told
)
_AT_ONCE = 0.1  # ignition fraction: in the middle of a descent there is no better moment to wait for

Groups = Sequence[tuple[int, Mapping[str, Any]]]


def under_way(row: Sequence[Any]) -> bool:
    """Whether the computer was on its way down, by the last actuator frame."""
    return bool(row) and LAYOUTS[schema.ACTUATORS].named(row)["mode"] in _ON_ITS_WAY


def restated(groups: Groups, row: Sequence[Any]) -> Groups:
    """The groups of an upload with the estimates of an actuator frame (decoded) in place of the state of old."""
    if not row:
        return groups
    last = LAYOUTS[schema.ACTUATORS].named(row)
    up, level = last["sigma_velocity_m_s"]
    site = {
        "epoch_tick": last["tick"],
        "position_m": last["position_m"],
        "velocity_m_s": last["velocity_m_s"],
        "sigma_position_m": (last["sigma_agl_m"], last["sigma_position_m"], last["sigma_position_m"]),
        "sigma_velocity_m_s": (up + _HELD_M_S, level + _HELD_M_S, level + _HELD_M_S),
    }
    burning = last["mode"] in modes.ENGINE_MODES
    changes: dict[int, dict[str, Any]] = {
        schema.PARAM_SITE: site,
        schema.PARAM_GUIDANCE: {"ignition_fraction": _AT_ONCE} if burning else {},
    }
    return [
        (
            kind,
            _weighed(fields, last["mass_kg"])
            if kind == schema.PARAM_VEHICLE
            else fields | changes.get(kind, {}),
        )
        for kind, fields in ((kind, dict(fields)) for kind, fields in groups)
    ]


def _weighed(vehicle: dict[str, Any], mass_kg: float) -> dict[str, Any]:
    """The vehicle with its present mass, and the moments of inertia that go with it, as those at the start."""
    dry, wet = vehicle["dry_mass_kg"], vehicle["wet_mass_kg"]
    share = min(1.0, max(1e-3, (mass_kg - dry) / (wet - dry)))
    pairs = zip(vehicle["inertia_dry_kg_m2"], vehicle["inertia_wet_kg_m2"], strict=True)
    inertia = tuple(d + share * (w - d) for d, w in pairs)
    return vehicle | {"wet_mass_kg": dry + share * (wet - dry), "inertia_wet_kg_m2": inertia}

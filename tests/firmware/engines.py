"""Main engines of a lander of one tonne, for tests of propulsion."""

from perilune.flight.parameters import Group
from perilune.flight.propulsion.thrust import Propulsion
from perilune.wire.schema import PARAM_GUIDANCE, PARAM_VEHICLE
from tests.firmware.kit import group
from tests.firmware.records import limits

TICK_S = 0.02


G0 = 9.80665


def vehicle(**changes) -> Group:
    """One engine of 4000 N on 1000 kg, 250 of it propellant."""
    of = {
        "engine_count": 1,
        "isp_s": 300.0,
        "wet_mass_kg": 1000.0,
        "dry_mass_kg": 750.0,
        "start_delay_s": 0.1,
        "engine_lag_s": 0.08,
        "throttle_min": 0.2,
        "throttle_rate_s": 0.5,
        "rcs_flow_kg_s": 0.3,
        "rcs_torque_n_m": (50.0,) * 6,
        "thrust_max_n": (4000.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        "engine_x_m": (0.0,) * 6,
        "engine_y_m": (0.0,) * 6,
    }
    return group(PARAM_VEHICLE, **(of | changes))


def engines(cap=20.0, **changes) -> Propulsion:
    told: list[tuple] = []
    craft = Propulsion(
        vehicle(**changes),
        group(PARAM_GUIDANCE, thrust_accel_max_m_s2=cap),
        limits(),
        lambda *e: told.append(e),
    )
    craft.told_events = told
    return craft


def run(craft, accel, ticks, rcs_s=0.0):
    for _ in range(ticks):
        craft.update(accel, True, rcs_s)
    return craft


FOUR = {
    "engine_count": 4,
    "thrust_max_n": (1000.0, 1000.0, 1000.0, 1000.0, 0.0, 0.0),
    "engine_x_m": (0.5, -0.5, -0.5, 0.5, 0.0, 0.0),
    "engine_y_m": (0.4, 0.4, -0.4, -0.4, 0.0, 0.0),
}


def steady(level=0.5, **changes) -> Propulsion:
    """Long at a steady throttle."""
    craft = engines(**changes)
    craft.level = craft.delivered = level
    craft.running_ticks, craft.enable = 1000, 1
    craft.assess()
    return craft


THREE = {
    "engine_count": 3,
    "thrust_max_n": (1000.0,) * 3,
    "engine_x_m": (0.8, -0.4, -0.4),
    "engine_y_m": (0.0, 0.7, -0.7),
}


LAYOUTS = {
    "square": ((0.5, -0.5, -0.5, 0.5), (0.5, 0.5, -0.5, -0.5)),
    "hexagon": ((1.0, 0.5, -0.5, -1.0, -0.5, 0.5), (0.0, 0.9, 0.9, 0.0, -0.9, -0.9)),
    "three in a row": ((-1.0, 0.0, 1.0), (0.0, 0.0, 0.0)),
    "triangle": ((1.0, -0.5, -0.5), (0.0, 0.87, -0.87)),
}

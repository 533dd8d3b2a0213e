"""What the firmware's unit tests share: the reference lander's flight parameters, and rotations in numpy."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from perilune.flight.flight import Flight
from perilune.flight.navigation.strapdown import Strapdown
from perilune.flight.parameters import Group, Parameters
from perilune.flight.schedule import GRAVITY, SLOTS
from perilune.wire import schema
from perilune.wire.codec import Reader
from perilune.wire.items import Items, indices
from perilune_host.codec import encode
from tests.core.kit import changed, parameters
from tests.firmware.records import filled

MOON_RADIUS_M = 1737400.0
MU_M3_S2 = 4.902800118e12
MOON_RATE = (0.9e-6, -0.4e-6, 2.4e-6)
LUNAR_G = MU_M3_S2 / MOON_RADIUS_M**2

GROUPS = parameters()


def raw(kind: int, values: dict[str, Any]) -> tuple:
    """Raw items of a frame, its type not included."""
    payload = encode(kind, values)
    row = Reader(kind).read(bytearray(1) + payload, len(payload))
    assert row is not None
    return row[1:]


def loaded(*changes: tuple[int, dict[str, Any]]) -> Parameters:
    """The nominal flight parameters as the board holds them, with some groups' values changed."""
    groups = GROUPS
    for kind, values in changes:
        groups = changed(groups, kind, **values)
    taken = Parameters()
    for kind, values in groups:
        assert taken.accept(kind, raw(kind, values)) == (True, 0)
    return taken


def outputs(flight: Flight) -> dict[str, float]:
    """What a flight puts into the actuator frame, by name; what the board measures is 0."""
    items = Items(schema.ACTUATORS)
    flight.outputs(items.floats, items.whole)
    at = indices(schema.ACTUATORS)
    kinds = {item[0]: item[1] for item in schema.items(schema.ACTUATORS)}
    return {name: (items.floats if kinds[name] == schema.F else items.whole)[at[name]] for name in kinds}


def group(kind: int, **values: Any) -> Group:
    """One parameter group of the nominal lander as the board holds it, with these values in full precision instead."""
    return filled(Group(kind, raw(kind, dict(GROUPS)[kind])), values)


def site(position_m: Sequence[float], velocity_m_s: Sequence[float], **values: Any) -> Group:
    """A site with gravity and the Moon's turn in full precision, and the vehicle's first state."""
    return group(
        schema.PARAM_SITE,
        mu_m3_s2=MU_M3_S2,
        radius_m=MOON_RADIUS_M,
        moon_rate_rad_s=MOON_RATE,
        position_m=tuple(position_m),
        velocity_m_s=tuple(velocity_m_s),
        **values,
    )


def fall(s: Strapdown, ticks: int, *push: float) -> None:
    """Ticks of free fall, or of a site-frame delta-velocity; gravity anew in the schedule's slot."""
    for n in range(ticks):
        if n % SLOTS == GRAVITY:
            s.update_gravity()
        s.advance(*(push or (0.0, 0.0, 0.0)))


def turn(vector: Sequence[float]) -> np.ndarray:
    """Rotation matrix of a rotation vector, rad (Rodrigues)."""
    v = np.asarray(vector, dtype=float)
    angle = float(np.linalg.norm(v))
    k = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.eye(3) + np.sinc(angle / np.pi) * k + 0.5 * np.sinc(angle / 2 / np.pi) ** 2 * k @ k


def axes(matrix: np.ndarray) -> tuple[float, ...]:
    """Nine direction cosines of a body-to-site matrix, column by column, as flight code holds them."""
    return tuple(matrix.T.ravel())

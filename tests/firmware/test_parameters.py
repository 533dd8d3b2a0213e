"""Flight parameters as the board takes them."""

import pytest

from perilune.flight.parameters import ORDER, Parameters
from perilune.wire import schema
from perilune_host.codec import LAYOUTS
from tests.firmware.kit import GROUPS, loaded, raw

VALUES = dict(GROUPS)


def taken(count: int) -> Parameters:
    parameters = Parameters()
    for kind, values in GROUPS[:count]:
        assert parameters.accept(kind, raw(kind, values)) == (True, 0)
    return parameters


def refused(kind: int, **values) -> str:
    """Name of the item for which a group with these values is refused."""
    row = raw(kind, VALUES[kind] | values)
    accepted, item = taken(ORDER.index(kind)).accept(kind, row)
    assert not accepted
    return LAYOUTS[kind].items[item][0]


def test_they_come_out_by_name_and_in_units():
    parameters = loaded()
    assert parameters.complete
    assert parameters.vehicle.dry_mass_kg == VALUES[schema.PARAM_VEHICLE]["dry_mass_kg"]
    assert parameters.guidance.gate_altitude_m == VALUES[schema.PARAM_GUIDANCE]["gate_altitude_m"]
    assert parameters.sensors.velocimeter_beam == pytest.approx(
        VALUES[schema.PARAM_SENSORS]["velocimeter_beam"]
    )
    assert parameters.site.position_m == pytest.approx(VALUES[schema.PARAM_SITE]["position_m"])
    assert [part.part for part in parameters.terrain] == [0, 1]
    sent = [values for kind, values in GROUPS if kind == schema.PARAM_TERRAIN]
    for part, values in zip(parameters.terrain, sent, strict=True):
        assert part.elevation_m == pytest.approx(values["elevation_m"], abs=0.26)  # half a metre a count


@pytest.mark.parametrize("count", range(len(ORDER)))
def test_only_the_next_group_is_accepted(count: int):
    for kind in set(ORDER) - {ORDER[count]}:
        parameters = taken(count)
        values = VALUES.get(kind, GROUPS[3][1])
        assert parameters.accept(kind, raw(kind, values)) == (False, 255)
        assert not parameters.complete


def test_nothing_is_accepted_after_the_last():
    kind, values = GROUPS[-1]
    assert taken(len(ORDER)).accept(kind, raw(kind, values)) == (False, 255)


def test_a_refused_group_may_be_sent_again():
    parameters = taken(0)
    row = list(raw(*GROUPS[0]))
    assert parameters.accept(GROUPS[0][0], (0.0, *row[1:])) == (False, 0)
    assert parameters.accept(GROUPS[0][0], tuple(row)) == (True, 0)


@pytest.mark.parametrize(
    ("values", "item"),
    [
        ({"wet_mass_kg": VALUES[schema.PARAM_VEHICLE]["dry_mass_kg"]}, "wet_mass_kg"),
        ({"engine_count": 0}, "engine_count"),
        ({"thrust_max_n": [0.0] * 6}, "thrust_max_n_0"),
        ({"engine_count": 3, "thrust_max_n": [100.0, 100.0, 0.0, 0.0, 0.0, 0.0]}, "thrust_max_n_2"),
        ({"rcs_mask": [1, 2, 4, 0, 16, 32]}, "rcs_mask_3"),
        ({"rcs_torque_n_m": [9.0, 9.0, 9.0, 9.0, 9.0, 0.0]}, "rcs_torque_n_m_5"),
    ],
)
def test_a_vehicle_that_cannot_be_flown_is_refused(values: dict, item: str):
    assert refused(schema.PARAM_VEHICLE, **values) == item


@pytest.mark.parametrize("accel", [0.0, -1e-9, -0.0099])
def test_braking_that_does_not_brake_is_refused(accel: float):
    """Time to go divides by it: an accepted 0 raised in the first tick and reset the computer for ever."""
    assert refused(schema.PARAM_GUIDANCE, braking_end_accel_m_s2=accel) == "braking_end_accel_m_s2"


def test_an_attitude_that_is_none_is_refused():
    assert refused(schema.PARAM_SITE, site_from_inertial=(0.7, 0.0, 0.0, 0.0)) == "site_from_inertial_0"


def test_a_longest_approach_below_the_shortest_is_refused():
    assert refused(schema.PARAM_GUIDANCE, approach_min_s=80.0, approach_max_s=60.0).startswith("approach_m")


def test_terrain_parts_come_in_their_order():
    parameters = taken(3)
    kind, second = GROUPS[4]
    assert parameters.accept(kind, raw(kind, second)) == (False, 0)
    kind, first = GROUPS[3]
    assert parameters.accept(kind, raw(kind, first)) == (True, 0)
    assert parameters.accept(kind, raw(kind, first)) == (False, 0)


@pytest.mark.parametrize("change", [{"spacing_m": 500.0}, {"start_m": 0.0}])
def test_terrain_parts_that_do_not_fit_together_are_refused(change: dict):
    kind, second = GROUPS[4]
    accepted, _item = taken(4).accept(kind, raw(kind, second | change))
    assert not accepted

"""Opening a session and uploading parameters: what is accepted, what is refused, and why. On every rung."""

import struct

import pytest

from perilune import VERSION
from perilune.wire import schema
from perilune_host.codec import LAYOUTS, SCHEMA_CRC, encode
from perilune_sim.world.world import World
from tests.core.kit import NOMINAL, SESSION, Board, changed, parameters

ITEMS = {kind: [item[0] for item in layout.items] for kind, layout in LAYOUTS.items()}


def sensors() -> bytes:
    """The first sensor frame of the nominal descent."""
    return bytes(World(NOMINAL.vehicle, NOMINAL.environment, 1).step(None))


def refused(reply) -> tuple[int, str]:
    """Status and offending item of a parameter acknowledgement."""
    kind, fields = reply
    assert kind == schema.PARAM_ACK
    return fields["status"], ITEMS[fields["group"]][fields["item"]]


def raw_with(kind: int, values: dict, item: str, value: float) -> bytes:
    """A payload with one float32 item outside the range that the host's encoder would let pass."""
    layout = LAYOUTS[kind]
    row = list(struct.unpack(schema.layout(kind), encode(kind, values)))[1:]
    row[ITEMS[kind].index(item)] = value
    return layout.pack(row)


def test_hello_says_who_answers(board: Board, rung: str):
    kind, fields = board.hello(session=0xFFFFFFFF)
    assert kind == schema.HELLO_REPLY
    assert fields["session"] == 0xFFFFFFFF
    assert fields["wire_version"] == schema.WIRE_VERSION
    assert fields["software"].rstrip(b"\0").decode() == VERSION
    assert fields["board"].rstrip(b"\0")
    assert fields["float_bits"] == (64 if rung == "python" else 32)


@pytest.mark.parametrize("other", [{"wire_version": schema.WIRE_VERSION + 1}, {"schema_crc": 1}])
def test_a_host_of_another_wire_is_told_ours_and_changes_nothing(board: Board, other: dict[str, int]):
    """It must learn what the board speaks, and must not end what somebody else has begun by asking."""
    board.hello(session=5)
    digest = board.upload(parameters())
    kind, fields = board.hello(session=6, **other)
    assert (kind, fields["session"]) == (schema.HELLO_REPLY, 5)
    assert (fields["wire_version"], fields["schema_crc"]) == (schema.WIRE_VERSION, SCHEMA_CRC)
    assert board.commit(digest)["status"] == schema.OK
    board.hello(session=6, **other)
    assert board.command(schema.ARM, 1, session=5) == schema.BAD_STATE  # there is a flight to refuse it
    assert board.hello(session=0)[1]["session"] == 5


def test_parameters_are_acknowledged_by_the_hash_of_what_was_sent(board: Board):
    board.hello()
    digest = board.upload(parameters())
    assert board.commit(digest) == {
        "group": schema.PARAM_COMMIT,
        "status": schema.OK,
        "item": 0,
        "digest": digest,
    }
    assert board.sense(sensors())["tick"] == 1


def test_groups_out_of_order_are_refused_and_the_right_one_still_goes(board: Board):
    board.hello()
    groups = parameters()
    for kind, values in groups[1:]:
        _kind, fields = board.send(kind, values)
        assert (fields["status"], fields["item"]) == (schema.BAD_ORDER, 255)
    assert board.commit(board.upload(groups))["status"] == schema.OK


def test_a_group_too_many_is_out_of_order(board: Board):
    board.hello()
    groups = parameters()
    digest = board.upload(groups)
    assert board.send(*groups[-1])[1]["status"] == schema.BAD_ORDER
    assert board.commit(digest)["status"] == schema.OK


@pytest.mark.parametrize(
    ("kind", "item", "value"),
    [
        (schema.PARAM_VEHICLE, "dry_mass_kg", 0.0),
        (schema.PARAM_VEHICLE, "rcs_min_on_ms", 21.0),
        (schema.PARAM_VEHICLE, "thrust_max_n_5", -1.0),
        (schema.PARAM_SENSORS, "velocimeter_beam_8", 1.5),
        (schema.PARAM_SITE, "moon_rate_rad_s_2", float("nan")),
        (schema.PARAM_SITE, "position_m_0", float("-inf")),
        (schema.PARAM_GUIDANCE, "legs_deploy_m", 1e6),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(board: Board, kind: int, item: str, value: float):
    board.hello()
    groups = parameters()
    at = [k for k, _ in groups].index(kind)
    board.upload(groups[:at])
    assert refused(board.payload(raw_with(kind, groups[at][1], item, value))) == (schema.BAD_RANGE, item)
    board.upload(groups[at:])  # a refusal spoils nothing: the corrected group is taken


@pytest.mark.parametrize(
    ("kind", "values", "item"),
    [
        (schema.PARAM_VEHICLE, {"dry_mass_kg": 800.0, "wet_mass_kg": 800.0}, "wet_mass_kg"),
        (schema.PARAM_SITE, {"site_from_inertial": (0.5, 0.5, 0.5, 0.4)}, "site_from_inertial_0"),
        (schema.PARAM_SITE, {"site_from_inertial": (0.0, 0.0, 0.0, 0.0)}, "site_from_inertial_0"),
    ],
)
def test_values_that_contradict_each_other_are_refused_by_name(
    board: Board, kind: int, values: dict, item: str
):
    board.hello()
    groups = changed(parameters(), kind, **values)
    at = [k for k, _ in groups].index(kind)
    board.upload(groups[:at])
    assert refused(board.send(*groups[at])) == (schema.BAD_RANGE, item)


def test_a_wrong_digest_is_refused_and_all_is_forgotten(board: Board):
    board.hello()
    groups = parameters()
    board.upload(groups)
    assert board.commit(b"notthose")["status"] == schema.BAD_HASH
    assert board.send(*groups[-1])[1]["status"] == schema.BAD_ORDER
    assert board.commit(board.upload(groups))["status"] == schema.OK


def test_an_incomplete_upload_cannot_be_committed(board: Board):
    board.hello()
    digest = board.upload(parameters()[:-1])
    assert board.commit(digest)["status"] == schema.BAD_STATE


def test_parameters_do_not_change_in_flight(board: Board):
    board.hello()
    groups = parameters()
    digest = board.upload(groups)
    assert board.commit(digest)["status"] == schema.OK
    assert board.commit(digest)["status"] == schema.BAD_STATE
    for kind, values in groups:
        assert board.send(kind, values)[1]["status"] == schema.BAD_STATE
    assert board.sense(sensors())["tick"] == 1


def test_sensors_before_parameters_are_refused(board: Board):
    before = (schema.REFUSED, {"status": schema.BAD_STATE, "frame": schema.SENSORS})
    assert board.payload(sensors()) == before
    board.hello()
    assert board.payload(sensors()) == before
    board.upload(parameters())  # accepted, but not committed
    assert board.payload(sensors()) == before


def test_a_new_session_forgets_parameters(board: Board):
    board.hello()
    assert board.commit(board.upload(parameters()))["status"] == schema.OK
    board.hello(session=SESSION + 1)
    assert board.payload(sensors())[0] == schema.REFUSED
    assert board.command(schema.ARM, 1, session=SESSION + 1) == schema.BAD_STATE
    board.hello(session=SESSION + 1)
    assert board.commit(board.upload(parameters()))["status"] == schema.OK


def test_a_half_upload_is_forgotten_too(board: Board):
    board.hello()
    board.upload(parameters()[:3])
    board.hello()
    assert board.commit(board.upload(parameters()))["status"] == schema.OK


def test_the_board_goes_back_to_its_repl(board: Board):
    board.hello()
    assert board.send(schema.TO_REPL, {"session": SESSION}) == (schema.REPL_ACK, {"status": schema.OK})

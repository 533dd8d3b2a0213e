"""Signatures on the board against the standard library, and the build for flight."""

import hmac
import random
from array import array

import pytest

from perilune.link.authentication import (
    HIL_KEY,
    KEY_BYTES,
    Signer,
    Uplink,
    key_id,
    load_key,
    same,
    sealed,
    unsealed,
)
from perilune.link.computer import Computer
from perilune.wire import schema
from perilune_host import keys, signature
from perilune_host.codec import LAYOUTS, decode, deframe, enframe
from perilune_host.errors import InputError
from tests.core.kit import Board, parameters


@pytest.mark.parametrize("size", [0, 1, 44, 55, 56, 63, 64, 65, 249])
def test_the_boards_hmac_is_the_standard_librarys(size: int):
    rng = random.Random(size)
    key, data = rng.randbytes(KEY_BYTES), rng.randbytes(size)
    assert Signer(key).mac(b"nonc", data) == hmac.digest(key, b"nonc" + data, "sha256")[:16]
    assert Signer(key).mac((7).to_bytes(4, "big"), data) == signature.mac(key, 7, data)


def test_the_published_vector():
    """RFC 4231, test case 1: a key shorter than a block."""
    digest = bytes.fromhex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    assert Signer(b"\x0b" * 20).mac(b"", b"Hi There") == digest[:16]


def test_comparison_looks_at_every_byte():
    a = bytes(range(16))
    assert same(a, bytes(a))
    for i in range(16):
        assert not same(a, a[:i] + b"\xff" + a[i + 1 :])


class Port:
    """A board in this process."""

    board, reset_cause, boot_nonce, float_bits, memory = "test", 0, 9, 64, b""

    def __init__(self, key: bytes | None = None) -> None:
        self.key = key

    def ticks_us(self) -> int:
        return 0

    def begun(self, items: object) -> None:
        pass

    def measure(self, begin: int, whole: array) -> None:
        pass


class Direct:
    """A link to a computer."""

    def __init__(self, computer: Computer) -> None:
        self.computer, self.out = computer, bytearray(1024)

    def transact(self, frame: bytes, time_us: int) -> bytes:
        return bytes(self.out[: self.computer.step(bytearray(frame), len(frame) - 1, self.out)])

    def close(self) -> None:
        pass


@pytest.fixture
def built_for_flight():
    """The build for flight, with or without a key, and frames spoken to it."""

    def make(key: bytes | None) -> Board:
        return Board(Direct(Computer(Port(key), hil=False)))

    return make


KEY = bytes(range(KEY_BYTES))


def test_without_a_key_the_build_for_flight_obeys_nobody(built_for_flight):
    board = built_for_flight(None)
    board.hello()
    digest = board.upload(parameters())
    for key in (HIL_KEY, bytes(KEY_BYTES)):
        tail = {"session": board.session, "counter": 1, "digest": digest}
        assert (
            board.payload(board.signed(schema.PARAM_COMMIT, key=key, **tail))[1]["status"] == schema.BAD_MAC
        )


def flying(board: Board) -> Board:
    board.hello()
    tail = {"session": board.session, "counter": 1, "digest": board.upload(parameters())}
    assert board.payload(board.signed(schema.PARAM_COMMIT, key=KEY, **tail))[1]["status"] == schema.OK
    return board


def test_the_build_for_flight_takes_no_sensor_frame_and_no_way_to_the_repl(built_for_flight):
    board = flying(built_for_flight(KEY))
    sensors = LAYOUTS[schema.SENSORS].pack([1] * (LAYOUTS[schema.SENSORS].count - 1))
    for payload in (sensors, LAYOUTS[schema.TO_REPL].pack([board.session])):
        assert board.payload(payload) == (schema.REFUSED, {"status": schema.BAD_MAC, "frame": payload[3]})
    assert not board.link.computer.leave


def test_a_strangers_hello_does_not_end_a_flight(built_for_flight):
    board = flying(built_for_flight(KEY))
    computer, session = board.link.computer, board.session
    flight = computer.flight
    _kind, fields = board.hello(session=666)
    assert computer.flight is flight
    assert (fields["session"], fields["counter"]) == (session, 1)


def test_drivers_fly_the_build_for_flight(built_for_flight):
    computer = flying(built_for_flight(KEY)).link.computer
    out = bytearray(1024)
    computer.sensors.items.whole[1] = 1  # the tick; everything else silent
    n = computer.sense(out, 0)
    assert decode(deframe(bytes(out[: n - 1]).split(b"\0")[-1]))[0] == schema.ACTUATORS


def test_a_key_is_kept_by_the_ground_under_its_id(tmp_path, monkeypatch):
    monkeypatch.setenv(keys.VARIABLE, str(tmp_path / "keys"))
    key = keys.make()
    assert len(key) == KEY_BYTES
    assert keys.find(key_id(key)) == key
    (file,) = (tmp_path / "keys").iterdir()
    assert file.stat().st_mode & 0o77 == 0
    assert key.hex() not in file.name
    file.write_bytes(key[:-1])
    with pytest.raises(InputError, match="damaged"):
        keys.find(key_id(key))
    with pytest.raises(InputError, match="is not here: put it at"):
        keys.find(b"nowhere!")
    with pytest.raises(InputError, match="has no key and obeys nobody"):
        keys.find(Uplink(None, 1).key_id)


def test_a_board_reads_its_key_from_its_file_system(tmp_path):
    path = tmp_path / "perilune.key"
    assert load_key(str(path)) is None
    path.write_bytes(sealed(KEY))
    assert load_key(str(path)) == KEY


def test_a_key_is_whole_or_it_is_damaged():
    """A torn write, a flipped bit, a file of another format: none of them is a missing key."""
    record = sealed(KEY)
    assert unsealed(None) is None
    assert unsealed(b"\xff" * len(record)) is None  # flash that was never written
    assert unsealed(record) == KEY
    for size in range(len(record)):
        assert unsealed(record[:size]) == b""
    for bit in range(8 * len(record)):
        assert unsealed(flipped(record, bit)) == b""
    assert unsealed(record + b"\n") == b""


def test_a_file_that_cannot_be_read_is_a_damaged_key(tmp_path):
    assert load_key(str(tmp_path)) == b""


@pytest.mark.parametrize("hil", [True, False], ids=["rig", "flight"])
def test_a_damaged_key_obeys_nobody_and_says_so(hil: bool):
    """It must not fall back to the key that everybody knows."""
    board = Board(Direct(Computer(Port(b""), hil=hil)))
    _, fields = board.hello()
    assert fields["key_id"] == b"\xff" * 8
    tail = {"session": board.session, "counter": 1, "digest": board.upload(parameters())}
    for key in (HIL_KEY, KEY, bytes(KEY_BYTES)):
        reply = board.payload(board.signed(schema.PARAM_COMMIT, key=key, **tail))
        assert reply[1]["status"] == schema.BAD_MAC


def test_only_the_rigs_build_has_the_published_key():
    for hil, known in ((True, HIL_KEY), (False, None)):
        _, fields = Board(Direct(Computer(Port(None), hil=hil))).hello()
        assert fields["key_id"] == key_id(known)


@pytest.mark.parametrize("bit", range(32))
def test_every_bit_of_the_nonce_counts(bit: int):
    """A nonce cut to fewer bits would make two boots alike."""
    port = Port(KEY)
    port.boot_nonce = 1 << bit
    computer = Computer(port, hil=False)
    board = flying(Board(Direct(computer)))
    values = {"session": board.session, "command": schema.ARM, "last_tick": 9, "argument": (0.0, 0.0)}
    board.nonce = 0
    row = board.payload(board.signed(schema.COMMAND, key=KEY, **values, counter=2))
    assert row[1]["status"] == schema.BAD_MAC


def flipped(data: bytes, bit: int) -> bytes:
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def test_signing_changes_the_last_item_alone():
    values = {"session": 1, "counter": 2, "command": 3, "last_tick": 9, "argument": (4.0, 5.0)}
    payload = signature.signed(schema.COMMAND, values, KEY, 6)
    row = decode(deframe(enframe(payload)[:-1]))
    assert row[:-1] == [schema.COMMAND, 1, 2, 3, 9, 4.0, 5.0]
    assert row[-1] == signature.mac(KEY, 6, payload[:-16])


def test_a_logged_command_is_signed_anew_unless_it_was_forged():
    values = {"session": 1, "counter": 2, "command": 3, "last_tick": 9, "argument": (4.0, 5.0)}
    logged, wanted = (signature.signed(schema.COMMAND, values, KEY, nonce) for nonce in (6, 7))
    assert signature.resigned(logged, (KEY, 6), (KEY, 7)) == wanted
    forged = logged[:-1] + bytes([logged[-1] ^ 1])
    assert signature.resigned(forged, (KEY, 6), (KEY, 7)) == forged

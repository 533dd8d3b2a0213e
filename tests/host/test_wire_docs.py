"""docs/wire.md is the schema's: a change of the wire that is not documented fails here."""

from perilune.flight import modes
from perilune.link.authentication import HIL_KEY
from perilune.wire import schema
from perilune_host import wire_docs
from perilune_host.codec import SCHEMA_CRC, encode, enframe


def test_document_is_up_to_date():
    assert wire_docs.FILE.read_text(encoding="utf-8") == wire_docs.generate(), "run `make docs`"


def test_every_field_is_documented():
    text = wire_docs.generate()
    for name, fields in schema.FRAMES.values():
        section = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        for field in fields:
            assert f"| `{field[0]}` |" in section


def test_every_named_bit_and_number_is_documented():
    text = wire_docs.generate()
    bits = [
        name for name in vars(schema) if name.endswith(("_POWER_OFF", "_DESCENT_HEAD", "_DEPLOY", "_RELEASE"))
    ]
    for name in bits:
        assert f"| {getattr(schema, name).bit_length() - 1} | `{name}` |" in text


def test_a_changed_unit_changes_the_document(monkeypatch):
    before = wire_docs.generate()
    fields = list(schema.FRAMES[schema.COMMAND][1])
    fields[-1] = (*fields[-1][:3], "ft", *fields[-1][4:])
    monkeypatch.setitem(schema.FRAMES, schema.COMMAND, ("command", tuple(fields)))
    assert wire_docs.generate() != before


def test_a_hello_has_no_control_c_that_would_stop_a_board_while_it_starts():
    """It is sent again each second to a board that is not up yet; wire version 3 was one."""
    values = {"wire_version": schema.WIRE_VERSION, "schema_crc": SCHEMA_CRC, "session": 1}
    assert b"\3" not in enframe(encode(schema.HELLO, values))


def test_a_stranger_finds_every_number_that_comes_over_the_wire():
    """A client written from the page alone could name neither modes nor events, and had no key to sign with."""
    text = wire_docs.FILE.read_text(encoding="utf-8")
    for name in (*modes.NAMES, "ATTITUDE_KNOWN", "ARM_REFUSED", "FRAME_LOST"):
        assert f"| `{name}` |" in text
    assert f"0x{SCHEMA_CRC:08x}" in text and HIL_KEY.hex() in text

"""A log whose flight was killed: what is left of it is recovered, by us or by `mcap recover`, and replayed."""

import json
from pathlib import Path

import pytest

from perilune_host.errors import InputError
from perilune_rig.cli import main
from perilune_rig.flight.fly import fly
from perilune_rig.logs import Log
from perilune_rig.logs.reader import read
from perilune_rig.logs.recover import recover
from perilune_rig.scenario.catalogue import load_scenario

pytest.importorskip("mcap")


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("logs") / "flight.mcap"
    with Log(path) as made:
        fly(load_scenario("nominal_terminal", ["time_limit_s=40"]), 1, "python", observers=[made])
    return path


@pytest.mark.parametrize("share", [0.3, 0.55, 0.9, 0.999])
def test_a_log_that_was_cut_off_is_recovered_and_replays(whole, tmp_path, share, capsys):
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(whole.read_bytes()[: int(share * whole.stat().st_size)])
    assert main(["replay", str(cut), "--rung", "python"]) == 2
    assert "`perilune log recover` saves what is there" in capsys.readouterr().err
    assert main(["log", "recover", str(cut), "--json", "-"]) == 0
    told = json.loads(capsys.readouterr().out)
    saved = tmp_path / "cut.recovered.mcap"
    assert told["log"] == str(saved) and told["why"]
    assert read(saved).ticks == told["ticks"] <= 2000
    if told["ticks"]:
        assert main(["replay", str(saved), "--rung", "python"]) == 0
    assert main(["log", "recover", str(cut)]) == 2  # never writes over what is there


def test_most_of_the_flight_is_there(whole, tmp_path):
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(whole.read_bytes()[: int(0.9 * whole.stat().st_size)])
    assert recover(cut, tmp_path / "out.mcap").ticks > 500


def test_a_whole_log_is_recovered_as_it_is(whole, tmp_path):
    found = recover(whole, tmp_path / "same.mcap")
    assert found.why == "" and read(tmp_path / "same.mcap").result == read(whole).result


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (["perilune"], "recovered: its end is missing"),
        (["perilune", "perilune.result"], "ticks more were flown"),
    ],
)
def test_what_mcap_recover_leaves_is_replayed(whole, tmp_path, kept, said, capsys):
    """It was a KeyError where the result is missing, "damaged" where it tells of more frames than are left."""
    from mcap import records
    from mcap.stream_reader import StreamReader
    from mcap.writer import Writer

    saved = tmp_path / "theirs.mcap"
    with saved.open("wb") as file, whole.open("rb") as stream:
        out = Writer(file)
        out.start(profile="", library="recover")
        schemas, channels, left = {0: 0}, {}, 2500
        for one in StreamReader(stream).records:
            if isinstance(one, records.Schema):
                schemas.setdefault(one.id, out.register_schema(one.name, one.encoding, one.data))
            elif isinstance(one, records.Channel) and one.id not in channels:
                schema = schemas[one.schema_id]
                channels[one.id] = out.register_channel(one.topic, one.message_encoding, schema, one.metadata)
            elif isinstance(one, records.Metadata) and one.name in kept:
                out.add_metadata(one.name, one.metadata)
            elif isinstance(one, records.Message) and (left := left - 1) > 0:
                out.add_message(
                    channels[one.channel_id], one.log_time, one.data, one.publish_time, one.sequence
                )
        out.finish()
    assert main(["replay", str(saved), "--rung", "python"]) == 0
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    "data", [b"", b"\x89MCAP0\r\n", bytes(range(100, 200)), b"\x89MCAP0\r\n" + b"\xff" * 100]
)
def test_nothing_to_recover_is_one_line(tmp_path, data):
    (tmp_path / "x.mcap").write_bytes(data)
    with pytest.raises(InputError, match="nothing can be read"):
        recover(tmp_path / "x.mcap", tmp_path / "y.mcap")
    assert not (tmp_path / "y.mcap").exists()


def test_a_full_disk_leaves_no_half_log(whole, tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        recover(whole, Path("/proc/none/x.mcap"))

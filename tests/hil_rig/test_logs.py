"""Logs: whole by the official reader, exact, cheap to interrupt; and what a campaign writes of a run."""

import json
import os
import signal
from pathlib import Path

import pytest
from mcap.reader import NonSeekingReader, make_reader

from perilune.wire import schema
from perilune_host.errors import InputError, RigError
from perilune_rig.cli import main
from perilune_rig.flight.fly import Interrupted, fly
from perilune_rig.flight.observe import Observer
from perilune_rig.logs import Log, write
from perilune_rig.scenario.catalogue import load_scenario

SCENARIO = load_scenario("nominal_terminal", ["time_limit_s=12"])


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    """A log of 600 ticks with a fault in it, and the record of its flight."""
    fault = '[{target="radar", effect={dead=true}, start={time_s=2.0}, end={time_s=4.0}}]'
    path = tmp_path_factory.mktemp("logs") / "flight.mcap"
    scenario = load_scenario("nominal_terminal", ["time_limit_s=12", f"faults={fault}"])
    with Log(path) as log:
        record = fly(scenario, 3, "python", observers=[log])
    log.check()
    return path, record


def messages(path: Path, topic: str) -> list[dict]:
    with path.open("rb") as stream:
        return [json.loads(m.data) for _s, _c, m in make_reader(stream).iter_messages([topic])]


def metadata(path: Path) -> dict[str, dict]:
    with path.open("rb") as stream:
        return {record.name: record.metadata for record in make_reader(stream).iter_metadata()}


def test_the_official_reader_finds_every_checksum_right(logged):
    path, record = logged
    with path.open("rb") as stream:
        summary = make_reader(stream, validate_crcs=True).get_summary()
        stream.seek(0)
        read = sum(1 for _ in NonSeekingReader(stream, validate_crcs=True).iter_messages())
    assert summary and summary.statistics and read == summary.statistics.message_count
    counts = {
        c.topic: summary.statistics.channel_message_counts.get(n, 0) for n, c in summary.channels.items()
    }
    assert (
        counts["/wire/to_board"] == counts["/wire/from_board"] == record.ticks + 9
    )  # hello, parameters, arm
    assert counts["/truth"] == counts["/estimate"] == counts["/sensors"] == record.ticks // 5


def test_decoded_topics_say_what_the_flight_was(logged):
    path, record = logged
    truth, estimate = messages(path, "/truth"), messages(path, "/estimate")
    assert [row["agl_m"] for row in truth] == record.telemetry["agl_m"].tolist()
    assert [row["sigma_agl_m"] for row in estimate] == record.telemetry["nav_sigma_agl_m"].tolist()
    assert [change["mode"] for change in messages(path, "/modes")] == [change.mode for change in record.modes]
    assert [event["text"] for event in messages(path, "/events")] == [event.text for event in record.events]
    assert len(messages(path, "/log")) == len(record.events)
    assert [(row["target"], row["active"]) for row in messages(path, "/faults")] == [
        ("radar", True),
        ("radar", False),
    ]
    throttle = [sum(row["throttle"]) / 6 for row in messages(path, "/actuators")]
    assert max(throttle) == pytest.approx(
        max(record.telemetry["throttle"]) / 6, rel=0.01
    )  # one engine of six


def test_every_json_topic_has_a_schema_with_units_and_every_message_keeps_to_it(logged):
    path, _record = logged
    with path.open("rb") as stream:
        for described, channel, message in make_reader(stream).iter_messages():
            if channel.message_encoding != "json":
                continue
            assert described and described.encoding == "jsonschema"
            properties = json.loads(described.data)["properties"]
            assert set(json.loads(message.data)) <= set(properties)
    sensors = properties_of(path, "/sensors")
    assert sensors["radar_range_m"]["unit"] == "m"
    assert sensors["imu_a_dtheta"]["items"]["unit"] == "rad"


def properties_of(path: Path, topic: str) -> dict:
    with path.open("rb") as stream:
        summary = make_reader(stream).get_summary()
    assert summary
    channel = next(c for c in summary.channels.values() if c.topic == topic)
    return json.loads(summary.schemas[channel.schema_id].data)["properties"]


def test_run_result_scenario_and_parameters_are_inside(logged):
    path, record = logged
    found = metadata(path)
    assert (found["perilune"]["scenario"], found["perilune"]["seed"]) == ("nominal_terminal", "3")
    assert found["perilune.result"]["trace_hash"] == record.trace_hash
    with path.open("rb") as stream:
        files = {
            a.name: json.loads(a.data) for a in make_reader(stream, validate_crcs=True).iter_attachments()
        }
    assert files["scenario.json"]["time_limit_s"] == 12
    assert files["02-param_vehicle.json"]["engine_count"] == 1


class Interrupt(Observer):
    """Presses Ctrl-C while the log is writing."""

    def exchanged(self, frame: bytes, reply: bytes, time_us: int) -> None:
        if time_us == 200 * 20_000:
            os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_leaves_a_whole_log_of_what_was_flown(tmp_path):
    path = tmp_path / "cut.mcap"
    with pytest.raises(Interrupted) as cut, Log(path) as log:
        fly(SCENARIO, 1, "python", observers=[Interrupt(), log])
    assert cut.value.record.outcome == "invalid"
    found = metadata(path)["perilune.result"]
    assert found["outcome"] == "invalid" and 198 <= int(found["ticks"]) <= 200
    assert main(["replay", str(path), "--rung", "python"]) == 0


def test_a_flight_that_the_rig_fails_leaves_a_whole_log_with_the_reason(tmp_path, monkeypatch):
    def fails(_self, tick, *_more):
        if tick == 100:
            raise RigError("the cable is out")

    monkeypatch.setattr("perilune_sim.checks.Checks.check", fails)
    path = tmp_path / "cut.mcap"
    with pytest.raises(RigError), Log(path) as log:
        fly(SCENARIO, 1, "python", observers=[log])
    found = metadata(path)["perilune.result"]
    assert (found["reason"], found["ticks"]) == ("the cable is out", "100")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_costs_the_log_and_not_the_flight(capsys):
    words = ["fly", "nominal_terminal", "--rung", "python", "--set", "time_limit_s=2", "--no-report"]
    assert main([*words, "--json", "-", "--log", "/dev/full"]) == 3
    seen = capsys.readouterr()
    assert json.loads(seen.out)["ticks"] == 100  # flown to the end and told
    assert "/dev/full: the log is cut short: No space left on device" in seen.err.splitlines()[-1]


def test_an_unwritable_log_is_refused_before_the_flight(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"flight.mcap: cannot be written: Not a directory"):
        Log(tmp_path / "file" / "flight.mcap")


def test_a_campaign_writes_the_log_of_a_run_by_flying_it_once_more(tmp_path):
    record = fly(SCENARIO, 4, "python")
    path = tmp_path / "worst" / "4.mcap"
    write(path, SCENARIO, 4, "python", trace_hash=record.trace_hash)
    assert metadata(path)["perilune.result"]["trace_hash"] == record.trace_hash
    with pytest.raises(RigError, match="did not repeat itself"):
        write(path, SCENARIO, 4, "python", trace_hash="0" * 64)


def test_watching_changes_nothing(logged):
    plain = fly(SCENARIO, 1, "python")
    assert fly(SCENARIO, 1, "python", observers=[Observer(), Observer()]).trace_hash == plain.trace_hash


def test_schemas_cover_the_whole_wire():
    """A field added to the wire without a place in the log would be lost silently."""
    from perilune_rig.logs import topics

    for kind, parts in (
        (schema.SENSORS, [topics.SENSORS]),
        (schema.ACTUATORS, [topics.ESTIMATE, topics.ACTUATORS, topics.COMPUTER]),
    ):
        named = set().union(*(topic.schema["properties"] for topic in parts))
        assert named == {field[0] for field in schema.FRAMES[kind][1]}

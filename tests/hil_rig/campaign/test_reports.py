"""What a campaign leaves behind: one page that loads nothing, JUnit that CI reads, tables, documents, a trace."""

import csv
import html
import json
import re

import pytest
from junitparser import JUnitXml

from perilune_rig.campaign.evidence import docs, sensitivity, traceability
from perilune_rig.campaign.evidence.files import write_files
from perilune_rig.campaign.evidence.summary import as_json, summarise
from perilune_rig.campaign.evidence.table_columns import frame
from perilune_rig.campaign.plan import load
from perilune_rig.campaign.run import flying, session
from perilune_rig.campaign.run.conduct import Tally, conduct
from perilune_rig.campaign.run.descent_profile import HEIGHTS_M, pack, unpack
from perilune_rig.campaign.run.farm import Here
from perilune_rig.campaign.run.logged_runs import chosen, write_logs
from perilune_rig.flight.fly import fly
from perilune_rig.scenario import requirements
from tests import synthetic
from tests.hil_rig.campaign import kit

FAULTS = kit.CAMPAIGN.replace(
    "[[dispersions]]",
    '[[strata]]\nscenario = "nominal_terminal"\nfaults = ["lrf dead"]\nonsets = ["approach"]\n\n[[dispersions]]',
)


def sometimes_hard(scenario, seed, rung="vm", policy=None):
    flown = kit.made_up(scenario, seed, rung, policy)
    flown.touchdown["vertical_m_s"] += 2.0 * (seed % 4 == 0)
    return flown


@pytest.fixture(scope="module")
def flown(tmp_path_factory):
    """A campaign of two strata, one of them a fault, in which some flights were lost."""
    folder = tmp_path_factory.mktemp("reported")
    with pytest.MonkeyPatch.context() as patch:
        session, _tally = kit.fly_all(kit.write(folder, FAULTS), folder / "c", patch, flight=sometimes_hard)
        summary = summarise(session)
        list(write_files(session, summary, as_json(session, summary)))
        yield session, summary


def lost(session) -> list[int]:
    return [row.k for row in session.store.rows() if row.verdict == "fail"]


def test_the_page_needs_nothing_else_and_shows_all(flown):
    session, summary = flown
    page = (session.store.folder / "report.html").read_text(encoding="utf-8")
    own = re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    assert not re.search(r"(src|href)=", own)
    for words in (
        "Requirements",
        "refuted",
        "Faults on nominal_terminal",
        "Altitude estimate",
        summary.table_hash,
    ):
        assert words in own
    plots = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])["plots"]
    assert {"speeds", "places", "h-TD-1", "bundle", "sink", "altitude_error", "consistency", "wall"} <= set(
        plots
    )
    for k in lost(session):
        assert session.command(session.store.row(k)) in html.unescape(own)


def test_junit_has_a_case_for_every_run_and_a_failure_for_every_loss(flown):
    session, _summary = flown
    path = session.store.folder / "junit.xml"
    read = JUnitXml.fromfile(str(path))
    assert (read.tests, read.failures, read.errors) == (24, len(lost(session)), 0)
    assert [suite.name for suite in read] == [stratum.name for stratum in session.plan.strata]
    failed = [case.name for suite in read for case in suite if case.result]
    assert [int(name.split()[1]) for name in failed] == sorted(lost(session), key=lambda k: (k % 2, k))


def test_csv_holds_every_run_with_its_command(flown):
    session, _summary = flown
    with (session.store.folder / "runs.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["run"]) for row in rows] == list(range(24))
    assert rows[3]["command"] == session.command(session.store.row(3))
    assert float(rows[3]["TD-1"]) == session.store.row(3).value("TD-1")


def test_parquet_holds_the_same(flown):
    parquet = pytest.importorskip("pyarrow.parquet")
    session, _summary = flown
    table = parquet.read_table(session.store.folder / "runs.parquet").to_pydict()
    assert table["TD-1"] == [row.value("TD-1") for row in session.store.rows()]


def test_profiles_are_the_flight_at_its_heights():
    telemetry = synthetic.record().telemetry
    found = unpack(pack(telemetry))
    below = HEIGHTS_M < 15e3
    assert found["agl_m"][below] == pytest.approx(HEIGHTS_M[below], rel=0.05, abs=0.6)
    assert (found["agl_m"][below] <= HEIGHTS_M[below] + 1e-3).all()


def test_sensitivity_finds_what_drives_the_outcome(tmp_path, monkeypatch):
    """Made-up touchdown speeds grow with dry mass; nothing else that is known of a run drives them."""

    def driven(scenario, seed, rung="vm", policy=None):
        flown = kit.made_up(scenario, seed, rung, policy)
        flown.touchdown["vertical_m_s"] += 0.05 * scenario.vehicle.mass.dry_kg
        flown.drawn = {"noise": float(seed % 97)}
        return flown

    session, _tally = kit.fly_all(kit.write(tmp_path), tmp_path / "c", monkeypatch, runs=60, flight=driven)
    stratum, found = sensitivity.analyse(frame(session.store.rows()), ["TD-1"])
    (td1,) = found
    first = td1.drivers[0]
    assert (stratum, td1.outcome, first.cause) == ("nominal_terminal", "TD-1", "vehicle.mass.dry_kg")
    assert first.significant and first.rho > 0.3 and not td1.drivers[1].significant


def test_every_requirement_is_held_up_by_a_test_and_judged_by_a_campaign():
    rows = traceability.rows()
    assert [row.id for row in rows] == [need.id for need in requirements.load()]
    assert [row.id for row in rows if not row.tests] == []
    elsewhere = [need.id for need in requirements.load() if not need.of_every_rung]
    assert [row.id for row in rows if not row.campaigns] == elsewhere


def test_tests_name_only_requirements_that_there_are():
    known = {need.id for need in requirements.load()}
    assert {i for _name, ids in traceability.tests() for i in ids} == known


@pytest.mark.parametrize("path", docs.files(), ids=lambda path: path.name)
def test_documents_are_up_to_date(path):
    assert path.read_text(encoding="utf-8") == docs.files()[path], "run `make docs`"


def test_a_log_of_a_run_is_that_run_to_the_bit(tmp_path, monkeypatch):
    """A real flight: the log is flown anew and has to give the trace hash of the row."""
    pytest.importorskip("mcap")
    from perilune_rig.logs.reader import read

    monkeypatch.setattr(flying, "fly", fly)
    made = session.begin(load.plan(load.read(kit.write(tmp_path)), 7, 1), "vm", tmp_path / "c")
    conduct(made.planner(), made.store, Here("vm"), Tally(1), lambda *_: None)
    (path,) = write_logs(made, chosen(made, summarise(made), "worst"))
    assert read(path).result["trace_hash"] == made.store.row(0).trace_hash

"""The live view: what viewers are sent, what a bad or slow one costs, and the page in a real browser."""

import http.client
import json
import os
import shutil
from collections.abc import Iterator

import pytest

from perilune_rig.cli import main
from perilune_rig.flight.fly import fly
from perilune_rig.live import Feed, LiveView, Show
from perilune_rig.live.feed import FIRST_ROWS, NEXT_ROWS, ROWS, Cursor
from perilune_rig.scenario.catalogue import load_scenario

SCENARIO = load_scenario("nominal_terminal", ["time_limit_s=20"])
FLIGHT = {"title": "A flight", "scenario": "calm", "vehicle": "lander", "seed": 1, "rung": "vm"}


@pytest.fixture
def view() -> Iterator[LiveView]:
    with LiveView(0) as view:
        yield view


class Viewer:
    """A browser without a screen."""

    def __init__(self, view: LiveView, path: str = "/feed", host: str = "localhost") -> None:
        port = view.url.rsplit(":", 1)[1].rstrip("/")
        self.connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=20)
        self.connection.request("GET", path, headers={"Host": f"{host}:{port}"})
        self.reply = self.connection.getresponse()

    def message(self) -> dict:
        """The next one; empty at the end of the feed."""
        for line in self.reply:
            if line.startswith(b"data: "):
                return json.loads(line[6:])
        return {}


def test_a_viewer_sees_a_flight_from_its_heading_to_its_end(view):
    viewer = Viewer(view)
    assert viewer.message()["flight"] == {}  # nothing yet
    record = fly(SCENARIO, 2, "python", observers=[Show(view)])
    view.end({"outcome": "timeout", "verdict": "fail"})
    seen: dict = {"columns": {"time_s": []}, "happenings": []}
    while seen.get("result", {}).get("verdict") is None:
        message = viewer.message()
        seen["columns"]["time_s"] += message.get("columns", {}).get("time_s", [])
        seen["happenings"] += message.get("happenings", [])
        seen |= {name: message[name] for name in ("flight", "result") if name in message}
    assert seen["flight"]["seed"] == 2
    assert seen["columns"]["time_s"][-1] == 20.0 and seen["columns"]["time_s"] == sorted(
        seen["columns"]["time_s"]
    )
    shown = [item["text"] for item in seen["happenings"] if item["kind"] == "mode"]
    assert shown == [change.mode for change in record.modes]


def test_the_page_loads_nothing_from_elsewhere(view):
    page = Viewer(view, "/").reply.read().decode()
    assert "/*" not in page.split("<script>")[0]
    assert "http" not in page.replace('name="viewport"', "")
    assert "EventSource" in page


def test_a_late_viewer_gets_what_went_before_and_a_slow_one_fewer_rows():
    feed, seen = Feed(), Cursor()
    feed.begin(FLIGHT)
    for n in range(5000):
        feed.publish({"time_s": n / 10})
    first = feed.since(seen)["columns"]["time_s"]
    assert len(first) <= FIRST_ROWS and first[-1] == 499.9
    for n in range(5000, 6000):
        feed.publish({"time_s": n / 10})
    rest = feed.since(seen)["columns"]["time_s"]
    assert len(rest) <= NEXT_ROWS and rest[0] > 499.9 and rest[-1] == 599.9
    assert feed.since(seen) == {}


def test_memory_is_flat_however_long_the_flight():
    feed = Feed()
    for n in range(20 * ROWS):
        feed.publish({"time_s": n / 10})
        feed.happen(n / 10, "event", "again")
    rows = feed.since(Cursor())["columns"]["time_s"]
    assert len(feed._flight.rows) <= ROWS and len(feed._flight.happenings) <= 400
    assert rows[0] < 10 and rows[-1] > 20 * ROWS / 10 - 10


def test_a_new_flight_clears_the_page_and_a_campaign_goes_on():
    feed, seen = Feed(), Cursor()
    feed.begin(FLIGHT)
    feed.publish({"time_s": 100.0})
    feed.campaign({"name": "smoke", "done": 1, "total": 9, "passed": 1, "failed": 0})
    assert feed.since(seen)["campaign"]["total"] == 9
    feed.begin(FLIGHT | {"seed": 2})
    feed.publish({"time_s": 0.1})
    assert feed.since(seen) == {"flight": FLIGHT | {"seed": 2}, "columns": {"time_s": [0.1]}}


def test_viewers_that_go_away_or_never_read_cost_the_flight_nothing(view):
    plain = fly(SCENARIO, 1, "python").trace_hash
    stuck = [Viewer(view) for _ in range(3)]
    gone = Viewer(view)
    gone.reply.close()
    gone.connection.close()
    assert fly(SCENARIO, 1, "python", observers=[Show(view)]).trace_hash == plain
    assert stuck[0].message()["flight"] == {}


def test_a_flight_computer_that_is_not_heard_from_at_first_is_waited_for():
    """A flight must not fail for being watched: there is no actuator frame to show before the first has come."""
    feed = Feed()
    faults = "faults=[{target='link', effect={drop=1.0}, start={time_s=0}, end={time_s=1.0}}]"
    fly(load_scenario("nominal_terminal", ["time_limit_s=2", faults]), 1, "python", observers=[Show(feed)])
    assert feed.since(Cursor())["columns"]["time_s"][0] > 1.0


def test_too_many_viewers_are_told(view):
    viewers = [Viewer(view) for _ in range(17)]
    assert [viewer.reply.status for viewer in viewers] == 16 * [200] + [503]


def test_other_sites_and_other_paths_are_refused(view):
    assert Viewer(view, host="evil.example").reply.status == 403
    assert Viewer(view, "/../../etc/passwd").reply.status == 404


def test_a_taken_port_is_one_line(capsys):
    with LiveView(0) as view:
        port = view.url.rsplit(":", 1)[1].rstrip("/")
        assert main(["fly", "nominal_terminal", "--rung", "python", "--live-port", port]) == 2
    assert f"--live-port {port}: Address already in use: choose another" in capsys.readouterr().err


def test_without_a_port_a_taken_one_is_passed_over():
    with LiveView(0) as first:
        taken = int(first.url.rsplit(":", 1)[1].rstrip("/"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("perilune_rig.live.server.PORT", taken)
            with LiveView() as second:
                assert second.url != first.url


def test_fly_live_does_not_hang_where_nobody_sits(capsys):
    words = ["fly", "nominal_terminal", "--rung", "python", "--set", "time_limit_s=1", "--no-report"]
    assert main([*words, "--live-port", "0"]) == 1
    assert "live    http://127.0.0.1:" in capsys.readouterr().out


@pytest.fixture
def browser():
    """A real Chromium without a window."""
    sync = pytest.importorskip("playwright.sync_api", reason="playwright: pip install -e '.[browser]'")
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("no Chromium here: install one, or set CHROMIUM")
    with sync.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.browser
def test_the_page_in_a_real_browser(browser, tmp_path):
    """A whole flight: no script error, numbers and modes as flown, something drawn in every plot; then the next one."""
    page = browser.new_page(viewport={"width": 1600, "height": 900})
    errors: list = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    with LiveView(0) as view:
        page.goto(view.url, wait_until="domcontentloaded")
        page.get_by_text("waiting for a flight").wait_for()
        record = fly(load_scenario("nominal"), 1, observers=[Show(view)])
        view.campaign(
            {"name": "smoke", "done": 12, "total": 40, "passed": 11, "failed": 1, "text": "2 min left"}
        )
        view.end({"outcome": record.outcome, "verdict": "pass"})
        page.get_by_text("PASS: landed").wait_for()
        assert page.get_by_text("smoke: 12 of 40, 11 passed, 1 failed; 2 min left").is_visible()
        assert page.locator("#clock").inner_text() == f"{record.sim_time_s:.1f} s"
        assert page.locator("#modes .now").inner_text().startswith("safed")
        assert page.locator("#events .mode").count() == len(record.modes)
        page.wait_for_timeout(300)
        assert all(page.evaluate(DRAWN))
        page.screenshot(path=str(tmp_path / "whole.png"))
        page.get_by_role("button", name="whole flight").click()
        page.mouse.move(700, 250)
        page.wait_for_timeout(300)
        page.screenshot(path=str(tmp_path / "recent.png"))
        view.begin(FLIGHT)
        page.get_by_text("calm, vehicle lander, seed 1, rung vm").wait_for()
        assert page.locator("#events li").count() == 0
    assert not errors
    page.get_by_text("no connection").wait_for()  # and the page is still there


DRAWN = """() => [...document.querySelectorAll("canvas")].map((canvas) => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return new Set(new Uint32Array(pixels.buffer)).size > 20;
})"""

"""The report is one file that needs nothing else, holds every plot, and shows what happened."""

import base64
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from plotly import graph_objects

from perilune_rig.report import page, write_report
from perilune_sim.flight_record import InjectedFault, Violation
from tests import synthetic

PLOTS = {
    "profile",
    "track",
    "altimetry",
    "altitude_error",
    "horizontal",
    "vertical",
    "velocity_error",
    "attitude_error",
    "close_height",
    "close_error",
    "close_vertical",
    "close_horizontal",
    "throttle",
    "attitude",
    "rates",
    "rcs",
    "propellant",
    "tick",
    "heap",
}


def own_part(html: str) -> str:
    """The page without the plotting library."""
    start = html.index("<script>")
    return html[:start] + html[html.index("</script>", start) :]


def data(html: str) -> dict:
    """What the page's script draws."""
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert text
    return json.loads(text[1])


@pytest.fixture(scope="module")
def html() -> str:
    return page.render(synthetic.run())


def test_injected_faults_are_shown_with_their_detection():
    flown = synthetic.record(faults=[InjectedFault("star_tracker", {"noise": 9.0}, 500, None, True)])
    own = own_part(page.render(synthetic.run(flown)))
    assert "<td>star tracker</td><td>noise 9.0</td>" in own and '<td class="n">10.00</td>' in own
    assert "Injected faults" not in own_part(page.render(synthetic.run()))


def test_it_loads_nothing_from_elsewhere(html):
    own = own_part(html)
    assert "http:" not in own and "https:" not in own
    assert not re.search(r"<(script|img|iframe)[^>]*\ssrc|<link|@import|url\(", own)


def test_it_holds_every_plot_and_a_place_for_it(html):
    plots = data(html)["plots"]
    assert set(plots) == PLOTS
    assert all(f'id="{key}"' in html for key in plots)


def test_every_plot_is_one_that_plotly_accepts(html):
    drawn = data(html)
    for plot in drawn["plots"].values():
        traces = [trace | {"x": [0.0], "y": [0.0]} for trace in plot["data"]]
        graph_objects.Figure(data=traces, layout=plot["layout"])


def test_every_column_that_is_drawn_is_there_in_full(html):
    drawn = data(html)
    named = {t[a][1:] for plot in drawn["plots"].values() for t in plot["data"] for a in ("x", "y")}
    assert named <= set(drawn["columns"])
    rows = len(synthetic.record().telemetry["time_s"])
    sizes = {len(base64.b64decode(text)) for text in drawn["columns"].values()}
    assert sizes == {4 * rows}


def test_estimate_error_is_drawn_with_its_sigma(html):
    drawn = data(html)
    values = {name: np.frombuffer(base64.b64decode(text), "<f4") for name, text in drawn["columns"].items()}
    t = synthetic.record().telemetry
    assert values["agl_error_m"] == pytest.approx(t["nav_agl_m"] - t["agl_m"], abs=1e-3)
    assert values["agl_plus_m"] == pytest.approx(3.0 * t["nav_sigma_agl_m"], rel=1e-6)
    assert {trace["y"] for trace in drawn["plots"]["altitude_error"]["data"]} == {
        "@agl_minus_m",
        "@agl_plus_m",
        "@radar_error_m",
        "@lrf_error_m",
        "@agl_error_m",
    }


def test_plots_over_time_have_mode_bands_and_are_linked(html):
    plots = data(html)["plots"]
    linked = [plot for plot in plots.values() if plot["linked"]]
    assert len(linked) == len(plots) - 2  # height over speed, altitude over distance
    assert all(any(shape["type"] == "rect" for shape in plot["layout"]["shapes"]) for plot in linked)


def test_it_says_what_was_flown_and_judged(html):
    record = synthetic.record()
    for text in (
        "A calm descent",
        "TD-1",
        "1.12 m/s",
        "ENG-2",
        record.trace_hash,
        "laser 812.5 m off, 6.1 sigma",
    ):
        assert text in html
    assert '<p class="verdict pass">pass</p>' in html


def test_a_failed_flight_shows_where(tmp_path):
    record = synthetic.record(
        outcome="crashed",
        touchdown=synthetic.touchdown(vertical_m_s=41.0),
        violations=[Violation(900, "rate", "engine 0 throttle 0.2 to 0.9 in one tick")],
    )
    html = write_report(synthetic.run(record), tmp_path / "new" / "report.html").read_text(encoding="utf-8")
    assert '<p class="verdict fail">fail</p>' in html
    assert "engine 0 throttle 0.2 to 0.9 in one tick" in html
    assert html.count('<tr class="fail"') == 3  # outcome, vertical speed, throttle rate


def test_texts_from_files_are_escaped():
    run = synthetic.run()
    run = replace(run, scenario=synthetic.scenario("title=<script>alert(1)</script>"))
    assert "<script>alert(1)</script>" not in page.render(run)


@pytest.mark.parametrize("rows", [0, 1, 30])
def test_a_flight_cut_short_has_a_report_too(rows):
    whole = synthetic.record()
    telemetry = {name: column[:rows] for name, column in whole.telemetry.items()}
    record = synthetic.record(
        outcome="invalid", sim_time_s=rows / 10, telemetry=telemetry, modes=whole.modes[:1]
    )
    assert '<p class="verdict invalid">invalid</p>' in page.render(synthetic.run(record))

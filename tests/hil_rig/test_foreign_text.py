"""Text from files and boards, on a terminal, in a CSV cell, in HTML and in JSON inside HTML: shown, never obeyed."""

import argparse
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from perilune_host.plain import one_line, plain
from perilune_rig.campaign.evidence.files import _cell
from perilune_rig.cli import main, output
from perilune_rig.report.script_data import script_data

EVIL = "</script><script>document.title=1</script><img src=x onerror=alert(1)><!--<script>"
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil\u2066"


@given(st.text())
def test_plain_text_moves_no_cursor_and_loses_no_letter(text):
    shown = plain(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    assert plain("Zażółć 月 é") == "Zażółć 月 é"
    assert "\n" not in one_line(text) and len(one_line(text * 50)) <= 500


@given(st.text())
def test_no_text_ends_the_script_element_that_holds_it(text):
    data = script_data({"title": text + EVIL})
    assert "<" not in data
    assert json.loads(data)["title"] == text + EVIL


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text):
    assert _cell(text).startswith("'") and "\t" not in _cell(text)
    assert _cell("nominal") == "nominal" and _cell(-1.5) == -1.5


def test_the_console_shows_escapes_and_obeys_none(capsys):
    console = output.console(argparse.Namespace(json=None))
    table = Table()
    table.add_column(ESCAPES)
    table.add_row(Text(ESCAPES))
    for shown in (ESCAPES, Text(ESCAPES), table):
        console.print(shown, markup=False)
    said = capsys.readouterr().out
    assert not re.search("[\x1b\x07\x9b\u202e\u2066]", said) and said.count(r"\x1b]0;owned") == 4


class _Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.scripts = self.images = 0

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        self.images += tag == "img"
        assert not any(name.startswith("on") for name, _value in attrs)


def test_a_title_with_markup_is_text_in_report_log_and_terminal(tmp_path, capsys):
    pytest.importorskip("plotly")
    line = ["fly", "nominal_terminal", "--rung", "python", "--set", "time_limit_s=1"]
    pages = {}
    for name, title in (("plain", "A title"), ("evil", EVIL)):
        folder = tmp_path / name
        assert main([*line, "--set", f"title={title}", "--set", f"about={title}", "--out", str(folder)]) == 1
        pages[name] = _Elements()
        pages[name].feed((folder / "report.html").read_text())
    assert (pages["evil"].scripts, pages["evil"].images) == (pages["plain"].scripts, pages["plain"].images)
    assert main([*line, "--set", f"title={ESCAPES}", "--no-report"]) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_an_error_about_a_foreign_name_is_one_tame_line(capsys):
    assert main(["fly", f"./{ESCAPES}.toml"]) == 2
    assert r"\x1b]0;owned\x07" in capsys.readouterr().err

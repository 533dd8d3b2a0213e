"""One version, from one place: a board tells it in its hello; package, command line and changelog say the same."""

import importlib.metadata
import re
from pathlib import Path

import pytest

import perilune
from perilune_host.session import Session
from perilune_rig.cli import main
from perilune_rig.rungs.python import PythonRung

ROOT = Path(__file__).resolve().parents[1]
SOURCE = Path(perilune.__file__)


def test_a_board_tells_it_in_its_hello():
    rung = PythonRung()
    assert Session(rung).hello().software == perilune.VERSION
    rung.close()


def test_the_package_is_of_that_version():
    assert importlib.metadata.version("perilune") == perilune.VERSION


def test_the_command_line_says_it(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"perilune {perilune.VERSION}\n"


def test_the_changelog_begins_with_it():
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert newest and newest.group(1) == perilune.VERSION


def test_it_stands_nowhere_else():
    stated = re.compile(rf"""["'=v]{re.escape(perilune.VERSION)}["'\s]""")
    sources = [
        path
        for folder in ("firmware", "host", "sim_bridge", "hil_rig")
        for path in (ROOT / folder).rglob("*.py")
    ]
    sources += [
        ROOT / "pyproject.toml",
        ROOT / "setup.py",
        ROOT / "Makefile",
        *(ROOT / ".github").rglob("*.yml"),
    ]
    assert [
        path for path in sources if path != SOURCE and stated.search(path.read_text(encoding="utf-8"))
    ] == []

"""docs/gnc.md and docs/glossary.md say what the code does: numbers, modes, events and names are held against it."""

import ast
import importlib
import re

import pytest

from perilune.flight import event_table, events, modes
from tests.firmware.test_house import FLIGHT, TREES

DOCS = FLIGHT.parents[2] / "docs"
GNC = (DOCS / "gnc.md").read_text(encoding="utf-8")
GLOSSARY = (DOCS / "glossary.md").read_text(encoding="utf-8")
TERMS, GONE = GLOSSARY.split("## Words that are gone")
MODULES = {path.stem: path for path in FLIGHT.rglob("*.py")}
NUMBERS = re.findall(r"`(\w+)\.(\w+) = ([-\d.e]+)`", GNC)


def identifiers() -> set[str]:
    """Every name that the flight software gives or reads, without a leading underscore."""
    found: set[str] = set()
    for path, tree in TREES.items():
        if path.startswith("perilune/flight/"):
            for node in ast.walk(tree):
                words = [getattr(node, key, None) for key in ("id", "attr", "name", "arg")]
                found.update(word.lstrip("_") for word in words if isinstance(word, str))
    return found


NAMES = identifiers()


@pytest.mark.parametrize(("module", "name", "value"), NUMBERS)
def test_a_number_in_the_design_is_that_of_the_code(module: str, name: str, value: str):
    path = MODULES[module].relative_to(FLIGHT).with_suffix("")
    code = importlib.import_module("perilune.flight." + ".".join(path.parts))
    assert getattr(code, name) == pytest.approx(float(value))


def test_the_design_quotes_numbers():
    assert len(NUMBERS) > 20


def test_the_mode_diagram_is_the_table_of_modes():
    drawn = set(re.findall(r"^    (\w+) --> (\w+)$", GNC, re.M))
    name = [mode.upper() for mode in modes.NAMES]
    assert drawn == {(name[i], name[after]) for i, follows in enumerate(modes.FOLLOWS) for after in follows}


def test_every_fault_that_is_told_stands_in_the_fdir_table():
    table = GNC.split("## Fault detection")[1].split("\n## ")[0]
    rows = [row.split("|") for row in table.splitlines() if row.startswith("|")][2:]
    told = [word.strip() for row in rows for word in row[6].split(",")]
    assert all(all(cell.strip() for cell in row[1:7]) for row in rows)
    named = {code: name for name, code in vars(events).items() if isinstance(code, int)}
    names = {name: getattr(events, name) for name in told}
    assert len(told) == len(names) and named
    assert set(names.values()) == {code for code, row in event_table.TABLE.items() if row[1]}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([\w/]+\.py)`", GNC))))
def test_every_file_that_the_design_names_exists(path: str):
    assert (FLIGHT / path).exists() or (FLIGHT.parents[2] / path).exists()


def test_every_term_has_a_name_in_the_code():
    rows = [row.split("|") for row in TERMS.splitlines() if row.startswith("| ")][1:]
    assert len(rows) > 20
    for row in rows:
        assert row[2].strip().strip("`") in NAMES, row[1]


def test_no_old_word_is_a_name_in_the_code():
    old = re.findall(r"^\| `(\w+)` \|", GONE, re.M)
    assert len(old) > 10
    assert sorted(set(old) & NAMES) == []


def test_what_stands_for_an_old_word_is_a_name_in_the_code():
    now = {
        name
        for row in re.findall(r"^\| `\w+` \| (.*) \|$", GONE, re.M)
        for name in re.findall(r"`(\w+)`", row)
    }
    assert now - NAMES == {"propulsion"} - NAMES

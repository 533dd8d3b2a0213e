"""Figures in the documents are those that the commands which measured them wrote."""

import dataclasses

import pytest

from perilune_host.errors import InputError
from perilune_rig.bench import evidence
from perilune_rig.bench.evidence import FRONT, PAGES, Fact, with_table

OLD = Fact("hash", "one flight", "old", "`make it`", "1111111", "2026-01-01", "a machine")


@pytest.mark.parametrize("kind", list(PAGES))
def test_the_tables_are_what_was_measured(kind):
    text = PAGES[kind].read_text(encoding="utf-8")
    assert text == with_table(text, kind, evidence.read()), (
        "run python -m perilune_rig.bench.measure --tables"
    )


def test_the_front_page_shows_six_of_them():
    assert len(FRONT) == 6
    assert set(FRONT) <= {one.key for one in evidence.read()}


def test_who_measures_again_replaces_the_row_and_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr(evidence, "FACTS", tmp_path / "facts.json")
    monkeypatch.setattr(evidence, "PAGES", {"all": tmp_path / "page.md"})
    (tmp_path / "facts.json").write_text("[]")
    (tmp_path / "page.md").write_text(f"before\n{evidence.BEGIN}\n{evidence.END}\nafter\n")
    evidence.keep([OLD, dataclasses.replace(OLD, key="other")])
    evidence.keep([dataclasses.replace(OLD, result="new", build="2222222")])
    page = (tmp_path / "page.md").read_text()
    assert page.startswith("before\n") and page.endswith("after\n")
    assert page.count("| new |") == 1 and page.count("| old |") == 1
    assert page.index("2222222") < page.index("1111111")  # newest first


def test_a_page_without_a_place_for_them_is_refused():
    with pytest.raises(InputError, match="no single place"):
        with_table("nothing", "all", [OLD])

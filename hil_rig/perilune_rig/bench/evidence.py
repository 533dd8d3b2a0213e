"""Figures that the commands which measured them wrote: docs/evidence.json, and the tables that are made of it.

A fact has a key; who measures it again replaces it, with build, seeds, machine and command. The tables stand between
two comments in docs/evidence.md and README.md, so that no hand copies a figure; a test compares them with the file.
"""

import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

from perilune_host.errors import InputError

REPOSITORY = Path(__file__).resolve().parents[3]
FACTS = REPOSITORY / "docs" / "evidence.json"
PAGES = {"all": REPOSITORY / "docs" / "evidence.md", "front": REPOSITORY / "README.md"}
FRONT = ("hash", "nominal", "history", "speed", "basilisk", "tick")  # the six of the front page, in order
BEGIN, END = "<!-- measured: written by `make evidence` -->", "<!-- end of measured -->"


@dataclass(frozen=True)
class Fact:
    """One measured figure, in words, and how to measure it again."""

    key: str
    what: str
    result: str
    how: str
    build: str
    date: str
    machine: str


def fact(key: str, what: str, result: str, how: str) -> Fact:
    """A figure that was measured just now, here, on this build."""
    return Fact(key, what, result, how, build(), datetime.now(timezone.utc).date().isoformat(), machine())


def build() -> str:
    """The revision, with a + where the tree differs from it."""
    words = ["git", "-C", str(REPOSITORY), "describe", "--always", "--abbrev=7", "--exclude=*", "--dirty=+"]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise InputError(f"{REPOSITORY}: no git checkout: figures need the revision that they hold for")
    return done.stdout.strip()


def machine() -> str:
    """Processor, cores and Python, and how busy it was."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").is_file() else ""
    model = re.search(r"model name\s*: (.*)", text)
    cpu = model.group(1) if model else platform.machine()
    return f"{os.cpu_count()} x {cpu}, Python {platform.python_version()}, load {os.getloadavg()[0]:.0f}"


def read() -> list[Fact]:
    """All facts, newest build first."""
    return [Fact(**one) for one in json.loads(FACTS.read_text(encoding="utf-8"))]


def keep(new: Iterable[Fact]) -> None:
    """Replace the facts of these keys, and write the tables anew."""
    fresh = list(new)
    keys = {one.key for one in fresh}
    facts = [*fresh, *(one for one in read() if one.key not in keys)]
    FACTS.write_text(
        json.dumps([asdict(one) for one in facts], indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    write_tables()


def write_tables() -> None:
    """Put both tables into their pages."""
    for kind, page in PAGES.items():
        page.write_text(with_table(page.read_text(encoding="utf-8"), kind, read()), encoding="utf-8")


def with_table(text: str, kind: str, facts: list[Fact]) -> str:
    """The page with its table as these facts have it. InputError where the page has no place for one."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise InputError(f"{PAGES[kind].name}: no single place between {BEGIN!r} and {END!r}")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{_table(kind, facts)}{END}{rest.split(END)[1]}"


def _table(kind: str, facts: list[Fact]) -> str:
    if kind == "front":
        by_key = {one.key: one for one in facts}
        chosen = [by_key[key] for key in FRONT]
        rows = [f"| {one.what} | {one.result} | {one.how} | {one.build} |" for one in chosen]
        return "\n".join(["| what | result | how | build |", "|---|---|---|---|", *rows]) + "\n"
    rows = [
        f"| {one.build}, {one.date} | {one.what} | {one.result} | {one.how} | {one.machine} |"
        for one in facts
    ]
    return "\n".join(["| build | what | result | how | machine |", "|---|---|---|---|---|", *rows]) + "\n"

"""The hostile table: each row tried, counted, and flown again by the command it shows."""

import html
import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from random import Random

from perilune_host.errors import InputError, RigError
from perilune_rig.flight.fly import fly
from perilune_rig.hostile import forgeries
from perilune_rig.hostile.attacks import ATTACKS, Attack
from perilune_rig.hostile.cases import CASES, Case
from perilune_rig.hostile.soak import soak
from perilune_rig.hostile.target import Target
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.verdict.judge import judge

_FORGERIES, _FRAMES = 400, 60_000
_STYLE = (
    "body{font:14px sans-serif}td,th{padding:2px 8px;text-align:left}"
    ".not{background:#f6d5d5}td:last-child{font:12px monospace}"
)
_QUICK = 20  # times fewer of both


@dataclass
class Row:
    """survived: flights that passed, or attempts that changed nothing; detected: those that somebody counted."""

    fault: str
    command: str
    tries: int = 0
    survived: int = 0
    detected: int = 0
    accepted: int = 0  # undetected corruption, forgeries obeyed
    lost: int = 0  # runs without a result
    seeds: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)  # seeds

    @property
    def sound(self) -> bool:
        """All survived and detected, nothing accepted, nothing lost."""
        return self.survived == self.detected == self.tries and not self.accepted and not self.lost


def rows(only: str, seeds: Sequence[int], quick: bool) -> Iterator[Row]:
    """Try everything whose name fits `only`. InputError if nothing does."""
    found = False
    for case in CASES:
        if fnmatch(case.name, only) and (case.quick or not quick):
            found = True
            yield _flown(case, seeds)
    for kind in forgeries.KINDS:
        if fnmatch(f"command: {kind}", only):
            found = True
            yield _forged(kind, seeds, _FORGERIES // (_QUICK if quick else 1))
    if fnmatch("codec: damaged frames", only):
        found = True
        yield _soaked(seeds[0], _FRAMES // (_QUICK if quick else 1))
    for attack in ATTACKS.values():
        if fnmatch(attack.name, only) and not quick:
            found = True
            yield _attacked(attack, seeds)
    if not found:
        raise InputError(f"--only {only}: no row of the table fits")


def _again(name: str, seed: int) -> str:
    return f"python -m perilune_rig.hostile --only {shlex.quote(name)} --seed {seed}"


def _flown(case: Case, seeds: Sequence[int]) -> Row:
    words = ["perilune", "fly", case.scenario, "--seed", str(seeds[0]), "--set", *case.sets]
    row = Row(case.name, shlex.join(words), seeds=list(seeds))
    scenario = load_scenario(case.scenario, case.sets)
    for seed in seeds:
        row.tries += 1
        try:
            record = fly(scenario, seed)
        except RigError:
            row.lost += 1
            row.failed.append(seed)
            continue
        passed = judge(record, scenario).judgement == "pass"
        row.survived += passed
        row.detected += all(fault.acted for fault in record.faults)
        row.accepted += record.link["accepted"]
        if not passed:
            row.failed.append(seed)
    return row


def _forged(kind: str, seeds: Sequence[int], tries: int) -> Row:
    name = f"command: {kind}"
    row = Row(name, _again(name, seeds[0]), seeds=list(seeds))
    for seed in seeds:
        refused, unchanged = forgeries.attack(kind, tries, seed)
        row.tries += tries
        row.survived += refused if unchanged else 0
        row.detected += refused
        row.accepted += tries - refused
    return row


def _attacked(attack: Attack, seeds: Sequence[int]) -> Row:
    """On the real image. What was not survived was not detected either: a board that does not answer counts nothing."""
    row = Row(attack.name, _again(attack.name, seeds[0]), seeds=list(seeds))
    for seed in seeds:
        target = Target(flight=attack.flight)
        try:
            tally = attack.run(target, Random(f"attack {attack.name} {seed}"), attack.tries)
        finally:
            target.close()
        row.tries += tally.tries
        row.survived += tally.survived
        row.detected += tally.survived
        row.accepted += tally.accepted
        row.lost += tally.lost
        if tally.survived < tally.tries:
            row.failed.append(seed)
    return row


def _soaked(seed: int, frames: int) -> Row:
    counts = soak(frames, seed)
    name = "codec: damaged frames"
    tries, lost = counts.damaged, counts.not_in_step
    refused = tries - counts.accepted
    return Row(name, _again(name, seed), tries, refused, refused, counts.accepted, lost, [seed])


def plain(row: Row) -> str:
    """One line."""
    counts = f"{row.tries:7} {row.survived:8} {row.detected:8} {row.accepted:8} {row.lost:5}"
    seeds = f"  failed with seeds {row.failed}" if row.failed else ""
    return f"{row.fault:38} {counts}{seeds}"


HEAD = f"{'fault':38} {'tries':>7} {'survived':>8} {'detected':>8} {'accepted':>8} {'lost':>5}"


def write(table: Sequence[Row], folder: Path) -> list[Path]:
    """`hostile.json` and `hostile.html` in `folder`, made if missing. InputError where they cannot be written."""
    data = json.dumps([asdict(row) | {"sound": row.sound} for row in table], indent=2) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / "hostile.json", folder / "hostile.html"]
        for path, text in zip(paths, (data, _page(table)), strict=True):
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{error.filename or folder}: cannot be written: {error.strerror}") from None
    return paths


def _page(table: Sequence[Row]) -> str:
    names = ("fault", "tries", "survived", "detected", "accepted", "lost", "seeds", "command")
    head = "".join(f"<th>{name}" for name in names)
    body = "".join(
        f"<tr class={'sound' if row.sound else 'not'}>"
        + "".join(f"<td>{html.escape(str(getattr(row, name)))}" for name in names)
        for row in table
    )
    title = "Hostile link, input, operator"
    start = (
        f"<!doctype html><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>"
    )
    return f"{start}<table><tr>{head}{body}</table>\n"

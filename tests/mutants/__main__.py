"""How good are the tests? `make mutants`: change the flight software in one place, see if a test fails, many times.

A mutant that no test notices has survived. The score is the share of a random sample that did not. Every survivor
counts, also one that cannot be told from the original.
"""

import argparse
import ast
import json
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.mutants import child
from tests.mutants.changes import Mutant, count, mutant, mutated
from tests.mutants.patch import become
from tests.mutants.reach import Reach, measured
from tests.mutants.suite import FIRMWARE, Suite

# tables, arithmetic, what only a board runs
SPARED = "__init__ events algebra parameters schema board library qemu rp2 serve stm32".split()
PARTS = "flight checkpoint link wire boot ports".split()
MODULES = [
    path
    for part in PARTS
    for path in sorted((FIRMWARE / part).rglob("*.py"))
    if path.stem not in SPARED and not path.stem.endswith(("_thumb", "_viper"))
]
ENOUGH = 0.85
CONFIDENCE = 0.95


class Tried(NamedTuple):
    """A mutant and what became of it: killed, survived, or never reached by a test."""

    mutant: Mutant
    end: str


def sample(seed: int, wanted: int, only: str, since: str) -> list[Mutant]:
    """Mutants drawn without return from all modules alike, in the order of the draw; 0: all of them."""
    sources = {path: path.read_text() for path in MODULES if not only or path.stem in only.split(",")}
    every = [(path, number) for path, source in sources.items() for number in range(count(source))]
    if since:
        every = [(path, number) for path, number in every if touched(path, sources[path], number, since)]
    print(f"{len(every)} mutants in {len(sources)} modules")
    drawn = random.Random(seed).sample(every, min(wanted or len(every), len(every)))
    return [mutant(str(path), sources[path], number) for path, number in drawn]


def touched(path: Path, source: str, number: int, since: str) -> bool:
    """Whether a mutant's line is one that was written after a revision of git."""
    lines = changed_lines(path, since)
    return bool(lines) and mutant(str(path), source, number).line in lines


@cache
def changed_lines(path: Path, since: str) -> frozenset[int]:
    """The lines of a file, as it is now, that differ from a revision; exit status 2 if git does not know that."""
    command = ["git", "diff", "--unified=0", since, "--", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"error: --since {since}: {done.stderr.splitlines()[0]}", file=sys.stderr)
        sys.exit(2)
    hunks = re.findall(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", done.stdout, re.MULTILINE)
    return frozenset(line for first, n in hunks for line in range(int(first), int(first) + int(n or 1)))


def users(name: str) -> list[tuple[str, int]]:
    """Where the firmware uses a constant, constants that are made from it included: (path, line)."""
    found: list[tuple[str, int]] = []
    names, done = [name], set()
    while names:
        here = names.pop()
        done.add(here)
        for path in sorted(FIRMWARE.rglob("*.py")):
            tree = ast.parse(path.read_text())
            for node in ast.walk(tree):
                same = isinstance(node, ast.Name) and node.id == here and isinstance(node.ctx, ast.Load)
                if same or (isinstance(node, ast.Attribute) and node.attr == here):
                    found.append((str(path), node.lineno))
            for statement in tree.body:
                if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                    made = statement.targets[0].id
                    used = {n.id for n in ast.walk(statement.value) if isinstance(n, ast.Name)}
                    if here in used and made not in done:
                        names.append(made)
    return found


def tests_for(changed: Mutant, reach: Reach) -> list[str]:
    """The tests that run what was changed."""
    if changed.constant:
        return reach.tests(users(changed.constant))
    here = reach.tests((changed.path, line) for line in range(changed.first, changed.last + 1))
    return here or reach.tests((changed.path, line) for line in reach.lines.get(changed.path, ()))


def begin(changed: Mutant, tests: list[str], suite: Suite, reach: Reach) -> tuple[int, int]:
    """Start the trial of a mutant in a process of its own; its result is whether all tests pass."""
    module = sys.modules[".".join(Path(changed.path).with_suffix("").parts[1:])]

    def work() -> bool:
        path = Path(changed.path)
        code = compile(mutated(path.read_text(), changed.number), str(path.resolve()), "exec")
        try:
            become(module, code)
        except Exception:
            return False  # it cannot even be loaded
        return suite.passes(tests)

    return child.start(work, 10.0 + 4.0 * sum(reach.seconds[test] for test in tests))


def trials(sampled: list[Mutant], suite: Suite, reach: Reach, workers: int) -> Iterator[Tried]:
    """Try all, `workers` at once; yields each as it ends."""
    waiting = list(reversed(sampled))
    running: dict[int, tuple[Mutant, int]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                changed = waiting.pop()
                tests = tests_for(changed, reach)
                if not tests:
                    yield Tried(changed, "not reached")
                    continue
                pid, out = begin(changed, tests, suite, reach)
                running[pid] = changed, out
            if not running:
                continue
            pid, _status = os.wait()
            changed, out = running.pop(pid)
            passed = child.finish(out)
            if isinstance(passed, str):
                raise RuntimeError(f"{changed.path}:{changed.line}: {passed}")
            yield Tried(changed, "survived" if passed else "killed")
    finally:
        for pid in running:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def shown(tried: Tried) -> str:
    """One mutant on one line."""
    m = tried.mutant
    short = [text if len(text) < 90 else text[:87] + "..." for text in (m.before, m.after)]
    constant = f"{m.constant} = " * bool(m.constant)
    return f"{tried.end:11} {m.path}:{m.line}  {constant}{short[0]}  ->  {short[1]}"


def table(tried: list[Tried]) -> list[str]:
    """Killed of tried by module, the survivors, and the score with its interval."""
    from perilune_rig.campaign.evidence.statistics import (  # it imports the flight software
        lower_bound,
        upper_bound,
    )

    lines = ["module         tried  killed"]
    for path in MODULES:
        here = [t.end for t in tried if t.mutant.path == str(path)]
        if here:
            lines.append(f"{path.stem:14} {len(here):5}  {here.count('killed'):6}")
    lines += [shown(t) for t in sorted(tried) if t.end != "killed"]
    n, killed = len(tried), sum(t.end == "killed" for t in tried)
    if n:
        one_sided = 0.5 + 0.5 * CONFIDENCE
        low, high = lower_bound(killed, n, one_sided), upper_bound(killed, n, one_sided)
        lines.append(
            f"{killed} of {n} killed: {killed / n:.1%} (95 % interval {low:.1%} to {high:.1%}, Clopper-Pearson)"
        )
    return lines


def survivors(path: Path) -> list[Mutant]:
    """Those of an earlier run, where their place is still the same."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    old = [Mutant(*row[0]) for row in rows if row[1] != "killed"]
    found = []
    for m in old:
        source = Path(m.path).read_text()
        if m.number < count(source):
            now = mutant(m.path, source, m.number)
            found += [now] if (now.before, now.after) == (m.before, m.after) else []
    print(f"{len(found)} of {len(old)} survivors found again")
    return found


def main() -> int:
    """Exit status 0: enough were killed; 1: not enough; 130: interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__, allow_abbrev=False)
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--number", type=int, default=400, metavar="N", help="how many; 0: all")
    parser.add_argument("--only", default="", metavar="MODULES", help="such as touchdown,modes")
    parser.add_argument("--since", default="", metavar="REVISION", help="only lines changed since it, of git")
    parser.add_argument("--again", action="store_true", help="only what survived the last run")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--out", type=Path, default=Path("out") / "mutants", metavar="DIR")
    given = parser.parse_args()
    return Suite.run(lambda suite: tried_out(suite, given))


def tried_out(suite: Suite, given: argparse.Namespace) -> int:
    """Sample, try, report; the exit status."""
    results = given.out / "tried.jsonl"
    reach = measured(suite, given.out / "reach.json")
    sampled = survivors(results) if given.again else sample(given.seed, given.number, given.only, given.since)
    given.out.mkdir(parents=True, exist_ok=True)
    tried: list[Tried] = []
    status = 130
    try:
        with results.open("w") as kept:
            for t in trials(sampled, suite, reach, max(1, given.workers)):
                tried.append(t)
                kept.write(json.dumps(t) + "\n")
                kept.flush()
                print(f"{len(tried):4}/{len(sampled)} {shown(t)}", flush=True)
        status = 0 if sum(t.end == "killed" for t in tried) >= ENOUGH * len(tried) else 1
    except KeyboardInterrupt:
        print("mutants: interrupted; what was tried counts", file=sys.stderr)
    report = "\n".join(table(tried))
    (given.out / "table.txt").write_text(report + "\n")
    print(report)
    return status


if __name__ == "__main__":
    sys.exit(main())

"""Which tests reach which line of the flight software, and what each costs: measured once per state of the files."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from tests.mutants.child import apart
from tests.mutants.suite import FIRMWARE, Suite, digest

# Of a mutant's tests only the cheapest that together cost less than this are run, those of its own unit first.
BUDGET_S = 8.0


class Reach(NamedTuple):
    """Tests by what they reach; all keys are as pytest and coverage name them."""

    seconds: dict[str, float]  # of processor time under coverage, by test
    lines: dict[str, dict[int, list[str]]]  # tests by file and line

    def tests(self, places: Iterable[tuple[str, int]]) -> list[str]:
        """The tests that reach any of these lines (path, line), unit tests first, the cheapest first."""
        found = {test for path, line in places for test in self.lines.get(path, {}).get(line, ())}
        ordered = sorted(found, key=lambda test: ("tests/core" in test, self.seconds[test], test))
        left = BUDGET_S
        taken = []
        for test in ordered:
            left -= self.seconds[test]
            if left > 0.0 or not taken:
                taken.append(test)
        return taken


def measured(suite: Suite, kept: Path) -> Reach:
    """The reach of all tests; what `kept` holds of unchanged files is not measured again."""
    helpers = sorted({*Path("tests").glob("*/kit.py"), *Path("tests").glob("*/conftest.py")})
    base = digest([*sorted(FIRMWARE.rglob("*.py")), *helpers])
    files = suite.files()
    keys = {name: base + digest([Path(name)]) for name in files}
    known: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    known = {name: found for name, found in known.items() if found["key"] == keys.get(name)}
    kept.parent.mkdir(parents=True, exist_ok=True)
    for name, tests in files.items():
        if name not in known:
            print(f"measuring what {name} reaches", flush=True)
            found = apart(lambda tests=tests: suite.reach(tests))
            if not isinstance(found, dict):
                raise RuntimeError(f"{name}: {found}")
            known[name] = {"key": keys[name], **found}
            kept.write_text(json.dumps(known))
    seconds: dict[str, float] = {}
    lines: dict[str, dict[int, list[str]]] = {}
    for found in known.values():
        seconds |= found["seconds"]
        for path, here in found["lines"].items():
            for line, tests in here.items():
                lines.setdefault(path, {}).setdefault(int(line), []).extend(tests)
    return Reach(seconds, lines)

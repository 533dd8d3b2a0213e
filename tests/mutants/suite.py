"""The tests, collected once; any of them can then be run in a forked process without being imported again."""

import hashlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import coverage
import hypothesis
import pytest

FIRMWARE = Path("firmware") / "perilune"
TESTS = ("tests/firmware", "tests/model/test_mode_machine.py", "tests/core")
# Whole flights cost ten seconds each: they judge the flight software, not single lines of it.
LEFT_OUT = (
    "test_faults_flown.py",
    "test_descent.py",
    "test_any_input.py::test_no_input",
    "test_consistency.py",
)
LEFT_OUT += ("test_forgery.py", "test_a_divert_moves_the_landing", "test_three_resets_in_one_descent")
# What compares CPython with the real VM, which has no mutant in it, would not be a test of the logic.
COMPARING = ("machine", "other_rung")


class Suite:
    """A pytest plugin that hands its collected tests to `then` instead of running them."""

    def __init__(self, then: Callable[["Suite"], int]) -> None:
        self.then = then
        self.status = 2
        self.items: dict[str, Any] = {}
        self.failed = False

    @classmethod
    def run(cls, then: Callable[["Suite"], int]) -> int:
        """Collect, and return what `then` returns."""
        suite = cls(then)
        options = ("-qq", "-s", "-p", "no:cacheprovider", "-p", "no:timeout", "-p", "no:warnings")
        pytest.main([*options, "--rung", "python", *TESTS], plugins=[suite])
        return suite.status

    def pytest_configure(self, config: pytest.Config) -> None:
        """Hypothesis draws the same examples each time, and wastes none on making a failure shorter."""
        phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
        hypothesis.settings.register_profile(
            "mutants", derandomize=True, database=None, deadline=None, phases=phases
        )
        hypothesis.settings.load_profile("mutants")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for item in session.items:
            comparing = any(name in getattr(item, "fixturenames", ()) for name in COMPARING)
            if not comparing and not any(name in item.nodeid for name in LEFT_OUT):
                self.items[item.nodeid] = item
        try:
            self.status = self.then(self)
        except KeyboardInterrupt:
            self.status = 130
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed

    def passes(self, tests: Iterable[str]) -> bool:
        """Run these tests until one fails. In a forked process: it leaves fixtures behind."""
        items = [self.items[test] for test in tests]
        for item, after in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self.failed:
                return False
        return True

    def reach(self, tests: list[str]) -> dict[str, Any]:
        """Run these tests in a forked process: the processor time of each, and the lines of the firmware it runs."""
        cover = coverage.Coverage(data_file=None, include=[f"{FIRMWARE}/*"])
        seconds: dict[str, float] = {}
        cover.start()
        for test in tests:
            cover.switch_context(test)
            start = time.process_time()
            if not self.passes([test]):
                raise RuntimeError(f"{test} fails without any mutant")
            seconds[test] = time.process_time() - start
        cover.stop()
        data = cover.get_data()
        lines: dict[str, dict[int, list[str]]] = {}
        for path in data.measured_files():
            here = data.contexts_by_lineno(path)
            lines[str(Path(path).relative_to(Path.cwd()))] = {
                n: [t for t in ts if t] for n, ts in here.items()
            }
        return {"seconds": seconds, "lines": lines}

    def files(self) -> dict[str, list[str]]:
        """The tests of every file."""
        files: dict[str, list[str]] = {}
        for test in self.items:
            files.setdefault(test.split("::")[0], []).append(test)
        return files


def digest(paths: Iterable[Path]) -> str:
    """Of the contents of files."""
    return hashlib.sha256(b"".join(p.read_bytes() for p in paths)).hexdigest()[:16]

"""The pytest plugin, as a user's own suite meets it."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import perilune_rig.testing.lander  # noqa: F401  imported before pytester, which forgets what a run of it imports
from perilune_rig.rungs import RUNGS
from perilune_rig.vm.cache import cache_dir

pytest_plugins = "pytester"
TESTING = Path(__file__).resolve().parents[2] / "docs" / "testing.md"
CACHE = cache_dir()
SHORT = '"nominal_terminal", set={"time_limit_s": 2}'


@pytest.fixture
def suite(pytester, monkeypatch):
    """A user's suite: run(test body, *options) gives pytest's result."""
    monkeypatch.delenv("PERILUNE_PORT", raising=False)
    monkeypatch.setenv("PERILUNE_CACHE", str(CACHE))  # pytester changes HOME

    def run(body: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(body)
        return pytester.runpytest("-p", "no:cacheprovider", *options)

    return run


def test_the_example_in_the_documents_passes(suite):
    example = re.search(r"## Your own scenario tests.*?```python\n(.*?)```", TESTING.read_text(), re.DOTALL)
    assert example
    suite(example[1], "--strict-markers").assert_outcomes(passed=6)


def test_a_failure_names_the_worst_requirement_and_the_command_that_flies_it_again(suite):
    result = suite(f"def test_it(lander):\n    assert lander.fly({SHORT}, seed=7).landed", "--rung", "python")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*assert False*",
            "*where False = <Flight nominal_terminal seed 7 on python: timeout after 2.0 s>.landed",
            "*-- flights --*",
            "worst: OUT-1 *timeout*",
            "fly it again: perilune fly nominal_terminal --rung python --seed 7 --set time_limit_s=2",
        ]
    )


def test_junit_properties_hold_what_was_flown(suite, tmp_path):
    junit = tmp_path / "junit.xml"
    body = f"def test_it(lander):\n    lander.fly({SHORT})\n    lander.fly({SHORT}, seed=8)"
    suite(body, "--rung=python", "--perilune-seed=5", f"--junitxml={junit}").assert_outcomes(passed=1)
    found = {p.get("name"): p.get("value") for p in ElementTree.parse(junit).iter("property")}
    assert found["flight_1_command"].split()[-3:] == ["5", "--set", "time_limit_s=2"]
    assert (found["flight_2_outcome"], found["flight_2_verdict"]) == ("timeout", "fail")
    assert found["flight_1_trace_hash"] != found["flight_2_trace_hash"]
    assert (found["flight_1_rung"], found["flight_1_bit_exact"]) == ("python", "false")


def test_where_a_rung_is_required_nothing_passes_on_doubles(suite, monkeypatch):
    monkeypatch.setattr(RUNGS["vm"], "available", classmethod(lambda cls: "cc: not found"))
    body = f"def test_it(lander):\n    lander.fly({SHORT})"
    result = suite(body, "--perilune-require-rung")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*--perilune-require-rung: vm: not available here: cc: not found*"])


def test_seeds_count_up_from_the_first(suite):
    body = """
        import pytest
        @pytest.mark.perilune_seeds(3)
        def test_it(lander):
            assert lander.fly("nominal_terminal", set={"time_limit_s": 0.1}).run.seed == lander.seed
    """
    result = suite(body, "-v", "--rung=python", "--perilune-seed=40", "--strict-markers")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*test_it[[]seed40[]] PASSED*", "*seed41*", "*seed42*"])


def test_a_fault_that_changes_no_signal_fails_the_test(suite):
    fault = '{"target": "radar", "effect": {"dead": True}, "start": {"time_s": 1000.0}}'
    result = suite(f'def test_it(lander):\n    lander.fly("nominal_terminal", faults=[{fault}])')
    result.stdout.fnmatch_lines(["*the fault on radar changed no signal: *nominal_terminal seed 1*"])


def test_asking_for_a_touchdown_that_was_not_is_a_plain_failure(suite):
    result = suite(
        f"def test_it(lander):\n    assert lander.fly({SHORT}).touchdown.tilt_deg < 1", "--rung=python"
    )
    result.stdout.fnmatch_lines(["*AssertionError: it never touched the ground: <Flight*"])


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--rung=abacus",), "*no rung is called 'abacus'; there are vm, *"),
        (("--rung=board",), "*--perilune-rung board: not available here: set PERILUNE_PORT*"),
        (("--rung=board", "--port=/dev/none"), "*InputError: /dev/none: cannot be opened: no such port*"),
    ],
)
def test_a_rung_that_is_not_there_is_a_clear_failure(suite, options, complaint):
    result = suite(f"def test_it(lander):\n    lander.fly({SHORT})", *options)
    assert result.ret != 0
    result.stdout.fnmatch_lines([complaint])


def test_suites_with_options_of_the_same_name_keep_them(suite, pytester):
    """pytest-embedded has a --port, our own tests a --rung: both must win over the short names."""
    pytester.makeconftest(
        "def pytest_addoption(parser):\n"
        "    parser.addoption('--port', type=int)\n"
        "    parser.addoption('--rung', action='append', choices=['ladder'])\n"
    )
    body = f"""
        def test_it(lander, request):
            assert request.config.getoption("--port") == 9
            assert request.config.getoption("--rung") == ["ladder"]
            assert lander.fly({SHORT}).run.rung == "python"
    """
    suite(body, "--port=9", "--rung=ladder", "--perilune-rung=python").assert_outcomes(passed=1)


def test_a_suite_that_does_not_fly_notices_nothing(pytester):
    """In a process of its own: no import of the rig, no word in the output."""
    pytester.makepyfile(
        "import sys\ndef test_it():\n    assert not {'numpy', 'perilune_rig.flight.fly'} & set(sys.modules)"
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    assert "rung" not in result.stdout.str()


def test_xunit2_takes_what_was_flown_without_a_warning(suite, tmp_path):
    """record_property warned of xunit2, pytest's default: red where warnings are errors."""
    junit = tmp_path / "junit.xml"
    words = ["--rung=python", f"--junitxml={junit}", "-o", "junit_family=xunit2", "-W", "error"]
    suite(f"def test_it(lander):\n    lander.fly({SHORT})", *words).assert_outcomes(passed=1)
    assert "flight_1_trace_hash" in {p.get("name") for p in ElementTree.parse(junit).iter("property")}


def test_a_value_that_is_a_path_does_not_move_rootdir(suite, pytester):
    """`--perilune-port /dev/ttyACM0` made /dev the rootdir: no conftest, no configuration of the suite's own."""
    port = pytester.mkdir("elsewhere") / "tty"
    port.touch()
    body = "def test_it(request):\n    assert request.config.rootpath == request.config.invocation_params.dir"
    pytester.makeini("[pytest]")
    suite(body, f"--perilune-port={port}").assert_outcomes(passed=1)
    suite(body, "-o", f"perilune_port={port}", "-o", "perilune_rung=python").assert_outcomes(passed=1)
    result = suite(body, "--perilune-port", str(port))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*write --perilune-port={port} in one word*"])


def test_the_configuration_names_a_rung(suite, pytester):
    pytester.makeini("[pytest]\nperilune_rung = python")
    suite("def test_it(lander):\n    assert lander.rung == 'python'").assert_outcomes(passed=1)


def test_workers_of_xdist_take_turns_at_one_board(suite, pytester):
    pytest.importorskip("xdist")
    body = """
        import os, time
        import pytest
        from perilune_host.port_lock import PortLock

        @pytest.mark.parametrize("n", range(4))
        def test_it(lander, n):
            lock = PortLock("socket://one-board:1")
            time.sleep(0.2)
            lock.release()
    """
    suite(body, "--rung=python", "-n", "2").assert_outcomes(passed=4)

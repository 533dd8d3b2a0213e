"""Files that nobody would write on purpose, or somebody did: refused at loading, at once, in one line with the key."""

import os
import resource

import pytest

from perilune_rig.cli import main
from tests import synthetic

CALM = str(synthetic.SCENARIO)


@pytest.fixture
def refused(capsys):
    """Run a command line that must be refused, in little processor time; returns its one line of complaint."""

    def run(*words: str) -> str:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        status = main(words)
        lines = capsys.readouterr().err.splitlines()
        assert status == 2, lines
        assert len(lines) == 1 and len(lines[0]) < 600
        assert "internal" not in lines[0]
        assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 20
        return lines[0]

    return run


def scenario(folder, more="", **changes):
    """The made-up scenario with lines added at its end and keys changed, beside its vehicle."""
    (folder / "lander.toml").write_text((synthetic.DATA / "lander.toml").read_text())
    text = synthetic.SCENARIO.read_text()
    for key, value in changes.items():
        lines = [f"{key} = {value}" if line.startswith(f"{key} = ") else line for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    path = folder / "changed.toml"
    path.write_text(text + more)
    return str(path)


DIVERT = '\n[[commands]]\ncommand = "divert"\nwhen = {{ time_s = 9.0 }}\ndownrange_m = {}\nleft_m = 0.0\n'
FAULT = '\n[[faults]]\ntarget = "{}"\neffect = {{ {} }}\nstart = {{ time_s = {} }}\n'


@pytest.mark.parametrize("value", ["nan", "inf", "2e6", "-2000000.0", "1e308"])
def test_a_divert_to_nowhere_names_its_key(refused, tmp_path, value):
    assert "downrange_m: " in refused("fly", scenario(tmp_path, DIVERT.format(value)))


@pytest.mark.parametrize("value", ["nan", "inf", "1e12", "1" + "0" * 5000])
def test_a_moment_that_never_comes(refused, tmp_path, value):
    assert "changed.toml: " in refused("fly", scenario(tmp_path, FAULT.format("lrf", "dead = 1", value)))


@pytest.mark.parametrize(
    "target, effect",
    [
        ("contact", "on_bits = 2.7"),
        ("contact", "on_bits = -1"),
        ("lrf", "dead = 7"),
        ("velocimeter", "beams_lost = 8"),
    ],
)
def test_flags_and_bits_are_whole_numbers_that_fit(refused, tmp_path, target, effect):
    line = refused("fly", scenario(tmp_path, FAULT.format(target, effect, 1)))
    assert f"faults.0: effect on {target}: {effect.partition(' ')[0]} = " in line


@pytest.mark.parametrize(
    "change",
    [
        "commands.0.when.time_s=inf",
        "commands.0.when.time_s=nan",
        "time_limit_s=1e300",
        "vehicle.sensors.lrf.latency_ms=1e12",
        "vehicle.sensors.lrf.rate_hz=1e-300",
        "vehicle.mass.dry_kg=" + "9" * 5000,
        "vehicle.mass.dry_kg=1e308",
        "environment.orbit.perilune_m=15",
        "environment.orbit.latitude_deg=123",
        "environment.orbit.apolune_m=5000",
        "commands=" + "[" * 100_000,
        "commands=" + "[" * 900 + "]" * 900,
        "environment.terrain.craters=" + "{a=" * 500 + "1" + "}" * 500,
    ],
    ids=lambda change: change[:40],
)
def test_numbers_out_of_this_world_on_the_command_line(refused, change):
    line = refused("fly", CALM, "--set", change)
    assert change.partition("=")[0].rpartition(".")[2] in line


@pytest.mark.parametrize(
    "text",
    ["x = " + "[" * 100_000, "x = " + "{a=" * 100_000, "a." * 100_000 + "b = 1", "[a" + ".a" * 200_000 + "]"],
)
def test_nesting_without_end(refused, tmp_path, text):
    path = tmp_path / "deep.toml"
    path.write_text(text)
    assert "deep.toml" in refused("fly", str(path))
    assert "deep.toml" in refused("campaign", str(path))


def test_a_title_of_ten_megabytes(refused, tmp_path):
    assert "changed.toml: " in refused("fly", scenario(tmp_path, title='"' + "x" * 10_000_000 + '"'))
    assert "changed.toml: title: 20000 characters" in refused(
        "fly", scenario(tmp_path, title='"' + "x" * 20_000 + '"')
    )


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no such device here")
def test_what_has_no_end_is_no_file(refused, tmp_path):
    assert "/dev/zero: not a regular file" in refused("fly", scenario(tmp_path, vehicle='"/dev/zero"'))
    os.mkfifo(tmp_path / "pipe.toml")
    assert "pipe.toml: not a regular file" in refused("fly", str(tmp_path / "pipe.toml"))


def test_a_path_with_a_nul(refused):
    assert "fly" not in refused("fly", "./a\0b.toml")

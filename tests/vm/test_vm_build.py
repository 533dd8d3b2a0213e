"""Building: what is cached, what is rebuilt, and what is said when something is missing."""

import subprocess
import threading
from pathlib import Path

import pytest

from perilune_host.errors import InputError, RigError
from perilune_rig.vm.build import FIRMWARE_DIR, build, mpy_cross
from perilune_rig.vm.library import Vm


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("NAME = 'whole'\n")
    (tmp_path / "package" / "part.py").write_text("VALUE = 1\n")
    (tmp_path / "main.py").write_text("import machine\n")
    return tmp_path


def printed(library: Path, expression: str) -> str:
    with Vm(library) as vm:
        vm.exec(f"import package.part\nprint({expression})")
        return vm.log().strip()


def test_packages_are_frozen_by_their_path(modules):
    assert printed(build(modules), "package.NAME, package.part.VALUE") == "whole 1"


def test_an_edit_makes_another_library_and_undoing_it_finds_the_first(modules):
    first = build(modules)
    (modules / "package" / "part.py").write_text("VALUE = 2\n")
    second = build(modules)
    assert (first == second, printed(second, "package.part.VALUE")) == (False, "2")
    (modules / "package" / "part.py").write_text("VALUE = 1\n")
    assert build(modules) == first


def test_the_entry_scripts_of_the_board_are_left_out(modules):
    before = build(modules)
    (modules / "main.py").write_text("import machine\nmachine.reset()\n")
    assert build(modules) == before


def test_builds_at_the_same_time_give_one_library(modules):
    (modules / "package" / "part.py").write_text(f"VALUE = {str(modules)!r}\n")
    built: list[Path] = []
    threads = [threading.Thread(target=lambda: built.append(build(modules))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 3
    assert len(set(built)) == 1
    assert printed(built[0], "package.part.VALUE") == str(modules)


@pytest.mark.parametrize("text", ["x = (1,\n", "match 1:\n    case _: pass\n"])
def test_a_module_that_does_not_compile_is_named(modules, text):
    (modules / "package" / "part.py").write_text(text)
    with pytest.raises(InputError, match=r"package/part\.py: does not compile .* line \d+ SyntaxError"):
        build(modules)


def test_an_empty_directory_is_refused(tmp_path):
    with pytest.raises(InputError, match="no Python modules to freeze"):
        build(tmp_path)


def test_a_missing_compiler_is_named_with_its_mend(modules, monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(RigError, match="no-such-compiler not found: install a C compiler"):
        build(modules)


def test_every_firmware_file_compiles_for_the_board(tmp_path):
    for file in sorted(FIRMWARE_DIR.rglob("*.py")):
        command = [mpy_cross(), "-march=armv6m", "-o", tmp_path / "out.mpy", file]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{file}: {done.stderr}"

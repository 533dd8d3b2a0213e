"""What the cache holds is checked before it is loaded, run or built from, and the cache is nobody else's."""

import os

import pytest

from perilune_host.errors import RigError
from perilune_rig.vm import build, seal
from perilune_rig.vm.cache import cache_dir
from perilune_rig.vm.core import Core


def test_a_library_that_was_changed_is_never_loaded(tmp_path):
    library = tmp_path / "library-x.so"
    library.write_bytes(b"\x7fELF as built")
    assert not seal.sealed(library)
    seal.seal(library)
    assert seal.sealed(library)
    library.write_bytes(b"\x7fELF as changed")
    assert not seal.sealed(library)  # built anew: see perilune_rig.vm.build
    with pytest.raises(RigError, match="not what was built or fetched there: remove it"):
        seal.check(library)


def test_the_library_in_use_is_sealed():
    assert seal.sealed(build.build())


@pytest.mark.parametrize("change", ["content", "name", "more", "less", "link"])
def test_a_tree_is_checked_to_the_last_file(tmp_path, change):
    tree = tmp_path / "core"
    (tree / "py").mkdir(parents=True)
    (tree / "py" / "gc.o").write_bytes(b"object")
    (tree / "run").write_bytes(b"program")
    (tree / "link").symlink_to("run")
    seal.seal(tree)
    (tree / "py" / "left.pyc").write_bytes(b"by the way")
    assert seal.sealed(tree)
    {
        "content": lambda: (tree / "py" / "gc.o").write_bytes(b"objecT"),
        "name": lambda: (tree / "run").rename(tree / "ran"),
        "more": lambda: (tree / "py" / "evil.h").write_text(""),
        "less": lambda: (tree / "run").unlink(),
        "link": lambda: ((tree / "link").unlink(), (tree / "link").symlink_to("/etc/passwd")),
    }[change]()
    assert not seal.sealed(tree)


def test_a_core_is_checked_in_all_that_is_run_or_linked(tmp_path):
    core = Core(tmp_path / "core", tmp_path, "cc")
    for part in (core.objects / "a.o", core.port / "vm.c", core.mpy_cross):
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(b"as built")
    for part in (core.objects, core.port, core.mpy_cross):
        seal.seal(part)
    core.check()
    for part in (core.objects / "a.o", core.port / "vm.c", core.mpy_cross):
        part.write_bytes(b"changed")
        with pytest.raises(RigError, match="not what was built"):
            core.check()
        part.write_bytes(b"as built")


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_cache_that_others_may_write_into_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PERILUNE_CACHE", str(tmp_path / "cache"))
    assert cache_dir().stat().st_mode & 0o777 == 0o700
    (tmp_path / "cache").chmod(0o777)
    with pytest.raises(RigError, match="others may write into it: chmod go-w"):
        cache_dir()

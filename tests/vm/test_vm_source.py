"""Fetching sources, with a stand-in for apt-get so that no network is needed."""

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from perilune_host.errors import InputError, RigError
from perilune_rig.vm import source
from perilune_rig.vm.mirrors import debian_mirrors
from perilune_rig.vm.source import SourcePins, fetch_source, micropython_tree

APT_GET = """#!/bin/sh
echo "$@" >> {log}
case "$*" in
*update*) exit 0 ;;
*source*) cp {archive}/* . ;;
esac
"""

DEB822 = """\
Types: deb
URIs: http://two.invalid/debian/
 http://three.invalid/debian
Suites: bookworm bookworm-updates
Components: main

# Types: deb-src
Types: deb
URIs: http://two.invalid/debian-security
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: http://off.invalid/debian
Suites: bookworm
Components: main
"""


def tarball(path: Path, **members: str) -> None:
    with tarfile.open(path, "w:xz") as tar:
        for name, text in members.items():
            info = tarfile.TarInfo(name.replace("__", "/"))
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))


@pytest.fixture(params=["filters", "no filters"], autouse=True)
def python(request, monkeypatch) -> None:
    """Python as it is, and as Debian 12 has it: 3.11.2 cannot filter what it unpacks, and no make sil set itself up."""
    if request.param == "no filters":
        extract = tarfile.TarFile.extractall
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
        monkeypatch.setattr(
            tarfile.TarFile, "extractall", lambda tar, path, members=None: extract(tar, path, members=members)
        )


@pytest.fixture
def archive(tmp_path, monkeypatch) -> Path:
    """A mirror with one source package; returns the directory of its files."""
    archive, tools, log = tmp_path / "archive", tmp_path / "bin", tmp_path / "apt.log"
    archive.mkdir()
    tools.mkdir()
    (archive / "tool_1.0-1.dsc").write_text("Source: tool\n")
    tarball(
        archive / "tool_1.0.orig.tar.xz", **{"tool-1.0__src__main.c": "int main;", "tool-1.0__README": "read"}
    )
    tarball(archive / "tool_1.0-1.debian.tar.xz", debian__changelog="tool (1.0-1)")
    (tools / "apt-get").write_text(APT_GET.format(log=log, archive=archive))
    (tools / "apt-get").chmod(0o755)
    keyring = tmp_path / "keyring.gpg"
    keyring.touch()
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PERILUNE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(source, "KEYRINGS", [keyring])
    monkeypatch.setattr(source, "debian_mirrors", lambda: ["http://mirror.invalid/debian"])
    return archive


def pins(archive: Path) -> SourcePins:
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in archive.iterdir()}
    return SourcePins("1.0-1", files)


def test_a_source_package_is_unpacked_and_fetched_only_once(archive):
    tree = fetch_source("tool", "stable", pins(archive))
    assert (tree / "src" / "main.c").read_text() == "int main;"
    assert (tree / "debian" / "changelog").read_text() == "tool (1.0-1)"
    asked = (archive.parent / "apt.log").read_text().splitlines()
    assert fetch_source("tool", "stable", pins(archive)) == tree
    assert (archive.parent / "apt.log").read_text().splitlines() == asked
    assert len(asked) == 2
    assert asked[1].endswith("source --download-only tool=1.0-1")


def test_a_file_that_is_not_the_pinned_one_is_refused_and_leaves_nothing(archive):
    pinned = pins(archive)
    tarball(archive / "tool_1.0.orig.tar.xz", **{"tool-1.0__src__main.c": "int other;"})
    with pytest.raises(RigError, match=r"tool_1\.0\.orig\.tar\.xz: SHA-256 \w+ is not the pinned"):
        fetch_source("tool", "stable", pinned)
    assert [path.name for path in (archive.parent / "cache" / "source").iterdir()] == [".lock"]


def test_an_archive_that_reaches_outside_is_refused(archive):
    tarball(archive / "tool_1.0.orig.tar.xz", **{"tool-1.0__x": "", "..__..__escaped": "x"})
    with pytest.raises(RigError, match="cannot be unpacked"):
        fetch_source("tool", "stable", pins(archive))


def test_a_mirror_without_that_version_is_reported(archive):
    script = "#!/bin/sh\necho 'E: Version not found' >&2\nexit 100\n"
    (archive.parent / "bin" / "apt-get").write_text(script)
    with pytest.raises(RigError, match=r"tool 1\.0-1 of stable \(E: Version not found\): set MICROPY_DIR"):
        fetch_source("tool", "stable", pins(archive))


def test_missing_apt_and_missing_keyring_are_named(archive, monkeypatch):
    monkeypatch.setattr(source, "KEYRINGS", [archive / "absent.gpg"])
    with pytest.raises(RigError, match="install debian-archive-keyring"):
        fetch_source("tool", "stable", pins(archive))
    monkeypatch.setenv("PATH", str(archive))
    with pytest.raises(RigError, match="apt-get: not found"):
        fetch_source("tool", "stable", pins(archive))


def test_mirrors_come_from_the_machines_own_configuration(tmp_path, monkeypatch):
    (tmp_path / "parts").mkdir()
    (tmp_path / "sources.list").write_text(
        "deb [arch=amd64 signed-by=/k.gpg] http://one.invalid/debian bookworm main contrib\n"
        "# deb http://commented.invalid/debian bookworm main\n"
        "deb http://other.invalid/tools stable main\n"
        "deb http://vendor.invalid/debian stable nonfree\n"
    )
    (tmp_path / "parts" / "debian.sources").write_text(DEB822)
    config = tmp_path / "apt.conf"
    config.write_text(
        f'Dir::Etc::SourceList "{tmp_path / "sources.list"}";\n'
        f'Dir::Etc::SourceParts "{tmp_path / "parts"}";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(config))
    assert debian_mirrors() == [
        "http://one.invalid/debian",
        "http://two.invalid/debian",
        "http://three.invalid/debian",
        "http://other.invalid/tools",
    ]


def test_a_tree_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.setenv("MICROPY_DIR", str(tmp_path))
    with pytest.raises(InputError, match=r"not a MicroPython source tree \(it has no py/mpconfig\.h\)"):
        micropython_tree()
    (tmp_path / "py").mkdir()
    (tmp_path / "py" / "mpconfig.h").write_text("// 1")
    first = micropython_tree()
    (tmp_path / "py" / "mpconfig.h").write_text("// 2")
    assert first.path == tmp_path
    assert micropython_tree().identity != first.identity


@pytest.mark.parametrize(
    "edited", ["py/runtime.c", "py/asmx64.S", "extmod/moductypes.c", "lib/libm/sf_sin.c", "mpy-cross/main.c"]
)
def test_an_edit_of_a_tree_of_ones_own_is_another_tree(tmp_path, monkeypatch, edited):
    """One below a folder called `build` had the same identity whatever stood in it: the old library was flown."""
    tree = tmp_path / "build" / "micropython"
    for name in ("py/mpconfig.h", edited):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("1")
    monkeypatch.setenv("MICROPY_DIR", str(tree))
    before = micropython_tree().identity
    (tree / "mpy-cross" / "build").mkdir(parents=True)
    (tree / "mpy-cross" / "build" / "main.c").write_text("made")
    (tree / "py" / "runtime.o").write_text("made")
    assert micropython_tree().identity == before
    (tree / edited).write_text("2")
    assert micropython_tree().identity != before

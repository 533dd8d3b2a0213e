"""Source trees: MicroPython's, and any other Debian source package, fetched without root and checked twice.

apt checks the archive's signature down to each file's hash; the project pins the hash of each file besides.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from perilune_host.errors import InputError, RigError
from perilune_rig.vm.cache import cache_dir, locked, staging
from perilune_rig.vm.mirrors import debian_mirrors
from perilune_rig.vm.seal import seal

__all__ = ["KEYRINGS", "MICROPYTHON", "PrivateApt", "SourcePins", "Tree", "fetch_source", "micropython_tree"]

KEYRINGS = [Path(f"/usr/share/keyrings/debian-archive-keyring.{suffix}") for suffix in ("pgp", "gpg")]
OWN_TREE = "set MICROPY_DIR to an unpacked MicroPython source tree instead"
TREE_PARTS = ("py", "extmod", "shared", "tools", "mpy-cross")
_MADE = {".o", ".a", ".pyc"}  # by a build inside the tree
TREE_LIBRARIES = ("lib/libm", "lib/uzlib", "lib/re1.5", "lib/crypto-algorithms")


@dataclass(frozen=True)
class SourcePins:
    """A version of a source package, and the SHA-256 of each of its files by name."""

    version: str
    files: Mapping[str, str]

    def digest(self) -> str:
        """Names this version's content."""
        listed = "\n".join(f"{name} {sha256}" for name, sha256 in sorted(self.files.items()))
        return hashlib.sha256(listed.encode()).hexdigest()


@dataclass(frozen=True)
class Tree:
    """An unpacked MicroPython tree; `identity` changes with its content."""

    path: Path
    identity: str
    sealed: bool = False  # fetched, and checked before it is built from; one's own changes as one likes


MICROPYTHON: dict[str, SourcePins] = {
    "trixie": SourcePins(
        "1.25.0+ds-1",
        {
            "micropython_1.25.0+ds-1.dsc": "8c7c406be88a6f3bc19e694eb0bbc5841112243fdf2b5a296e000d8fdc5f3c34",
            "micropython_1.25.0+ds.orig.tar.xz": (
                "7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea"
            ),
            "micropython_1.25.0+ds-1.debian.tar.xz": (
                "87cd89f7900c86b963885dabe25acf3e5348815993f1500278ad8f6464465af4"
            ),
        },
    ),
    "sid": SourcePins(
        "1.26.1+ds-1",
        {
            "micropython_1.26.1+ds-1.dsc": "5c3feac74c0ad2ec2a8810b04e223bd634023bd24c5e5e10b545ba05a6b74a65",
            "micropython_1.26.1+ds.orig.tar.xz": (
                "f5ad2ec89d3e921f753d448955af98b6005655f84ba26087dde6ba0e8d062f34"
            ),
            "micropython_1.26.1+ds-1.debian.tar.xz": (
                "1f6af20cc729518aeeb039455d43d5cd6fe7cb94f6ecff9980836003bdf795c2"
            ),
        },
    ),
}


def micropython_tree(suite: str = "trixie") -> Tree:
    """The tree `$MICROPY_DIR` names, else that of the Debian suite (cached after the first time).

    InputError if MICROPY_DIR is not a MicroPython tree; RigError if it cannot be fetched.
    """
    named = os.environ.get("MICROPY_DIR")
    if named:
        return _own_tree(Path(named))
    pins = MICROPYTHON[suite]
    return Tree(fetch_source("micropython", suite, pins), pins.digest(), sealed=True)


def fetch_source(package: str, suite: str, pins: SourcePins) -> Path:
    """The unpacked tree of a Debian source package, without the package's patches; cached.

    RigError if apt or its keyring are missing, no configured mirror has that version, or a file is not the
    pinned one.
    """
    tree = cache_dir() / "source" / f"{package}-{pins.version}-{pins.digest()[:12]}-sealed"
    with locked(tree.parent / ".lock"):
        if not tree.is_dir():
            with staging(tree) as scratch:
                downloaded = _download(package, suite, pins.version, scratch)
                _check(downloaded, pins)
                unpacked = _unpack(downloaded, pins, scratch / "tree")
                unpacked.rename(tree)
                seal(tree)
    return tree


def _own_tree(path: Path) -> Tree:
    if not (path / "py" / "mpconfig.h").is_file():
        raise InputError(f"MICROPY_DIR: {path} is not a MicroPython source tree (it has no py/mpconfig.h)")
    digest = hashlib.sha256()
    for part in TREE_PARTS + TREE_LIBRARIES:
        for file in sorted((path / part).rglob("*")):
            inside = file.relative_to(path)
            if file.suffix not in _MADE and "build" not in inside.parts and file.is_file():
                digest.update(f"{inside}\0".encode() + file.read_bytes() + b"\0")
    return Tree(path.resolve(), digest.hexdigest())


def _download(package: str, suite: str, version: str, scratch: Path) -> Path:
    if shutil.which("apt-get") is None:
        raise RigError(f"apt-get: not found, so {package} cannot be fetched: {OWN_TREE}")
    keyring = next((path for path in KEYRINGS if path.is_file()), None)
    if keyring is None:
        raise RigError(f"{KEYRINGS[-1]}: not found: install debian-archive-keyring, or {OWN_TREE}")
    mirrors = debian_mirrors()
    if not mirrors:
        raise RigError(f"apt: no archive with a component main is configured: {OWN_TREE}")
    said = ""
    for number, mirror in enumerate(mirrors):
        apt = PrivateApt(scratch / f"apt{number}", mirror, suite, keyring)
        said = apt.run("update", "--error-on=any") or apt.run(
            "source", "--download-only", f"{package}={version}", where=apt.files
        )
        if not said:
            return apt.files
    raise RigError(f"apt: cannot fetch {package} {version} of {suite} ({said}): {OWN_TREE}")


class PrivateApt:
    """apt-get with lists, cache and sources of its own: changes nothing of the machine's, needs no root."""

    def __init__(self, home: Path, mirror: str, suite: str, keyring: Path, types: str = "deb-src") -> None:
        self.files = home / "files"
        for made in (self.files, home / "lists" / "partial", home / "cache" / "archives" / "partial"):
            made.mkdir(parents=True)
        sources = home / "perilune.sources"
        sources.write_text(
            f"Types: {types}\nURIs: {mirror}\nSuites: {suite}\nComponents: main\nSigned-By: {keyring}\n"
        )
        self._config = home / "apt.conf"
        # Hooks of the machine's own configuration may need root, and would act on its own lists.
        self._config.write_text(
            "#clear APT::Update;\n"
            f'Dir::Etc::SourceList "{sources}";\nDir::Etc::SourceParts "/dev/null";\n'
            f'Dir::State::Lists "{home / "lists"}";\nDir::Cache "{home / "cache"}";\n'
            f'Acquire::Languages "none";\nAPT::Sandbox::User "{_user()}";\n'
        )

    def run(self, *arguments: str, where: Path | None = None) -> str:
        """What went wrong, in one line; empty if nothing did."""
        done = subprocess.run(
            ["apt-get", "-qq", "-c", str(self._config), *arguments],
            cwd=where,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
        if done.returncode == 0:
            return ""
        errors = [line for line in done.stderr.splitlines() if line.startswith("E:")]
        return (errors or done.stderr.splitlines() or [f"exit status {done.returncode}"])[0]


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return "root"


def _check(downloaded: Path, pins: SourcePins) -> None:
    for name, pinned in pins.files.items():
        path = downloaded / name
        if not path.is_file():
            raise RigError(f"{name}: not among the files of the source package")
        got = hashlib.sha256(path.read_bytes()).hexdigest()
        if got != pinned:
            raise RigError(f"{name}: SHA-256 {got} is not the pinned {pinned}: refused; {OWN_TREE}")


def _unpack(downloaded: Path, pins: SourcePins, into: Path) -> Path:
    originals = [name for name in pins.files if ".orig.tar." in name]
    if len(originals) != 1:
        raise RigError(f"source package {pins.version}: no single original tarball in {sorted(pins.files)}")
    _extract(downloaded / originals[0], into)
    (tree,) = into.iterdir()
    for name in pins.files:
        if ".debian.tar." in name:
            _extract(downloaded / name, tree)
    return tree


def _extract(archive: Path, into: Path) -> None:
    try:
        with tarfile.open(archive) as tar:
            if hasattr(tarfile, "data_filter"):
                tar.extractall(into, filter="data")
            else:
                tar.extractall(into, members=map(_inside, tar))  # noqa: S202 (each is looked at)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise RigError(f"{archive.name}: cannot be unpacked: {error}") from None


def _inside(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member, if its path stays inside: for Python before 3.10.12 and 3.11.4 (Debian 12 has 3.11.2), which have no
    filters of their own. Links are trusted: what is unpacked is pinned by its SHA-256."""
    if member.name.startswith("/") or ".." in member.name.split("/"):
        raise tarfile.TarError(f"{member.name}: outside of the archive")
    return member

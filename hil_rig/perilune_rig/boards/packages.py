"""Sources that distributions carry as binary packages: fetched without root, checked twice, unpacked into the cache."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from perilune_host.errors import RigError
from perilune_rig.vm.cache import cache_dir, locked, staging
from perilune_rig.vm.commands import run, tool
from perilune_rig.vm.mirrors import debian_mirrors
from perilune_rig.vm.source import KEYRINGS, PrivateApt

__all__ = ["PICO_SDK", "TINYUSB", "Package", "fetch_package"]


@dataclass(frozen=True)
class Package:
    """An architecture-independent Debian package: version, SHA-256 of its file, and where in it the sources lie."""

    name: str
    suite: str
    version: str
    sha256: str
    tree: str


PICO_SDK = Package(
    "pico-sdk-source",
    "trixie",
    "2.1.1-1",
    "507a3ca37636641bc90239d7c04dc9dc28c5008087a8162102ea94d2273153d3",
    "usr/src/pico-sdk",
)
TINYUSB = Package(
    "tinyusb-source",
    "trixie",
    "0.18.0+dfsg-1",
    "01ce2c645df68f14a8a7dcfc8fb355713152543757955820479a87949a61154e",
    "usr/src/tinyusb",
)


def fetch_package(package: Package) -> Path:
    """Directory of the package's sources; cached.

    RigError if apt, dpkg-deb or the archive's keyring are missing, no configured mirror has that version, or the file
    is not the pinned one.
    """
    place = cache_dir() / "source" / f"{package.name}-{package.version}-{package.sha256[:12]}"
    with locked(place.parent / ".lock"):
        if not place.is_dir():
            with staging(place) as scratch:
                _unpack(_download(package, scratch), scratch / "tree").rename(place)
    return place / package.tree


def _download(package: Package, scratch: Path) -> Path:
    tool("apt-get", "apt-get", f"{package.name} comes through apt on Debian")
    keyring = next((path for path in KEYRINGS if path.is_file()), None)
    if keyring is None:
        raise RigError(f"{KEYRINGS[-1]}: not found: install debian-archive-keyring")
    said = "no archive with a component main is configured"
    for number, mirror in enumerate(debian_mirrors()):
        apt = PrivateApt(scratch / f"apt{number}", mirror, package.suite, keyring, types="deb")
        wanted = f"{package.name}={package.version}"
        failed = apt.run("update", "--error-on=any") or apt.run("download", wanted, where=apt.files)
        if not failed:
            return _checked(package, apt.files)
        said = failed if number == 0 else said
    raise RigError(f"apt: cannot fetch {package.name} {package.version} of {package.suite} ({said})")


def _checked(package: Package, files: Path) -> Path:
    (file,) = files.glob("*.deb")
    got = hashlib.sha256(file.read_bytes()).hexdigest()
    if got != package.sha256:
        raise RigError(f"{file.name}: SHA-256 {got} is not the pinned {package.sha256}: refused")
    return file


def _unpack(file: Path, into: Path) -> Path:
    run([tool("dpkg-deb", "dpkg-deb", "install dpkg"), "-x", str(file), str(into)], f"unpacking {file.name}")
    shutil.rmtree(into / "usr" / "share" / "doc", ignore_errors=True)
    return into

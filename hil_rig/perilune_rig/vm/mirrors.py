"""Debian mirrors that this machine's own apt configuration names."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

__all__ = ["debian_mirrors"]

ONE_LINE = re.compile(r"^\s*deb(?:-src)?\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$")


def debian_mirrors() -> list[str]:
    """URIs of archives with a component `main`, those that look like Debian's main archive first.

    Empty where apt is not configured or not installed.
    """
    if shutil.which("apt-config") is None:
        return []
    uris = {uri.rstrip("/"): None for path in _source_files() for uri in _uris(path)}
    return sorted(uris, key=lambda uri: uri.rsplit("/", 1)[-1] != "debian")


def _source_files() -> list[Path]:
    shown = subprocess.run(
        ["apt-config", "shell", "LIST", "Dir::Etc::SourceList/f", "PARTS", "Dir::Etc::SourceParts/d"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = dict(word.split("=", 1) for word in shlex.split(shown.stdout))
    parts = Path(found.get("PARTS", "/etc/apt/sources.list.d"))
    listed = Path(found.get("LIST", "/etc/apt/sources.list"))
    return [path for path in [listed, *sorted(parts.glob("*"))] if path.is_file()]


def _uris(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    stanzas = _deb822(text) if path.suffix == ".sources" else _one_line(text)
    for uris, suites, components in stanzas:
        if "main" in components and not all(re.search(r"security|backports", suite) for suite in suites):
            yield from (uri for uri in uris if not uri.startswith("cdrom:"))


def _one_line(text: str) -> Iterator[tuple[list[str], list[str], list[str]]]:
    for line in text.splitlines():
        match = ONE_LINE.match(line.split("#", 1)[0])
        if match:
            yield [match[1]], [match[2]], match[3].split()


def _deb822(text: str) -> Iterator[tuple[list[str], list[str], list[str]]]:
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", text):
        unfolded = re.sub(r"\n\s+", " ", stanza)
        fields = {name.lower(): value.split() for name, value in re.findall(r"(?m)^([\w-]+):(.*)$", unfolded)}
        if fields.get("enabled") not in (["no"], ["false"]):
            yield tuple(fields.get(name, []) for name in ("uris", "suites", "components"))  # type: ignore[misc]

"""`perilune doctor`: what this machine has, what is missing, and how to get it."""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from perilune_rig.cli import output
from perilune_rig.rungs import Rung


@dataclass(frozen=True)
class Check:
    """One thing looked for: what it is for, what was found (None: missing), and the mend."""

    name: str
    purpose: str
    found: str | None
    mend: str = ""


def add(verbs: argparse._SubParsersAction, about: str) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("doctor", help=about, description=about.capitalize() + ".", allow_abbrev=False)
    output.add_json(verb)
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Look at everything; never fails over what is missing."""
    output.check_json(args)
    checks = list(examine())
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("", "what", "for", "found, or how to get it"):
        table.add_column(name, overflow="fold")
    for check in checks:
        mark = Text("ok", "green") if check.found else Text("missing", "yellow")
        table.add_row(mark, *(Text(text) for text in (check.name, check.purpose, check.found or check.mend)))
    output.console(args).print(table)
    output.write_json(args, {"checks": [asdict(check) for check in checks]})
    return 0


def examine() -> Iterator[Check]:
    """All checks, in the order in which one thing needs another."""
    yield Check(
        "python", "everything", f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    )
    cc = os.environ.get("CC", "cc")
    yield _tool(cc, "building the world and the VM", "install a C compiler (apt-get install gcc), or set CC")
    yield _tool("make", "building the VM", "install GNU make (apt-get install make)")
    yield _source()
    yield from _rungs()
    yield _module("perilune_sim.world", "the simulated Moon", "make setup builds it (needs a C compiler)")
    yield _module("jinja2", "reports", "pip install -e '.[report]'")
    yield _module("plotly", "reports", "pip install -e '.[report]'")
    for name in ("scipy", "distributed"):
        yield _module(name, "campaigns", "pip install -e '.[campaign]'")
    yield _module("mcap", "logs and replay", "pip install -e '.[logs]'")
    yield _module(
        "Basilisk", "make validate: an independent check of the dynamics", "pip install -e '.[validate]'"
    )
    for name in ("pytest", "hypothesis"):
        yield _module(name, "make test", "pip install -e '.[test]'")
    for name in ("ruff", "pyright"):
        yield _module(name, "make lint", "pip install -e '.[lint]'")


def _tool(name: str, purpose: str, mend: str) -> Check:
    return Check(name, purpose, shutil.which(name), mend)


def _module(name: str, purpose: str, mend: str) -> Check:
    try:
        spec = importlib.util.find_spec(name)
        found = None if spec is None else _place(spec.origin)
    except Exception as error:
        found, mend = None, f"cannot be imported ({error}): {mend}"
    return Check(name, purpose, found, mend)


def _place(origin: str | None) -> str:
    return str(Path(origin).parent) if origin else "present"


def _source() -> Check:
    """Where the MicroPython source comes from: MICROPY_DIR, the cache, or apt."""
    name, purpose = "MicroPython source", "rung vm"
    own = os.environ.get("MICROPY_DIR")
    if own:
        good = (Path(own) / "py" / "mpconfig.h").is_file()
        mend = f"MICROPY_DIR={own} is not a MicroPython source tree: correct or unset it"
        return Check(name, purpose, f"MICROPY_DIR={own}" if good else None, mend)
    return Check(
        name, purpose, _cached_tree() or _apt_archive(), "set MICROPY_DIR to a MicroPython source tree"
    )


def _cached_tree() -> str | None:
    from perilune_rig.vm.cache import cache_dir

    trees = sorted((cache_dir() / "source").glob("micropython-*"))
    return str(trees[0]) if trees else None


def _apt_archive() -> str | None:
    """The archive that apt would fetch it from."""
    from perilune_rig.vm.mirrors import debian_mirrors

    mirrors = debian_mirrors() if shutil.which("apt-get") else []
    return f"apt can fetch it from {mirrors[0]}" if mirrors else None


def _rungs() -> Iterator[Check]:
    try:
        from perilune_rig.rungs import RUNGS
    except Exception as error:  # a doctor who dies of the patient's illness is no use
        yield Check("rungs", "flying", None, f"cannot be imported: {error}")
        return
    for name, rung in RUNGS.items():
        reason = _reason(rung)
        yield Check(f"rung {name}", rung.about, None if reason else "available", reason or "")


def _reason(rung: type[Rung]) -> str | None:
    try:
        return rung.available()
    except Exception as error:
        return str(error)

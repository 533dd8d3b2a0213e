"""`perilune list`: what can be flown, and on what."""

import argparse

from rich.console import Console
from rich.table import Table
from rich.text import Text

from perilune_host.errors import InputError
from perilune_rig.cli import output
from perilune_rig.rungs import RUNGS
from perilune_rig.scenario import catalogue
from perilune_rig.scenario.catalogue import load_scenario, load_vehicle


def add(verbs: argparse._SubParsersAction, about: str) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("list", help=about, description=about.capitalize() + ".", allow_abbrev=False)
    output.add_json(verb)
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Gather and show."""
    output.check_json(args)
    data = {"scenarios": scenarios(), "vehicles": vehicles(), "rungs": rungs()}
    console = output.console(args)
    for title, rows in data.items():
        _show(console, title, rows)
    output.write_json(args, data)
    return 0


def scenarios() -> list[dict]:
    """Catalogue scenarios: name, title, vehicle, expected outcome; or what is wrong with the file."""
    return [_entry(name, _scenario) for name in catalogue.names(catalogue.SCENARIOS)]


def vehicles() -> list[dict]:
    """Catalogue vehicles: name, about; or what is wrong with the file."""
    return [_entry(name, _vehicle) for name in catalogue.names(catalogue.VEHICLES)]


def rungs() -> list[dict]:
    """Rungs: name, about, and why one is not available here."""
    return [_rung(name, rung.about, rung.available()) for name, rung in RUNGS.items()]


def _rung(name: str, about: str, reason: str | None) -> dict:
    here = "available" if reason is None else f"not available: {reason}"
    return {"name": name, "about": about, "available": reason is None, "reason": reason, "here": here}


def _entry(name: str, describe) -> dict:
    try:
        return {"name": name, **describe(name)}
    except InputError as error:
        return {"name": name, "about": f"broken: {error}"}


def _scenario(name: str) -> dict:
    scenario = load_scenario(name)
    return {"about": scenario.title, "vehicle": scenario.vehicle.name, "expect": scenario.expect}


def _vehicle(name: str) -> dict:
    return {"about": " ".join(load_vehicle(name).about.split())}


def _show(console: Console, title: str, rows: list[dict]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    hidden = {"name", "available", "reason"}
    for row in rows:
        rest = (Text(str(value), overflow="fold") for key, value in row.items() if key not in hidden)
        table.add_row(Text(f"  {row['name']}"), *rest)
    console.print(title, style="bold")
    console.print(table)

"""Scenarios and vehicles by catalogue name or path, loaded, changed with `--set` and validated."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from perilune.wire import schema
from perilune_host.errors import InputError
from perilune_rig.scenario import overrides, requirements, toml_file, typed_toml
from perilune_rig.scenario.model import Scenario
from perilune_sim.config import Vehicle

DATA = Path(__file__).resolve().parents[1] / "data"
SCENARIOS = DATA / "scenarios"
VEHICLES = DATA / "vehicles"
GUIDANCE = {
    name: (low, high) for name, _kind, low, high, _scale, _offset in schema.items(schema.PARAM_GUIDANCE)
}


def names(folder: Path) -> list[str]:
    """Catalogue names in `folder` (SCENARIOS or VEHICLES), sorted."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def find(name: str, folder: Path, beside: Path | None = None) -> Path:
    """The file that `name` (a catalogue name or a path, also one relative to the folder `beside`) stands for."""
    if name.endswith(".toml") or "/" in name or "\\" in name:
        path = Path(name)
        return path if beside is None or path.is_absolute() else beside / path
    path = folder / f"{name}.toml"
    if path.is_file():
        return path
    what = folder.name.removesuffix("s")
    raise InputError(f"no {what} '{name}' in the catalogue{typed_toml.nearest(name, names(folder))}")


def load_vehicle(name: str, sets: Iterable[str] = ()) -> Vehicle:
    """A vehicle by catalogue name or path; `sets` are KEY=VALUE changes. InputError names file, key and offence."""
    path = find(name, VEHICLES)
    return _vehicle(path, toml_file.read(path), overrides.split(sets))


def load_scenario(name: str, sets: Iterable[str] = ()) -> Scenario:
    """A scenario by catalogue name or path, with its vehicle.

    `sets` are KEY=VALUE changes: `time_limit_s=900`, `environment.terrain.relief_m=0`, `vehicle=blue_ghost`,
    `vehicle.mass.dry_kg=350`. InputError names file or option, key and offence.
    """
    path = find(name, SCENARIOS)
    data = toml_file.read(path)
    changes = overrides.split(sets)
    vehicle_changes = [(k.removeprefix("vehicle."), v) for k, v in changes if k.startswith("vehicle.")]
    for key, value in changes:
        if key == "vehicle":
            data["vehicle"] = str(find(value.strip("\"'"), VEHICLES).resolve())
    if not isinstance(data.get("vehicle"), str):
        raise InputError(f"{path}: vehicle: give a catalogue name or the path of a vehicle file")
    vehicle_path = _find_vehicle(path, data["vehicle"])
    data["vehicle"] = {}
    _beside(path, data)
    for key, value in changes:
        if key.partition(".")[0] != "vehicle":
            overrides.apply(data, Scenario, key, value)
    vehicle = _vehicle(vehicle_path, toml_file.read(vehicle_path), vehicle_changes, "vehicle.")
    return _checked(path, Scenario, data | {"vehicle": vehicle})


# keys that name a file, relative to the scenario's own
FILES = ("environment.gravity.file", "environment.terrain.elevation", "environment.terrain.site_elevation")


def _beside(scenario: Path, data: dict) -> None:
    """Files that the scenario names, found from its own folder."""
    for key in FILES:
        *tables, name = key.split(".")
        table: Any = data
        for part in tables:
            table = table.get(part) if isinstance(table, dict) else None
        if isinstance(table, dict) and isinstance(table.get(name), str):
            table[name] = str(scenario.parent / table[name])


def _find_vehicle(scenario: Path, name: str) -> Path:
    try:
        return find(name, VEHICLES, beside=scenario.parent)
    except InputError as error:
        raise InputError(f"{scenario}: vehicle: {error}") from None


def _vehicle(path: Path, data: dict, changes: list[tuple[str, str]], prefix: str = "") -> Vehicle:
    for key, value in changes:
        overrides.apply(data, Vehicle, key, value, prefix)
    vehicle = _checked(path, Vehicle, data)
    for key, value in vehicle.guidance.items():
        _check_guidance(path, key, value)
    try:
        requirements.check_limits(vehicle.limits)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    return vehicle


def _check_guidance(path: Path, key: str, value: float) -> None:
    """Flight software takes these as they are, so they obey the wire's own ranges."""
    if key not in GUIDANCE:
        raise InputError(f"{path}: guidance.{key}: unknown key{typed_toml.nearest(key, GUIDANCE)}")
    low, high = GUIDANCE[key]
    if not low <= value <= high:
        raise InputError(f"{path}: guidance.{key}: {value:g} is outside {low:g} to {high:g}")


def _checked(path: Path, struct: type, data: dict) -> Any:
    try:
        return typed_toml.check(struct, data)
    except typed_toml.TableError as error:
        raise InputError(f"{path}: {error}") from None

"""Generates docs/scenario.md from the structures themselves: `python -m hil_rig.docs`."""

import ast
import inspect
import io
import tokenize
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import msgspec
from msgspec import Meta

from hil_rig import tables
from hil_rig.scenario import Scenario
from sim_bridge.config import Vehicle

FILE = Path(__file__).resolve().parents[1] / "docs" / "scenario.md"
INTRODUCTION = """\
# Scenario and vehicle files

Generated from `hil_rig/scenario.py` and `sim_bridge/config.py` by `make docs`; do not edit.

A scenario is a TOML file. `perilune fly NAME` takes one from the catalogue (`hil_rig/scenarios/`),
`perilune fly path/to/file.toml` any other. Its `vehicle` is a name from `hil_rig/vehicles/` or a path relative to
the scenario's file. Unknown keys, wrong types and values out of range are errors that name the file and the key.
Any key can be changed for one flight: `--set environment.terrain.relief_m=0`, `--set vehicle.mass.dry_kg=350`,
`--set commands.0.when.time_s=9`.

Units are in the names; angles in files are degrees where they say so, everything else is SI. `1 sigma` figures
are drawn from the seed. Coordinates "downrange" and "left" are those of the site frame: origin at the landing
site, x downrange along the direction of flight, y left, z up. The body frame has its origin at the inertial
units, z up through the deck, x to the side that faces the ground while braking.
"""


def generate() -> str:
    """The whole document."""
    parts = [INTRODUCTION]
    parts += [sections(title, root) for title, root in (("Scenario", Scenario), ("Vehicle", Vehicle))]
    return "\n".join(parts).rstrip() + "\n"


def sections(title: str, root: type) -> str:
    """The structure `root` and all in it, a table of keys each."""
    parts = [f"## {title} file\n", *(_section(struct, key, root) for key, struct in _walk(root, ""))]
    return "\n".join(parts)


def _walk(struct: type, key: str, seen: tuple[type, ...] = ()) -> Iterator[tuple[str, type]]:
    """The structure and those in it, with the key each is found under; the vehicle has a file of its own."""
    yield key, struct
    for name, kind in tables.fields(struct).items():
        inner = _inner(kind)
        if inner is not None and inner not in seen and inner is not Vehicle:
            mark = "[]" if get_origin(tables.bare(kind)) is list else ""
            yield from _walk(inner, f"{key}.{name}{mark}".lstrip("."), (*seen, struct))


def _inner(kind: Any) -> type | None:
    here = tables.bare(kind)
    if get_origin(here) is list:
        here = tables.bare(get_args(here)[0])
    return here if tables.is_struct(here) else None


def _section(struct: type, key: str, root: type) -> str:
    about = inspect.cleandoc(struct.__doc__ or "")
    head = f"### `{key}`\n\n{about}" if struct is not root else about
    rows = ["| key | type | default | meaning |", "|---|---|---|---|", *_rows(struct)]
    return f"{head}\n\n" + "\n".join(rows) + "\n"


def _rows(struct: type) -> Iterator[str]:
    notes = field_notes(struct)
    defaults = {field.name: field for field in msgspec.structs.fields(struct)}
    for name, kind in tables.fields(struct).items():
        cells = (f"`{name}`", type_text(kind), _default(defaults[name]), notes.get(name, "") or _about(kind))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def field_notes(struct: type) -> dict[str, str]:
    """The comment beside each field, from the source of the structure."""
    source = inspect.getsource(struct)
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    body = typing.cast(ast.ClassDef, ast.parse(source).body[0]).body
    named = [node for node in body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)]
    return {typing.cast(ast.Name, node.target).id: comments.get(node.end_lineno or 0, "") for node in named}


def _about(kind: Any) -> str:
    """A structure's own description, or that of an annotation."""
    inner = _inner(kind)
    if inner is not None:
        return inspect.cleandoc(inner.__doc__ or "").splitlines()[0]
    metas = (
        [meta for meta in get_args(kind)[1:] if isinstance(meta, Meta)]
        if get_origin(kind) is Annotated
        else []
    )
    return next((meta.description for meta in metas if meta.description), "")


def type_text(kind: Any) -> str:
    """A type in words, with its constraints."""
    if get_origin(kind) is Annotated:
        base, *metas = get_args(kind)
        return type_text(base) + "".join(_constraint(meta) for meta in metas if isinstance(meta, Meta))
    here = tables.bare(kind)
    origin, args = get_origin(here), get_args(here)
    if here is not kind:  # a union
        return " or ".join(type_text(arg) for arg in get_args(kind) if arg is not type(None))
    if origin is typing.Literal:
        return "one of " + ", ".join(f'"{arg}"' for arg in args)
    if origin is list:
        return f"list of {type_text(args[0])}"
    if origin is tuple:
        same = len(set(args)) == 1
        return f"{len(args)} x {type_text(args[0])}" if same else ", ".join(type_text(arg) for arg in args)
    if origin is dict:
        return f"table of {type_text(args[1])}"
    if tables.is_struct(here):
        return "name or path" if here is Vehicle else "table"
    return {float: "number", int: "whole number", str: "text", bool: "true or false"}[here]


def _constraint(meta: Meta) -> str:
    words = [(meta.gt, "> {:g}"), (meta.ge, ">= {:g}"), (meta.le, "<= {:g}"), (meta.lt, "< {:g}")]
    bounds = [text.format(value) for value, text in words if value is not None]
    if meta.min_length is not None and meta.max_length is not None:
        bounds.append(f"{meta.min_length} to {meta.max_length} items")
    if meta.pattern:
        bounds.append(f"matches `{meta.pattern}`")
    return f" {', '.join(bounds)}" if bounds else ""


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.default_factory is not msgspec.NODEFAULT:
        return "none"
    if field.default is msgspec.NODEFAULT:
        return "required"
    if isinstance(field.default, msgspec.Struct):
        return "as below"
    return _value(field.default)


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        return ", ".join(_value(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(generate(), encoding="utf-8")
    print(FILE)

"""`--set KEY=VALUE`: changes to a scenario or its vehicle from the command line, typed by the same structures."""

from collections.abc import Iterable
from typing import Any

import msgspec

from perilune_host.errors import InputError
from perilune_rig.scenario import typed_toml
from perilune_rig.scenario.toml_file import NotToml, parse


def split(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Parse each `KEY=VALUE`; InputError for one without `=` or key."""
    pairs = []
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise InputError(f"--set {text}: give KEY=VALUE, for example vehicle.mass.dry_kg=350")
        pairs.append((key.strip(), value.strip()))
    return pairs


def apply(data: dict, struct: type, key: str, text: str, prefix: str = "") -> None:
    """Set the dotted `key` of the nested tables `data` (of type `struct`) to `text`, converted to the key's type.

    `prefix` is what the user wrote before `key`. InputError for an unknown key or a value of the wrong type.
    """
    path: typed_toml.Path = tuple(int(part) if part.isdigit() else part for part in key.split("."))
    try:
        kind = typed_toml.kind_at(struct, path)
        value = _value(kind, text)
        _open_defaults(data, struct, path)
        _put(data, path, value)
    except typed_toml.TableError as error:
        raise InputError(f"--set {prefix}{key}={text}: {prefix if error.path else ''}{error}") from None


def _value(kind: Any, text: str) -> Any:
    """The text as a TOML value if it is one, else as a plain string; plain data, checked against `kind`."""
    try:
        value = parse(f"value = {text}")["value"]
    except NotToml:
        value = text
    if typed_toml.bare(kind) is str:
        value = text.strip("\"'")
    return msgspec.to_builtins(typed_toml.check(kind, value))


def _open_defaults(data: Any, struct: type, path: typed_toml.Path) -> None:
    """Write out the list that an item of `path` is in, where the file left it to its default."""
    where = next((depth for depth, part in enumerate(path) if isinstance(part, int)), 0)
    parent = typed_toml.bare(typed_toml.kind_at(struct, path[: max(0, where - 1)]))
    if not where or not typed_toml.is_struct(parent):
        return
    for part in path[: where - 1]:
        data = data.setdefault(part, {})
    defaults = {field.name: field.default for field in msgspec.structs.fields(parent)}
    default = defaults.get(str(path[where - 1]))
    if isinstance(default, list | tuple):
        data.setdefault(path[where - 1], list(default))


def _put(data: Any, path: typed_toml.Path, value: Any) -> None:
    for depth, part in enumerate(path[:-1]):
        data = _enter(data, part, path[: depth + 1])
    last = path[-1]
    if isinstance(data, list):
        _enter(data, last, path)
        data[int(last)] = value
    else:
        data[last] = value


def _enter(data: Any, part: str | int, path: typed_toml.Path) -> Any:
    """The table or list under `part`; tables that the file left to their defaults are opened."""
    if isinstance(part, int):
        if not isinstance(data, list) or part >= len(data):
            count = len(data) if isinstance(data, list) else 0
            raise typed_toml.TableError(
                path, f"no such item: the file has {count}; set the whole list instead"
            )
        return data[part]
    return data.setdefault(part, {})


def inline(value: Any) -> str:
    """A value (structures, typed_toml, lists, plain ones) as TOML on one line, fit for `--set KEY=`."""
    value = msgspec.to_builtins(value)
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {inline(item)}" for key, item in value.items() if item is not None)
        return "{" + inner + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else repr(value)

"""Typed tables: checks nested TOML data against msgspec structures and says where exactly it is wrong."""

import difflib
import types
import typing
from typing import Annotated, Any, get_args, get_origin

import msgspec

Path = tuple[str | int, ...]

# no quantity of a lander or its Moon comes near these; what does is a slip of the unit, or meant to do harm
MOST = 1e9
LONGEST = 10_000  # characters
DEEPEST = 16


class TableError(ValueError):
    """Data that does not fit its type; `path` is where."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{dotted(path)}: {message}" if path else message)
        self.path = path


def dotted(path: Path) -> str:
    """A path as people write it: `commands.0.when.time_s`."""
    return ".".join(str(part) for part in path)


def fields(struct: type) -> dict[str, Any]:
    """The structure's field types by name, constraints included."""
    hints = typing.get_type_hints(struct, include_extras=True)
    return {name: hints[name] for name in struct.__struct_fields__}


def bare(kind: Any) -> Any:
    """The type without constraints and without the None of an optional."""
    if get_origin(kind) is Annotated:
        return bare(get_args(kind)[0])
    if get_origin(kind) in (typing.Union, types.UnionType):
        return bare(next(arg for arg in get_args(kind) if arg is not type(None)))
    return kind


def is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def nearest(name: str, names: typing.Iterable[str]) -> str:
    """A hint for a wrong name: the names like it, or all when none is and they are few."""
    names = sorted(names)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if close:
        return f"; did you mean {' or '.join(close)}?"
    return f"; known: {', '.join(names)}" if names and len(names) <= 12 else ""


def unknown(path: Path, name: str, names: typing.Iterable[str]) -> TableError:
    return TableError((*path, name), "unknown key" + nearest(name, names))


def kind_at(kind: Any, path: Path) -> Any:
    """The type (constraints included) that `path` leads to from `kind`; TableError for a path that leads nowhere."""
    for depth, part in enumerate(path):
        here = bare(kind)
        origin = get_origin(here)
        if is_struct(here):
            known = fields(here)
            if part not in known:
                raise unknown(path[:depth], str(part), known)
            kind = known[typing.cast(str, part)]
        elif origin is dict:
            kind = get_args(here)[1]
        elif origin in (list, tuple) and str(part).isdigit():
            kind = _item_kind(here, int(part), path[: depth + 1])
        else:
            raise TableError(path[: depth + 1], "no such key: what is before it is a single value")
    return kind


def _item_kind(kind: Any, index: int, path: Path) -> Any:
    items = get_args(kind)
    if get_origin(kind) is list:
        return items[0]
    if index >= len(items):
        raise TableError(path, f"no such item: there are {len(items)}")
    return items[index]


def check(kind: Any, data: Any, path: Path = ()) -> Any:
    """Convert `data` to `kind`; TableError with the exact place of the first offence.

    The parts are checked one by one first: msgspec by itself does not say which item of a list is wrong.
    """
    if not path:
        limit(data)
    return _check(kind, data, path)


def limit(data: Any) -> None:
    """TableError where plain data hold what no file of ours has any use for: NaN, infinity, depth without end."""
    left: list[tuple[Path, Any]] = [((), data)]
    while left:
        path, value = left.pop()
        if len(path) > DEEPEST:
            raise TableError(path[:4], f"nested deeper than {DEEPEST} levels")
        if isinstance(value, dict):
            left += [((*path, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            left += [((*path, n), item) for n, item in enumerate(value)]
        elif isinstance(value, str) and len(value) > LONGEST:
            raise TableError(path, f"{len(value)} characters; at most {LONGEST}")
        elif isinstance(value, int | float) and not abs(value) <= MOST:
            what = value if isinstance(value, float) else "a whole number"
            raise TableError(path, f"{what} is outside {-MOST:g} to {MOST:g}")


def _check(kind: Any, data: Any, path: Path) -> Any:
    here = bare(kind)
    if is_struct(here) and isinstance(data, dict):
        _check_struct(here, data, path)
    elif get_origin(here) is list and isinstance(data, list):
        for index, item in enumerate(data):
            _check(get_args(here)[0], item, (*path, index))
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise TableError(path, _plain(str(error))) from None


def _check_struct(struct: type, data: dict, path: Path) -> None:
    known = fields(struct)
    for name in data:
        if name not in known:
            raise unknown(path, name, known)
    for name, kind in known.items():
        if name in data:
            _check(kind, data[name], (*path, name))


def _plain(message: str) -> str:
    """msgspec's message without its markup: `Expected `float` > 0.0 - at `$[0]``."""
    message, _, place = message.partition(" - at ")
    message = message.replace("`", "")
    message = message[:1].lower() + message[1:]
    item = place.strip("`").removeprefix("$")
    return f"{message} (item {item.strip('[]')})" if item[:1] == "[" and item != "[...]" else message

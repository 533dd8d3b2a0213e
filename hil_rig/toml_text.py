"""Plain values as inline TOML, for `--set`."""

from typing import Any

import msgspec


def inline(value: Any) -> str:
    """A structure, list or plain value as TOML on one line; what is None is left out."""
    return _text(msgspec.to_builtins(value))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{key} = {_text(item)}" for key, item in value.items() if item is not None) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else repr(value)

"""Gives a loaded module the behaviour of a changed one, without loading it and its users anew."""

import sys
from types import CodeType, FunctionType, ModuleType
from typing import Any


def become(module: ModuleType, code: CodeType) -> None:
    """Functions and methods get the new code; constants the new value, also where another module has imported them."""
    new: dict[str, Any] = {"__name__": module.__name__, "__file__": module.__file__}
    exec(code, new)
    for name, value in new.items():
        old = vars(module).get(name)
        if isinstance(value, type) and value.__module__ == module.__name__:
            for key, member in vars(value).items():
                _function(vars(old).get(key), member)
        elif isinstance(value, FunctionType) and value.__module__ == module.__name__:
            _function(old, value)
        elif not name.startswith("__") and not isinstance(value, ModuleType) and value != old:
            setattr(module, name, value)
            for other in list(sys.modules.values()):
                imported = not name.startswith("_") and getattr(other, "__dict__", {}).get(name) is old
                if imported and other is not module:
                    setattr(other, name, value)


def _function(old: Any, new: Any) -> None:
    if isinstance(new, property):
        old, new = old.fget, new.fget
    if isinstance(new, FunctionType):
        old.__code__ = new.__code__
        old.__defaults__ = new.__defaults__

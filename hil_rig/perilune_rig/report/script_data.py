"""Data inside a page's script element."""

import json
from typing import Any


def script_data(data: Any) -> str:
    r"""JSON in which no text can end the element, begin another, or open a comment: `<` is written as \\u003c."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

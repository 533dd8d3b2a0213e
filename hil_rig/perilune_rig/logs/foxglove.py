"""Two of Foxglove's well-known schemas, so that its log and 3D panels need no setting up.

See https://docs.foxglove.dev/docs/sdk/schemas: foxglove.Log and foxglove.FrameTransform.
"""

from collections.abc import Sequence
from typing import Any

from perilune_rig.logs.topics import DRAFT, Topic

INFO, WARNING = 2, 3
_TIME = {
    "type": "object",
    "title": "time",
    "properties": {
        "sec": {"type": "integer", "minimum": 0},
        "nsec": {"type": "integer", "minimum": 0, "maximum": 999999999},
    },
}
_STRING = {"type": "string"}


def _numbers(names: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "number"} for name in names.split()}}


def _topic(name: str, title: str, properties: dict[str, Any]) -> Topic:
    full = {
        "$schema": DRAFT,
        "title": title,
        "type": "object",
        "properties": {"timestamp": _TIME, **properties},
    }
    return Topic(name, full, lambda message: message)


LOG = _topic(
    "/log",
    "foxglove.Log",
    {
        "level": {
            "type": "integer",
            "description": "0 unknown, 1 debug, 2 info, 3 warning, 4 error, 5 fatal",
        },
        "message": _STRING,
        "name": _STRING,
        "file": _STRING,
        "line": {"type": "integer", "minimum": 0},
    },
)
TRANSFORM = _topic(
    "/tf",
    "foxglove.FrameTransform",
    {
        "parent_frame_id": _STRING,
        "child_frame_id": _STRING,
        "translation": _numbers("x y z"),
        "rotation": _numbers("x y z w"),
    },
)


def stamp(time_us: int) -> dict[str, int]:
    """Simulated time as Foxglove has it."""
    return {"sec": time_us // 1_000_000, "nsec": time_us % 1_000_000 * 1000}


def log(time_us: int, text: str, name: str, warning: bool) -> dict[str, Any]:
    """One line of the log panel."""
    level = WARNING if warning else INFO
    return {"timestamp": stamp(time_us), "level": level, "message": text, "name": name, "file": "", "line": 0}


def transform(
    time_us: int, child: str, position_m: Sequence[float], attitude: Sequence[float]
) -> dict[str, Any]:
    """Where `child` is in the site frame. attitude: quaternion child to site, w x y z."""
    return {
        "timestamp": stamp(time_us),
        "parent_frame_id": "site",
        "child_frame_id": child,
        "translation": dict(zip("xyz", position_m, strict=True)),
        "rotation": dict(zip("wxyz", attitude, strict=True)),
    }

"""The on-target budget of a flight: times of ticks and collections and the free heap, by mode of flight."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from perilune.flight import modes
from perilune.wire import schema
from perilune_host.codec import LAYOUTS

_NAMES = ["frame", *(item[0] for item in LAYOUTS[schema.ACTUATORS].items)]
_MODE = _NAMES.index("mode")
_NUMBER = _NAMES.index("tick")
_TICK, _GC, _HEAP = (_NAMES.index(name) for name in schema.MEASURED)
_QUANTILES = (50.0, 99.9, 100.0)


def by_mode(
    rows: Sequence[Sequence[Any]], round_trip_us: Sequence[float] = ()
) -> dict[str, dict[str, tuple[float, ...]]]:
    """Quantiles (p50, p99.9, max) in us of "tick", "collection", "both" and "round trip", lowest free "heap" in bytes.

    rows: decoded actuator frames; round_trip_us: per row, in the board's time, or empty. "both" is a tick with the
    collection after it, if there is one; the frame after tells of it. "longest" is the tick with the most of both.
    """
    seen = np.array([[row[i] for i in (_MODE, _TICK, _GC, _HEAP, _NUMBER)] for row in rows], dtype=np.int64)
    collected = np.append(seen[1:, 2], 0)
    trips = np.array(round_trip_us)
    out = {}
    for mode in dict.fromkeys(seen[:, 0].tolist()):
        mine = seen[:, 0] == mode
        part, after = seen[mine], collected[mine]
        figures = {
            "tick": _quantiles(part[:, 1]),
            "collection": _quantiles(after[after > 0] if after.any() else after),
            "both": _quantiles(part[:, 1] + after),
        }
        if len(trips) == len(seen):
            figures["round trip"] = _quantiles(trips[mine])
        longest = part[np.argmax(part[:, 1] + after), 4]
        out[modes.NAMES[mode]] = figures | {"heap": (float(part[:, 3].min()),), "longest": (float(longest),)}
    return out


def _quantiles(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(v) for v in np.percentile(values, _QUANTILES, method="higher"))


def table(rows: Sequence[Sequence[Any]], round_trip_us: Sequence[float] = ()) -> str:
    """The budget as text: one line per mode, times in ms as p50/p99.9/max. Empty where nothing was measured."""
    if not any(row[_TICK] for row in rows):
        return ""
    names = ("tick", "collection", "both", "round trip")
    heads = "".join(f" {name + ' ms':>17}" for name in names)
    lines = [f"  {'mode':10}{heads} {'heap KiB':>9} {'longest tick':>13}"]
    for mode, figures in by_mode(rows, round_trip_us).items():
        times = "".join(f" {_ms(figures.get(name)):>17}" for name in names)
        lines.append(f"  {mode:10}{times} {figures['heap'][0] / 1024:9.1f} {figures['longest'][0]:13.0f}")
    return "\n".join(lines)


def _ms(figures: tuple[float, ...] | None) -> str:
    return "-" if figures is None else "/".join(f"{v / 1000:.2f}" for v in figures)

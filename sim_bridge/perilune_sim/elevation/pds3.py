"""PDS3 labels and images of LOLA, SLDEM and NAC products, read with numpy.

Pixel (0, 0) is the upper left one; LINE_ and SAMPLE_PROJECTION_OFFSET count from its centre, as LOLA's catalogue and
GDAL have it. Height = DN x SCALING_FACTOR + OFFSET, less the sphere where that is a radius.
"""

import re
from pathlib import Path

import numpy as np

from perilune_host.errors import InputError
from perilune_sim.elevation.projection import Projection, known
from perilune_sim.elevation.raster import Raster, above_sphere

_LINE = re.compile(r'^\s*\^?(\w+)\s*=\s*"?([^"\n<]*?)"?\s*(?:<([^>]*)>)?\s*$', re.MULTILINE)
_TYPES = {
    "LSB_INTEGER": "<i",
    "MSB_INTEGER": ">i",
    "LSB_UNSIGNED_INTEGER": "<u",
    "MSB_UNSIGNED_INTEGER": ">u",
    "PC_REAL": "<f",
    "IEEE_REAL": ">f",
}


class Label:
    """The label's keys, each with its value and unit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = path.read_text(encoding="latin-1")
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}: give a PDS3 label") from None
        self._found = {key: (value.strip(), unit.strip().upper()) for key, value, unit in _LINE.findall(text)}

    def text(self, key: str) -> str:
        if key not in self._found:
            raise InputError(f"{self.path}: no {key} in the label")
        return self._found[key][0]

    def unit(self, key: str) -> str:
        return self._found[key][1]

    def number(self, key: str, default: float | None = None) -> float:
        """A number, or the default where the key is absent or N/A."""
        if default is not None and (
            key not in self._found or self.text(key).upper() in ("N/A", "NULL", "UNK")
        ):
            return default
        try:
            return float(self.text(key))
        except ValueError:
            raise InputError(f"{self.path}: {key} = {self.text(key)}: expected a number") from None


def open_raster(path: Path) -> Raster:
    """The raster of a .LBL (or .lbl) file; InputError names the label and the key that is wrong."""
    label = Label(path)
    rows, columns = int(label.number("LINES")), int(label.number("LINE_SAMPLES"))
    step_m = _map_scale_m(label)
    image, dtype = _image(label), _type(label)
    need = rows * columns * dtype.itemsize
    if image.stat().st_size < need:
        raise InputError(
            f"{image}: {image.stat().st_size} bytes; the label says {rows} x {columns} x {dtype.itemsize}"
        )
    data = np.memmap(image, dtype, mode="r", shape=(rows, columns))
    scale, offset = label.number("SCALING_FACTOR", 1.0), label.number("OFFSET", 0.0)
    unit = 1e3 if _kilometres(label) else 1.0
    missing = label.number("MISSING_CONSTANT", float("nan"))

    def read(at_rows: slice, at_columns: slice) -> np.ndarray:
        raw = np.array(data[at_rows, at_columns], dtype=np.float64)
        values = (raw * scale + offset) * unit
        values[raw == missing] = np.nan
        return above_sphere(values)

    return Raster(
        str(path),
        _projection(label),
        rows,
        columns,
        -label.number("SAMPLE_PROJECTION_OFFSET") * step_m,
        label.number("LINE_PROJECTION_OFFSET") * step_m,
        step_m,
        step_m,
        read,
    )


def _map_scale_m(label: Label) -> float:
    scale = label.number("MAP_SCALE")
    unit = label.unit("MAP_SCALE").replace("/PIXEL", "").replace("/PIX", "")
    if unit in ("KM", "KILOMETER", "KILOMETERS"):
        return 1e3 * scale
    if unit in ("M", "METER", "METERS"):
        return scale
    raise InputError(
        f"{label.path}: MAP_SCALE has the unit <{label.unit('MAP_SCALE')}>: expected km or m a pixel"
    )


def _kilometres(label: Label) -> bool:
    return label.number("OFFSET", 0.0) == 1737.4 or (
        "UNIT" in label._found
        and label.text("UNIT").upper()
        in (
            "KILOMETER",
            "KILOMETERS",
            "KM",
        )
    )


def _projection(label: Label) -> Projection:
    kind = known(label.text("MAP_PROJECTION_TYPE"), str(label.path))
    radius_m = 1e3 * label.number("A_AXIS_RADIUS")
    centre, lat = np.radians(label.number("CENTER_LONGITUDE")), label.number("CENTER_LATITUDE", 0.0)
    if kind == "equirectangular":
        return Projection(0, radius_m, centre, np.radians(lat))
    if abs(lat) != 90:
        raise InputError(f"{label.path}: CENTER_LATITUDE = {lat:g}: a polar map has 90 or -90")
    return Projection(1 if lat > 0 else -1, radius_m, centre)


def _type(label: Label) -> np.dtype:
    kind, bits = label.text("SAMPLE_TYPE"), int(label.number("SAMPLE_BITS"))
    if kind not in _TYPES or bits not in (8, 16, 32, 64):
        raise InputError(f"{label.path}: SAMPLE_TYPE = {kind} of {bits} bits is not read")
    return np.dtype(f"{_TYPES[kind]}{bits // 8}")


def _image(label: Label) -> Path:
    """The file that ^IMAGE names, or the label's own name with another end; either case."""
    named = label.text("IMAGE").strip('(",) ').split('"')[0]
    for name in (named, named.lower(), named.upper(), label.path.stem + ".IMG", label.path.stem + ".img"):
        path = label.path.parent / name
        if path.is_file():
            return path
    raise InputError(f"{label.path}: image {named} is not beside the label")

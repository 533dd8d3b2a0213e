"""GeoTIFF and PDS4 through rasterio (extra `terrain`)."""

from pathlib import Path
from typing import Any

import numpy as np

from perilune_host.errors import InputError, RigError
from perilune_sim.elevation.projection import Projection, known
from perilune_sim.elevation.raster import SPHERE_M, Raster, above_sphere


def open_raster(path: Path) -> Raster:
    """The first band of anything that GDAL reads; InputError names the file and what is wrong with it."""
    try:
        import rasterio  # pyright: ignore[reportMissingImports] - an extra
        from rasterio.errors import RasterioIOError  # pyright: ignore[reportMissingImports] - an extra
    except ImportError:
        raise RigError(f"{path}: rasterio is missing: pip install 'perilune[terrain]'") from None
    if not path.is_file():
        raise InputError(f"{path}: No such file or directory: give an elevation raster")
    try:
        data: Any = rasterio.open(path)
    except RasterioIOError as error:
        raise InputError(f"{path}: {error}") from None
    a = data.transform
    if data.crs is None or a.b or a.d or a.a <= 0 or a.e >= 0:
        raise InputError(f"{path}: the raster has no map projection, or is not north up")
    projection, unit_m, false = _projection(data.crs.to_dict(), str(path))
    return Raster(
        str(path),
        projection,
        data.height,
        data.width,
        (a.c + 0.5 * a.a - false[0]) * unit_m,
        (a.f + 0.5 * a.e - false[1]) * unit_m,
        a.a * unit_m,
        -a.e * unit_m,
        _reader(path, data),
    )


def _reader(path: Path, data: Any) -> Any:
    scale, offset = data.scales[0], data.offsets[0]
    unit = 1e3 if (data.units[0] or "").lower() in ("km", "kilometer", "kilometre") else 1.0

    def read(rows: slice, columns: slice) -> np.ndarray:
        window = ((rows.start, rows.stop), (columns.start, columns.stop))
        values = data.read(1, window=window, masked=True).astype(np.float64)
        return above_sphere((values * scale + offset).filled(np.nan) * unit)

    return read


def _projection(crs: dict, where: str) -> tuple[Projection, float, tuple[float, float]]:
    """The projection, metres in a unit of the map's plane, and the false origin in that unit."""
    kind = known(str(crs.get("proj", "none")), where)
    radius_m = float(crs.get("R", crs.get("a", SPHERE_M)))
    if not 0.99 < radius_m / SPHERE_M < 1.01:
        raise InputError(f"{where}: a map of a body of radius {radius_m / 1e3:g} km: the Moon's is 1737.4 km")
    centre, false = (
        np.radians(float(crs.get("lon_0", 0.0))),
        (float(crs.get("x_0", 0.0)), float(crs.get("y_0", 0.0))),
    )
    if crs["proj"] == "longlat":
        return Projection(0, radius_m), np.radians(radius_m), (0.0, 0.0)
    if kind == "equirectangular":
        return Projection(0, radius_m, centre, np.radians(float(crs.get("lat_ts", 0.0)))), 1.0, false
    lat, true = float(crs.get("lat_0", 90.0)), float(crs.get("lat_ts", crs.get("lat_0", 90.0)))
    if abs(lat) != 90 or true != lat or float(crs.get("k", crs.get("k_0", 1.0))) != 1.0:
        raise InputError(f"{where}: a stereographic map that is not centred on a pole, or not true there")
    return Projection(1 if lat > 0 else -1, radius_m, centre), 1.0, false

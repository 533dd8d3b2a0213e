"""An elevation raster as whatever reads it hands it over, and heights at places on the Moon."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from perilune_host.errors import InputError
from perilune_sim.elevation.projection import Projection

SPHERE_M = 1737400.0  # of the Moon's topography, and the world's
LOWEST_M, HIGHEST_M = -12e3, 14e3


@dataclass(frozen=True)
class Raster:
    """Rows from the top. Pixel centres: x = first_x_m + column x_step_m, y = first_y_m - row y_step_m."""

    where: str  # the file, for messages
    projection: Projection
    rows: int
    columns: int
    first_x_m: float
    first_y_m: float
    x_step_m: float
    y_step_m: float
    read: Callable[
        [slice, slice], np.ndarray
    ]  # heights above the sphere (m, float64), NaN where there are none

    @property
    def post_m(self) -> float:
        """Distance between posts."""
        return max(self.x_step_m, self.y_step_m)

    def heights(self, lat_rad: np.ndarray, lon_rad: np.ndarray) -> np.ndarray:
        """Bilinear heights above the sphere, m; InputError naming the first place that the raster does not cover."""
        x, y = self.projection.plane(lat_rad, lon_rad)
        row, column = (self.first_y_m - y) / self.y_step_m, (x - self.first_x_m) / self.x_step_m
        column, round_about = self._from_the_left(column)
        outside = (row < 0) | (row > self.rows - 1) | (column < 0)
        outside |= column > self.columns - (0 if round_about else 1)
        self._refuse(outside, lat_rad, lon_rad, "does not cover the approach")
        found = self._interpolated(row, column, round_about)
        self._refuse(np.isnan(found), lat_rad, lon_rad, "has no data on the approach")
        self._refuse(
            (found < LOWEST_M) | (found > HIGHEST_M), lat_rad, lon_rad, "has a height that the Moon has not"
        )
        return found

    def _from_the_left(self, column: np.ndarray) -> tuple[np.ndarray, bool]:
        """Columns counted round the Moon to the right of the raster's left edge; whether the raster goes all round."""
        if self.projection.turn_m is None:
            return column, False
        turn = self.projection.turn_m / self.x_step_m
        return column - turn * np.floor(column / turn + 1e-9), abs(turn - self.columns) < 0.5

    def _interpolated(self, row: np.ndarray, column: np.ndarray, round_about: bool) -> np.ndarray:
        top = int(np.floor(row.min()))
        bottom = min(self.rows, int(np.floor(row.max())) + 2)
        left, right = (
            (0, self.columns)
            if round_about
            else (
                int(np.floor(column.min())),
                min(self.columns, int(np.floor(column.max())) + 2),
            )
        )
        data = self.read(slice(top, bottom), slice(left, right))
        i, u = _split(row - top, bottom - top)
        j, v = _split(column - left, right - left + (1 if round_about else 0))
        after = (j + 1) % data.shape[1]
        low = data[i, j] + v * (data[i, after] - data[i, j])
        high = data[i + 1, j] + v * (data[i + 1, after] - data[i + 1, j])
        return low + u * (high - low)

    def _refuse(self, bad: np.ndarray, lat_rad: np.ndarray, lon_rad: np.ndarray, why: str) -> None:
        if not bad.any():
            return
        at = np.unravel_index(int(np.argmax(bad)), bad.shape)
        lat, lon = np.degrees(lat_rad[at]), np.degrees(lon_rad[at]) % 360
        place = f"latitude {lat:.4f}, longitude {lon:.4f}"
        raise InputError(f"{self.where}: {why}: nothing at {place} ({100 * float(np.mean(bad)):.1f} % of it)")


def _split(x: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole posts and the rest, with a post after each."""
    low = np.clip(np.floor(x).astype(int), 0, max(count - 2, 0))
    return low, x - low


def above_sphere(values: np.ndarray) -> np.ndarray:
    """Heights from heights or radii in metres, which no place on the Moon has in common."""
    return values - SPHERE_M if np.nanmedian(values) > 0.5 * SPHERE_M else values

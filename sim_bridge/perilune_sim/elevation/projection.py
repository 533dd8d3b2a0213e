"""Where a place on the Moon is in a map's plane: equirectangular and polar stereographic, on a sphere."""

from dataclasses import dataclass

import numpy as np

from perilune_host.errors import InputError


@dataclass(frozen=True)
class Projection:
    """Equirectangular (pole 0) or polar stereographic (pole +1 north, -1 south, scale true at the pole)."""

    pole: int
    radius_m: float
    centre_lon_rad: float = 0.0
    true_lat_rad: float = 0.0  # equirectangular: where east-west distances are true

    @property
    def turn_m(self) -> float | None:
        """Width of the whole Moon in the plane; None where longitudes do not run along x."""
        return None if self.pole else 2 * np.pi * self.radius_m * np.cos(self.true_lat_rad)

    def plane(self, lat_rad: np.ndarray, lon_rad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Easting and northing, m. Snyder 1987, USGS PP 1395, pages 90 and 157."""
        east = lon_rad - self.centre_lon_rad
        if self.pole == 0:
            return self.radius_m * np.cos(self.true_lat_rad) * east, self.radius_m * lat_rad
        reach = 2 * self.radius_m * np.tan(np.pi / 4 - self.pole * lat_rad / 2)
        return reach * np.sin(east), -self.pole * reach * np.cos(east)


def known(name: str, where: str) -> str:
    """`equirectangular` or `polar stereographic`, as maps call them; InputError for another projection."""
    plain = name.lower().replace("_", " ")
    if plain in ("simple cylindrical", "equirectangular", "eqc", "longlat", "cylindrical"):
        return "equirectangular"
    if plain in ("polar stereographic", "stere"):
        return "polar stereographic"
    raise InputError(f"{where}: projection {name}: only equirectangular and polar stereographic are read")

"""Ground from files: labels and images made here, read back, flown over, refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from perilune_host.errors import InputError
from perilune_rig import cli
from perilune_rig.scenario.catalogue import SCENARIOS, load_scenario
from perilune_sim import config
from perilune_sim.elevation import cutout, pds3
from perilune_sim.elevation.projection import Projection
from perilune_sim.elevation.raster import Raster
from perilune_sim.world.start import site_frame
from perilune_sim.world.world import World
from tests.sim_bridge.kit import CALM, FLAT, VEHICLE

R = 1737400.0
PER_DEGREE = 256  # posts: 118 m


def hills(lat_deg: np.ndarray, lon_deg: np.ndarray) -> np.ndarray:
    """Ground that is known everywhere: hills of some kilometres, m above the sphere."""
    y, x = np.radians(lat_deg) * R, np.radians(lon_deg) * R
    return -1500 + 60 * np.sin(x / 4000) + 40 * np.cos(y / 3000 + x / 9000)


def cylindrical(
    folder: Path, name: str, lat=(18.5, 21.5), lon=(29.0, 33.5), degrees=PER_DEGREE, **keys: str
) -> Path:
    """A PDS3 label and image like LOLA's LDEM: int16, half a metre, offset the radius, simple cylindrical."""
    rows, columns = round((lat[1] - lat[0]) * degrees), round((lon[1] - lon[0]) * degrees)
    at_lat = lat[1] - (np.arange(rows) + 0.5) / degrees
    at_lon = lon[0] + (np.arange(columns) + 0.5) / degrees
    height = hills(*np.meshgrid(at_lat, at_lon, indexing="ij"))
    np.round(height / 0.5).astype("<i2").tofile(folder / f"{name}.IMG")
    label = {
        "^IMAGE": f'"{name.upper()}.IMG"',
        "LINES": rows,
        "LINE_SAMPLES": columns,
        "SAMPLE_TYPE": "LSB_INTEGER",
        "SAMPLE_BITS": 16,
        "UNIT": "METER",
        "SCALING_FACTOR": 0.5,
        "OFFSET": "1737400.",
        "MAP_PROJECTION_TYPE": '"SIMPLE CYLINDRICAL"',
        "A_AXIS_RADIUS": "1737.4 <KM>",
        "CENTER_LATITUDE": "0 <DEGREE>",
        "CENTER_LONGITUDE": "0 <DEGREE>",
        "MAP_SCALE": f"{np.pi * R / 180 / degrees / 1e3:.12f} <KM/PIXEL>",
        "LINE_PROJECTION_OFFSET": lat[1] * degrees - 0.5,
        "SAMPLE_PROJECTION_OFFSET": -lon[0] * degrees - 0.5,
    } | keys
    text = "PDS_VERSION_ID = PDS3\r\n" + "".join(f"{k} = {v}\r\n" for k, v in label.items()) + "END\r\n"
    path = folder / f"{name}.LBL"
    path.write_text(text)
    return path


def geotiff(
    folder: Path, name: str = "ground", lat=(18.5, 21.5), lon=(29.0, 33.5), degrees=PER_DEGREE
) -> Path:
    rasterio = pytest.importorskip("rasterio")
    rows, columns = round((lat[1] - lat[0]) * degrees), round((lon[1] - lon[0]) * degrees)
    at_lat = lat[1] - (np.arange(rows) + 0.5) / degrees
    at_lon = lon[0] + (np.arange(columns) + 0.5) / degrees
    height = hills(*np.meshgrid(at_lat, at_lon, indexing="ij")).astype("float32")
    metre = np.pi * R / 180
    step = metre / degrees
    where = rasterio.transform.from_origin(lon[0] * metre, lat[1] * metre, step, step)
    made = {
        "driver": "GTiff",
        "count": 1,
        "dtype": "float32",
        "crs": f"+proj=eqc +R={R} +lat_ts=0 +lon_0=0 +units=m",
    }
    with rasterio.open(
        folder / f"{name}.tif", "w", height=rows, width=columns, transform=where, **made
    ) as out:
        out.write(height, 1)
    return folder / f"{name}.tif"


def pds4(folder: Path) -> Path:
    """The same through GDAL's PDS4 writer: an .xml label and its image."""
    rasterio = pytest.importorskip("rasterio")
    with rasterio.open(geotiff(folder)) as source:
        made = {
            "driver": "PDS4",
            "dtype": "float32",
            "count": 1,
            "crs": source.crs,
            "transform": source.transform,
        }
        with rasterio.open(
            folder / "ground.xml", "w", height=source.height, width=source.width, **made
        ) as out:
            out.write(source.read(1), 1)
    return folder / "ground.xml"


def over(path: Path, **terrain: float) -> config.Environment:
    return replace(CALM, terrain=replace(FLAT, elevation=str(path), **terrain))


def expected(environment: config.Environment, s: float, c: float) -> float:
    lat, lon = cutout.geographic(site_frame(environment.orbit), np.array([s]), np.array([c]))
    return float(hills(np.degrees(lat), np.degrees(lon))[0])


@pytest.mark.parametrize(
    "make", [lambda folder: cylindrical(folder, "ldem"), geotiff, pds4], ids=["pds3", "geotiff", "pds4"]
)
def test_the_ground_is_the_files(make, tmp_path: Path):
    """To the file's resolution: 0.5 m of an integer, the bend of the hills between posts."""
    environment = over(make(tmp_path))
    world = World(VEHICLE, environment, 1)
    for s, c in [(0.0, 0.0), (-30e3, 2e3), (-70e3, -4e3), (5e3, 1e3), (-1234.5, 678.9)]:
        assert world.ground_m(s, c) == pytest.approx(expected(environment, s, c), abs=0.5)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([1, -1]), st.floats(80.5, 89.9), st.floats(-180, 180))
def test_polar_maps_are_where_their_formula_says(pole: int, lat: float, lon: float):
    """|lat| = 90 - 2 atan(r / 2R); lon = atan2(x, y) at the south pole, atan2(x, -y) at the north one."""
    x, y = Projection(pole, R).plane(np.radians(pole * lat), np.radians(lon))
    assert 90 - 2 * np.degrees(np.arctan(np.hypot(x, y) / (2 * R))) == pytest.approx(lat, abs=1e-9)
    assert np.sin(np.arctan2(x, -pole * y) - np.radians(lon)) == pytest.approx(0, abs=1e-9)


def south_polar(folder: Path) -> Path:
    """A map of the south pole, MAP_SCALE in metres, one pixel the pole's centre."""
    n, step = 2001, 120.0
    x = (np.arange(n) - 1000) * step
    xs, ys = np.meshgrid(x, -x)
    np.round((100 * np.sin(xs / 5000) + 50 * np.cos(ys / 4000)) / 0.5).astype("<i2").tofile(
        folder / "pole.IMG"
    )
    return cylindrical(
        folder,
        "label",
        **{
            "^IMAGE": '"pole.IMG"',
            "LINES": str(n),
            "LINE_SAMPLES": str(n),
            "MAP_PROJECTION_TYPE": '"POLAR STEREOGRAPHIC"',
            "CENTER_LATITUDE": "-90",
            "MAP_SCALE": f"{step} <M/PIXEL>",
            "LINE_PROJECTION_OFFSET": "1000",
            "SAMPLE_PROJECTION_OFFSET": "1000",
        },
    )


def test_a_landing_at_the_pole_is_on_the_polar_map(tmp_path: Path):
    orbit = replace(CALM.orbit, latitude_deg=-89.5, longitude_deg=40.0, azimuth_deg=180.0)
    environment = replace(over(south_polar(tmp_path)), orbit=orbit)
    world = World(VEHICLE, environment, 1)
    for s, c in [(0.0, 0.0), (-20e3, 1e3), (8e3, -2e3)]:
        lat, lon = cutout.geographic(site_frame(orbit), np.array([s]), np.array([c]))
        r = 2 * R * np.tan((np.pi / 2 + lat[0]) / 2)
        x, y = r * np.sin(lon[0]), r * np.cos(lon[0])
        assert world.ground_m(s, c) == pytest.approx(100 * np.sin(x / 5000) + 50 * np.cos(y / 4000), abs=0.6)


def test_a_map_round_the_moon_has_no_seam(tmp_path: Path):
    """LOLA's global maps run from 0 to 360: a site at longitude 0 needs both ends."""
    path = cylindrical(tmp_path, "globe", lat=(-60.0, 60.0), lon=(0.0, 360.0), degrees=4)
    raster = pds3.open_raster(path)
    lon = np.array([[-0.2, -0.05, 0.0, 0.05, 0.2, 359.9]])
    found = raster.heights(np.full(lon.shape, 0.1), np.radians(lon))
    assert np.isfinite(found).all() and found[0, 1] != found[0, 3]
    assert np.ptp(found) < 400


def test_below_the_posts_there_is_roughness_and_boulders(tmp_path: Path):
    path = cylindrical(tmp_path, "ldem")
    rough = World(VEHICLE, over(path, site_slope_deg=2.0, rock_ratio=0.05), 1)
    smooth = World(VEHICLE, over(path), 1)
    off = [rough.ground_m(s, 10.0) - smooth.ground_m(s, 10.0) for s in np.arange(-300, 300, 3.7)]
    assert 0.05 < np.std(off) < 6.0


def test_the_map_on_board_is_the_file_degraded(tmp_path: Path):
    prior = config.MapPrior(scale=0.0, shift_m=0.0, noise_m=0.0, site_sigma_m=0.0, smooth_m=250.0)
    environment = replace(over(cylindrical(tmp_path, "ldem")), map_prior=prior)
    told = World(VEHICLE, environment, 1).knowledge()
    first = told["terrain"][0]
    at = [first["start_m"] + k * first["spacing_m"] for k in range(5, 40)]
    assert first["elevation_m"][5:] == pytest.approx([expected(environment, s, 0.0) for s in at], abs=4.0)
    degraded = World(VEHICLE, replace(environment, map_prior=config.MapPrior()), 1).knowledge()
    assert degraded["terrain"][0]["elevation_m"] != first["elevation_m"]
    assert 0 < told["terrain_sigma_max_m"] < 60


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"MAP_PROJECTION_TYPE": '"SINUSOIDAL"'}, "only equirectangular and polar stereographic"),
        ({"MAP_SCALE": "118.0 <PARSEC>"}, "expected km or m a pixel"),
        ({"SAMPLE_TYPE": "VAX_REAL"}, "SAMPLE_TYPE = VAX_REAL"),
        ({"LINES": "many"}, "LINES = many: expected a number"),
        ({"LINES": "99999"}, "the label says 99999"),
        ({"^IMAGE": '"elsewhere.IMG"'}, "elsewhere.IMG is not beside the label"),
        ({"OFFSET": "1837400."}, "has a height that the Moon has not"),
    ],
)
def test_a_bad_label_says_what_is_wrong(keys: dict, said: str, tmp_path: Path):
    path = cylindrical(tmp_path, "ldem", **keys)
    if "^IMAGE" in keys:
        (tmp_path / "ldem.IMG").rename(tmp_path / "other.IMG")
    with pytest.raises(InputError, match=said):
        World(VEHICLE, over(path), 1)


def test_a_raster_that_ends_too_early_is_refused_and_exit_2(tmp_path: Path, capsys):
    """The message names a place that is missing; the whole approach from 75 km before the site has to be there."""
    path = cylindrical(tmp_path, "short", lon=(29.0, 31.0))
    code = cli.main(["fly", "nominal", "--no-report", "--set", f"environment.terrain.elevation={path}"])
    said = capsys.readouterr().err
    assert code == 2 and "does not cover the approach: nothing at latitude" in said and str(path) in said


def test_holes_are_refused(tmp_path: Path):
    path = cylindrical(tmp_path, "ldem", MISSING_CONSTANT="-32768")
    data = np.fromfile(tmp_path / "ldem.IMG", dtype="<i2")
    data[len(data) // 2 :: 7] = -32768
    data.tofile(tmp_path / "ldem.IMG")
    with pytest.raises(InputError, match="has no data on the approach"):
        World(VEHICLE, over(path), 1)


@pytest.mark.parametrize("kind", ["geotiff", "pds3"])
def test_a_raster_is_flown_end_to_end(kind: str, tmp_path: Path, capsys):
    path = geotiff(tmp_path) if kind == "geotiff" else cylindrical(tmp_path, "ldem")
    sets = ["--set", f"environment.terrain.elevation={path}"]
    code = cli.main(["fly", "nominal_terminal", "--no-report", *sets])
    said = capsys.readouterr().out
    assert code == 0 and "PASS: landed" in said, said


def test_a_scenario_finds_its_raster_beside_itself(tmp_path: Path, capsys):
    shutil.copy(SCENARIOS / "nominal_terminal.toml", tmp_path / "here.toml")
    with (tmp_path / "here.toml").open("a") as file:
        file.write('\n[environment.terrain]\nelevation = "ldem.LBL"\n')
    assert load_scenario(str(tmp_path / "here.toml")).environment.terrain.elevation == str(
        tmp_path / "ldem.LBL"
    )


def test_coarser_copies_keep_their_posts_in_place():
    ramp = np.add.outer(np.arange(65.0), 2 * np.arange(33.0))
    for level, copy in enumerate(cutout.coarser(ramp)[:3]):
        inner = ramp[:: 2**level, :: 2**level]
        assert copy[1:-1, 1:-1] == pytest.approx(inner[1:-1, 1:-1], abs=1e-4)


def test_what_the_file_does_not_hold_is_not_invented():
    """A raster asked for a place between its posts answers from the four round it."""
    grid = np.arange(12.0).reshape(3, 4)
    raster = Raster(
        "test", Projection(0, R), 3, 4, 0.0, 0.0, 100.0, 100.0, lambda rows, columns: grid[rows, columns]
    )
    at = raster.heights(np.array([[-150.0 / R]]), np.array([[150.0 / R]]))
    assert at[0, 0] == pytest.approx(np.mean([5, 6, 9, 10]))

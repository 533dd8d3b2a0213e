"""The elevation profile: linear between samples, fading to its mean before them, its end beyond."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perilune.flight.navigation.terrain_map import Profile
from tests.firmware.kit import loaded

HEIGHTS = [50.0 * np.sin(k / 3.0) for k in range(80)]


class Part:
    """As much of an uploaded part of the profile as the map reads."""

    def __init__(self, n: int, heights) -> None:
        self.start_m, self.spacing_m, self.elevation_m = -70e3 + 40e3 * n, 1000.0, tuple(heights)


PARTS = [Part(n, HEIGHTS[40 * n : 40 * n + 40]) for n in (0, 1)]
PLACES = [-70e3 + 1000.0 * k for k in range(80)]


@given(st.floats(-70e3, 200e3))
def test_it_is_linear_between_samples_of_both_parts(downrange_m):
    assert Profile(PARTS).elevation(downrange_m) == pytest.approx(
        np.interp(downrange_m, PLACES, HEIGHTS), abs=1e-4
    )


@given(st.floats(0.0, 500e3))
def test_uprange_of_it_half_of_what_the_first_sample_stands_out_is_left_after_20_km(uprange_m):
    """Held to the first sample, an altitude taken from the ground there was 450 m off (nominal, both altimeters
    dead 77 km before the site, seed 83857082723503)."""
    profile = Profile([Part(0, [500.0, *HEIGHTS[1:40]]), PARTS[1]])
    mean = (500.0 + sum(HEIGHTS[1:])) / 80
    expected = mean + (500.0 - mean) / (1.0 + uprange_m / 20e3)
    assert profile.elevation(-70e3 - uprange_m) == pytest.approx(expected, abs=1e-3)


def test_the_uploaded_profile():
    parameters = loaded()
    profile = Profile(parameters.terrain)
    for part in parameters.terrain:
        for k in (0, 17, 39):
            assert profile.elevation(part.start_m + k * part.spacing_m) == pytest.approx(part.elevation_m[k])

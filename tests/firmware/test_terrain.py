"""The elevation profile: linear between samples, its ends beyond them."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perilune.flight.terrain import Profile
from tests.firmware.kit import loaded

HEIGHTS = [50.0 * np.sin(k / 3.0) for k in range(80)]
PARTS = [
    SimpleNamespace(
        part=n, start_m=-70e3 + 40e3 * n, spacing_m=1000.0, elevation_m=tuple(HEIGHTS[40 * n : 40 * n + 40])
    )
    for n in (0, 1)
]
PLACES = [-70e3 + 1000.0 * k for k in range(80)]


@given(st.floats(-200e3, 200e3))
def test_it_is_linear_between_samples_of_both_parts(downrange_m):
    assert Profile(PARTS, 0.0).elevation(downrange_m) == pytest.approx(
        np.interp(downrange_m, PLACES, HEIGHTS)
    )


def test_the_uploaded_profile():
    parameters = loaded()
    profile = Profile(parameters.terrain, parameters.site.site_elevation_m)
    for part in parameters.terrain:
        for k in (0, 17, 39):
            assert profile.elevation(part.start_m + k * part.spacing_m) == pytest.approx(part.elevation_m[k])

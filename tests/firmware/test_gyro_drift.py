"""Gyros that drift alike are told from a star tracker that is off, noisy or late."""

import numpy as np

from perilune.flight.navigation.gyro_drift import GyroDrift

STAR_S = 0.2
CALM = (1e-4, 0.0, 0.0)


def found_after_s(errors, rates=None):
    """When the drift is found in star samples with these errors, rad; None: never."""
    drift = GyroDrift()
    for n, error in enumerate(errors):
        rate = CALM if rates is None else tuple(rates[n])
        if drift.leaving(*error, rate, 1000 + 10 * n):
            return n * STAR_S
    return None


def times(seconds):
    return np.arange(0.0, seconds, STAR_S)


def noise(seconds, sigma, seed=1):
    return sigma * np.random.default_rng(seed).standard_normal((len(times(seconds)), 3))


def test_a_common_drift_is_found_in_seconds():
    """Both gyros off by 0.1 deg/s flew the vehicle into the ground: two that agree outweighed the star tracker."""
    errors = np.outer(times(20.0), [0.0, 0.002, 0.001]) + noise(20.0, 1e-4)
    after = found_after_s(errors)
    assert after is not None and after < 5.0


def test_a_star_tracker_that_is_off_drifts_nowhere():
    assert found_after_s(0.01 + noise(600.0, 1e-4)) is None


def test_a_noisy_one_goes_nowhere_either():
    assert found_after_s(noise(600.0, 5e-3)) is None


def test_a_late_one_is_off_by_what_the_body_has_turned():
    """Taken for a drift it turned the vehicle over."""
    t = times(600.0)
    rates = np.stack([0.03 * np.sin(0.2 * t), 0.01 * np.sin(0.05 * t), 0.0 * t], axis=1)
    errors = -1.0 * rates + noise(600.0, 1e-4)
    assert found_after_s(errors, rates) is None


def test_samples_far_apart_show_no_slope():
    drift = GyroDrift()
    assert not any(drift.leaving(0.01 * n, 0.0, 0.0, CALM, 100 * n) for n in range(1, 100))

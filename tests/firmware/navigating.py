"""Navigation over the approach, as its tests set it up: frames, a covariance to start from, ticks flown."""

import numpy as np

from perilune.flight.navigation import covariance as cov
from perilune.flight.navigation.altimeter_fdi import IGNORE
from perilune.flight.navigation.estimator import Navigation
from perilune.flight.navigation.inertial_height import InertialHeight
from perilune.flight.signals import Estimate
from perilune.wire.schema import FRESH, VALID
from perilune.wire.sensors import SensorFrame
from tests.firmware import records
from tests.firmware.kit import loaded

PARAMETERS = loaded()
SITE, SENSORS = PARAMETERS.site, PARAMETERS.sensors
VELOCITY = [cov.V_UP, cov.V_DOWNRANGE, cov.V_CROSSRANGE]
BIAS = [cov.B_UP, cov.B_DOWNRANGE, cov.B_CROSSRANGE]
GOOD = VALID | FRESH


def new() -> Navigation:
    """As it starts, with nobody to tell events to."""
    return Navigation(PARAMETERS, Estimate(), lambda *_event: None)


def navigation(position=(-40e3, 500.0, 6e3), velocity=(500.0, 3.0, -60.0)) -> Navigation:
    """Somewhere over the approach."""
    nav = new()
    nav.strapdown.r, nav.strapdown.v = position, velocity
    nav.strapdown.update_gravity()  # it is another here
    nav._update_level_frame(nav.estimate.tick)
    nav.inertial_height = InertialHeight(SITE, nav.strapdown.altitude, nav.strapdown.v_up, nav.estimate.tick)
    nav._publish_motion()
    return nav


def frame(tick, dtheta=(0.0, 0.0, 0.0), dvel=(0.0, 0.0, 0.0), **groups) -> SensorFrame:
    """A sensor frame of two inertial units that agree; the others say nothing unless given."""
    d = 1e-12 * tick
    imu = (VALID, *(x + d for x in dtheta), *(x + d for x in dvel))
    return records.frame(tick, **({"imu_a": imu, "imu_b": imu} | groups))


def matrix(nav) -> np.ndarray:
    """Its covariance."""
    return np.array(nav.filter.covariance.rows)


def spread(nav, seed=3) -> np.ndarray:
    """Give it a covariance with everything correlated."""
    a = np.random.default_rng(seed).standard_normal((10, 10))
    scale = np.diag([30.0, 40.0, 100.0, 90.0, 1.0, 1.5, 1.2, 1e-3, 1e-3, 1e-3])
    p = scale @ (a @ a.T + 10.0 * np.eye(10)) @ scale
    fill(nav, p)
    return p


def fill(nav, p) -> None:
    for row, values in zip(nav.filter.covariance.rows, p.tolist(), strict=True):
        row[:] = values


def flown(nav, ticks, **imu):
    """Ticks under thrust."""
    for _ in range(ticks):
        nav.update(frame(nav.estimate.tick + 1, **imu), True, 3.0)
    return nav


def judged(nav, unit, sample):
    """What altimetry is asked about a sample."""
    asked = []
    nav.altimetry.judge = lambda *question: asked.append(question) or IGNORE
    nav._take_height(unit, sample)
    return asked


def attitude_known(nav):
    """As after the first star sample."""
    nav.attitude.q = (1.0, 0.0, 0.0, 0.0)
    return nav


def offset(nav) -> tuple[float, float, float]:
    """The filter against the inertial height."""
    s, h = nav.strapdown, nav.inertial_height
    since = 0.02 * (nav.estimate.tick - h.tick)
    return s.altitude - h.altitude - since * h.v_up, s.v_up - h.v_up, nav.filter.terrain

"""The true state, for verdicts and records; nothing of it reaches the flight computer."""

from typing import NamedTuple


class Truth(NamedTuple):
    """State after a tick. Site frame: origin at the landing site on the reference sphere, x downrange, y left, z up,
    turning with the Moon. Position and velocity are the body origin's; velocity is relative to the turning Moon."""

    tick: int
    position_m: tuple[float, float, float]  # site frame
    velocity_m_s: tuple[float, float, float]  # site frame
    attitude: tuple[float, float, float, float]  # body to site, w x y z
    rate_rad_s: tuple[float, float, float]  # inertial, body frame
    mass_kg: float
    propellant_kg: float
    altitude_m: float  # body origin above the reference sphere
    agl_m: float  # lowest footpad above the ground straight below it
    downrange_m: float  # arc from the site
    left_m: float  # arc from the site
    vertical_m_s: float  # local level, up positive
    horizontal_m_s: float
    tilt_deg: float  # body z to local vertical
    rate_deg_s: float
    specific_force_m_s2: tuple[float, float, float]  # body frame, mean over the tick, at the body origin
    thrust_n: float  # all engines, last sub-step
    engine_thrust_n: tuple[float, float, float, float, float, float]
    ground_m: float  # terrain under the body origin, above the sphere
    slope_deg: float  # there, over the vehicle's footprint
    legs_contact: int  # bit n: pad n bears on the ground
    hull_contact: int  # bit n: hull point n does
    legs_out: bool
    landed: bool  # something has touched the ground
    resting: bool
    tipped: bool
    crashed: bool
    hull_strike: bool
    impact_m_s: float  # fastest contact so far, along the ground's normal
    tank_kpa: float
    pressurant_kpa: float
    payload_tick: int  # when the payload was released, 0xFFFFFFFF never
    lrf_agl_m: float  # footpads above the ground by the laser's last sample; NaN: none in the last 5 ticks
    radar_agl_m: float  # ... by the radar's
    lrf_range_m: float  # that sample; NaN likewise


AGL = 17  # place of agl_m among the doubles that C writes
_FLAGS = slice(38, 44)  # legs_out to hull_strike


def truth_from(v: tuple[float, ...]) -> Truth:
    """Names for the doubles that C wrote, in the order of src/truth.c."""
    motion = (int(v[0]), v[1:4], v[4:7], v[7:11], v[11:14], *v[14:24])
    forces = (v[24:27], v[27], v[28:34], *v[34:36])
    ground = (int(v[36]), int(v[37]), *(x > 0 for x in v[_FLAGS]), v[44])
    return Truth._make((*motion, *forces, *ground, *v[45:47], int(v[47]), *v[48:51]))


# Place of each number of a Truth among the doubles that C writes; of a vector the first.
PLACES = {
    name: int(value[0] if isinstance(value, tuple) else value)
    for name, value in truth_from(tuple(float(n) for n in range(51)))._asdict().items()
    if not isinstance(value, bool)
}

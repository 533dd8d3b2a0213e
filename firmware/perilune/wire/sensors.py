"""The sensor frame in the groups flight code reads, cut at the offsets of the schema."""

from perilune.wire.schema import ENGINES, FRESH, SENSORS, items


def _offsets():
    names = [item[0] for item in items(SENSORS)]
    wanted = (
        "imu_a_status",
        "imu_b_status",
        "star_status",
        "lrf_status",
        "radar_status",
        "velocimeter_status",
    )
    return [names.index(name) + 1 for name in wanted + ("leg_contact", "chamber_kpa_0")]


_A, _B, _STAR, _LRF, _RADAR, _VELOCIMETER, _LEGS, _CHAMBER = _offsets()

_HUGE = 200000.0  # beyond every range in a sensor group
_IMU_SILENT = (0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_STAR_SILENT = (0, 65535, 1.0, 0.0, 0.0, 0.0)
_LRF_SILENT = (0, 65535, 0.0)
_RADAR_SILENT = (0, 65535, 0.0, 0.0)
_VELOCIMETER_SILENT = (0, 0, 65535, 0.0, 0.0, 0.0)


def _sane(group, silent):
    """The group, or `silent` where one of its values is no number or beyond every range: its sum tells."""
    return group if -_HUGE < sum(group) < _HUGE else silent


def _sane_if_fresh(group, silent):
    """The same for a unit that speaks now and then: what is not fresh nobody reads."""
    return _sane(group, silent) if group[0] & FRESH else group


class SensorFrame:
    """One tick's measurements.

    imu_a, imu_b   (status, dtheta x y z rad, dvel x y z m/s), body frame
    star           (status, age ms, w, x, y, z), body to inertial
    lrf            (status, age ms, slant range m)
    radar          (status, age ms, slant range m, closing rate m/s)
    velocimeter    (status, beams, age ms, closing speed along each beam x 3 m/s)
    legs, discretes   bit masks;  chamber_kpa per engine;  tank_kpa, pressurant_kpa, propellant_kg
    """

    def take(self, raw):
        """Fill from the raw items of a SENSORS payload (type first).

        A group with a value outside its range (NaN counts as outside) is taken as if its unit were silent: status 0.
        """
        self.tick = raw[1]
        self.imu_a = _sane(raw[_A:_B], _IMU_SILENT)
        self.imu_b = _sane(raw[_B:_STAR], _IMU_SILENT)
        self.star = _sane_if_fresh(raw[_STAR:_LRF], _STAR_SILENT)
        self.lrf = _sane_if_fresh(raw[_LRF:_RADAR], _LRF_SILENT)
        self.radar = _sane_if_fresh(raw[_RADAR:_VELOCIMETER], _RADAR_SILENT)
        self.velocimeter = _sane_if_fresh(raw[_VELOCIMETER:_LEGS], _VELOCIMETER_SILENT)
        self.legs = raw[_LEGS]
        self.discretes = raw[_LEGS + 1]
        self.chamber_kpa = raw[_CHAMBER : _CHAMBER + ENGINES]
        self.tank_kpa, self.pressurant_kpa, self.propellant_kg = raw[_CHAMBER + ENGINES :]

"""The sensor frame in the groups flight code reads, cut at the offsets of the schema."""

from perilune.wire.schema import ENGINES, SENSORS, items


def _offsets():
    names = [item[0] for item in items(SENSORS)]
    wanted = ("imu_a_status", "imu_b_status", "star_status", "lrf_status", "radar_status", "velocimeter_status")
    return [names.index(name) + 1 for name in wanted + ("leg_contact", "chamber_kpa_0")]


_A, _B, _STAR, _LRF, _RADAR, _VELOCIMETER, _LEGS, _CHAMBER = _offsets()


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
        """Fill from the raw items of a SENSORS payload (type first)."""
        self.tick = raw[1]
        self.imu_a = raw[_A:_B]
        self.imu_b = raw[_B:_STAR]
        self.star = raw[_STAR:_LRF]
        self.lrf = raw[_LRF:_RADAR]
        self.radar = raw[_RADAR:_VELOCIMETER]
        self.velocimeter = raw[_VELOCIMETER:_LEGS]
        self.legs = raw[_LEGS]
        self.discretes = raw[_LEGS + 1]
        self.chamber_kpa = raw[_CHAMBER : _CHAMBER + ENGINES]
        self.tank_kpa, self.pressurant_kpa, self.propellant_kg = raw[_CHAMBER + ENGINES :]

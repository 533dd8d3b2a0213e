"""The sensor frame in the groups flight code reads, cut at the offsets of the schema."""

from perilune.wire.items import Items
from perilune.wire.schema import FRESH, SENSORS

_LEGS = 15  # there are four
_HUGE = 200000.0  # beyond every range in a sensor group
_IMU_SILENT = (0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_STAR_SILENT = (0, 65535, 1.0, 0.0, 0.0, 0.0)
_LRF_SILENT = (0, 65535, 0.0)
_RADAR_SILENT = (0, 65535, 0.0, 0.0)
_VELOCIMETER_SILENT = (0, 0, 65535, 0.0, 0.0, 0.0)


def _sane(group, silent):
    """The group, or `silent` where one of its values is no number or beyond every range: its sum tells."""
    return group if -_HUGE < sum(group) < _HUGE else silent


class SensorFrame:
    """One tick's measurements.

    items          the frame as it came
    imu_a, imu_b   (status, dtheta x y z rad, dvel x y z m/s), body frame
    star           (status, age ms, w, x, y, z), body to inertial
    lrf            (status, age ms, slant range m)
    radar          (status, age ms, slant range m, closing rate m/s)
    velocimeter    (status, beams, age ms, closing speed along each beam x 3 m/s)
                   of a unit whose sample is not fresh the status alone, since nobody may read the rest
    legs, discretes   bit masks;  chamber_kpa per engine;  tank_kpa, pressurant_kpa, propellant_kg
    """

    def __init__(self):
        self.items = Items(SENSORS)
        self.tick = 0
        self.legs = self.discretes = 0

    def group(self):
        """Fill from the items, at the places that the schema gives them.

        A group with a value outside its range (NaN counts as outside) is taken as if its unit were silent: status 0.
        """
        f = self.items.floats
        n = self.items.whole
        self.tick = n[1]
        self.imu_a = _sane((n[3], f[0], f[1], f[2], f[3], f[4], f[5]), _IMU_SILENT)
        self.imu_b = _sane((n[4], f[6], f[7], f[8], f[9], f[10], f[11]), _IMU_SILENT)
        self.star = (n[5],)
        if n[5] & FRESH:
            self.star = _sane((n[5], n[6], f[12], f[13], f[14], f[15]), _STAR_SILENT)
        self.lrf = (n[7],)
        if n[7] & FRESH:
            self.lrf = _sane((n[7], n[8], f[16]), _LRF_SILENT)
        self.radar = (n[9],)
        if n[9] & FRESH:
            self.radar = _sane((n[9], n[10], f[17], f[18]), _RADAR_SILENT)
        self.velocimeter = (n[11],)
        if n[11] & FRESH:
            self.velocimeter = _sane((n[11], n[12], n[13], f[19], f[20], f[21]), _VELOCIMETER_SILENT)
        self.legs = n[14] & _LEGS  # whatever else a frame claims
        self.discretes = n[15]

    @property
    def chamber_kpa(self):
        """Of each engine."""
        n = self.items.whole
        return n[16], n[17], n[18], n[19], n[20], n[21]

    @property
    def tank_kpa(self):
        """Propellant tank pressure."""
        return self.items.whole[22]

    @property
    def pressurant_kpa(self):
        """Pressurant bottle pressure."""
        return self.items.whole[23]

    @property
    def propellant_kg(self):
        """Propellant gauge."""
        return self.items.floats[22]

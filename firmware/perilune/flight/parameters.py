"""Flight parameters as uploaded: one attribute per field of the schema's PARAM frames, in units."""

from array import array

from perilune.wire.codec import first_out_of_range, named
from perilune.wire.schema import (
    PARAM_GUIDANCE,
    PARAM_SENSORS,
    PARAM_SITE,
    PARAM_TERRAIN,
    PARAM_VEHICLE,
    TERRAIN_PARTS,
    TERRAIN_SAMPLES,
)

_BRAKING_END_M_S2 = -0.01  # braking that ends with less would end nowhere
ORDER = (PARAM_VEHICLE, PARAM_SENSORS, PARAM_SITE) + (PARAM_TERRAIN,) * TERRAIN_PARTS + (PARAM_GUIDANCE,)


class Group:
    """The fields of one parameter frame as attributes."""

    def __init__(self, frame_type, raw):
        for name, value in named(frame_type, raw).items():
            setattr(self, name, value)


class Parameters:
    """Collects the groups in their order; complete once every one has been accepted."""

    def __init__(self):
        self.accepted = 0
        self.terrain = []

    @property
    def complete(self):
        """All groups are here."""
        return self.accepted == len(ORDER)

    def accept(self, frame_type, raw):
        """Take one group. Returns (accepted, item): item is the first one at fault, 255 where the order is."""
        if self.complete or ORDER[self.accepted] != frame_type:
            return False, 255
        fault = first_out_of_range(frame_type, raw)
        if fault < 0:
            fault = _inconsistent(frame_type, raw)
        if fault >= 0:
            return False, fault
        group = Group(frame_type, raw)
        if frame_type == PARAM_TERRAIN:
            fault = _misfit(self.terrain, group)
            if fault >= 0:
                return False, fault
            group.elevation_m = array("f", group.elevation_m)  # type: ignore[attr-defined]
            self.terrain.append(group)
        elif frame_type == PARAM_VEHICLE:
            self.vehicle = group
        elif frame_type == PARAM_SENSORS:
            self.sensors = group
        elif frame_type == PARAM_SITE:
            self.site = group
        else:
            self.guidance = group
        self.accepted += 1
        return True, 0


def _inconsistent(frame_type, raw):
    """What no single range shows: index of the item, or -1."""
    if frame_type == PARAM_VEHICLE:
        return _impossible_vehicle(Group(frame_type, raw))
    if frame_type == PARAM_SITE:
        norm = sum([x * x for x in raw[5:9]])
        if not 0.999 < norm < 1.001:
            return 5
    if frame_type == PARAM_GUIDANCE:
        return _impossible_guidance(raw)
    return -1


def _impossible_guidance(raw):
    """Item of guidance that leads nowhere; or -1."""
    if raw[1] > _BRAKING_END_M_S2:
        return 1  # time to go is a speed over it
    if raw[8] > raw[9]:
        return 9  # the longest approach is shorter than the shortest
    return -1


def _misfit(parts, part):
    """Item in which a terrain part does not continue those before it, or -1."""
    if part.part != len(parts):
        return 0
    if not parts:
        return -1
    before = parts[-1]
    if part.spacing_m != before.spacing_m:
        return 2
    gap = part.start_m - before.start_m - TERRAIN_SAMPLES * before.spacing_m
    return 1 if abs(gap) > 0.01 * before.spacing_m else -1


def _impossible_vehicle(v):
    """Item of a vehicle that divides by zero somewhere: no propellant, no engine, no thrust, no torque; or -1."""
    if v.wet_mass_kg <= v.dry_mass_kg:
        return 1
    if v.engine_count < 1:
        return 3
    for i in range(v.engine_count):
        if v.thrust_max_n[i] <= 0.0:
            return 4 + i
    for i in range(6):
        if v.rcs_mask[i] == 0:
            return 32 + i
        if v.rcs_torque_n_m[i] <= 0.0:
            return 38 + i
    return -1

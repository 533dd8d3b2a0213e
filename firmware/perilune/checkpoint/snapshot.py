"""What of a flight outlives a reset of its computer, as one row of numbers in a fixed order.

Kept is what the next tick needs and no sensor says again at once: mode, estimates with their covariance, what has been
learned of sensors, engines and disturbing torque, and where guidance stands. What settles again within a second
(running counts, the last samples, a second of altimeter history) is not.
"""

from binascii import crc32

from perilune.checkpoint.layout import NOTHING, numbers

# part of the flight, "i" or "f", numbers in each, attributes
FIELDS = (
    ("flight", "i", 1, "tick mode entered_tick"),
    ("surface", "i", 1, "contact_tick"),
    ("flight", "i", 1, "switches"),
    ("propulsion", "i", 1, "enable running_ticks healthy"),
    ("attitude", "i", 1, "corrected"),
    ("unit_a", "i", 1, "samples gyro_out accel_out"),
    ("unit_b", "i", 1, "samples gyro_out accel_out"),
    ("inertial", "i", 1, "mute lost gyros_lost"),
    (
        "lrf",
        "i",
        1,
        "isolated isolated_tick leapt rejected heard total alive_tick used_tick judged_tick cycled_tick",
    ),
    (
        "radar",
        "i",
        1,
        "isolated isolated_tick leapt rejected heard total alive_tick used_tick judged_tick cycled_tick",
    ),
    ("altimetry", "i", 1, "used_tick"),
    ("doppler", "i", 1, "rejected consistent isolated isolations parted blamed radar_rejected"),
    ("doppler", "i", 1, "used_tick radar_tick radar_heard_tick anchored_tick whole_tick"),
    ("versus", "i", 1, "agreed"),
    ("silence", "i", 1, "heard_tick due_tick cycled_tick wrong_tick told"),
    ("readiness", "i", 1, "start_kpa"),
    ("touchdown", "i", 1, "armed confirmed stuck"),
    ("guidance", "i", 1, "stopping"),
    ("inertial_height", "i", 1, "tick"),
    ("reference", "i", 1, "tick"),
    ("gauge", "i", 1, "looks leaking"),
    ("attitude", "f", 4, "q"),
    ("attitude", "f", 3, "bias kept"),
    ("attitude", "f", 1, "p_angle p_cross p_bias unsteady"),
    ("unit_a", "f", 3, "bias"),
    ("unit_b", "f", 3, "bias"),
    ("inertial", "f", 3, "dtheta dvel"),
    ("strapdown", "f", 3, "r v"),
    ("filter", "f", 3, "bias velocity_correction"),
    ("filter", "f", 2, "position_correction"),
    ("filter", "f", 1, "terrain reopened"),
    ("inertial_height", "f", 1, "driven_v_up"),
    ("reference", "f", 1, "above ground variance"),
    ("inertial_height", "f", 1, "altitude v_up age_s"),
    ("lrf", "f", 1, "noise innovation above mean_1s mean_10s"),
    ("radar", "f", 1, "noise innovation above mean_1s mean_10s"),
    ("limits", "f", 1, "mass"),
    ("propulsion", "f", 1, "level delivered ratio reported_ratio stuck velocity_deficit"),
    ("chambers", "f", 1, "full_kpa"),
    ("gauge", "f", 1, "base fast slow"),
    ("guidance", "f", 2, "target offset followed"),
    ("command", "f", 3, "accel"),
    ("command", "f", 1, "tgo"),
    ("guidance", "f", 1, "decel last_height stretch"),
    ("control", "f", 4, "target"),
    ("control", "f", 3, "wanted trim"),
    ("control", "f", 2, "heading"),
    ("versus", "f", 1, "gap"),
    ("noise", "f", 1, "factor"),
    ("radar_noise", "f", 1, "factor"),
    ("covariance", "f", 1, "considered"),
)
MODE_AT = 1  # of the row, before the ticks of its beginning and of contact; the row's own tick stands first
_COVARIANCES = 55  # the upper triangle of ten errors


def _count(kind):
    return sum([n * len(names.split()) for _part, k, n, names in FIELDS if k == kind])


LAYOUT = str(_count("i")) + "i" + str(_count("f") + _COVARIANCES) + "f"  # as struct has it
VERSION = crc32(repr(FIELDS).encode()) & 0x3FFFFFFF  # another layout, another number


def _parts(flight):
    nav = flight.nav
    return {
        "flight": flight,
        "surface": flight.surface,
        "filter": nav.filter,
        "reference": nav.altimetry.reference,
        "attitude": nav.attitude,
        "inertial": nav.inertial,
        "unit_a": nav.inertial.a,
        "unit_b": nav.inertial.b,
        "strapdown": nav.strapdown,
        "inertial_height": nav.inertial_height,
        "lrf": nav.lrf,
        "radar": nav.radar,
        "altimetry": nav.altimetry,
        "doppler": nav.doppler,
        "versus": nav.doppler.versus,
        "silence": nav.doppler.silence,
        "noise": nav.doppler.noise,
        "radar_noise": nav.doppler.radar_noise,
        "covariance": nav.filter.covariance,
        "limits": flight.limits,
        "propulsion": flight.propulsion,
        "chambers": flight.propulsion.chambers,
        "gauge": flight.propulsion.gauge,
        "guidance": flight.guidance,
        "command": flight.demand,
        "control": flight.control,
        "touchdown": flight.touchdown,
        "readiness": flight.readiness,
    }


class State:
    """The kept attributes of one flight, to be read and set as a row."""

    def __init__(self, flight):
        self.flight = flight

    def row(self):
        """All numbers, in the order of LAYOUT."""
        row = numbers(self.flight)
        i = 0
        for line in self.flight.nav.filter.covariance.rows:
            row += line[i:]
            i += 1
        return row

    def put(self, row):
        """Make the flight what the row says, and everything that follows from it."""
        at = 0
        parts = _parts(self.flight)  # made here: names kept would lengthen every collection
        for name_of_part, _kind, count, names in FIELDS:
            part = parts[name_of_part]
            for name in names.split():
                value = row[at] if count == 1 else row[at : at + count]
                at += count
                if value == NOTHING:
                    value = None
                elif name == "trim":
                    value = list(value)
                setattr(part, name, value)
        rows = self.flight.nav.filter.covariance.rows
        for i in range(len(rows)):
            for j in range(i, len(rows)):
                rows[i][j] = rows[j][i] = row[at]
                at += 1
        self.flight.resume()

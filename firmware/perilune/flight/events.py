"""Events the flight computer reports: code, name, whether it is a fault, and what its four numbers are."""

MODE = 1
ARM_REFUSED = 2
IGNITION = 3
READMITTED = 4
REOPENED = 5
RETIMED = 6
DIVERTED = 7
STOP_DISTANCE = 8
CONTACT_ARMED = 9
CONTACT = 10
RELEASED = 11
FRAME_LOST = 12
IMU_DISAGREE = 13
IMU_LOST = 14
STAR_REJECTED = 15
FIRST_RANGE = 16
ISOLATED = 17
POWER_CYCLED = 18
DOPPLER_REJECTED = 19
DOPPLER_BACK = 20
MODELLED = 21
IMU_ISOLATED = 22
HEIGHT_FOUND = 23
WAVED_OFF = 24
ENGINE_LOST = 25
THRUST_OFF = 26
LINK = 27
RESUMED = 28
NOT_RESUMED = 29
DOPPLER_NOISY = 40
DOPPLER_APART = 41
DOPPLER_SILENT = 42
GYROS_MODELLED = 43
GYROS_DRIFT = 44
STAR_SILENT = 45
THROTTLE_STUCK = 46
LEAK = 47
ENGINE_RESTED = 48
MODE_REFUSED = 49

# sources named in an event's numbers
LRF = 1
RADAR = 2
VELOCIMETER = 3
STAR = 4
IMU_A = 5
IMU_B = 6

# code: (name, is a fault, what its numbers are)
TABLE = {
    MODE: ("mode", False, ("from", "altitude_m", "agl_m", "speed_m_s")),
    MODE_REFUSED: ("mode change refused", True, ("from", "to", "", "")),
    ARM_REFUSED: ("arm refused", True, ("attitude known", "inertial good", "mode", "")),
    IGNITION: ("ignition", False, ("downrange_m", "time_to_go_s", "accel_m_s2", "mass_kg")),
    READMITTED: ("altimeter readmitted", False, ("source", "innovation_m", "sigma_m", "rejected")),
    REOPENED: ("height reopened", True, ("source", "innovation_m", "sigma_m", "rejected")),
    RETIMED: ("approach retimed", False, ("time_to_go_s", "agl_m", "change_m", "")),
    DIVERTED: ("divert", False, ("downrange_m", "left_m", "agl_m", "")),
    STOP_DISTANCE: ("stopping distance", True, ("agl_m", "v_up_m_s", "needed_m", "")),
    CONTACT_ARMED: ("contact sensing armed", False, ("agl_m", "sigma_m", "speed_m_s", "stuck legs")),
    CONTACT: ("contact", False, ("legs", "agl_m", "v_up_m_s", "v_level_m_s")),
    RELEASED: ("payload released", False, ("tilt_cosine", "", "", "")),
    FRAME_LOST: ("frames lost", True, ("ticks", "", "", "")),
    IMU_DISAGREE: ("inertial units disagree", True, ("d_angle_rad", "", "", "")),
    IMU_LOST: ("inertial unit lost", True, ("source", "units lost", "", "")),
    STAR_REJECTED: ("star tracker rejected", True, ("error_rad", "sigma_rad", "", "")),
    STAR_SILENT: ("star tracker silent", True, ("silent_s", "sigma_rad", "", "")),
    ISOLATED: ("altimeter isolated", True, ("source", "jump_m", "sigma_m", "")),
    POWER_CYCLED: ("power cycled", True, ("source", "mute", "stuck", "isolated")),
    DOPPLER_REJECTED: ("velocimeter rejected", True, ("innovation_m_s", "sigma_up", "sigma_level", "")),
    DOPPLER_NOISY: ("Doppler noisy", True, ("source", "times specified", "limit", "")),
    DOPPLER_APART: (
        "velocimeter and radar differ",
        True,
        ("difference_m_s", "noise_m_s", "pointing_m_s", "pulled_m_s"),
    ),
    DOPPLER_SILENT: ("velocimeter silent", True, ("silent_s", "agl_m", "", "")),
    DOPPLER_BACK: ("velocimeter readmitted", False, ("innovation_m_s", "sigma_m_s", "rejected", "")),
    MODELLED: ("accelerometers replaced by thrust model", True, ("accel_m_s2", "units good", "", "")),
    GYROS_MODELLED: ("gyros replaced by thruster model", True, ("A saturated", "B saturated", "", "")),
    GYROS_DRIFT: ("gyros drift together", True, ("rate_rad_s", "error_rad", "", "")),
    IMU_ISOLATED: ("inertial unit isolated", True, ("source", "difference", "accelerometer", "")),
    HEIGHT_FOUND: ("height found", False, ("agl_m", "sigma_m", "v_up_m_s", "")),
    WAVED_OFF: ("waved off", True, ("reason", "value", "limit", "")),
    ENGINE_LOST: ("engine lost", True, ("engine", "chamber_kpa", "running kPa", "")),
    ENGINE_RESTED: ("engine switched off for less thrust", True, ("engine", "least_n", "mass_kg", "")),
    THROTTLE_STUCK: ("throttle stuck", True, ("opening", "commanded", "looks", "")),
    LEAK: ("tank leaks", True, ("lost_kg", "rate_kg_s", "mass_kg", "")),
    THRUST_OFF: ("thrust differs from command", True, ("ratio", "mass_kg", "", "")),
    LINK: ("link", True, ("bad frames", "old frames", "commands refused", "")),
    RESUMED: ("resumed after a reset", True, ("ticks", "mode", "agl_m", "speed_m_s")),
    NOT_RESUMED: ("kept state too old to resume", True, ("ticks", "mode", "", "")),
    FIRST_RANGE: ("first range", False, ("source", "agl_m", "innovation_m", "sigma_m")),
}

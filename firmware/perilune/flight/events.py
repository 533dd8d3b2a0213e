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
    ARM_REFUSED: ("arm refused", True, ("attitude known", "inertial good", "mode", "")),
    IGNITION: ("ignition", False, ("downrange_m", "time_to_go_s", "accel_m_s2", "mass_kg")),
    READMITTED: ("altimeter readmitted", False, ("source", "innovation_m", "sigma_m", "rejected")),
    REOPENED: ("height reopened", True, ("source", "innovation_m", "sigma_m", "rejected")),
    RETIMED: ("approach retimed", False, ("time_to_go_s", "agl_m", "change_m", "")),
    DIVERTED: ("divert", False, ("downrange_m", "left_m", "agl_m", "")),
    STOP_DISTANCE: ("stopping distance", True, ("agl_m", "v_up_m_s", "needed_m", "")),
    CONTACT_ARMED: ("contact sensing armed", False, ("agl_m", "sigma_m", "speed_m_s", "")),
    CONTACT: ("contact", False, ("legs", "agl_m", "v_up_m_s", "v_level_m_s")),
    RELEASED: ("payload released", False, ("tilt_cosine", "", "", "")),
    FRAME_LOST: ("frames lost", True, ("ticks", "", "", "")),
    IMU_DISAGREE: ("inertial units disagree", True, ("d_angle_rad", "d_velocity_m_s", "", "")),
    IMU_LOST: ("inertial unit lost", True, ("source", "status", "", "")),
    STAR_REJECTED: ("star tracker rejected", True, ("error_rad", "sigma_rad", "", "")),
    FIRST_RANGE: ("first range", False, ("source", "agl_m", "innovation_m", "sigma_m")),
}

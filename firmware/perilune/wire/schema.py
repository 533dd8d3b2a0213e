"""The one description of the wire: every frame, field, unit, scale and legal range.

Board and host both derive their codecs from these tables, and the host generates docs/wire.md from them.

A frame's payload is one CBOR array (RFC 8949) of definite length whose items all have a fixed width, so every
field sits at a constant offset: the board reads and writes it in place, and any CBOR library decodes it.
On the line: COBS(payload + CRC-32 little-endian) + 0x00. A payload is at most 249 bytes: COBS then adds
exactly one byte and its decoder is a walk along the zeros.

A field is (name, kind, count, unit, low, high, scale, offset, note):
  kind    F float32, W u32, H u16, B u8, S8 / S16 byte strings of 8 / 16
  count   consecutive items under one name (vectors, one per engine, ...)
  low, high   legal range in the field's unit, inclusive (None for strings); outside it a frame is refused
  scale, offset   value = raw * scale + offset (integers only; floats travel as they are)
Frames of reference: body (z up through the deck, x to the ground side while braking), inertial (Moon-centred,
non-rotating), site (origin at the landing site on the reference sphere; x downrange, y left, z up; turns with
the Moon).
"""

from struct import calcsize

WIRE_VERSION = (
    5  # not 3: in a hello, a board that is starting would take it for Ctrl-C and stay at its prompt
)
TICK_HZ = 50
MAX_PAYLOAD = 249

F = "f"
W = "I"
H = "H"
B = "B"
S8 = "8s"
S16 = "16s"

# frame types: host to board below 0x40, board to host from 0x40
HELLO = 0x01
PARAM_VEHICLE = 0x10
PARAM_SENSORS = 0x11
PARAM_SITE = 0x12
PARAM_TERRAIN = 0x13
PARAM_GUIDANCE = 0x14
PARAM_COMMIT = 0x1F
SENSORS = 0x20
COMMAND = 0x30
TO_REPL = 0x3F
HELLO_REPLY = 0x41
PARAM_ACK = 0x50
COMMAND_ACK = 0x52
REPL_ACK = 0x53
ACTUATORS = 0x60
EVENT = 0x61
REFUSED = 0x7F

# status bits of every sensor
VALID = 0x01  # the unit vouches for this sample
FRESH = 0x02  # a new sample since the last frame
STALE = 0x04  # the unit repeats an old sample
SATURATED = 0x08  # clipped at full scale
HEAD = 0x10  # altimeters: 0 the hover head looked, 1 the descent head
FAULT = 0x40  # the unit's own self-test failed

# commands
ARM = 1
WAVE_OFF = 2
DIVERT = 3
RELEASE_PAYLOAD = 4

# bits of `switches` in ACTUATORS
LEGS_DEPLOY = 0x01
PAYLOAD_RELEASE = 0x02
LRF_DESCENT_HEAD = 0x04
RADAR_DESCENT_HEAD = 0x08
LRF_POWER_OFF = 0x10
RADAR_POWER_OFF = 0x20
VELOCIMETER_POWER_OFF = 0x40
IMU_A_POWER_OFF = 0x80
IMU_B_POWER_OFF = 0x100

# acknowledgement status
OK = 0
BAD_RANGE = 1
BAD_ORDER = 2
BAD_HASH = 3
BAD_STATE = 4
BAD_FRAME = 5
BAD_VERSION = 6  # how boards up to version 2 refused a hello
BAD_MAC = 7
BAD_SESSION = 8
BAD_COUNTER = 9
TOO_LATE = 10

ENGINES = 6
THRUSTERS = 16
LEGS = 4
TERRAIN_SAMPLES = 40  # a terrain frame
TERRAIN_PARTS = 2

# Constants through and through, so that a frozen copy of it stays in flash: no names, no negative float literals.
# fmt: off
_TABLE = (
    (
        0x01,
        "hello",
        (
            ("wire_version", "H", 1, "", 0, 65535, 1, 0, "version of this schema"),
            ("schema_crc", "I", 1, "", 0, 0xFFFFFFFF, 1, 0, "CRC-32 of the schema as this side has it"),
            ("session", "I", 1, "", 0, 0xFFFFFFFF, 1, 0, "the host's session number; 0 asks and changes nothing"),
        ),
    ),
    (
        0x10,
        "param_vehicle",
        (
            ("dry_mass_kg", "f", 1, "kg", 1, 1000000, 1, 0, "mass with tanks empty"),
            ("wet_mass_kg", "f", 1, "kg", 1, 1000000, 1, 0, "mass at the epoch"),
            ("isp_s", "f", 1, "s", 50, 1000, 1, 0, "specific impulse of the main engines"),
            ("engine_count", "B", 1, "", 0, 6, 1, 0, "main engines fitted"),
            ("thrust_max_n", "f", 6, "N", 0, 10000000, 1, 0, "full thrust of each engine"),
            ("engine_x_m", "f", 6, "m", -50, 50, 1, 0, "body x of each engine"),
            ("engine_y_m", "f", 6, "m", -50, 50, 1, 0, "body y of each engine"),
            ("throttle_min", "f", 1, "", 0, 1, 1, 0, "lowest throttle of a running engine"),
            ("throttle_rate_s", "f", 1, "1/s", 0.01, 100, 1, 0, "fastest throttle change"),
            ("start_delay_s", "f", 1, "s", 0, 10, 1, 0, "command to first thrust"),
            ("engine_lag_s", "f", 1, "s", 0, 5, 1, 0, "first-order thrust lag"),
            ("inertia_wet_kg_m2", "f", 3, "kg m2", 1, 1000000000, 1, 0, "principal moments at the epoch"),
            ("inertia_dry_kg_m2", "f", 3, "kg m2", 1, 1000000000, 1, 0, "principal moments with tanks empty"),
            ("rcs_mask", "H", 6, "bits", 0, 65535, 1, 0, "thrusters that turn about +x -x +y -y +z -z"),
            ("rcs_torque_n_m", "f", 6, "N m", 0, 1000000, 1, 0, "torque of each of those groups"),
            ("rcs_flow_kg_s", "f", 1, "kg/s", 0, 100, 1, 0, "propellant flow of one thruster"),
            ("rcs_min_on_ms", "f", 1, "ms", 1, 20, 1, 0, "shortest thruster pulse"),
        ),
    ),
    (
        0x11,
        "param_sensors",
        (
            ("lrf_head", "f", 6, "", -1, 1, 1, 0, "body unit vectors of the laser's hover and descent heads"),
            ("radar_head", "f", 6, "", -1, 1, 1, 0, "body unit vectors of the radar's hover and descent heads"),
            ("velocimeter_beam", "f", 9, "", -1, 1, 1, 0, "body unit vectors of the three Doppler beams"),
            ("lrf_max_m", "f", 1, "m", 1, 100000, 1, 0, "range to which the laser is specified"),
            ("radar_max_m", "f", 1, "m", 1, 100000, 1, 0, "range to which the radar is specified"),
            ("velocimeter_max_m", "f", 1, "m", 1, 100000, 1, 0, "range to which the velocimeter is specified"),
            ("altimeter_height_m", "f", 1, "m", -50, 50, 1, 0, "body z of both altimeters above the footpad plane"),
            ("imu_height_m", "f", 1, "m", -50, 50, 1, 0, "body z of the inertial units above the footpad plane"),
            ("lrf_noise_m", "f", 1, "m", 0, 100, 1, 0, "laser noise floor, 1 sigma"),
            ("lrf_noise_ratio", "f", 1, "", 0, 1, 1, 0, "laser noise per metre of range"),
            ("radar_noise_m", "f", 1, "m", 0, 100, 1, 0, "radar noise floor, 1 sigma"),
            ("radar_noise_ratio", "f", 1, "", 0, 1, 1, 0, "radar noise per metre of range"),
            ("velocimeter_noise_m_s", "f", 1, "m/s", 0, 10, 1, 0, "Doppler noise floor, 1 sigma"),
            ("velocimeter_noise_ratio", "f", 1, "", 0, 1, 1, 0, "Doppler noise per m/s of speed"),
            ("gyro_noise_rad", "f", 1, "rad/s^0.5", 0, 1, 1, 0, "angular random walk"),
            ("accel_noise_m_s", "f", 1, "m/s/s^0.5", 0, 1, 1, 0, "velocity random walk"),
            ("star_noise_rad", "f", 1, "rad", 0, 0.1, 1, 0, "star tracker noise, 1 sigma per axis"),
        ),
    ),
    (
        0x12,
        "param_site",
        (
            ("mu_m3_s2", "f", 1, "m3/s2", 10000000000, 1000000000000000, 1, 0, "gravitational parameter"),
            ("radius_m", "f", 1, "m", 100000, 100000000, 1, 0, "reference sphere"),
            ("moon_rate_rad_s", "f", 3, "rad/s", -1, 1, 1, 0, "the Moon's rotation, site frame"),
            ("site_from_inertial", "f", 4, "", -1, 1, 1, 0, "unit quaternion w x y z at tick 0"),
            ("epoch_tick", "I", 1, "1/50 s", 0, 0xFFFFFFFF, 1, 0, "tick of the state below"),
            ("position_m", "f", 3, "m", -10000000, 10000000, 1, 0, "orbit determination, site frame"),
            ("velocity_m_s", "f", 3, "m/s", -10000, 10000, 1, 0, "orbit determination, site frame"),
            ("sigma_position_m", "f", 3, "m", 0, 100000, 1, 0, "1 sigma up, downrange, left"),
            ("sigma_velocity_m_s", "f", 3, "m/s", 0, 100, 1, 0, "1 sigma up, downrange, left"),
            ("site_elevation_m", "f", 1, "m", -20000, 20000, 1, 0, "ground at the site above the reference sphere"),
            ("sigma_elevation_m", "f", 1, "m", 0, 10000, 1, 0, "1 sigma of that"),
            ("terrain_sigma_ratio", "f", 1, "", 0, 1, 1, 0, "map error grows with distance to the site by this"),
            ("terrain_sigma_max_m", "f", 1, "m", 0, 10000, 1, 0, "... up to this"),
        ),
    ),
    (
        0x13,
        "param_terrain",
        (
            ("part", "B", 1, "", 0, 1, 1, 0, "which part of the profile"),
            ("start_m", "f", 1, "m", -1000000, 1000000, 1, 0, "downrange of this part's first sample from the site"),
            ("spacing_m", "f", 1, "m", 1, 100000, 1, 0, "between samples"),
            ("elevation_m", "H", 40, "m", -10000, 22767.5, 0.5, -10000, "ground above the reference sphere"),
        ),
    ),
    (
        0x14,
        "param_guidance",
        (
            ("ignition_fraction", "f", 1, "", 0.1, 1, 1, 0, "of full thrust at which braking starts"),
            ("braking_end_accel_m_s2", "f", 1, "m/s2", -20, 0, 1, 0, "downrange acceleration at the braking gate, -0.01 at most"),
            ("gate_altitude_m", "f", 1, "m", 100, 20000, 1, 0, "braking gate: height"),
            ("gate_downrange_m", "f", 1, "m", -100000, 0, 1, 0, "braking gate: downrange from the site"),
            ("gate_forward_m_s", "f", 1, "m/s", 0, 500, 1, 0, "braking gate: horizontal speed"),
            ("gate_descent_m_s", "f", 1, "m/s", -200, 0, 1, 0, "braking gate: vertical speed"),
            ("approach_end_m", "f", 1, "m", 5, 1000, 1, 0, "height at which terminal descent begins"),
            ("approach_end_m_s", "f", 1, "m/s", -20, 0, 1, 0, "vertical speed there"),
            ("approach_min_s", "f", 1, "s", 5, 500, 1, 0, "shortest approach"),
            ("approach_max_s", "f", 1, "s", 5, 500, 1, 0, "longest approach"),
            ("touchdown_m_s", "f", 1, "m/s", 0.1, 5, 1, 0, "descent rate at the ground"),
            ("terminal_decel_m_s2", "f", 1, "m/s2", 0.01, 5, 1, 0, "deceleration of terminal descent"),
            ("thrust_accel_max_m_s2", "f", 1, "m/s2", 0.5, 100, 1, 0, "thrust acceleration never commanded above this"),
            ("attitude_wn_rad_s", "f", 1, "rad/s", 0.05, 10, 1, 0, "attitude loop natural frequency"),
            ("attitude_zeta", "f", 1, "", 0.1, 3, 1, 0, "attitude loop damping ratio"),
            ("slew_rate_rad_s", "f", 1, "rad/s", 0.005, 1, 1, 0, "fastest commanded turn"),
            ("arm_altitude_m", "f", 1, "m", 1, 100, 1, 0, "touchdown sensing is armed below this"),
            ("arm_speed_m_s", "f", 1, "m/s", 0.5, 20, 1, 0, "... and slower than this"),
            ("legs_deploy_m", "f", 1, "m", 10, 20000, 1, 0, "legs unfold below this height"),
        ),
    ),
    (
        0x1F,
        "param_commit",
        (
            ("session", "I", 1, "", 0, 0xFFFFFFFF, 1, 0, "session this frame belongs to"),
            ("counter", "I", 1, "", 0, 0xFFFFFFFF, 1, 0, "as in command"),
            ("digest", "8s", 1, "", None, None, 1, 0, "first 8 bytes of SHA-256 over the parameter payloads as sent"),
            ("mac", "16s", 1, "", None, None, 1, 0, "signature, see perilune.link.authentication"),
        ),
    ),
    (
        0x20,
        "sensors",
        (
            ("tick", "I", 1, "1/50 s", 0, 0xFFFFFFFF, 1, 0, "tick number since the run began"),
            ("time_ms", "I", 1, "ms", 0, 0xFFFFFFFF, 1, 0, "simulated time at the end of the tick"),
            ("imu_a_status", "B", 1, "bits", 0, 255, 1, 0, "inertial unit A"),
            ("imu_a_dtheta", "f", 3, "rad", -1, 1, 1, 0, "body-frame rotation over the tick"),
            ("imu_a_dvel", "f", 3, "m/s", -10, 10, 1, 0, "body-frame specific-force integral over the tick"),
            ("imu_b_status", "B", 1, "bits", 0, 255, 1, 0, "inertial unit B"),
            ("imu_b_dtheta", "f", 3, "rad", -1, 1, 1, 0, "body-frame rotation over the tick"),
            ("imu_b_dvel", "f", 3, "m/s", -10, 10, 1, 0, "body-frame specific-force integral over the tick"),
            ("star_status", "B", 1, "bits", 0, 255, 1, 0, "star tracker"),
            ("star_age_ms", "H", 1, "ms", 0, 65535, 1, 0, "age of the star tracker's sample"),
            ("star_q", "f", 4, "", -1, 1, 1, 0, "body to inertial, unit quaternion w x y z"),
            ("lrf_status", "B", 1, "bits", 0, 255, 1, 0, "laser range finder"),
            ("lrf_age_ms", "H", 1, "ms", 0, 65535, 1, 0, "age of its sample"),
            ("lrf_range_m", "f", 1, "m", -100, 200000, 1, 0, "slant range along the head in use"),
            ("radar_status", "B", 1, "bits", 0, 255, 1, 0, "radar altimeter"),
            ("radar_age_ms", "H", 1, "ms", 0, 65535, 1, 0, "age of its sample"),
            ("radar_range_m", "f", 1, "m", -100, 200000, 1, 0, "slant range along the head in use"),
            ("radar_rate_m_s", "f", 1, "m/s", -5000, 5000, 1, 0, "Doppler along that head, positive towards the ground"),
            ("velocimeter_status", "B", 1, "bits", 0, 255, 1, 0, "Doppler velocimeter"),
            ("velocimeter_beams", "B", 1, "bits", 0, 255, 1, 0, "bit n: beam n tracks the ground"),
            ("velocimeter_age_ms", "H", 1, "ms", 0, 65535, 1, 0, "age of its sample"),
            ("velocimeter_m_s", "f", 3, "m/s", -5000, 5000, 1, 0, "ground speed along each beam, positive towards the ground"),
            ("leg_contact", "B", 1, "bits", 0, 255, 1, 0, "bit n: leg n touches"),
            ("discretes", "B", 1, "bits", 0, 255, 1, 0, "bits 0-2: abort request lines"),
            ("chamber_kpa", "H", 6, "kPa", 0, 65535, 1, 0, "chamber pressure of each engine"),
            ("tank_kpa", "H", 1, "kPa", 0, 65535, 1, 0, "propellant tank pressure"),
            ("pressurant_kpa", "H", 1, "kPa", 0, 65535, 1, 0, "pressurant bottle pressure"),
            ("propellant_kg", "f", 1, "kg", -1000, 1000000, 1, 0, "propellant gauge"),
        ),
    ),
    (
        0x30,
        "command",
        (
            ("session", "I", 1, "", 0, 0xFFFFFFFF, 1, 0, "session this command belongs to"),
            ("counter", "I", 1, "", 0, 0xFFFFFFFF, 1, 0, "strictly increasing from boot to boot"),
            ("command", "B", 1, "", 0, 255, 1, 0, "1 arm, 2 wave off, 3 divert, 4 release payload"),
            ("last_tick", "I", 1, "1/50 s", 0, 0xFFFFFFFF, 1, 0, "not obeyed once the flight is past this tick"),
            ("argument", "f", 2, "m", -1000000, 1000000, 1, 0, "divert: new site downrange, left"),
            ("mac", "16s", 1, "", None, None, 1, 0, "signature, see perilune.link.authentication"),
        ),
    ),
    (
        0x3F,
        "to_repl",
        (
            ("session", "I", 1, "", 0, 0xFFFFFFFF, 1, 0, "session"),
        ),
    ),
    (
        0x41,
        "hello_reply",
        (
            ("wire_version", "H", 1, "", 0, 65535, 1, 0, "the board's schema version"),
            ("schema_crc", "I", 1, "", 0, 0xFFFFFFFF, 1, 0, "CRC-32 of the board's schema"),
            ("session", "I", 1, "", 0, 0xFFFFFFFF, 1, 0, "the session now open, 0 if none"),
            ("boot_nonce", "I", 1, "", 0, 0xFFFFFFFF, 1, 0, "differs after every boot"),
            ("reset_cause", "B", 1, "", 0, 255, 1, 0, "as the port reports it"),
            ("float_bits", "B", 1, "bit", 0, 64, 1, 0, "width of the board's floats"),
            ("software", "16s", 1, "", None, None, 1, 0, "software version, zero padded"),
            ("board", "16s", 1, "", None, None, 1, 0, "board name, zero padded"),
            ("counter", "I", 1, "", 0, 0xFFFFFFFF, 1, 0, "highest counter accepted since boot"),
            ("key_id", "8s", 1, "", None, None, 1, 0, "which key it has; zeros: none; ones: a damaged one"),
            ("manifest", "8s", 1, "", None, None, 1, 0, "identity of flashed software; zeros: frozen in"),
            ("tick", "I", 1, "1/50 s", 0, 0xFFFFFFFF, 1, 0, "flight time: the last tick flown, 0 without a flight"),
        ),
    ),
    (
        0x50,
        "param_ack",
        (
            ("group", "B", 1, "", 0, 255, 1, 0, "frame type acknowledged"),
            ("status", "B", 1, "", 0, 255, 1, 0, "0 accepted, 1 range, 2 order, 3 hash, 4 state, 7 signature, 8 session, 9 counter"),
            ("item", "B", 1, "", 0, 255, 1, 0, "item of the first offence"),
            ("digest", "8s", 1, "", None, None, 1, 0, "commit: first 8 bytes of SHA-256 over the groups; else 0"),
        ),
    ),
    (
        0x52,
        "command_ack",
        (
            ("counter", "I", 1, "", 0, 0xFFFFFFFF, 1, 0, "as in the command"),
            ("command", "B", 1, "", 0, 255, 1, 0, "as in the command"),
            ("status", "B", 1, "", 0, 255, 1, 0, "0 accepted, 1 range, 4 state, 7 signature, 8 session, 9 counter, 10 too late"),
            ("last_counter", "I", 1, "", 0, 0xFFFFFFFF, 1, 0, "highest counter accepted since boot"),
            ("last_status", "B", 1, "", 0, 255, 1, 0, "what became of the frame that had it"),
        ),
    ),
    (
        0x53,
        "repl_ack",
        (
            ("status", "B", 1, "", 0, 255, 1, 0, "0: the REPL follows"),
        ),
    ),
    (
        0x60,
        "actuators",
        (
            ("tick", "I", 1, "1/50 s", 0, 0xFFFFFFFF, 1, 0, "tick number since the run began"),
            ("mode", "B", 1, "", 0, 15, 1, 0, "see perilune.flight.modes"),
            ("health", "H", 1, "bits", 0, 65535, 1, 0, "bit per source in use, see perilune.flight.health"),
            ("switches", "H", 1, "bits", 0, 65535, 1, 0, "discrete outputs"),
            ("engine_enable", "B", 1, "bits", 0, 255, 1, 0, "bit n: engine n runs"),
            ("throttle", "H", 6, "", 0, 1, 0.0001, 0, "fraction of full thrust"),
            ("rcs_on_ms", "B", 16, "ms", 0, 20, 1, 0, "thruster on-time within the next tick"),
            ("position_m", "f", 3, "m", -10000000, 10000000, 1, 0, "estimate, site frame"),
            ("velocity_m_s", "f", 3, "m/s", -10000, 10000, 1, 0, "estimate, site frame"),
            ("attitude", "f", 4, "", -2, 2, 1, 0, "estimate, body to site, quaternion w x y z"),
            ("rate_rad_s", "f", 3, "rad/s", -60, 60, 1, 0, "body rate"),
            ("altitude_m", "f", 1, "m", -100000, 10000000, 1, 0, "above the site's datum"),
            ("agl_m", "f", 1, "m", -100000, 10000000, 1, 0, "footpads above the ground"),
            ("sigma_agl_m", "f", 1, "m", 0, 1000000, 1, 0, "1 sigma"),
            ("sigma_velocity_m_s", "f", 2, "m/s", 0, 10000, 1, 0, "1 sigma up, horizontal"),
            ("sigma_position_m", "f", 1, "m", 0, 1000000, 1, 0, "1 sigma horizontal"),
            ("mass_kg", "f", 1, "kg", 0, 1000000, 1, 0, "estimate"),
            ("time_to_go_s", "f", 1, "s", -1, 100000, 1, 0, "of the present phase"),
            ("accel_command_m_s2", "f", 3, "m/s2", -1000, 1000, 1, 0, "thrust acceleration asked for: up, downrange, left"),
            # measured on the board: from here on outside the flight content and the trace hash
            ("tick_us", "I", 1, "us", 0, 0xFFFFFFFF, 1, 0, "time this tick took"),
            ("gc_us", "I", 1, "us", 0, 0xFFFFFFFF, 1, 0, "time of the collection before it, 0: there was none"),
            ("heap_low_bytes", "I", 1, "B", 0, 0xFFFFFFFF, 1, 0, "lowest free heap so far"),
        ),
    ),
    (
        0x61,
        "event",
        (
            ("tick", "I", 1, "1/50 s", 0, 0xFFFFFFFF, 1, 0, "tick number since the run began"),
            ("code", "B", 1, "", 0, 255, 1, 0, "see perilune.flight.events"),
            ("mode", "B", 1, "", 0, 15, 1, 0, "mode at the time"),
            ("value", "f", 4, "", None, None, 1, 0, "the numbers behind it"),
        ),
    ),
    (
        0x7F,
        "refused",
        (
            ("status", "B", 1, "", 0, 255, 1, 0, "why: 5 framing or CRC, 6 version"),
            ("frame", "B", 1, "", 0, 255, 1, 0, "type of the frame refused, 0 if unknown"),
        ),
    ),
)
# fmt: on

FRAMES = {row[0]: row[1:] for row in _TABLE}

MEASURED = ("tick_us", "gc_us", "heap_low_bytes")

_HEADS = {F: 0xFA, W: 0x1A, H: 0x19, B: 0x18, S8: 0x48, S16: 0x50}


def items(frame):
    """The frame's items after its type, flattened: a list of (name, kind, low, high, scale, offset)."""
    flat = []
    for name, kind, count, _unit, low, high, scale, offset, _note in FRAMES[frame][1]:
        for i in range(count):
            flat.append((name if count == 1 else name + "_" + str(i), kind, low, high, scale, offset))
    return flat


def heads(frame):
    """The CBOR head byte of every item, the type's first."""
    row = [0x18]
    for field in FRAMES[frame][1]:
        row += [_HEADS[field[1]]] * field[2]
    return row


def places(frame):
    """Byte offset of every item's value in the frame's payload, in order; its head is in the byte before."""
    found = []
    at = 4  # the array's head (2), head and value of the frame type
    for item in items(frame):
        at += 1
        found.append(at)
        at += calcsize(">" + item[1])
    return found


def layout(frame, pad="x"):
    """struct format of the whole payload; head bytes are padding (pad="x") or items of their own (pad="B")."""
    return ">" + pad + pad + pad + "B" + "".join([(pad + field[1]) * field[2] for field in FRAMES[frame][1]])


def schema_text():
    """Layouts and names of all frames as one string: the part of the agreement that is text."""
    lines = [str(WIRE_VERSION)]
    for frame in sorted(FRAMES):
        lines.append(str(frame) + layout(frame))
        for field in FRAMES[frame][1]:
            lines.append(field[0])
    return "\n".join(lines)

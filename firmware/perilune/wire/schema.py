"""The one description of the wire: every frame, field, unit, scale and legal range.

Board and host both derive their codecs from these tables, and the host generates docs/wire.md from them.

A frame's payload is one CBOR array (RFC 8949) of definite length whose items all have a fixed width, so every
field sits at a constant offset: the board reads and writes it with `struct`, and any CBOR library decodes it.
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

WIRE_VERSION = 1
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
BAD_VERSION = 6

ENGINES = 6
THRUSTERS = 16
LEGS = 4
TERRAIN_SAMPLES = 40  # a terrain frame
TERRAIN_PARTS = 2

_TICK = ("tick", W, 1, "1/50 s", 0, 0xFFFFFFFF, 1, 0, "tick number since the run began")
_BIG = 3.0e38


def _real(name, unit, low, high, note, count=1):
    return (name, F, count, unit, low, high, 1, 0, note)


def _bits(name, note, kind=B):
    return (name, kind, 1, "bits", 0, 255 if kind == B else 65535, 1, 0, note)


def _count(name, unit, high, note, kind=B):
    return (name, kind, 1, unit, 0, high, 1, 0, note)


def _imu(unit):
    return (
        _bits("imu_" + unit + "_status", "inertial unit " + unit.upper()),
        _real("imu_" + unit + "_dtheta", "rad", -1.0, 1.0, "body-frame rotation over the tick", 3),
        _real("imu_" + unit + "_dvel", "m/s", -10.0, 10.0, "body-frame specific-force integral over the tick", 3),
    )


FRAMES = {
    HELLO: (
        "hello",
        (
            _count("wire_version", "", 65535, "version of this schema", H),
            ("schema_crc", W, 1, "", 0, 0xFFFFFFFF, 1, 0, "CRC-32 of the schema as this side has it"),
            ("session", W, 1, "", 0, 0xFFFFFFFF, 1, 0, "the host's session number, echoed"),
        ),
    ),
    PARAM_VEHICLE: (
        "param_vehicle",
        (
            _real("dry_mass_kg", "kg", 1.0, 1e6, "mass with tanks empty"),
            _real("wet_mass_kg", "kg", 1.0, 1e6, "mass at the epoch"),
            _real("isp_s", "s", 50.0, 1000.0, "specific impulse of the main engines"),
            _count("engine_count", "", ENGINES, "main engines fitted"),
            _real("thrust_max_n", "N", 0.0, 1e7, "full thrust of each engine", ENGINES),
            _real("engine_x_m", "m", -50.0, 50.0, "body x of each engine", ENGINES),
            _real("engine_y_m", "m", -50.0, 50.0, "body y of each engine", ENGINES),
            _real("throttle_min", "", 0.0, 1.0, "lowest throttle of a running engine"),
            _real("throttle_rate_s", "1/s", 0.01, 100.0, "fastest throttle change"),
            _real("start_delay_s", "s", 0.0, 10.0, "command to first thrust"),
            _real("engine_lag_s", "s", 0.0, 5.0, "first-order thrust lag"),
            _real("inertia_wet_kg_m2", "kg m2", 1.0, 1e9, "principal moments at the epoch", 3),
            _real("inertia_dry_kg_m2", "kg m2", 1.0, 1e9, "principal moments with tanks empty", 3),
            ("rcs_mask", H, 6, "bits", 0, 65535, 1, 0, "thrusters that turn about +x -x +y -y +z -z"),
            _real("rcs_torque_n_m", "N m", 0.0, 1e6, "torque of each of those groups", 6),
            _real("rcs_flow_kg_s", "kg/s", 0.0, 100.0, "propellant flow of one thruster"),
            _real("rcs_min_on_ms", "ms", 1.0, 20.0, "shortest thruster pulse"),
        ),
    ),
    PARAM_SENSORS: (
        "param_sensors",
        (
            _real("lrf_head", "", -1.0, 1.0, "body unit vectors of the laser's hover and descent heads", 6),
            _real("radar_head", "", -1.0, 1.0, "body unit vectors of the radar's hover and descent heads", 6),
            _real("velocimeter_beam", "", -1.0, 1.0, "body unit vectors of the three Doppler beams", 9),
            _real("lrf_max_m", "m", 1.0, 1e5, "range to which the laser is specified"),
            _real("radar_max_m", "m", 1.0, 1e5, "range to which the radar is specified"),
            _real("velocimeter_max_m", "m", 1.0, 1e5, "range to which the velocimeter is specified"),
            _real("altimeter_height_m", "m", -50.0, 50.0, "body z of both altimeters above the footpad plane"),
            _real("imu_height_m", "m", -50.0, 50.0, "body z of the inertial units above the footpad plane"),
            _real("lrf_noise_m", "m", 0.0, 100.0, "laser noise floor, 1 sigma"),
            _real("lrf_noise_ratio", "", 0.0, 1.0, "laser noise per metre of range"),
            _real("radar_noise_m", "m", 0.0, 100.0, "radar noise floor, 1 sigma"),
            _real("radar_noise_ratio", "", 0.0, 1.0, "radar noise per metre of range"),
            _real("velocimeter_noise_m_s", "m/s", 0.0, 10.0, "Doppler noise floor, 1 sigma"),
            _real("velocimeter_noise_ratio", "", 0.0, 1.0, "Doppler noise per m/s of speed"),
            _real("gyro_noise_rad", "rad/s^0.5", 0.0, 1.0, "angular random walk"),
            _real("accel_noise_m_s", "m/s/s^0.5", 0.0, 1.0, "velocity random walk"),
            _real("star_noise_rad", "rad", 0.0, 0.1, "star tracker noise, 1 sigma per axis"),
        ),
    ),
    PARAM_SITE: (
        "param_site",
        (
            _real("mu_m3_s2", "m3/s2", 1e10, 1e15, "gravitational parameter"),
            _real("radius_m", "m", 1e5, 1e8, "reference sphere"),
            _real("moon_rate_rad_s", "rad/s", -1e-3, 1e-3, "the Moon's rotation, site frame", 3),
            _real("site_from_inertial", "", -1.0, 1.0, "unit quaternion w x y z at tick 0", 4),
            ("epoch_tick", W, 1, "1/50 s", 0, 0xFFFFFFFF, 1, 0, "tick of the state below"),
            _real("position_m", "m", -1e7, 1e7, "orbit determination, site frame", 3),
            _real("velocity_m_s", "m/s", -1e4, 1e4, "orbit determination, site frame", 3),
            _real("sigma_position_m", "m", 0.0, 1e5, "1 sigma up, downrange, left", 3),
            _real("sigma_velocity_m_s", "m/s", 0.0, 100.0, "1 sigma up, downrange, left", 3),
            _real("site_elevation_m", "m", -2e4, 2e4, "ground at the site above the reference sphere"),
            _real("sigma_elevation_m", "m", 0.0, 1e4, "1 sigma of that"),
            _real("terrain_sigma_ratio", "", 0.0, 1.0, "map error grows with distance to the site by this"),
            _real("terrain_sigma_max_m", "m", 0.0, 1e4, "... up to this"),
        ),
    ),
    PARAM_TERRAIN: (
        "param_terrain",
        (
            _count("part", "", TERRAIN_PARTS - 1, "which part of the profile"),
            _real("start_m", "m", -1e6, 1e6, "downrange of this part's first sample from the site"),
            _real("spacing_m", "m", 1.0, 1e5, "between samples"),
            ("elevation_m", H, TERRAIN_SAMPLES, "m", -10000.0, 22767.5, 0.5, -10000.0, "ground above the reference sphere"),
        ),
    ),
    PARAM_GUIDANCE: (
        "param_guidance",
        (
            _real("ignition_fraction", "", 0.1, 1.0, "of full thrust at which braking starts"),
            _real("braking_end_accel_m_s2", "m/s2", -20.0, -0.1, "downrange acceleration at the braking gate"),
            _real("gate_altitude_m", "m", 100.0, 2e4, "braking gate: height"),
            _real("gate_downrange_m", "m", -1e5, 0.0, "braking gate: downrange from the site"),
            _real("gate_forward_m_s", "m/s", 0.0, 500.0, "braking gate: horizontal speed"),
            _real("gate_descent_m_s", "m/s", -200.0, 0.0, "braking gate: vertical speed"),
            _real("approach_end_m", "m", 5.0, 1000.0, "height at which terminal descent begins"),
            _real("approach_end_m_s", "m/s", -20.0, 0.0, "vertical speed there"),
            _real("approach_min_s", "s", 5.0, 500.0, "shortest approach"),
            _real("approach_max_s", "s", 5.0, 500.0, "longest approach"),
            _real("touchdown_m_s", "m/s", 0.1, 5.0, "descent rate at the ground"),
            _real("terminal_decel_m_s2", "m/s2", 0.01, 5.0, "deceleration of terminal descent"),
            _real("thrust_accel_max_m_s2", "m/s2", 0.5, 100.0, "thrust acceleration never commanded above this"),
            _real("attitude_wn_rad_s", "rad/s", 0.05, 10.0, "attitude loop natural frequency"),
            _real("attitude_zeta", "", 0.1, 3.0, "attitude loop damping ratio"),
            _real("slew_rate_rad_s", "rad/s", 0.005, 1.0, "fastest commanded turn"),
            _real("arm_altitude_m", "m", 1.0, 100.0, "touchdown sensing is armed below this"),
            _real("arm_speed_m_s", "m/s", 0.5, 20.0, "... and slower than this"),
            _real("legs_deploy_m", "m", 10.0, 2e4, "legs unfold below this height"),
        ),
    ),
    PARAM_COMMIT: (
        "param_commit",
        (("digest", S8, 1, "", None, None, 1, 0, "first 8 bytes of SHA-256 over the parameter payloads as sent"),),
    ),
    SENSORS: (
        "sensors",
        (_TICK, ("time_ms", W, 1, "ms", 0, 0xFFFFFFFF, 1, 0, "simulated time at the end of the tick"))
        + _imu("a")
        + _imu("b")
        + (
            _bits("star_status", "star tracker"),
            _count("star_age_ms", "ms", 65535, "age of the star tracker's sample", H),
            _real("star_q", "", -1.0, 1.0, "body to inertial, unit quaternion w x y z", 4),
            _bits("lrf_status", "laser range finder"),
            _count("lrf_age_ms", "ms", 65535, "age of its sample", H),
            _real("lrf_range_m", "m", -100.0, 2e5, "slant range along the head in use"),
            _bits("radar_status", "radar altimeter"),
            _count("radar_age_ms", "ms", 65535, "age of its sample", H),
            _real("radar_range_m", "m", -100.0, 2e5, "slant range along the head in use"),
            _real("radar_rate_m_s", "m/s", -5e3, 5e3, "Doppler along that head, positive towards the ground"),
            _bits("velocimeter_status", "Doppler velocimeter"),
            _bits("velocimeter_beams", "bit n: beam n tracks the ground"),
            _count("velocimeter_age_ms", "ms", 65535, "age of its sample", H),
            _real("velocimeter_m_s", "m/s", -5e3, 5e3, "ground speed along each beam, positive towards the ground", 3),
            _bits("leg_contact", "bit n: leg n touches"),
            _bits("discretes", "bits 0-2: abort request lines"),
            ("chamber_kpa", H, ENGINES, "kPa", 0, 65535, 1, 0, "chamber pressure of each engine"),
            _count("tank_kpa", "kPa", 65535, "propellant tank pressure", H),
            _count("pressurant_kpa", "kPa", 65535, "pressurant bottle pressure", H),
            _real("propellant_kg", "kg", -1e3, 1e6, "propellant gauge"),
        ),
    ),
    COMMAND: (
        "command",
        (
            ("session", W, 1, "", 0, 0xFFFFFFFF, 1, 0, "session this command belongs to"),
            ("counter", W, 1, "", 0, 0xFFFFFFFF, 1, 0, "strictly increasing within the session"),
            _count("command", "", 255, "1 arm, 2 wave off, 3 divert, 4 release payload"),
            _real("argument", "m", -1e6, 1e6, "divert: new site downrange, left", 2),
        ),
    ),
    TO_REPL: ("to_repl", (("session", W, 1, "", 0, 0xFFFFFFFF, 1, 0, "session"),)),
    HELLO_REPLY: (
        "hello_reply",
        (
            _count("wire_version", "", 65535, "the board's schema version", H),
            ("schema_crc", W, 1, "", 0, 0xFFFFFFFF, 1, 0, "CRC-32 of the board's schema"),
            ("session", W, 1, "", 0, 0xFFFFFFFF, 1, 0, "as in hello"),
            ("boot_nonce", W, 1, "", 0, 0xFFFFFFFF, 1, 0, "differs after every boot"),
            _count("reset_cause", "", 255, "as the port reports it"),
            _count("float_bits", "bit", 64, "width of the board's floats"),
            ("software", S16, 1, "", None, None, 1, 0, "software version, zero padded"),
            ("board", S16, 1, "", None, None, 1, 0, "board name, zero padded"),
        ),
    ),
    PARAM_ACK: (
        "param_ack",
        (
            _count("group", "", 255, "frame type acknowledged"),
            _count("status", "", 255, "0 accepted, 1 range, 2 order, 3 hash, 4 state"),
            _count("item", "", 255, "item of the first offence"),
            ("digest", S8, 1, "", None, None, 1, 0, "SHA-256 so far, first 8 bytes"),
        ),
    ),
    COMMAND_ACK: (
        "command_ack",
        (
            ("counter", W, 1, "", 0, 0xFFFFFFFF, 1, 0, "as in the command"),
            _count("command", "", 255, "as in the command"),
            _count("status", "", 255, "0 accepted, 4 not in this state"),
        ),
    ),
    REPL_ACK: ("repl_ack", (_count("status", "", 255, "0: the REPL follows"),)),
    ACTUATORS: (
        "actuators",
        (
            _TICK,
            _count("mode", "", 15, "see perilune.flight.modes"),
            _bits("health", "bit per source in use, see perilune.flight.health", H),
            _bits("switches", "discrete outputs", H),
            _bits("engine_enable", "bit n: engine n runs"),
            ("throttle", H, ENGINES, "", 0.0, 1.0, 1e-4, 0, "fraction of full thrust"),
            ("rcs_on_ms", B, THRUSTERS, "ms", 0, 20, 1, 0, "thruster on-time within the next tick"),
            _real("position_m", "m", -1e7, 1e7, "estimate, site frame", 3),
            _real("velocity_m_s", "m/s", -1e4, 1e4, "estimate, site frame", 3),
            _real("attitude", "", -1.001, 1.001, "estimate, body to site, quaternion w x y z", 4),
            _real("rate_rad_s", "rad/s", -60.0, 60.0, "body rate", 3),
            _real("altitude_m", "m", -1e5, 1e7, "above the site's datum"),
            _real("agl_m", "m", -1e5, 1e7, "footpads above the ground"),
            _real("sigma_agl_m", "m", 0.0, 1e6, "1 sigma"),
            _real("sigma_velocity_m_s", "m/s", 0.0, 1e4, "1 sigma up, horizontal", 2),
            _real("sigma_position_m", "m", 0.0, 1e6, "1 sigma horizontal"),
            _real("mass_kg", "kg", 0.0, 1e6, "estimate"),
            _real("time_to_go_s", "s", -1.0, 1e5, "of the present phase"),
            _real("accel_command_m_s2", "m/s2", -1e3, 1e3, "thrust acceleration asked for: up, downrange, left", 3),
            # measured on the board: everything from here on is outside the flight content and the trace hash
            ("tick_us", W, 1, "us", 0, 0xFFFFFFFF, 1, 0, "time this tick took"),
            ("gc_us", W, 1, "us", 0, 0xFFFFFFFF, 1, 0, "time the last collection took"),
            ("heap_low_bytes", W, 1, "B", 0, 0xFFFFFFFF, 1, 0, "lowest free heap so far"),
        ),
    ),
    EVENT: (
        "event",
        (
            _TICK,
            _count("code", "", 255, "see perilune.flight.events"),
            _count("mode", "", 15, "mode at the time"),
            _real("value", "", -_BIG, _BIG, "the numbers behind it", 4),
        ),
    ),
    REFUSED: (
        "refused",
        (
            _count("status", "", 255, "why: 5 framing or CRC, 6 version"),
            _count("frame", "", 255, "type of the frame refused, 0 if unknown"),
        ),
    ),
}

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
    return [0x18] + [_HEADS[item[1]] for item in items(frame)]


def layout(frame, pad="x"):
    """struct format of the whole payload; head bytes are padding (pad="x") or items of their own (pad="B")."""
    kinds = ["B"] + [item[1] for item in items(frame)]
    return ">" + pad + pad + "".join([pad + kind for kind in kinds])


def schema_text():
    """Layouts and names of all frames as one string: the part of the agreement that is text."""
    lines = [str(WIRE_VERSION)]
    for frame in sorted(FRAMES):
        lines.append(str(frame) + layout(frame))
        for item in items(frame):
            lines.append(item[0])
    return "\n".join(lines)

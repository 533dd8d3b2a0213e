"""The `health` word of the actuator frame: which sources navigation is using."""

IMU_A = 0x01
IMU_B = 0x02
STAR = 0x04
LRF = 0x08
RADAR = 0x10
VELOCIMETER = 0x20
ATTITUDE_KNOWN = 0x40
CALIBRATED = 0x80
CONTACT_ARMED = 0x100
STOPPING = 0x200

_RECENT = 25  # ticks since a source was last used: half a second


def word(nav, touchdown, guidance, tick):
    """The bits for this tick."""
    bits = 0
    if nav.inertial.a.good:
        bits |= IMU_A
    if nav.inertial.b.good:
        bits |= IMU_B
    if tick - nav.attitude.corrected < _RECENT:
        bits |= STAR
    if tick - nav.lrf.used_tick < _RECENT:
        bits |= LRF
    if tick - nav.radar.used_tick < _RECENT:
        bits |= RADAR
    if tick - nav.doppler.used_tick < _RECENT:
        bits |= VELOCIMETER
    if nav.attitude.known:
        bits |= ATTITUDE_KNOWN
    if nav.inertial.a.samples > 100 and nav.inertial.b.samples > 100:
        bits |= CALIBRATED
    if touchdown.armed:
        bits |= CONTACT_ARMED
    if guidance.stopping:
        bits |= STOPPING
    return bits

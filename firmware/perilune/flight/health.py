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


def word(sources, touchdown, guidance):
    """The bits for this tick: the estimate's sources, and what touchdown sensing and guidance are about."""
    bits = sources
    if touchdown.armed:
        bits |= CONTACT_ARMED
    if guidance.stopping:
        bits |= STOPPING
    return bits

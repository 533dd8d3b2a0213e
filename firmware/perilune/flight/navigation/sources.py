"""Which sources navigation is using: its bits of the health word."""

from perilune.flight import health

_RECENT_TICKS = 25  # a source used within half a second is in use
_CALIBRATED_SAMPLES = 100  # 2 s of free fall in the mean of each unit's accelerometers


def in_use(tick, inertial, attitude, lrf, radar, doppler):
    """The bits at this tick."""
    a = inertial.a
    b = inertial.b
    recent = tick - _RECENT_TICKS
    bits = 0
    if a.good:
        bits |= health.IMU_A
    if b.good:
        bits |= health.IMU_B
    if attitude.corrected > recent:
        bits |= health.STAR
    if lrf.used_tick > recent:
        bits |= health.LRF
    if radar.used_tick > recent:
        bits |= health.RADAR
    if doppler.used_tick > recent:
        bits |= health.VELOCIMETER
    if attitude.known:
        bits |= health.ATTITUDE_KNOWN
    if a.samples > _CALIBRATED_SAMPLES and b.samples > _CALIBRATED_SAMPLES:
        bits |= health.CALIBRATED
    return bits

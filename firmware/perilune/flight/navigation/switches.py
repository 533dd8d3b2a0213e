"""What navigation asks of its units by switches: the head each altimeter looks through, and power."""

from perilune.wire.schema import (
    LRF_DESCENT_HEAD,
    LRF_POWER_OFF,
    RADAR_DESCENT_HEAD,
    RADAR_POWER_OFF,
    VELOCIMETER_POWER_OFF,
)

UNIT_BITS = LRF_DESCENT_HEAD | RADAR_DESCENT_HEAD | LRF_POWER_OFF | RADAR_POWER_OFF | VELOCIMETER_POWER_OFF


def unit_bits(lrf, radar, silence, axes, up, tick, aside):
    """Of UNIT_BITS those for this tick: each altimeter looks through the head that points closer to the ground, the
    radar through its descent head when it is to look `aside`.

    axes: of the body, up: the vertical, both in the site frame.
    """
    bits = LRF_DESCENT_HEAD if lrf.best_head(axes, up) else 0
    if aside or radar.best_head(axes, up):
        bits |= RADAR_DESCENT_HEAD
    if lrf.power_off(tick):
        bits |= LRF_POWER_OFF
    if radar.power_off(tick):
        bits |= RADAR_POWER_OFF
    if silence.power_off(tick):
        bits |= VELOCIMETER_POWER_OFF
    return bits

"""Ground commands: in which state of the flight each is obeyed."""

from perilune.flight import events, modes
from perilune.wire.schema import ARM, DIVERT, RELEASE_PAYLOAD, WAVE_OFF

# command: modes in which it is obeyed. Past ignition the ground is the only way out
IN_MODES = {
    ARM: (modes.COAST,),
    WAVE_OFF: modes.BEFORE_IGNITION,
    DIVERT: (modes.COAST, modes.ARMED, modes.BRAKING, modes.APPROACH),
    RELEASE_PAYLOAD: (modes.SAFED,),
}
_UPRIGHT = 0.94  # cosine of the tilt (20 deg) to which a payload may leave: its ramp reaches the ground
_STILL2 = 1e-4  # (rad/s)2: 0.6 deg/s, at which nothing falls over any more


def refused(code, mode, estimate, log):
    """Whether this command is not to be obeyed now. A refusal to arm is told with its reason."""
    if mode in IN_MODES.get(code, ()):
        if code == RELEASE_PAYLOAD:
            return not _upright_and_still(estimate)
        if code != ARM or (estimate.attitude_known and estimate.imu_good):
            return False
    if code == ARM:
        log(events.ARM_REFUSED, int(estimate.attitude_known), int(estimate.imu_good), mode, 0.0)
    return True


def _upright_and_still(estimate):
    x, y, z = estimate.rate
    return estimate.axes[8] >= _UPRIGHT and x * x + y * y + z * z <= _STILL2

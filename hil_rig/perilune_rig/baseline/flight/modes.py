"""Modes of flight and the only legal ways from one to the next."""

STANDBY = 0  # parameters not yet accepted
COAST = 1  # engine off; inertial units are calibrated
ARMED = 2  # pointing for ignition, watching for its moment
BRAKING = 3  # orbit speed to the braking gate
APPROACH = 4  # pitch up, target in view
TERMINAL = 5  # vertical descent at a commanded rate
TOUCHDOWN = 6  # contact confirmed, engine off
SAFED = 7  # at rest, engine inhibited for good
WAVE_OFF = 8  # landing abandoned before ignition
HOLD = 9  # slow descent while the height is uncertain

NAMES = (
    "standby",
    "coast",
    "armed",
    "braking",
    "approach",
    "terminal",
    "touchdown",
    "safed",
    "wave_off",
    "hold",
)

# mode: modes that may follow it
FOLLOWS = (
    (COAST,),
    (ARMED, WAVE_OFF),
    (BRAKING, WAVE_OFF),
    (APPROACH, HOLD, TERMINAL),
    (TERMINAL, HOLD),
    (TOUCHDOWN,),
    (SAFED,),
    (),
    (),
    (TERMINAL, APPROACH),
)

ENGINE_MODES = (BRAKING, APPROACH, TERMINAL, HOLD)

"""Modes of flight: what kind each is, whether engines run in it, and the only legal ways from one to the next."""

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

# kinds
FLYING = 0  # towards the surface: all stations at work
ON_SURFACE = 1  # engines off; attitude watched, thrusters against rocking until it is safe
WAVED_OFF = 2  # engines off, attitude held


def _table():
    """By number: name, kind, whether main engines run, modes that may follow. A board holds its columns alone."""
    return (
        ("standby", FLYING, False, (COAST,)),
        ("coast", FLYING, False, (ARMED, WAVE_OFF)),
        ("armed", FLYING, False, (BRAKING, WAVE_OFF)),
        ("braking", FLYING, True, (APPROACH, HOLD, TERMINAL)),
        ("approach", FLYING, True, (TERMINAL, HOLD)),
        ("terminal", FLYING, True, (TOUCHDOWN,)),
        ("touchdown", ON_SURFACE, False, (SAFED,)),
        ("safed", ON_SURFACE, False, ()),
        ("wave_off", WAVED_OFF, False, ()),
        ("hold", FLYING, True, (TERMINAL, APPROACH)),
    )


_ROWS = _table()
NAMES = tuple([row[0] for row in _ROWS])
KIND = tuple([row[1] for row in _ROWS])
ENGINE_MODES = tuple([mode for mode in range(len(_ROWS)) if _ROWS[mode][2]])
FOLLOWS = tuple([row[3] for row in _ROWS])
del _ROWS

BEFORE_IGNITION = (COAST, ARMED)  # the landing can still be abandoned
AFTER_BRAKING = (APPROACH, TERMINAL, HOLD)  # near the site, thrust mostly upward

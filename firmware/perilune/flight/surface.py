"""On the surface: from the first contact to rest.

Legs on a slope: a tall vehicle rocks over the lower ones, and thrusters work against its rates until it is still.
"""

_SETTLE_TICKS = 250  # from contact to safing: 5 s ...
_STILL_TICKS = 100  # ... of which so many, up to the last, it has not turned faster ...
_ROCKING2 = 7.5e-5  # ... than this, (rad/s)2: 0.5 deg/s. A tall vehicle rocks for longer ...
_ROCKING_TICKS = 1500  # ... but not than 30 s
# _STILL_TICKS on fewer than three legs: HLS's fall from a balance grows 2.7 times in 4 s
_BALANCED_TICKS = 500
_LEANING = 0.985  # cosine of the tilt (10 deg) on which the vehicle should stand


class Surface:
    """When the vehicle stands at rest after contact."""

    def __init__(self):
        self.contact_tick = 0
        self.still = 0  # ticks without rocking, up to now

    def settled(self, tick, rate, stands, pulsed):
        """Once a tick: at rest on three legs for two seconds, on others for ten without a pulse, or not to be brought
        to rest. rate: rad/s, body; stands: on three legs; pulsed: thrusters fired in the last tick.

        HLS balanced on two legs, held by its thrusters, was safed, and fell over without them. A third leg that bears
        too little to close its switch is as good as none: there a fall has time to show.
        """
        ticks = tick - self.contact_tick
        x, y, z = rate
        rests = x * x + y * y + z * z < _ROCKING2 and (stands or not pulsed)
        self.still = self.still + 1 if rests else 0
        enough = self.still >= (_STILL_TICKS if stands else _BALANCED_TICKS)
        return ticks >= _SETTLE_TICKS and (enough or ticks >= _ROCKING_TICKS)


def steady(control, estimate, guiding):
    """Thrusters against the body rates alone, since the slope sets the attitude; where that is more than the vehicle
    should stand on, back towards the vertical too. guiding: the tick is in guidance's slot."""
    if estimate.axes[8] > _LEANING:
        control.steady(estimate.rate)
        return
    if guiding and control.target is not None:
        control.steer(estimate.q)
    control.update(estimate.rate)

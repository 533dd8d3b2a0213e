"""Go or no-go before ignition: after it the ground is the only way out, so what cannot land is waved off here."""

from perilune.flight import events
from perilune.flight.algebra import delta_v

_PERSIST_CYCLES = 20  # 2 s at 10 Hz
_ABORT_CYCLES = 3  # 0.3 s at 10 Hz
_ABORT_LINES = 2  # of three: Apollo 14's switch closed by itself

# reasons
PROPELLANT = 1
INERTIAL = 2
ALTIMETERS = 3
PRESSURE = 4
ATTITUDE = 5
ABORT_LINES = 6

_SPEED_FACTOR = 1.10  # delta-v a landing takes at the least, over the speed at ignition ...
_DELTA_V_BASE = 60.0  # ... and for approach and touchdown, m/s
_DESCENT_S = 650.0  # in which a leak goes on
_GAUGE_KG = 15.0  # the gauge may be wrong by this
_PRESSURE_SHARE = 0.7  # of the tank pressure at the start


class Readiness:
    """Counts how long each reason against landing has stood."""

    def __init__(self, log):
        self.log = log
        self.standing = 0
        self.reason = 0
        self.aborting = 0
        self.start_kpa = 0

    def unfit(self, estimate, limits, frame):
        """Called at 10 Hz before ignition: True once a reason to wave off has stood for two seconds."""
        if self.start_kpa == 0:
            self.start_kpa = frame.tank_kpa
        reason, value, limit = self._reason(estimate, limits, frame)
        self.standing = self.standing + 1 if reason and reason == self.reason else 0
        self.reason = reason
        lines = (frame.discretes & 1) + (frame.discretes >> 1 & 1) + (frame.discretes >> 2 & 1)
        self.aborting = self.aborting + 1 if lines >= _ABORT_LINES else 0
        if self.aborting >= _ABORT_CYCLES:
            self.log(events.WAVED_OFF, ABORT_LINES, lines, _ABORT_LINES, 0.0)
            return True
        if self.standing >= _PERSIST_CYCLES:
            self.log(events.WAVED_OFF, reason, value, limit, 0.0)
            return True
        return False

    def _reason(self, estimate, limits, frame):
        tick = estimate.tick
        if not estimate.imu_good:
            return INERTIAL, 0.0, 1.0
        if estimate.altimeters_silent:
            return ALTIMETERS, 0.0, 1.0
        if estimate.attitude_known and tick - estimate.star_tick > 1500:
            return ATTITUDE, float(tick - estimate.star_tick), 1500.0
        if frame.tank_kpa < _PRESSURE_SHARE * self.start_kpa:
            return PRESSURE, float(frame.tank_kpa), _PRESSURE_SHARE * self.start_kpa
        needed = _SPEED_FACTOR * estimate.speed + _DELTA_V_BASE
        lost = limits.leak_rate * _DESCENT_S
        propellant = min(limits.mass - limits.dry_mass, frame.propellant_kg + _GAUGE_KG) - lost
        left = delta_v(propellant, limits.dry_mass, limits.exhaust)
        if left < needed:
            return PROPELLANT, left, needed
        return 0, 0.0, 0.0

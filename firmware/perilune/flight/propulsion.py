"""Main engines: throttle for a wanted acceleration, and the mass that burning leaves."""

from perilune.flight.algebra import clamp, logarithm

_DT = 0.02
_G0 = 9.80665
_STEPS = 10000  # throttle counts on the wire


class Propulsion:
    """Commands `enable` and `throttle` (counts of 1e-4 per engine), and what is known of mass and thrust."""

    def __init__(self, vehicle, guidance):
        self.vehicle = vehicle
        self.cap = guidance.thrust_accel_max_m_s2
        self.count = vehicle.engine_count
        self.full_thrust = sum(vehicle.thrust_max_n[0 : self.count])
        self.exhaust = vehicle.isp_s * _G0
        self.mass = vehicle.wet_mass_kg
        self.start_delay = vehicle.start_delay_s
        self.enable = 0
        self.throttle = [0] * len(vehicle.thrust_max_n)
        self.level = 0.0  # fraction commanded
        self.delivered = 0.0  # fraction delivered, by the engine's model
        self.running_ticks = 0
        self._outputs()

    def update(self, accel, running, rcs_on_s):
        """One tick: thrust for `accel` m/s2 if `running`; rcs_on_s thruster seconds were spent on attitude."""
        self._burn(rcs_on_s)
        if running:
            v = self.vehicle
            wanted = clamp(min(accel, self.cap) * self.mass / self.full_thrust, v.throttle_min, 1.0)
            step = v.throttle_rate_s * _DT
            self.level = wanted if self.enable == 0 else clamp(wanted, self.level - step, self.level + step)
            self.running_ticks += 1
            self.enable = (1 << self.count) - 1
        else:
            self.level = 0.0
            self.enable = 0
            self.running_ticks = 0
        counts = int(self.level * _STEPS + 0.5)
        for i in range(self.count):
            self.throttle[i] = counts
        self._outputs()

    def _burn(self, rcs_on_s):
        """Delivered thrust lags the command (start delay, then first order); mass follows the flow."""
        v = self.vehicle
        target = self.level if self.running_ticks * _DT > v.start_delay_s else 0.0
        self.delivered += (target - self.delivered) * _DT / (v.engine_lag_s + _DT)
        self.mass -= self.delivered * self.full_thrust * _DT / self.exhaust
        self.mass -= rcs_on_s * v.rcs_flow_kg_s
        self.mass = max(self.mass, v.dry_mass_kg)

    def _outputs(self):
        self.expected_accel = self.delivered * self.full_thrust / self.mass  # m/s2, what should be felt
        self.accel_max = min(self.full_thrust / self.mass, self.cap)
        self.delta_v_left = self.exhaust * logarithm(self.mass / self.vehicle.dry_mass_kg)

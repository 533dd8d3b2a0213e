"""A flight whose parts only note that they were asked."""

from types import SimpleNamespace
from unittest.mock import MagicMock

from perilune.flight import modes
from perilune.flight.flight import Flight
from tests.firmware.kit import loaded

UPRIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


FLYING = (modes.COAST, modes.ARMED, modes.BRAKING, modes.APPROACH, modes.TERMINAL, modes.HOLD)


STANDING = (modes.TOUCHDOWN, modes.SAFED)


class Stand:
    """A flight whose parts do nothing and remember what they were asked."""

    def __init__(self, mode: int = modes.COAST, tick: int = 1000, **nav) -> None:
        flight = self.flight = Flight(loaded())
        flight.mode, flight.tick, flight.entered_tick = mode, tick, tick - 500
        of = {
            "v_up": -3.0,
            "v_ahead": 4.0,
            "v_left": 12.0,
            "altitude": 90.0,
            "agl": 80.0,
            "pull": (0.0, 0.0, 0.0),
            "bias": (1.0, 2.0, 3.0),
            "sigma_agl": 1.0,
            "sigma_v_up": 2.0,
            "sigma_v_level": 3.0,
            "sigma_position": 4.0,
        } | nav
        flight.nav = MagicMock(**of)
        flight.nav.attitude.rate, flight.nav.attitude.axes = (0.0, 0.0, 0.0), UPRIGHT
        flight.nav.attitude.known, flight.nav.attitude.q = True, (1.0, 0.0, 0.0, 0.0)
        flight.nav.attitude.corrected = -1000
        flight.nav.inertial.blind = flight.nav.inertial.suspect = False
        flight.nav.inertial.wrong_angle = 0
        flight.nav.inertial.dvel = (0.0, 0.0, 0.05)
        flight.nav.lrf.used_tick = flight.nav.radar.used_tick = flight.nav.doppler.used_tick = -1000
        flight.nav.inertial.a.samples = flight.nav.inertial.b.samples = 0
        for unit in (flight.nav.lrf, flight.nav.radar, flight.nav.doppler.silence):
            unit.best_head.return_value, unit.power_off.return_value = 0, False
        flight.nav.doppler.alone.return_value = False
        flight.nav.strapdown.to_site.side_effect = lambda *v: v
        flight.nav.strapdown.r, flight.nav.strapdown.v = (1.0, 2.0, 3.0), (4.0, 5.0, 6.0)
        flight.guidance = MagicMock(accel=(2.0, 3.0, 6.0), tgo=33.0, stopping=False)
        flight.guidance.update.side_effect = lambda _nav, _craft, mode: mode
        flight.craft = MagicMock(lever=(0.0, 0.0), delivered=0.5, mass=800.0, enable=1, powered=True)
        flight.craft.expected_accel, flight.craft.throttle = 2.5, [100, 0, 0, 0, 0, 0]
        flight.readiness = MagicMock()
        flight.readiness.unfit.return_value = False
        flight.control = MagicMock(
            on_s=0.125, target=(1.0, 0.0, 0.0, 0.0), feed=[0.0, 0.0, 0.0], gentle=False
        )
        flight.touchdown = MagicMock(armed=False, confirmed=False, leaning=False)

    def step(self, *ticks: int, **frame) -> Flight:
        """Frames of the given ticks, or of the next one."""
        for tick in ticks or (self.flight.tick + 1,):
            of = {
                "imu_a": (1,),
                "imu_b": (2,),
                "star": (3,),
                "legs": 5,
                "chamber_kpa": (7,),
                "propellant_kg": 9.0,
            }
            self.flight.step(SimpleNamespace(tick=tick, **(of | frame)))
        return self.flight

    def five(self, **frame) -> Flight:
        """Five ticks: every slot once."""
        first = self.flight.tick + 1
        return self.step(*range(first, first + 5), **frame)

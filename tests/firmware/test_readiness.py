"""Go or no-go before ignition: every reason, how long it has to stand, and where its limit is."""

import pytest

from perilune.flight import events, readiness
from perilune.flight.readiness import Readiness
from tests.firmware.records import estimate, frame, limits

SPEED_M_S = 1700.0
NEEDED_M_S = 1.10 * SPEED_M_S + 60.0
TICK = 20_000
DRY_KG = 1e9


class Waiting:
    """A lander before ignition that is fit; `look` asks at 10 Hz, with changes."""

    def __init__(self) -> None:
        self.told: list[tuple] = []
        self.readiness = Readiness(lambda *event: self.told.append(event))

    def look(self, times: int, **changed) -> bool:
        of = {
            "inertial": True,
            "lrf_silent": False,
            "radar_silent": False,
            "known": True,
            "stars_ago": 0,
            "kpa": 1700,
            "left": 1e4,
            "gauged": 1e4,
            "leak": 0.0,  # kg/s
            "lines": 0,
            "speed": SPEED_M_S,
        } | changed
        nav = estimate(
            tick=TICK,
            speed=of["speed"],
            imu_good=of["inertial"],
            altimeters_silent=of["lrf_silent"] and of["radar_silent"],
            attitude_known=of["known"],
            star_tick=TICK - of["stars_ago"],
        )
        # 1 m/s a kilogram here, for so little of the dry mass; the gauge's propellant counts with 15 kg more
        craft = limits(mass=DRY_KG + of["left"], dry_mass=DRY_KG, exhaust=DRY_KG, leak_rate=of["leak"])
        seen = frame(TICK, tank_kpa=of["kpa"], discretes=of["lines"], propellant_kg=of["gauged"] - 15.0)
        unfit = [self.readiness.unfit(nav, craft, seen) for _ in range(times)]
        return unfit[-1]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"inertial": False}, readiness.INERTIAL),
        ({"lrf_silent": True, "radar_silent": True}, readiness.ALTIMETERS),
        ({"stars_ago": 1501}, readiness.ATTITUDE),
        ({"kpa": 1189}, readiness.PRESSURE),  # 0.7 x 1700 = 1190
        ({"left": NEEDED_M_S - 0.1}, readiness.PROPELLANT),
        ({"gauged": NEEDED_M_S - 0.1}, readiness.PROPELLANT),
        ({"left": NEEDED_M_S + 649.0, "leak": 1.0}, readiness.PROPELLANT),  # 650 s to the ground
    ],
)
def test_a_reason_that_has_stood_for_two_seconds_waves_off(changed, reason):
    waiting = Waiting()
    assert not waiting.look(1)
    assert not waiting.look(20, **changed)  # the first look is the start, then 20 of 0.1 s
    assert waiting.told == []
    assert waiting.look(1, **changed)
    assert [event[:2] for event in waiting.told] == [(events.WAVED_OFF, reason)]


@pytest.mark.parametrize(
    "changed",
    [
        {"lrf_silent": True},
        {"radar_silent": True},
        {"stars_ago": 1500},
        {"known": False, "stars_ago": 1501},
        {"kpa": 1190},
        {"left": NEEDED_M_S + 0.01},
        {"gauged": NEEDED_M_S + 0.01},  # in float32
        {"left": NEEDED_M_S + 650.5, "leak": 1.0},
        {"lines": 0b001},
        {"lines": 0b010},
        {"lines": 0b100},
    ],
)
def test_what_is_within_limits_does_not(changed):
    waiting = Waiting()
    assert not waiting.look(1)
    assert not waiting.look(100, **changed)
    assert waiting.told == []


def test_a_reason_that_changes_or_goes_away_is_counted_anew():
    waiting = Waiting()
    waiting.look(20, inertial=False)
    assert not waiting.look(20, stars_ago=1501)
    waiting.look(1)
    assert not waiting.look(20, stars_ago=1501)
    assert waiting.look(1, stars_ago=1501)


@pytest.mark.parametrize("lines", [0b011, 0b101, 0b110, 0b111])
def test_two_of_three_abort_lines_for_three_looks_wave_off(lines: int):
    """Apollo 14's abort switch closed by itself: one line is a failed switch."""
    waiting = Waiting()
    assert not waiting.look(2, lines=lines)
    assert not waiting.look(1)
    assert not waiting.look(2, lines=lines)
    assert waiting.look(1, lines=lines)
    assert waiting.told == [
        (events.WAVED_OFF, readiness.ABORT_LINES, bin(lines).count("1"), 2, 0.0),
    ]


def test_silence_is_five_seconds():
    waiting = Waiting()
    waiting.look(1, lrf_silent=True)


def test_what_it_tells_is_value_and_limit():
    waiting = Waiting()
    waiting.look(21, left=100.0)
    assert waiting.told[0][2:4] == pytest.approx((100.0, NEEDED_M_S))
    waiting = Waiting()
    waiting.look(1, kpa=2000)
    waiting.look(21, kpa=1000)
    assert waiting.told[0][2:4] == pytest.approx((1000.0, 1400.0))
    waiting = Waiting()
    waiting.look(21, stars_ago=1600)
    assert waiting.told[0][2:4] == (1600.0, 1500.0)

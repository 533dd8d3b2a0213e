"""Whatever sensors and ground say, in whatever order: the rules that no flight may break. On every rung."""

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from perilune.flight import modes
from perilune.wire import schema
from perilune_host.codec import LAYOUTS
from perilune_host.link import reset
from perilune_rig.rungs import RUNGS
from tests.core.kit import NOMINAL, SESSION, Board, changed, parameters

STARTS = {  # position above the site's sphere m, velocity m/s: where the first mode changes are near
    "orbit": ((-630e3, 0.0, -102e3), (1570.0, 0.0, 605.0)),
    "ignition": ((-505e3, 0.0, -59e3), (1610.0, 0.0, 484.0)),
    "gate": ((-900.0, 20.0, 1600.0), (60.0, 1.0, -40.0)),
    "low": ((-5.0, 3.0, 30.0), (1.0, 0.0, -3.0)),
}
GROUPS = parameters()
ITEMS = [item[0] for item in LAYOUTS[schema.SENSORS].items]
AT = {name: i for i, name in enumerate(ITEMS)}
LIMITS = {name: (low, high) for name, _kind, low, high, _scale, _offset in schema.items(schema.SENSORS)}
STATUS = [name for name in ITEMS if name.endswith("_status")]
THRUST_N = sum(engine.thrust_n for engine in NOMINAL.vehicle.propulsion.engines)
WET_KG = NOMINAL.vehicle.mass.dry_kg + NOMINAL.vehicle.mass.propellant_kg
GOOD = schema.VALID | schema.FRESH
WILD = [name for name in ITEMS if name not in ("tick", "time_ms")]


def wild_values() -> st.SearchStrategy[dict[str, float]]:
    """Some items of a sensor frame with any value of their legal range."""

    def value(name: str) -> st.SearchStrategy[float]:
        low, high = LIMITS[name]
        if name in STATUS:
            return st.sampled_from(
                [0, GOOD, GOOD | schema.STALE, GOOD | schema.SATURATED, GOOD | schema.HEAD, 255]
            )
        if isinstance(_default(name), int):
            return st.integers(int(low), int(high))
        return st.one_of(st.just(0.0), st.floats(low, high, width=32))

    return st.lists(st.sampled_from(WILD), max_size=6, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: value(name) for name in names})
    )


def _default(name: str) -> float | int:
    kinds = {item: kind for item, kind, *_ in schema.items(schema.SENSORS)}
    return 0.0 if kinds[name] == schema.F else 0


class AnyInput(RuleBasedStateMachine):
    """Sensor frames that follow the flight computer's own estimate, bent by whatever a rule says."""

    rung = "python"

    def __init__(self) -> None:
        super().__init__()
        self.link = RUNGS[self.rung]()
        self.board = Board(self.link)
        self.noise = random.Random(1)
        self.tick = 0
        self.counter = 0
        self.out: dict = {}
        self.left = self.before = self.mode = modes.COAST  # left: the mode before this one
        self.restarted = False
        self.safe = False

    def teardown(self) -> None:
        self.link.close()

    @initialize(start=st.sampled_from(sorted(STARTS)))
    def begin(self, start: str) -> None:
        position, velocity = STARTS[start]
        self.board.hello()
        self.groups = changed(GROUPS, schema.PARAM_SITE, position_m=position, velocity_m_s=velocity)
        self.board.commit(self.board.upload(self.groups))
        self.fly(3, {})

    def fly(self, ticks: int, bent: dict[str, float]) -> None:
        for _ in range(ticks):
            self.tick += 1
            self.out = self.board.sense(LAYOUTS[schema.SENSORS].pack(self.frame(bent)))
            self.check()

    def frame(self, bent: dict[str, float]) -> list[float]:
        values = {"tick": self.tick, "time_ms": 20 * self.tick} | dict.fromkeys(STATUS, GOOD)
        push = self.push_m_s()
        for unit in ("imu_a", "imu_b"):
            for i in range(3):
                values[f"{unit}_dtheta_{i}"] = self.noise.gauss(0.0, 1e-5)
                values[f"{unit}_dvel_{i}"] = self.noise.gauss(push if i == 2 else 0.0, 1e-4)
        values |= {f"star_q_{i}": x for i, x in enumerate(self.star())}
        values |= {"lrf_range_m": self.range_m(), "radar_range_m": self.range_m(), "velocimeter_status": 0}
        values |= {"chamber_kpa_0": round(700 * self.out["throttle"][0]) if push else 0, "tank_kpa": 1700}
        values |= {"propellant_kg": self.out.get("mass_kg", WET_KG) - NOMINAL.vehicle.mass.dry_kg} | bent
        return [values.get(name, _default(name)) for name in ITEMS]

    def push_m_s(self) -> float:
        """Delta-velocity of the commanded thrust over a tick."""
        on = self.out.get("engine_enable", 0)
        return 0.02 * self.out["throttle"][0] * THRUST_N / self.out["mass_kg"] if on else 0.0

    def star(self) -> Sequence[float]:
        """Body to inertial for the attitude estimated, so that the tracker agrees with it."""
        w, x, y, z = dict(GROUPS)[schema.PARAM_SITE]["site_from_inertial"]
        a, b, c, d = self.out.get("attitude", (1.0, 0.0, 0.0, 0.0))
        x, y, z = -x, -y, -z
        q = (
            w * a - x * b - y * c - z * d,
            w * b + x * a + y * d - z * c,
            w * c - x * d + y * a + z * b,
            w * d + x * c - y * b + z * a,
        )
        norm = math.sqrt(sum(k * k for k in q))
        return [max(-1.0, min(1.0, k / norm)) for k in q]

    def range_m(self) -> float:
        return max(0.0, self.out.get("agl_m", 1.0)) + 1.0 + self.noise.gauss(0.0, 0.1)

    def check(self) -> None:
        """What must hold after every tick."""
        out = self.out
        assert out["tick"] == self.tick
        assert self.board.out_of_range() is None
        self.before, self.mode = self.mode, out["mode"]
        if self.mode != self.before:
            assert self.mode in modes.FOLLOWS[self.before] or self.taken_back()
            self.left = self.before
        self.restarted = False
        running = out["engine_enable"] != 0
        assert running == (self.mode in modes.ENGINE_MODES)
        assert running or not any(out["throttle"])
        self.safe = self.safe or self.mode in (modes.TOUCHDOWN, modes.SAFED, modes.WAVE_OFF)
        assert not (self.safe and running)
        shortest = NOMINAL.vehicle.rcs.min_on_ms
        assert all(on == 0 or shortest <= on <= 20 for on in out["rcs_on_ms"])

    def taken_back(self) -> bool:
        """A mode of guidance is kept two ticks late: a reset in between takes the flight back to the one it left."""
        return self.restarted and self.mode == self.left and self.before in modes.ENGINE_MODES

    @rule(ticks=st.sampled_from([1, 5, 50, 250]))
    def all_is_well(self, ticks: int) -> None:
        self.fly(ticks, {})

    @rule(ticks=st.integers(1, 10), values=wild_values())
    def sensors_say_anything(self, ticks: int, values: dict[str, float]) -> None:
        self.fly(ticks, values)

    @rule(lost=st.integers(1, 60))
    def frames_are_lost(self, lost: int) -> None:
        self.tick += lost
        self.fly(1, {})

    @rule(cause=st.sampled_from(["watchdog", "software"]), down=st.integers(1, 100))
    def the_computer_is_reset(self, cause: str, down: int) -> None:
        """What it was in it is still, ended as before: the rules hold across it."""
        reset(self.link, cause, 20_000 * self.tick)
        self.board.hello()
        self.board.commit(self.board.upload(self.groups))
        self.tick += down
        self.restarted = True
        self.fly(1, {})

    @rule(legs=st.integers(0, 15), ticks=st.integers(1, 30))
    def legs_touch(self, legs: int, ticks: int) -> None:
        self.fly(ticks, {"leg_contact": legs})

    @precondition(lambda self: self.mode == modes.COAST)
    @rule()
    def the_ground_arms(self) -> None:
        self.say(schema.ARM, (0.0, 0.0))

    @rule(
        code=st.sampled_from([schema.ARM, schema.DIVERT, schema.RELEASE_PAYLOAD, schema.WAVE_OFF, 0, 255]),
        argument=st.tuples(*[st.floats(-3000.0, 3000.0, width=32)] * 2),
    )
    def the_ground_says_anything(self, code: int, argument: tuple[float, float]) -> None:
        self.say(code, argument)

    def say(self, code: int, argument: tuple[float, float]) -> None:
        self.counter += 1
        status = self.board.command(code, self.counter, SESSION, argument)
        if code == schema.ARM and status == schema.OK:
            self.mode = modes.ARMED  # ignition may follow before the next frame
        if code == schema.WAVE_OFF:
            assert (status == schema.OK) == (self.mode in (modes.COAST, modes.ARMED))
        if code == schema.RELEASE_PAYLOAD and status == schema.OK:
            assert self.mode == modes.SAFED
        self.fly(1, {})

    @invariant()
    def the_end_is_the_end(self) -> None:
        if self.before in (modes.SAFED, modes.WAVE_OFF):
            assert self.mode == self.before


def test_no_input_breaks_a_rule(rung: str):
    machine = type("Machine", (AnyInput,), {"rung": rung})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize(
    ("start", "leads_to"),
    [
        ("orbit", modes.ARMED),
        ("ignition", modes.BRAKING),
        ("gate", modes.APPROACH),
        ("low", modes.TERMINAL),
    ],
)
def test_the_machine_leads_through_the_modes(rung: str, start: str, leads_to: int):
    """What the test above is worth: left alone after arming, each start is flown on."""
    machine = type("Machine", (AnyInput,), {"rung": rung})()
    machine.begin(start)
    machine.the_ground_arms()
    machine.fly(600, {})
    assert machine.mode == leads_to
    machine.teardown()


@pytest.mark.requirement("ACT-5")
def test_what_is_safe_stays_so_through_every_command_and_reset(rung: str):
    """The rules above at the one end that chance seldom leads to."""
    machine = type("Machine", (AnyInput,), {"rung": rung})()
    machine.begin("low")
    machine.the_ground_arms()
    machine.fly(300, {})
    machine.legs_touch(15, 30)  # far above the ground: no touchdown
    assert machine.mode == modes.TERMINAL
    while machine.out["agl_m"] > 0.5:
        machine.fly(10, {})
    machine.legs_touch(15, 290)
    assert machine.mode == modes.SAFED
    for cause in ("watchdog", "software"):
        machine.the_computer_is_reset(cause, 50)
        for code in (schema.ARM, schema.WAVE_OFF, schema.DIVERT, schema.RELEASE_PAYLOAD):
            machine.say(code, (100.0, 0.0))
        machine.frames_are_lost(500)
        machine.legs_touch(0, 30)
        assert (machine.mode, machine.out["engine_enable"]) == (modes.SAFED, 0)
    machine.teardown()

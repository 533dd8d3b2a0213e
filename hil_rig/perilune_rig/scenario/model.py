"""What a scenario is: a vehicle, a Moon, a timeline of commands and faults, and the outcome that is expected of it."""

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from perilune.flight import modes
from perilune.wire import schema
from perilune_host.errors import InputError
from perilune_rig.scenario import link_effects, requirements, typed_toml
from perilune_rig.scenario.requirements import Outcome
from perilune_sim.config import Config, Environment, LateStart, Mismatch, Positive, Time, Truth, Vec3, Vehicle
from perilune_sim.world import effects

Mode = Literal[
    "standby", "coast", "armed", "braking", "approach", "hold", "terminal", "touchdown", "safed", "wave_off"
]
CommandName = Literal["arm", "wave_off", "divert", "release_payload"]
World = Literal["as_designed", "mismatched"]

COMMAND_CODES: dict[str, int] = {
    "arm": schema.ARM,
    "wave_off": schema.WAVE_OFF,
    "divert": schema.DIVERT,
    "release_payload": schema.RELEASE_PAYLOAD,
}

assert set(get_args(Mode)) == set(modes.NAMES), "scenario modes and flight modes differ"


class Trigger(Config, kw_only=True, frozen=True):
    """A moment of the flight: exactly one of `time_s`, `altitude_m` and `mode`, and a delay after it."""

    time_s: Time | None = None  # since the start of the run; of a command: since the end of the coast
    altitude_m: Positive | None = None  # true height above the ground first at or below this
    mode: Mode | None = None  # the flight software first enters this mode
    delay_s: Time = 0.0  # after that

    def __post_init__(self) -> None:
        given = [key for key in ("time_s", "altitude_m", "mode") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(
                f"give exactly one of time_s, altitude_m, mode, not {' and '.join(given) or 'none'}"
            )

    @property
    def at_s(self) -> float:
        """When a trigger by time is due, s."""
        return (self.time_s or 0.0) + self.delay_s


Site = Annotated[float, Meta(ge=-1e6, le=1e6)]  # m: what the wire takes


class Command(Config, kw_only=True, frozen=True):
    """A telecommand sent to the flight computer once."""

    command: CommandName
    when: Trigger
    downrange_m: Site | None = None  # divert only: the new site, in coordinates of the present one
    left_m: Site | None = None  # divert only

    def __post_init__(self) -> None:
        target = (self.downrange_m, self.left_m)
        if self.command == "divert" and None in target:
            raise ValueError("divert needs downrange_m and left_m")
        if self.command != "divert" and target != (None, None):
            raise ValueError(f"{self.command} takes neither downrange_m nor left_m")

    @property
    def code(self) -> int:
        """The command's number on the wire."""
        return COMMAND_CODES[self.command]

    @property
    def argument(self) -> tuple[float, float]:
        """The command's argument on the wire: downrange and left of a divert (m), else zeros."""
        return (self.downrange_m or 0.0, self.left_m or 0.0)


class Fault(Config, kw_only=True, frozen=True):
    """Something wrong with a sensor, an actuator or the link, from `start` to `end`. Those on one target combine.

    One cause may befall several targets at once: `target = "lrf + radar"`.
    """

    target: str  # imu_a, lrf, ..., link, uplink, downlink: all are listed at the end, or several with " + " between
    effect: dict[str, float | bool | Vec3]  # what it does, by the names that the target has there
    start: Trigger
    end: Trigger | None = None  # not given: it stays to the end of the flight

    def __post_init__(self) -> None:
        for target in self.targets:
            self._check(target)
        causes = [name for name in ("watchdog", "software", "brown_out", "hang") if self.effect.get(name)]
        if len(causes) > 1:
            raise ValueError(f"a reset has one cause, not {' and '.join(causes)}")
        timed = self.end is not None and None not in (self.start.time_s, self.end.time_s)
        if self.end is not None and timed and self.start.at_s >= self.end.at_s:
            raise ValueError("the fault ends before it starts")

    @property
    def targets(self) -> list[str]:
        """Everything that it befalls."""
        return [target.strip() for target in self.target.split("+")]

    @property
    def each(self) -> list["Fault"]:
        """The same on each of its targets."""
        if len(self.targets) == 1:
            return [self]
        return [msgspec.structs.replace(self, target=target) for target in self.targets]

    def _check(self, target: str) -> None:
        targets = effects.TARGETS | link_effects.TARGETS
        if target not in targets:
            near = typed_toml.nearest(target, targets)
            raise ValueError(f"no target '{target}'{near}; there are {', '.join(targets)}")
        healthy = targets[target]
        for name in self.effect:
            if name not in healthy:
                near = typed_toml.nearest(name, healthy)
                raise ValueError(f"{target} has no effect '{name}'{near}; there are {', '.join(healthy)}")
        try:
            (link_effects if target in link_effects.TARGETS else effects).check(target, self.effect)
        except InputError as error:
            raise ValueError(str(error)) from None
        if all(healthy[name] == value for name, value in self.effect.items()):
            raise ValueError(f"this effect on {target} changes nothing")


class Scenario(Config, kw_only=True, frozen=True):
    """One flight to be flown.

    In the file `vehicle` is a catalogue name or the path of a vehicle file; here it is the vehicle itself.
    """

    name: Annotated[str, Meta(min_length=1, pattern=r"^[a-z0-9_]+$")]
    title: str
    about: str
    source: str  # where the numbers come from
    vehicle: Vehicle
    environment: Environment = Environment()
    start: LateStart | None = None  # in the middle of the descent instead of in orbit
    commands: list[Command] = []
    faults: list[Fault] = []
    expect: Outcome = "landed"  # how the flight has to end
    world: World = "as_designed"  # or mismatched: the truth is drawn around what the flight software is told
    mismatch: Mismatch = Mismatch()  # of the mismatched world
    truth: Truth = Truth()
    limits: dict[str, float] = {}  # of requirements, in place of ours and of the vehicle's: MISS-1 = 2000.0
    time_limit_s: Annotated[float, Meta(gt=0, le=1e5)] = 1500.0  # simulated; then the outcome is "timeout"
    policy: str | None = None  # the logic as it flew: a name in hil_rig/perilune_rig/policies/

    def __post_init__(self) -> None:
        requirements.check_limits(self.limits)
        msgspec.structs.force_setattr(self, "faults", [one for fault in self.faults for one in fault.each])
        if self.start is not None and self.start.propellant_kg > self.vehicle.mass.propellant_kg:
            raise ValueError("start.propellant_kg is more than the vehicle's tanks hold")
        if self.start is not None and self.environment.orbit.coast_s:
            raise ValueError("environment.orbit.coast_s: a start in the middle of the descent has no coast")

    @property
    def longest_s(self) -> float:
        """When a flight that has not ended is ended: the time limit after the coast."""
        return self.time_limit_s + self.environment.orbit.coast_s

    @property
    def timed_commands(self) -> list[Command]:
        """The commands, those by time moved to after the coast."""
        coast_s = self.environment.orbit.coast_s
        return [
            replace(command, when=replace(command.when, time_s=command.when.time_s + coast_s))
            if coast_s and command.when.time_s is not None
            else command
            for command in self.commands
        ]


def to_builtins(scenario: Scenario) -> dict:
    """The scenario as plain tables and values, for JSON."""
    return msgspec.to_builtins(scenario)

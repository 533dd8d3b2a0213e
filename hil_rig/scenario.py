"""What a scenario is: a vehicle, a Moon, a timeline of commands and the outcome that is expected of it."""

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from perilune.flight import modes
from perilune.wire import schema
from sim_bridge.config import Config, Environment, NonNegative, Positive, Vehicle

Mode = Literal[
    "standby", "coast", "armed", "braking", "approach", "hold", "terminal", "touchdown", "safed", "wave_off"
]
CommandName = Literal["arm", "wave_off", "divert", "release_payload"]
Outcome = Literal["landed", "waved_off"]

COMMAND_CODES: dict[str, int] = {
    "arm": schema.ARM,
    "wave_off": schema.WAVE_OFF,
    "divert": schema.DIVERT,
    "release_payload": schema.RELEASE_PAYLOAD,
}

assert set(get_args(Mode)) == set(modes.NAMES), "scenario modes and flight modes differ"


class Trigger(Config, kw_only=True):
    """A moment of the flight: exactly one of `time_s`, `altitude_m` and `mode`, and a delay after it."""

    time_s: NonNegative | None = None  # since the start of the run
    altitude_m: Positive | None = None  # true height above the ground first at or below this
    mode: Mode | None = None  # the flight software first enters this mode
    delay_s: NonNegative = 0.0  # after that

    def __post_init__(self) -> None:
        given = [key for key in ("time_s", "altitude_m", "mode") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(
                f"give exactly one of time_s, altitude_m, mode, not {' and '.join(given) or 'none'}"
            )


class Command(Config, kw_only=True):
    """A telecommand sent to the flight computer once."""

    command: CommandName
    when: Trigger
    downrange_m: float | None = None  # divert only: the new site, in coordinates of the present one
    left_m: float | None = None  # divert only

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


class Scenario(Config, kw_only=True):
    """One flight to be flown.

    In the file `vehicle` is a catalogue name or the path of a vehicle file; here it is the vehicle itself.
    """

    name: Annotated[str, Meta(min_length=1, pattern=r"^[a-z0-9_]+$")]
    title: str
    about: str
    source: str  # where the numbers come from
    vehicle: Vehicle
    environment: Environment = Environment()
    commands: list[Command] = []
    expect: Outcome = "landed"  # how the flight has to end
    time_limit_s: Positive = 1500.0  # simulated; a flight not over by then has the outcome "timeout"


def to_builtins(scenario: Scenario) -> dict:
    """The scenario as plain tables and values, for JSON."""
    return msgspec.to_builtins(scenario)

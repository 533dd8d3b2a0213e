"""Where runs are flown: a farm takes runs and gives them back flown, or says why it could not."""

from dataclasses import dataclass
from typing import Protocol

from perilune_host.errors import RigError
from perilune_host.plain import one_line
from perilune_rig.campaign.plan.plan import Run
from perilune_rig.campaign.run.flying import Flown, fly_run


@dataclass(frozen=True)
class Failed:
    """A run that the rig did not bring to its end, on which worker, and why."""

    run: Run
    worker: str
    why: str


@dataclass(frozen=True)
class Retried:
    """A run that the farm itself has started anew after its worker was lost."""

    k: int
    worker: str
    why: str


Returned = Flown | Failed | Retried


class Farm(Protocol):
    """Flies runs at one or many places. A context."""

    @property
    def room(self) -> int:
        """How many runs it takes at a time, so that no worker waits."""
        ...

    def submit(self, run: Run) -> None:
        """Take a run."""
        ...

    def collect(self) -> list[Returned]:
        """Wait until some run is back."""
        ...

    def __enter__(self) -> "Farm": ...

    def __exit__(self, *error: object) -> None: ...


class Here:
    """One run at a time, in this process."""

    room = 1

    def __init__(self, rung: str) -> None:
        self._rung = rung
        self._waiting: list[Run] = []

    def __enter__(self) -> "Here":
        return self

    def __exit__(self, *_error: object) -> None:
        self._waiting.clear()

    def submit(self, run: Run) -> None:
        """Take a run."""
        self._waiting.append(run)

    def collect(self) -> list[Returned]:
        """Fly it."""
        run = self._waiting.pop(0)
        try:
            return [fly_run(run, self._rung)]
        except RigError as error:
            return [Failed(run, "here", one_line(str(error)))]

"""The requirements that flights are judged by, as `requirements.toml` holds them."""

from functools import cache
from pathlib import Path
from typing import Literal

from perilune_rig.scenario import toml_file, typed_toml
from perilune_sim.config import Config

Outcome = Literal["landed", "waved_off"]
FILE = Path(__file__).resolve().parent / "requirements.toml"


class Requirement(Config, kw_only=True, frozen=True):
    """One line of the specification. A value passes when it is `sense` `limit`; `design` is a goal beside it.

    A scenario, its vehicle or a campaign may have a limit of its own in place of `limit`.
    """

    id: str
    text: str
    measure: str  # what is measured, a key of perilune_rig.verdict.judge.MEASURES
    sense: Literal["at_most", "at_least", "equals"]
    how: str  # how it is measured
    source: str  # where the number comes from
    unit: str = ""
    limit: float | None = None
    design: float | None = None
    outcome: Outcome | None = None  # applies only to flights expected to end so
    judged_in: Literal["every_world", "mismatched"] = (
        "every_world"  # elsewhere it is measured and shown, and judges nothing
    )
    faulted: bool = False  # applies only to flights with a fault of a unit that can be named
    paced: bool = (
        False  # applies only to flights against the wall clock; a goal without limit, for verdicts know none
    )
    wired: bool = False  # applies only to flights of a board whose pins are wired

    @property
    def of_every_rung(self) -> bool:
        """Whether it applies to a flight on any rung, against no clock."""
        return not (self.paced or self.wired)


class _File(Config, frozen=True):
    requirement: list[Requirement]


@cache
def load(path: Path = FILE) -> tuple[Requirement, ...]:
    """All requirements in the order of the file."""
    return tuple(typed_toml.check(_File, toml_file.read(path)).requirement)


def check_limits(limits: dict[str, float]) -> None:
    """ValueError unless each limit of one's own is of a requirement that has a number for a limit."""
    known = {need.id: need for need in load()}
    for name in limits:
        if name not in known:
            raise ValueError(f"limits: no requirement {name}{typed_toml.nearest(name, known)}")
        if known[name].limit is None:
            raise ValueError(f"limits: {name} has no limit that could be another")

"""Made-up flights, quick enough that whole campaigns can be flown in a test."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from perilune_host.errors import RigError
from perilune_rig.campaign.plan import load
from perilune_rig.campaign.run import flying
from perilune_rig.campaign.run.conduct import Independent, Tally, conduct
from perilune_rig.campaign.run.farm import Here
from perilune_rig.campaign.run.session import Session, begin
from tests import synthetic

CAMPAIGN = """
name = "trial"
title = "Trial"
about = "Made up."
runs = 12
reliability = 0.9
confidence = 0.95

[[strata]]
scenario = "nominal_terminal"

[[dispersions]]
key = "vehicle.mass.dry_kg"
distribution = "normal"
relation = "factor"
mean = 1.0
sigma = 0.01
low = 0.9
high = 1.1
"""


WELL = synthetic.record()


def write(folder: Path, text: str = CAMPAIGN) -> str:
    """A campaign file."""
    path = folder / "trial.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def made_up(scenario, seed: int, rung: str = "vm", policy: str | None = None):
    """A flight whose touchdown speed the seed and the vehicle's mass decide: 1 to 2.4 m/s."""
    u = hashlib.sha256(str(seed).encode()).digest()[0] / 255.0
    vertical = 1.0 + 0.7 * u + 0.7 * (scenario.vehicle.mass.dry_kg / 430.0 - 0.9) / 0.2
    landed = (WELL.touchdown or {}) | {"vertical_m_s": vertical, "downrange_m": u, "left_m": -u}
    return replace(WELL, touchdown=landed, trace_hash=f"{seed:064x}")


class Breaking:
    """Made-up flights on a rig that fails for some seeds, so many times each."""

    def __init__(self, failures: dict[int, int]) -> None:
        self.left = dict(failures)

    def __call__(self, scenario, seed: int, rung: str = "vm", policy: str | None = None):
        if self.left.get(seed, 0):
            self.left[seed] -= 1
            raise RigError("the board was unplugged")
        return made_up(scenario, seed, rung, policy)


def fly_all(
    file: str, folder: Path, monkeypatch: pytest.MonkeyPatch, runs=None, flight=made_up
) -> tuple[Session, Tally]:
    """Fly a campaign of made-up flights in this process; its store is open to be read."""
    monkeypatch.setattr(flying, "fly", flight)
    session = begin(load.plan(load.read(file), 7, runs), "vm", folder)
    tally = Tally(session.plan.runs)
    conduct(Independent(session.plan, set()), session.store, Here("vm"), tally, lambda *_: None)
    return session, tally

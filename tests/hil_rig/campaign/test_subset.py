"""Subset simulation gives a probability that is known otherwise, and does not mind being interrupted."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from perilune_rig.campaign.evidence.summary import summarise
from perilune_rig.campaign.plan import load
from perilune_rig.campaign.run import flying, session
from perilune_rig.campaign.run.conduct import Tally, conduct
from perilune_rig.campaign.run.farm import Here
from tests.hil_rig.campaign import kit

TEXT = """
name = "rare"
title = "Rare"
about = "Made up."
sampling = "subset"
reliability = 0.99
confidence = 0.95

[[strata]]
scenario = "nominal_terminal"

[[dispersions]]
key = "vehicle.legs.friction"
distribution = "normal"
mean = 5.0
sigma = 0.5
low = 0.1
high = 9.9

[[dispersions]]
key = "vehicle.legs.stroke_m"
distribution = "normal"
mean = 5.0
sigma = 0.5
low = 0.1
high = 9.9

[subset]
requirement = "TD-1"
level_runs = 100
levels = 6
"""
BETA = 3.0  # the failure is so many standard deviations away
EXACT = NormalDist().cdf(-BETA)


NOTHING = {"agl_m": np.empty(0)}


def linear(scenario, seed, rung="vm", policy=None):
    """Touchdown speed over its limit of 3 m/s exactly where the two parameters together are beyond BETA."""
    legs = scenario.vehicle.legs
    together = ((legs.friction - 5.0) + (legs.stroke_m - 5.0)) / 0.5 / 2.0**0.5
    speed = 3.0 + 0.1 * (together - BETA)
    return replace(
        kit.WELL, touchdown=(kit.WELL.touchdown or {}) | {"vertical_m_s": speed}, telemetry=NOTHING
    )


def fly(folder, root, stop_after=None):
    """The campaign flown to its end, interrupted once if so wanted."""
    made = session.begin(
        load.plan(load.read(kit.write(folder, TEXT)), root), "vm", folder / f"c{root}{stop_after}"
    )
    if stop_after:
        seen = []

        def stop(_tally, row):
            seen.append(row.k)
            if len(seen) == stop_after:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            conduct(made.planner(), made.store, Here("vm"), Tally(0), stop)
        made.store.__exit__()
        made = session.reopen(made.store.folder)
    conduct(made.planner(), made.store, Here("vm"), Tally(0), lambda *_: None)
    return made


@pytest.fixture(autouse=True)
def made_up(monkeypatch):
    monkeypatch.setattr(flying, "fly", linear)


def test_it_estimates_a_probability_that_is_known(tmp_path):
    """100 plain runs would see 0.13 failures; 370 in levels show it to within its own confidence bound."""
    made = fly(tmp_path, 3)
    found = summarise(made).subset
    assert found and found.reached and found.complete and len(found.levels) in (3, 4)
    assert 0.2 * EXACT < found.probability < 5.0 * EXACT
    assert found.upper > EXACT and 0.1 < found.variation_low <= found.variation_high
    assert summarise(made).verdict == "pass"


def test_an_interrupted_one_gives_the_same_table(tmp_path):
    assert fly(tmp_path, 3, stop_after=170).store.table_hash() == fly(tmp_path, 3).store.table_hash()

"""The whole table as columns, one value a run, for plots, sensitivities and comparisons."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from perilune_rig.campaign.run import descent_profile
from perilune_rig.campaign.run.row import Row

Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Frame:
    """Arrays over the runs in the order of their index; NaN where a run has no such number."""

    k: np.ndarray  # (n,)
    seed: np.ndarray  # (n,)
    stratum: np.ndarray  # (n,) names
    verdict: np.ndarray  # (n,) names
    outcome: np.ndarray  # (n,) names
    measured: Columns  # (n,) by requirement id, touchdown key, and propellant_left_kg
    causes: Columns  # (n,) what was dispersed by the campaign and drawn from the seed
    profiles: Columns  # (n, heights) by name of descent_profile.COLUMNS

    @property
    def judged(self) -> np.ndarray:
        """(n,) bool: the runs that say something of the flight software."""
        return np.isin(self.verdict, ("pass", "fail"))


def frame(rows: Iterable[Row]) -> Frame:
    """Read all runs once."""
    kept = [
        (row.k, row.seed, row.stratum, row.verdict, row.outcome, _measured(row), _causes(row), row.profile)
        for row in rows
    ]
    k, seed, stratum, verdict, outcome, measured, causes, profiles = (
        zip(*kept, strict=True) if kept else ((),) * 8
    )
    return Frame(
        k=np.array(k, dtype=int),
        seed=np.array(seed, dtype=np.int64),
        stratum=np.array(stratum, dtype=object),
        verdict=np.array(verdict, dtype=object),
        outcome=np.array(outcome, dtype=object),
        measured=_columns(measured),
        causes=_columns(causes),
        profiles=_profiles(profiles),
    )


def _measured(row: Row) -> dict[str, float]:
    numbers = {f.id: float(f.value) for f in row.findings if isinstance(f.value, float | int)}
    landed = {"propellant_left_kg": row.propellant_left_kg} if row.touchdown else {}
    return numbers | row.touchdown | landed


def _causes(row: Row) -> dict[str, float]:
    dispersed = {key: float(v) for key, v in row.values.items() if isinstance(v, float | int)}
    return dispersed | row.drawn


def _columns(rows: tuple[dict[str, float], ...]) -> Columns:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([row.get(name, np.nan) for row in rows]) for name in names}


def _profiles(packed: tuple[bytes, ...]) -> Columns:
    shape = (len(descent_profile.COLUMNS), len(descent_profile.HEIGHTS_M))
    empty = np.full(shape, np.nan, dtype="<f4").tobytes()
    table = np.frombuffer(b"".join(data or empty for data in packed), dtype="<f4").reshape(-1, *shape)
    return {name: table[:, n] for n, name in enumerate(descent_profile.COLUMNS)}

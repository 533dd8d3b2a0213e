"""Losses that physics allows with some chance must not be more than that chance explains."""

from collections.abc import Iterable
from math import comb

from perilune_rig.matrix.cell import Cell

UNLIKELY = 0.05


def at_least(losses: int, runs: int, loss_chance: float) -> float:
    """Probability of so many losses or more (binomial)."""
    return sum(
        comb(runs, k) * loss_chance**k * (1.0 - loss_chance) ** (runs - k) for k in range(losses, runs + 1)
    )


def settle(cells: Iterable[Cell]) -> None:
    """Fail the unsurvivable cells of a fault and onset of which more seeds were lost than the bound explains."""
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        if cell.verdict != "invalid":
            groups.setdefault((cell.fault, cell.onset), []).append(cell)
    for group in groups.values():
        lost = [cell for cell in group if cell.verdict == "unsurvivable" and "chance" in cell.numbers]
        if lost:
            _judge(lost, len(group))


def _judge(lost: list[Cell], runs: int) -> None:
    loss_chance = 1.0 - sum(cell.numbers["chance"] for cell in lost) / len(lost)
    if at_least(len(lost), runs, loss_chance) >= UNLIKELY:
        return
    for cell in lost:
        cell.verdict = "fail"
        cell.reason = f"{len(lost)} of {runs} lost, more than its bound explains: {cell.reason}"

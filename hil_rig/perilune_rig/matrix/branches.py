"""Flies the matrix: one flight a seed, and from it a branch for every cell at the moment its fault begins.

A branch is a fork of the process, so a cell costs only what is left of the flight. It is the same flight, tick for
tick, as one flown from the start with that fault in its scenario.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from shlex import join

from perilune.flight import modes
from perilune.wire.schema import TICK_HZ
from perilune_host.errors import InputError, PeriluneError, RigError
from perilune_rig import rungs
from perilune_rig.faults.on_world import Faults
from perilune_rig.flight.fly import prepare, site_of
from perilune_rig.matrix import limits
from perilune_rig.matrix.cell import Cell, Task, blank, expected, ignition_tick, measure, survived
from perilune_rig.matrix.classes import FaultClass
from perilune_rig.matrix.onsets import ONSETS, Onset, applies, faults
from perilune_rig.matrix.pool import ForkPool, Lost
from perilune_rig.rungs.python import PythonRung
from perilune_rig.rungs.vm import VmRung
from perilune_rig.scenario.model import Scenario, Trigger
from perilune_rig.scenario.overrides import inline
from perilune_rig.scenario.timeline import Moment
from perilune_sim.bridge import Bridge
from perilune_sim.flight_record import FlightRecord


@dataclass(frozen=True)
class Plan:
    """What is to be flown. sets: KEY=VALUE changes that made the scenario, for the commands that fly a cell again."""

    scenario: Scenario
    source: str  # SCENARIO as given on the command line
    seeds: Sequence[int]
    classes: Sequence[FaultClass]
    onsets: Sequence[Onset] = ONSETS
    rung: str = "vm"
    workers: int = 2
    sets: Sequence[str] = ()
    options: Sequence[str] = ()  # words of the command line that chose classes and onsets


@dataclass
class Base:
    """The flight of one seed without the matrix's faults, and when its onsets come."""

    seed: int
    record: FlightRecord
    onsets: dict[str, int]  # tick by name, of those reached
    heights_m: dict[str, float]  # above the ground, by the same names


@dataclass
class Matrix:
    """Everything flown so far."""

    plan: Plan
    bases: list[Base] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    interrupted: bool = False


def fly_matrix(plan: Plan, progress: Callable[[Matrix, int], None] | None = None) -> Matrix:
    """Fly every cell of the plan. progress: told the matrix so far and how many cells there will be at least.

    KeyboardInterrupt ends it; what was flown is kept. InputError for a rung that is not in this process.
    RigError if a base flight does not repeat itself.
    """
    if plan.rung not in (VmRung.name, PythonRung.name):
        raise InputError(f"matrix: branches fly on the rungs {VmRung.name} and {PythonRung.name} only")
    matrix = Matrix(plan)
    tell = progress or (lambda _matrix, _total: None)
    try:
        for n, seed in enumerate(plan.seeds):
            base = survey(plan, seed)
            matrix.bases.append(base)
            left = len(plan.seeds) - n
            total = len(matrix.cells) + left * len(_tasks(plan, base))
            tell(matrix, total)
            for cell in _branches(plan, base):
                matrix.cells.append(cell)
                tell(matrix, total)
    except KeyboardInterrupt:
        matrix.interrupted = True
    return matrix


def survey(plan: Plan, seed: int) -> Base:
    """Fly one seed without the matrix's faults and note when its onsets come."""
    link = rungs.find(plan.rung)()
    try:
        bridge = prepare(plan.scenario, seed, link)
        watch = _Watch(plan.onsets)
        onsets: dict[str, int] = {}
        heights: dict[str, float] = {}
        while _flying(bridge, plan.scenario):
            for onset in watch.due(bridge):
                onsets[onset.name] = bridge.tick
                heights[onset.name] = bridge.world.truth().agl_m
            bridge.step()
        bridge.outcome = bridge.outcome or "timeout"
        return Base(seed, bridge.record(), onsets, heights)
    finally:
        link.close()


def _flying(bridge: Bridge, scenario: Scenario) -> bool:
    return bridge.outcome is None and bridge.tick < round(scenario.longest_s * TICK_HZ)


class _Watch:
    """Waits for onsets, as a scenario's own faults are waited for."""

    def __init__(self, onsets: Sequence[Onset]) -> None:
        self._waiting = [(Moment(onset.trigger), onset) for onset in onsets]

    def due(self, bridge: Bridge) -> list[Onset]:
        """Those that come before the next tick and find the flight in a mode they are meant for."""
        mode = modes.NAMES[bridge.mode]
        ready = [pair for pair in self._waiting if pair[0].due(bridge.tick, bridge.telemetry.agl_m, mode)]
        for pair in ready:
            self._waiting.remove(pair)
        return [onset for _moment, onset in ready if mode in onset.modes]


def _tasks(plan: Plan, base: Base) -> list[Task]:
    """The cells of a seed in the order of their onsets."""
    reached = [onset for onset in plan.onsets if onset.name in base.onsets]
    return [
        Task(fault, onset, base.seed, base.onsets[onset.name])
        for onset in sorted(reached, key=lambda onset: base.onsets[onset.name])
        for fault in plan.classes
        if applies(fault, base.heights_m[onset.name])
    ]


def _branches(plan: Plan, base: Base) -> Iterator[Cell]:
    """Fly the seed once more and branch off all its cells; in the order in which they end."""
    link = rungs.find(plan.rung)()
    place = site_of(plan.scenario, base.seed)
    try:
        bridge = prepare(plan.scenario, base.seed, link)
        bridge.faults = Faults(plan.scenario.faults, bridge.world, place.world)
        with ForkPool(plan.workers) as pool:
            for task in _tasks(plan, base):
                while bridge.tick < task.tick:
                    bridge.step()
                for done in pool.start(task, lambda t=task, b=bridge: _branch(plan, b, t)):
                    yield _conclude(plan, base, *done)
            for done in pool.drain():
                yield _conclude(plan, base, *done)
        _repeats(bridge, base)
    finally:
        link.close()


def _repeats(bridge: Bridge, base: Base) -> None:
    """Where the branches left the base flight, it was the flight that was surveyed."""
    if [change.tick for change in bridge.modes] != [c.tick for c in base.record.modes[: len(bridge.modes)]]:
        raise RigError(f"matrix: the base flight of seed {base.seed} did not repeat itself")


def _branch(plan: Plan, bridge: Bridge, task: Task) -> Cell:
    """In a process of its own: the rest of the flight with the fault in it."""
    injected = bridge.faults
    assert isinstance(injected, Faults)
    for fault in faults(task.fault, Trigger(time_s=task.tick / TICK_HZ)):
        injected.add(fault)
    cell = blank(task, _command(plan, task))
    try:
        bridge.fly(round(plan.scenario.longest_s * TICK_HZ))
    except PeriluneError as error:
        cell.outcome, cell.reason = "stopped", " ".join(str(error).split())
        cell.acted = [fault.acted for fault in injected.injected[-len(task.fault.effects) :]]
        return cell
    return measure(cell, task, bridge.record(), plan.scenario)


def _conclude(plan: Plan, base: Base, task: Task, result: Cell | Lost) -> Cell:
    """The verdict: invalid without effect, else pass or fail; beside a loss, the bound that explains it."""
    if isinstance(result, Lost):
        cell = blank(task, _command(plan, task))
        cell.reason = result.why
        return cell
    cell = result
    cell.expected = expected(task, plan.scenario, ignition_tick(base.record))
    if survived(cell):
        idle = [name for name, acted in zip(task.fault.targets, cell.acted, strict=True) if not acted]
        cell.verdict = "invalid" if idle else "pass"
        cell.reason = f"no signal changed for the fault on {', '.join(idle)}" if idle else ""
        return cell
    if not any(cell.acted):
        cell.verdict, cell.reason = "invalid", "lost, but no signal changed for the fault"
        return cell
    cell.verdict = "fail"
    cell.reason = cell.reason or _lost(cell)
    bound = limits.of(plan.scenario, task, base.record)
    if bound is not None:
        cell.bound, cell.numbers = bound.text, bound.numbers
    return cell


def _lost(cell: Cell) -> str:
    cause = f"; cause: {cell.cause}" if cell.cause else ""
    return f"{cell.outcome}; not met: {', '.join(cell.broken) or 'outcome'}{cause}"


def _command(plan: Plan, task: Task) -> str:
    """The command line that flies the cell from the start."""
    listed = [*plan.scenario.faults, *faults(task.fault, task.onset.trigger)]
    text = "[" + ", ".join(inline(fault) for fault in listed) + "]"
    sets = [*plan.sets, f"faults={text}"]
    words = ["perilune", "fly", plan.source, "--rung", plan.rung, "--seed", str(task.seed)]
    return join([*words, *(word for item in sets for word in ("--set", item))])

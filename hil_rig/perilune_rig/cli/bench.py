"""`perilune bench`: how fast the closed loop runs here, and where the time goes."""

import argparse
import time
from statistics import median

from rich.console import Console
from rich.table import Table

from perilune_host.errors import InputError
from perilune_rig.bench import reference
from perilune_rig.bench.emulated_board import measure as sampled
from perilune_rig.cli import choice, output, profile_table
from perilune_rig.flight.fly import fly
from perilune_rig.scenario.catalogue import load_scenario
from perilune_sim.world import World

WORLD_TICKS = 50_000


def add(verbs: argparse._SubParsersAction, about: str) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("bench", help=about, description=about.capitalize() + ".", allow_abbrev=False)
    choice.add_rung(verb)
    verb.add_argument(
        "--runs", type=_positive, default=5, help="how many times each thing is measured; default 5"
    )
    ticks_help = "rung rp2040: how many ticks of nominal_terminal are sampled; default 1500"
    verb.add_argument("--ticks", type=_positive, default=1500, help=ticks_help)
    output.add_json(verb)
    verb.set_defaults(run=run)


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Measure and show."""
    output.check_json(args)
    console = output.console(args)
    rung, reason = choice.choose(args, console)
    if rung == "rp2040":
        return _profile(args, console)
    result = measure(rung, args.runs) | {"fallback": reason is not None}
    _show(result, console)
    output.write_json(args, result)
    return 0


def _profile(args: argparse.Namespace, console: Console) -> int:
    """The emulated board: its own time, sampled, instead of this machine's."""
    with console.status("flying on the emulated RP2040"):
        found = sampled(args.ticks)
    profile_table.show(found, console)
    output.write_json(args, profile_table.as_json(found))
    return 0


def measure(rung: str, runs: int) -> dict:
    """Medians over `runs` flights of `nominal` and as many stretches of the world alone."""
    scenario = load_scenario("nominal")
    flown = [(fly(scenario, 1, rung=rung), reference.cpu_s()) for _ in range(runs)]
    records = [record for record, _reference in flown]
    if any(record.outcome == "invalid" for record in records):
        raise InputError("bench: the nominal flight is invalid on this rung; fly it to see why")
    tick_us = median(1e6 * record.wall_time_s / record.ticks for record in records)
    parts = {name: median(record.parts_us[name] for record in records) for name in records[0].parts_us}
    parts["other"] = max(tick_us - sum(parts.values()), 0.0)
    return {
        "rung": rung,
        "scenario": scenario.name,
        "runs": runs,
        "closed_loop_times_real_time": median(record.sim_time_s / record.wall_time_s for record in records),
        "ticks_per_s": 1e6 / tick_us,
        "world_ticks_per_s": median(_world_rate(scenario) for _ in range(runs)),
        "parts": parts,
        "reference_ms": 1e3 * median(reference_s for _record, reference_s in flown),
        "ticks_per_reference": median(
            reference_s * record.ticks / record.wall_time_s for record, reference_s in flown
        ),
        "method": (
            f"medians of {runs} whole flights of nominal, seed 1, in one process on one core, wall time of the loop "
            "without set-up, each beside a pass of the fixed reference loop; "
            f"world alone: medians of {runs} times {WORLD_TICKS} ticks without commands"
        ),
    }


def _world_rate(scenario) -> float:
    """Ticks per second of dynamics and sensors alone, coasting."""
    world = World(scenario.vehicle, scenario.environment, 1)
    began = time.perf_counter()
    for _ in range(WORLD_TICKS):
        world.step(None)
    return WORLD_TICKS / (time.perf_counter() - began)


def _show(result: dict, console: Console) -> None:
    console.print(
        f"closed loop on {result['rung']}: {result['closed_loop_times_real_time']:.0f} x real time at 50 Hz"
    )
    console.print(
        f"{result['ticks_per_s']:.0f} ticks/s; world alone {result['world_ticks_per_s']:.0f} ticks/s"
    )
    console.print(
        f"{result['ticks_per_reference']:.0f} ticks in the time of the reference loop, "
        f"{result['reference_ms']:.1f} ms now: this figure tells a slow hour from a slow build"
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("part")
    table.add_column("us per tick", justify="right")
    for name, value in result["parts"].items():
        table.add_row(name, f"{value:.2f}")
    console.print(table)
    console.print(result["method"], style="dim")

"""Where the emulated board's time goes, as tables for people and as JSON."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from perilune_rig.bench.emulated_board import Bench
from perilune_rig.bench.processor_profile import SLOTS

_SHOWN = 12


def show(bench: Bench, console: Console) -> None:
    """Budget by mode, modules by slot, the busiest functions and run-time routines."""
    found = bench.profile
    console.print(
        f"emulated RP2040 at 125 MHz: {bench.times_real_time:.2f} x real time here, {found.ticks} ticks"
    )
    console.print(bench.budget)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("us in a tick of slot")
    for name in [*(str(slot) for slot in range(SLOTS)), "mean"]:
        table.add_column(name, justify="right")
    for name in found.modules()[: 2 * _SHOWN]:
        us = [found.slot_us(name, slot) for slot in range(SLOTS)]
        table.add_row(name, *(f"{value:.0f}" for value in us), f"{sum(us) / SLOTS:.0f}")
    console.print(table)
    for title, counter in (("function", found.functions), ("MicroPython's routine", found.runtime)):
        table = Table(box=None, pad_edge=False, header_style="dim")
        table.add_column(title)
        table.add_column("us per tick", justify="right")
        for name, samples in counter.most_common(_SHOWN):
            table.add_row(name, f"{found.us(samples):.0f}")
        console.print(table)


def as_json(bench: Bench) -> dict:
    """Microseconds per tick by module, function and routine."""
    found = bench.profile
    return {
        "rung": "rp2040",
        "ticks": found.ticks,
        "times_real_time": bench.times_real_time,
        "modules_us_by_slot": {
            name: [found.slot_us(name, slot) for slot in range(5)] for name in found.modules()
        },
        "functions_us": {name: found.us(n) for name, n in found.functions.most_common()},
        "runtime_us": {name: found.us(n) for name, n in found.runtime.most_common()},
    }

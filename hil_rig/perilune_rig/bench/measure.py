"""Measures what takes minutes and writes it down: `python -m perilune_rig.bench.measure`, or `make evidence`.

What takes hours or hardware is measured by its own command and kept until it is measured again.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from perilune_host.errors import PeriluneError
from perilune_rig.bench import evidence
from perilune_rig.bench.evidence import Fact, fact
from perilune_rig.flight.fly import fly
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.verdict.judge import judge
from perilune_sim.flight_record import FlightRecord

HEIGHTS_M = (893.0, 192.0)  # of Resilience's first valid range, and of the end of its telemetry


def hashes() -> Fact:
    """One flight on the reference and behind a serial port."""
    scenario = load_scenario("nominal_terminal")
    found = {rung: fly(scenario, 1, rung=rung).trace_hash for rung in ("vm", "process")}
    same = "one trace hash" if len(set(found.values())) == 1 else "DIFFERENT trace hashes"
    result = f"{same} on `vm` and behind a serial port: `{found['vm'][:8]}...`"
    boards = "an emulated RP2040, Cortex-M3, M4F, M33 and RISC-V: `make test-boards`"
    how = f"`perilune fly nominal_terminal --rung vm`, `--rung process`; {boards}"
    return fact("hash", "one flight, many computers", result, how)


def landings(first: int, count: int) -> Fact:
    """Nominal descents from fresh seeds, in the world as designed."""
    scenario = load_scenario("nominal")
    records = [fly(scenario, seed, rung="vm") for seed in range(first, first + count)]
    passed = sum(judge(record, scenario).judgement == "pass" for record in records)
    down = [record.touchdown["vertical_m_s"] for record in records if record.touchdown]
    result = f"{passed} of {count} pass, at most {max(down):.2f} m/s down"
    how = f"`perilune fly nominal --seed N`, N from {first} to {first + count - 1}"
    return fact("nominal-quick", "nominal descents", result, how)


def resilience(count: int) -> Fact:
    """Resilience as it was flown, in the median of some seeds."""
    scenario = load_scenario("resilience")
    records = [fly(scenario, seed, rung="vm", policy="as_flown") for seed in range(1, count + 1)]
    first, last = (
        float(np.median([_sink_m_s(record, height) for record in records])) for height in HEIGHTS_M
    )
    result = f"{first:.1f} m/s at 893 m, {last:.1f} m/s at 192 m (the mission: 66 and 42)"
    how = f"`perilune fly resilience --policy as_flown --seed N`, median of N from 1 to {count}"
    return fact("resilience", "Resilience, as it was flown", result, how)


def _sink_m_s(record: FlightRecord, height_m: float) -> float:
    """Speed downwards when it came below that height."""
    return -float(record.telemetry["vertical_m_s"][np.argmax(record.telemetry["agl_m"] < height_m)])


def measured(first: int, count: int) -> Iterator[Fact]:
    """Every quick figure, as it comes in."""
    quick: tuple[Callable[[], Fact], ...] = (
        hashes,
        lambda: landings(first, count),
        lambda: resilience(count),
    )
    for measure in quick:
        one = measure()
        print(f"{one.what}: {one.result}", flush=True)
        yield one


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, then write; what was measured before an error is kept."""
    options = argparse.ArgumentParser(prog="python -m perilune_rig.bench.measure", description=__doc__)
    options.add_argument("--seed", type=int, default=271201, help="first seed of the nominal descents")
    options.add_argument("--count", type=int, default=20, help="flights of each kind")
    options.add_argument(
        "--tables", action="store_true", help="write the tables from the file, measure nothing"
    )
    args = options.parse_args(arguments)
    found: list[Fact] = []
    try:
        if not args.tables:
            found.extend(measured(args.seed, args.count))
    except PeriluneError as error:
        print(f"error: {error}")
        return error.exit_code
    finally:
        evidence.keep(found)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m perilune_rig.hostile`: fill the hostile table. `make hostile` in short."""

import argparse
import sys
from pathlib import Path

from perilune_host.errors import InputError, PeriluneError
from perilune_rig.hostile.table import HEAD, Row, plain, rows, write


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0: every row sound; 1: some not; 2, 3, 130: as the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m perilune_rig.hostile", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many, one after the other")
    parser.add_argument("--only", default="*", metavar="GLOB", help="rows by name, such as 'outage*'")
    parser.add_argument("--quick", action="store_true", help="a bounded part")
    parser.add_argument("--out", type=Path, default=Path("out") / "hostile", metavar="DIR")
    given = parser.parse_args(arguments)
    table: list[Row] = []
    status = 130
    try:
        if given.seeds < 1 or given.seed < 0:
            raise InputError("--seeds: at least 1; --seed: at least 0")
        print(HEAD, flush=True)
        for row in rows(given.only, range(given.seed, given.seed + given.seeds), given.quick):
            table.append(row)
            print(plain(row), flush=True)
        status = 0 if all(row.sound for row in table) else 1
    except PeriluneError as error:
        print(f"hostile: error: {' '.join(str(error).split())}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("hostile: interrupted; what was tried is written", file=sys.stderr)
    try:
        print("table  " + " ".join(str(path) for path in write(table, given.out)))
    except InputError as error:
        print(f"hostile: error: {error}", file=sys.stderr)
        return error.exit_code
    return status


if __name__ == "__main__":
    sys.exit(main())

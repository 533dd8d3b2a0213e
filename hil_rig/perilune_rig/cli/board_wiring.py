"""`perilune board check --wiring`: is every wire of a wired board where it should be?"""

from __future__ import annotations

import argparse

from perilune_host.errors import InputError
from perilune_rig.boards.build import build_firmware
from perilune_rig.boards.emulator import Emulator
from perilune_rig.rungs.wired import BOARD, WiredRung
from perilune_rig.wiring.bench import EmulatedBench
from perilune_rig.wiring.prompt import Prompt
from perilune_rig.wiring.self_test import Finding, self_test
from perilune_rig.wiring.wires import faults

_BOOT_NS = 1e9


def add_options(verb: argparse.ArgumentParser) -> None:
    """What `check` takes for wires."""
    wiring_help = "check: each wire of rung `wired`, the emulated board with its pins wired, instead"
    verb.add_argument("--wiring", action="store_true", help=wiring_help)
    fault_help = (
        "with --wiring: a fault to be found, such as 'GP15 broken', 'GP14 stuck high', 'GP6 swapped with GP7'"
    )
    verb.add_argument("--wire-fault", action="append", default=[], metavar="FAULT", help=fault_help)


def check(args: argparse.Namespace) -> int:
    """Exit status 1 where a wire is not as it should be; each such wire is named."""
    if args.port or args.rung:
        raise InputError(
            "board check --wiring: only the emulated board's far ends are known here; for a board in a lab, give "
            "perilune_rig.wiring.self_test a Bench of your own, see docs/wiring.md"
        )
    findings = _tested(args.wire_fault)
    wrong = [finding for finding in findings if finding.wrong]
    if not wrong:
        print(f"{WiredRung.name}: {len(findings)} wires, each where it should be")
        return 0
    print(f"{WiredRung.name}: {len(wrong)} of {len(findings)} wires are not as they should be")
    for finding in wrong:
        print(f"  {finding}")
    return 1


def _tested(texts: list[str]) -> list[Finding]:
    wrong = faults(texts)
    board = Emulator(build_firmware(BOARD))
    try:
        board.run(_BOOT_NS)
        return self_test(Prompt(board).run, EmulatedBench(board, wrong))
    finally:
        board.close()

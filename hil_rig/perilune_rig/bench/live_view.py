"""How much the live view slows the loop: `python -m perilune_rig.bench.live_view [--rounds N]`.

The same flight on rung vm with nobody watching, with the page served, and with viewers (processes of their own that
read the feed), each round one after the other so that what else the machine does hits all alike.
"""

import argparse
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from math import inf

from perilune_rig.flight.fly import fly
from perilune_rig.flight.observe import Observer
from perilune_rig.live.observer import Show
from perilune_rig.live.server import LiveView
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.scenario.model import Scenario

_READ = (
    "import sys, urllib.request as u\nwith u.urlopen(sys.argv[1] + 'feed') as f:\n  while f.readline(): pass"
)
_STUCK = "import sys, time, urllib.request as u\nf = u.urlopen(sys.argv[1] + 'feed')\ntime.sleep(600)"
CASES = {
    "page served, no viewer": [],
    "one viewer": [_READ],
    "four viewers": 4 * [_READ],
    "one viewer that has stopped reading": [_STUCK],
}


@contextmanager
def _viewers(url: str, scripts: list[str]):
    watching = [subprocess.Popen([sys.executable, "-c", script, url]) for script in scripts]
    time.sleep(1.0 if watching else 0.0)
    try:
        yield
    finally:
        for process in watching:
            process.kill()
            process.wait()


def measure(rounds: int, scenario_name: str = "nominal") -> dict[str, float]:
    """Processor time of flight and page over that of the unwatched flight, by case.

    Processor time of this process, all threads: they take turns, so what the page takes is what the loop loses, and
    other processes on the machine do not count. Of each case the least of the rounds.
    """
    scenario = load_scenario(scenario_name)
    fly(scenario, 1)
    alone, best = inf, dict.fromkeys(CASES, inf)
    for _ in range(rounds):
        alone = min(alone, _cost(scenario))
        for name, scripts in CASES.items():
            with ExitStack() as stack:
                view = stack.enter_context(LiveView(0))
                stack.enter_context(_viewers(view.url, scripts))
                best[name] = min(best[name], _cost(scenario, Show(view)))
    return {name: cost / alone for name, cost in best.items()}


def _cost(scenario: Scenario, *observers: Observer) -> float:
    began = time.process_time()
    fly(scenario, 1, observers=observers)
    return time.process_time() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m perilune_rig.bench.live_view", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    for case, ratio in measure(parser.parse_args().rounds).items():
        print(f"{case:36} {ratio:.3f} x the unwatched loop")

"""A fixed loop of ours, in C and in Python, that no build changes: it tells a slow hour from a slow build.

What a machine shared with others does in a second changes by three from hour to hour. Speeds in units of this loop do
not.
"""

import time

from perilune_sim.world.native import lib

C_ROUNDS = 400_000
PYTHON_ROUNDS = 20_000


def cpu_s() -> float:
    """Processor time of one pass over both halves: some milliseconds each."""
    began = time.process_time()
    lib.pl_reference(C_ROUNDS)
    _in_python(PYTHON_ROUNDS)
    return time.process_time() - began


def _in_python(rounds: int) -> float:
    """Calls, attributes, floats and a table, as interpreted code has them."""
    table = {n: 0.5 * n for n in range(16)}
    place = _Place()
    for n in range(rounds):
        place.move(table[n & 15])
    return place.x


class _Place:
    def __init__(self) -> None:
        self.x = 0.0

    def move(self, by: float) -> None:
        self.x = 0.999 * self.x + by

"""The Moon, the vehicle on it and its sensors, in C: one call a tick."""

from typing import Any


def __getattr__(name: str) -> Any:
    # not imported at once: `python -m perilune_sim.world.build` must run before there is anything compiled
    if name == "World":
        from perilune_sim.world.world import World

        return World
    raise AttributeError(name)

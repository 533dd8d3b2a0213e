"""The Moon, the vehicle on it and its sensors, in C: one call a tick. `World` is in sim_bridge.world.world."""

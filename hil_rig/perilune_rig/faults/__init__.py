"""Faults of a scenario, acted out on the world, on the link and on the flight computer."""

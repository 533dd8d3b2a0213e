"""Perilune, build 2d635e2: our own flight software as it stood then, to hold a change against."""

from perilune_rig.baseline.flight.flight import Flight


class PolicyFlight(Flight):
    """Nothing is put back, nothing is left out."""

"""Peregrine, had it gone on: no look at tank and pressurant before ignition."""

from perilune_rig.policies.base import AsFlown


class PolicyFlight(AsFlown):
    """Ignites when the moment has come, on whatever pressure there is."""

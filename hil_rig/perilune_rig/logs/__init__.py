"""Flight logs: one MCAP file a flight, exact enough to be flown again and readable in Foxglove."""

from perilune_rig.logs.log import Log
from perilune_rig.logs.rerun import write

__all__ = ["Log", "write"]

"""The live view: a local page that shows a flight, or a campaign's, as it goes on."""

from perilune_rig.live.feed import Feed
from perilune_rig.live.observer import Show
from perilune_rig.live.server import PORT, LiveView

__all__ = ["PORT", "Feed", "LiveView", "Show"]

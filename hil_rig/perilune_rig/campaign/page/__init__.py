"""The report of a campaign: one HTML file that needs nothing else."""

from perilune_rig.campaign.page.page import write_page

__all__ = ["write_page"]

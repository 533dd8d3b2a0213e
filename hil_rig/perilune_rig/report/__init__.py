"""The report of a flight: one HTML file that needs nothing else."""

from perilune_rig.report.page import write_report

__all__ = ["write_report"]

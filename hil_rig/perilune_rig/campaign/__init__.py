"""Campaigns: many flights that together are evidence. Planned by a file, flown by a farm, kept in SQLite."""

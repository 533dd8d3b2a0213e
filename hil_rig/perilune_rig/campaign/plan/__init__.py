"""What a campaign is going to fly: its file, strata, dispersions and seeds."""

"""A campaign being flown: workers, table and what is kept of each run."""

"""One flight: world, rung and bridge put together, and those who watch it."""

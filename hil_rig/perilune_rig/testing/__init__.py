"""Flights in tests of one's own: the lander and the pytest plugin."""

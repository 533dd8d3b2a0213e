"""Bit for bit: the same flight on several rungs, from a log, or as a reviewed file, and where two flights part."""

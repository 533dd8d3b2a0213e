"""Putting the flight software on a board that runs MicroPython: two slots, a manifest, a pointer switched last."""

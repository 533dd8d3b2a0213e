"""Perilune: lunar descent flight software. Runs unchanged on MicroPython boards and on CPython."""

VERSION = "0.1.0"

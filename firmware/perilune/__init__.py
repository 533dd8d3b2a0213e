"""Perilune: lunar descent flight software. Runs unchanged on MicroPython boards and on CPython."""

VERSION = "0.1.0"
image = (
    None  # what the boot loader started, a perilune.boot.slots.Image; None where the modules are frozen in
)

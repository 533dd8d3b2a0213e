"""Compiles the C world when the project is installed."""

from setuptools import setup

setup(cffi_modules=["sim_bridge/perilune_sim/world/build.py:make"])

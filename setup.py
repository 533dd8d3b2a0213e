"""Compiles the C world when the project is installed."""

from setuptools import setup

setup(cffi_modules=["sim_bridge/world/build.py:make"])

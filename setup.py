"""Compiles the C world when the project is installed, and takes the boards' start-up files along.

`firmware/boards` holds what no computer imports: it is installed as data, under a name of ours.
"""

from setuptools import find_packages, setup

FOLDERS = ("firmware", "host", "sim_bridge", "hil_rig")
PACKAGES = {name: folder for folder in FOLDERS for name in find_packages(folder, include=["perilune*"])}

setup(
    packages=[*PACKAGES, "perilune_boards"],
    package_dir={
        **{name: f"{folder}/{name}" for name, folder in PACKAGES.items() if "." not in name},
        "perilune_boards": "firmware/boards",
    },
    cffi_modules=["sim_bridge/perilune_sim/world/build.py:make"],
)

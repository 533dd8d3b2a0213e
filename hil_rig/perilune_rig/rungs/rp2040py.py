"""The same image on a second RP2040 emulator, by other hands: what both say is no mistake of one of them."""

from perilune_rig.boards import rp2040py
from perilune_rig.boards.build import build_firmware, missing_tools
from perilune_rig.boards.rp2040py import Rp2040Py
from perilune_rig.rungs.rp2040 import LockStep


class Rp2040PyRung(LockStep):
    """Flight content is compared, not time: its cycles are counted otherwise, and its USB is another host's."""

    name = "rp2040py"
    about = "the same image on rp2040py, an independent emulator of the RP2040; slow: for its first ticks"

    def __init__(self) -> None:
        super().__init__(Rp2040Py(build_firmware("RPI_PICO")))

    @classmethod
    def available(cls) -> str | None:
        """None if it can fly here, else the reason why not."""
        return rp2040py.missing() or missing_tools()

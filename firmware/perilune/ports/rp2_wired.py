"""An RP2040 with a range finder, contact switches, valves and a throttle on its pins: see docs/wiring.md."""

from perilune.ports import rp2
from perilune.ports.serve import serve
from perilune.ports.wires import Wires


class Port(rp2.Port):
    """What comes over the wires takes the place of what the sensor frame says of it; what is commanded goes out."""

    def __init__(self):
        super().__init__()
        self.wires = Wires()

    def begun(self, items):
        """As on every board; then the sensors that are wired are read."""
        super().begun(items)
        self.wires.read(items)

    def measure(self, begin, whole):
        """As on every board; the outputs are set before, so their time counts."""
        self.wires.drive(whole)
        super().measure(begin, whole)

    def release(self):
        """As on every board; nothing stays open."""
        super().release()
        self.wires.shut()


def main():
    """Serve for ever; in the rig's build until the REPL is asked for."""
    serve(Port())

"""A board under QEMU: its process."""

import os
import re
import selectors
import subprocess
import time
from pathlib import Path

from perilune_host.errors import RigError
from perilune_rig.boards.child import ends_with_parent
from perilune_rig.boards.qemu_machines import Machine
from perilune_rig.vm.commands import tool

__all__ = ["QemuBoard"]

_START_S = 10.0
# The board's clock counts instructions, 8 ns each as at 125 MHz, and stands while it waits for a byte. By the machine's
# clock a board of a busy machine heard silences in the middle of frames, and dropped them as it should.
_CLOCK = ("-icount", "shift=3,sleep=off")


class QemuBoard:
    """A QEMU process running `image`; `path` is the pseudo-terminal of its UART. RigError if it does not start."""

    def __init__(self, machine: Machine, image: Path) -> None:
        program = tool("QEMU", machine.qemu, f"apt-get install {machine.packages[machine.qemu]}")
        quiet = ["-semihosting", "-display", "none", "-monitor", "none"]  # the port exits through semihosting
        uart = ["-chardev", "pty,id=uart", "-serial", "chardev:uart"]
        self._qemu = subprocess.Popen(
            [program, *machine.options, *_CLOCK, *quiet, *uart, "-kernel", str(image)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the rig, which then ends this
            preexec_fn=ends_with_parent,
        )
        try:
            self.path = self._announced()
        except RigError:
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        self._qemu.terminate()
        try:
            self._qemu.wait(5.0)
        except subprocess.TimeoutExpired:
            self._qemu.kill()
            self._qemu.wait()
        assert self._qemu.stdout is not None
        self._qemu.stdout.close()

    def _announced(self) -> str:
        """The device path that QEMU prints."""
        assert self._qemu.stdout is not None
        said, deadline = "", time.monotonic() + _START_S
        with selectors.DefaultSelector() as selector:
            selector.register(self._qemu.stdout, selectors.EVENT_READ)
            while selector.select(max(0.0, deadline - time.monotonic())):
                part = os.read(self._qemu.stdout.fileno(), 4096).decode(errors="replace")
                said += part
                found = re.search(r"redirected to (\S+)", said)
                if found:
                    return found.group(1)
                if not part:
                    break
        raise RigError(f"QEMU did not start: {said.strip() or 'without a word'}")

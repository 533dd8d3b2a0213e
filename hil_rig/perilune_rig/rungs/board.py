"""Any real board at a pyserial URL, named by PERILUNE_PORT."""

import os

from perilune_host.errors import InputError
from perilune_host.serial_link import SerialLink

VARIABLE = "PERILUNE_PORT"


class BoardRung:
    """Speaks with whatever flight computer is at the port; the board is left waiting for the next hello."""

    name = "board"
    about = (
        f"a real board at the pyserial URL in {VARIABLE}, such as /dev/ttyACM0, COM3 or socket://host:port"
    )

    def __init__(self) -> None:
        url = os.environ.get(VARIABLE)
        if not url:
            raise InputError(f"rung board: set {VARIABLE} to the board's port, such as /dev/ttyACM0")
        self._link = SerialLink(url)

    @classmethod
    def available(cls) -> str | None:
        """None if a port is named, else how to name one; whether a board answers shows when it is asked."""
        return (
            None if os.environ.get(VARIABLE) else f"set {VARIABLE} to the board's port, such as /dev/ttyACM0"
        )

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """One frame in, its replies out."""
        return self._link.transact(frame, time_us)

    def reopen(self) -> None:
        """Pull the cable and put it back."""
        self._link.reopen()

    def close(self) -> None:
        """Give the port back."""
        self._link.close()

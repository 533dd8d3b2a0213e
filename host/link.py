"""What carries frames to a flight computer and back."""

from typing import Protocol


class Link(Protocol):
    """A flight computer at the other end of a byte stream, in lock-step: it acts only on what it is sent."""

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """Send one frame with its delimiter; return all bytes of the reply, up to and with the last delimiter.

        The reply to a sensor frame ends with its actuator frame, any other reply with its acknowledgement.
        time_us is simulated time. Raises RigError when the link is dead or the flight computer stopped.
        """
        ...

    def close(self) -> None:
        """Release the flight computer and its port."""
        ...

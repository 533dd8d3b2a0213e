"""The virtual machine in another process, over a real serial device path: the reference plus a serial port."""

from perilune_host.serial_link import SerialLink
from perilune_rig.boards.child import BoardProcess
from perilune_rig.rungs.vm import VmRung


class ProcessRung:
    """Runs `perilune_rig.rungs.process_board` and speaks with it through its pseudo-terminal."""

    name = "process"
    about = "the same VM in a process of its own, behind a pseudo-terminal opened with pyserial"

    def __init__(self) -> None:
        self._board = BoardProcess("perilune_rig.rungs.process_board")
        try:
            self._link = SerialLink(self._board.path)
        except BaseException:
            self._board.close()
            raise

    @classmethod
    def available(cls) -> str | None:
        """None if it can fly here, else the reason why not."""
        return VmRung.available()

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """One frame in, its replies out."""
        with self._board.explained():
            return self._link.transact(frame, time_us)

    def reopen(self) -> None:
        """Pull the cable and put it back."""
        self._link.reopen()

    def reset(self, cause: str, time_us: int) -> None:
        """See `perilune_host.link.Resettable`."""
        self._board.order(cause)

    def close(self) -> None:
        """End the process and give the port back."""
        self._link.close()
        self._board.close()

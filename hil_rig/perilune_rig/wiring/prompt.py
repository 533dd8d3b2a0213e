"""The prompt of an emulated board, without a port: MicroPython's raw REPL in the board's own time."""

from perilune_host.errors import RigError
from perilune_rig.boards.emulator import Emulator

_SLICE_NS = 2e6
_LONGEST_NS = 5e9
_INTERRUPT, _RAW, _EXECUTE, _END = b"\r\x03\x03", b"\x01", b"\x04", b"\x04>"
_READY = b"raw REPL; CTRL-B to exit\r\n>"


class Prompt:
    """Runs statements, whatever the board did before."""

    def __init__(self, board: Emulator) -> None:
        self._board = board
        self._say(_INTERRUPT, 50e6)
        self._await(_RAW, _READY)

    def run(self, code: str) -> str:
        """Execute statements; what they printed. RigError with the board's last words if they raise."""
        said = self._await(code.encode() + _EXECUTE, _END)
        out, _, error = said.removeprefix(b"OK").removesuffix(_END).partition(b"\x04")
        if error:
            raise RigError(f"the emulated board: {error.decode(errors='replace').strip().splitlines()[-1]}")
        return out.decode(errors="replace")

    def _say(self, data: bytes, wait_ns: float) -> bytes:
        return self._board.run(self._board.state.nanos + wait_ns, data)[0]

    def _await(self, data: bytes, end: bytes) -> bytes:
        said = self._say(data, _SLICE_NS)
        until = self._board.state.nanos + _LONGEST_NS
        while not said.endswith(end):
            if self._board.state.nanos > until:
                raise RigError(f"the emulated board gives no prompt; it sent {said[-200:]!r}")
            said += self._say(b"", _SLICE_NS)
        return said

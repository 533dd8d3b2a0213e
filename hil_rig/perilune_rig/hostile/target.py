"""An emulated board under attack: the real image, everything it ever said, and whether it still does its work."""

import tempfile
from hashlib import sha256
from pathlib import Path

from perilune.wire import schema
from perilune_host.codec import DELIMITER, SCHEMA_CRC, FrameError, decode, deframe, encode, enframe
from perilune_host.errors import RigError
from perilune_host.session import Session
from perilune_rig.boards import emulator, key_page
from perilune_rig.boards.build import build_firmware, missing_tools
from perilune_rig.boards.emulator import UART, USB, Emulator
from perilune_rig.flight.fly import prepare
from perilune_rig.scenario.catalogue import load_scenario
from perilune_sim.bridge import Bridge
from perilune_sim.parameters import Group, flight_parameters
from perilune_sim.world.world import World

__all__ = ["KEY", "PORTS", "SILENCE_MS", "UART", "USB", "Target", "groups"]

KEY = b"the hostile table's own key, 32."  # of the build for flight, which has none otherwise
PORTS = {"usb": USB, "uart": UART}
BOARD = "RPI_PICO"
SILENCE_MS = 110.0  # after which a board has forgotten an unfinished frame
_BOOT_MS = 1000.0
_QUIET_AT_MOST = 30
_REPLY_MS = 1000.0
_PROMPTS = (b">>>", b"\n>", b"raw REPL", b"Traceback")


def groups(seed: int) -> list[Group]:
    """The parameters of the end of a descent."""
    scenario = load_scenario("nominal_terminal")
    knowledge = World(scenario.vehicle, scenario.environment, seed).knowledge()
    return flight_parameters(scenario.vehicle, knowledge, scenario.environment.map_prior)


class Target:
    """A board with an image of one of the two builds, out of reset; `flight`: the build for flight, with KEY.

    Times are the board's own, in milliseconds.
    """

    def __init__(self, *, flight: bool, key: bytes | None = KEY) -> None:
        self.flight = flight
        self._folder = tempfile.TemporaryDirectory()
        image = Path(self._folder.name) / "image.uf2"
        page = key_page.block(BOARD, key) if flight and key else b""
        image.write_bytes(build_firmware(BOARD, flight=flight).read_bytes() + page)
        self._board = Emulator(image)
        self.said: dict[int, bytearray] = {USB: bytearray(), UART: bytearray()}
        self.bridge: Bridge | None = None
        self.session = Session(_Line(self, USB))
        if flight and key:
            self.session.adopt(key)
        self.uploaded = b""

    @staticmethod
    def missing() -> str | None:
        """What has to be installed first, or None."""
        return emulator.missing() or missing_tools()

    @property
    def now_ms(self) -> float:
        """The board's time since power came."""
        return self._board.state.nanos / 1e6

    @property
    def resets(self) -> int:
        """How often the chip has started again."""
        return self._board.state.resets

    @property
    def prompted(self) -> bool:
        """Whether anything like a prompt has ever come out of a port."""
        return any(word in said for said in self.said.values() for word in _PROMPTS)

    def run(self, ms: float, data: bytes = b"", channel: int = USB) -> bytes:
        """Send bytes, let so much time go by; what that port said."""
        answers = self._board.run(self._board.state.nanos + ms * 1e6, data, channel)
        for port, said in zip((USB, UART), answers, strict=True):
            self.said[port] += said
        return answers[channel]

    def boot(self) -> None:
        """Wait until it listens."""
        self.run(_BOOT_MS)

    def reset(self) -> None:
        """Start again, as by software; at its first instruction."""
        self._board.reset()

    def exchange(self, frame: bytes, channel: int = USB) -> bytes:
        """Send a frame and wait for the answer, at most a second; whatever that port said."""
        reply = self._board.transact(frame, self._board.state.nanos + _REPLY_MS * 1e6, channel)
        self.said[channel] += reply
        return reply

    def ask(self, frame: bytes, channel: int = USB) -> list[tuple]:
        """Send a frame; the frames that came back within a second. What is no frame is left out."""
        rows = []
        for line in self.exchange(frame, channel).split(DELIMITER):
            try:
                rows += [decode(deframe(line))] if line else []
            except FrameError:
                continue
        return rows

    def hears(self, channel: int) -> bool:
        """Whether the port answers a hello that changes nothing, once it is quiet: what came before is served first."""
        for _ in range(_QUIET_AT_MOST):
            if not self.run(SILENCE_MS, channel=channel):
                break
        self.run(SILENCE_MS)  # bytes that call for no answer were still on their way
        values = {"wire_version": schema.WIRE_VERSION, "schema_crc": SCHEMA_CRC, "session": 0}
        rows = self.ask(enframe(encode(schema.HELLO, values)), channel)
        return bool(rows) and rows[-1][0] == schema.HELLO_REPLY

    def take_off(self, channel: int = USB, seed: int = 1) -> None:
        """Upload and commit the end of a descent over a port; the rig's build is then flown by `tick`."""
        if self.flight:
            self.session.hello()
            self.session.upload(groups(seed))
        else:
            self.bridge = prepare(load_scenario("nominal_terminal"), seed, _Line(self, channel))

    def upload(self) -> None:
        """Open a session and upload parameters, without the commit: `uploaded` is their digest."""
        self.session.hello()
        digest = sha256()
        for kind, values in groups(1):
            payload = encode(kind, values)
            digest.update(payload)
            self.ask(enframe(payload))
        self.uploaded = digest.digest()[:8]

    def tick(self) -> float:
        """Fly one tick; how long the answer took, ms. RigError where none came."""
        assert self.bridge is not None
        before = self.now_ms
        self.bridge.step()
        return self.now_ms - before

    def close(self) -> None:
        """End the emulator."""
        self._board.close()
        self._folder.cleanup()


class _Line:
    """The link of a flight, over one port of the board; its time is what the board makes of it."""

    def __init__(self, target: Target, channel: int) -> None:
        self._target, self._channel = target, channel

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """See `perilune_host.link.Link`."""
        answer = self._target.exchange(frame, self._channel)
        if not answer.endswith(DELIMITER):
            raise RigError(f"the board at {self._target.now_ms:.0f} ms: no answer on port {self._channel}")
        return answer

    def close(self) -> None:
        """Nothing: the board goes on."""

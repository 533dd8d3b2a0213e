"""Ports that talk without end, never speak, speak garbage, sit at a prompt, answer late: an end, and what was heard."""

import contextlib
import os
import socket
import threading
import time

import pytest
import serial
import serial.rfc2217

from perilune.wire import schema
from perilune_host.codec import LAYOUTS, encode, enframe
from perilune_host.errors import InputError, RigError
from perilune_host.own_folder import own_folder, trusted
from perilune_host.port_lock import PortLock
from perilune_host.serial_link import SerialLink
from perilune_host.session import Session
from perilune_rig.boards.terminal import Terminal
from perilune_rig.cli import main
from perilune_rig.flash.repl import Repl
from tests.boards.kit import payload_of

HELLO = enframe(payload_of(schema.HELLO))
REPLY = enframe(payload_of(schema.HELLO_REPLY))
SENSORS = enframe(payload_of(schema.SENSORS))
ACTUATORS = enframe(payload_of(schema.ACTUATORS))


class Talker:
    """Says the same again and again, whatever it is told; `hears` may answer."""

    def __init__(self, says=b"", hears=lambda data: b""):
        self.terminal = Terminal()
        self._stop = threading.Event()
        self.heard = b""
        self._says, self._hears = says, hears
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()

    @property
    def path(self):
        return self.terminal.path

    def _talk(self):
        while not self._stop.is_set():
            data = self.terminal.read()
            self.heard += data
            with contextlib.suppress(BlockingIOError):
                os.write(self.terminal.fileno(), self._says + (self._hears(data) if data else b""))
            time.sleep(0.005)  # never quiet for long, and never so fast that all is lost

    def close(self):
        self._stop.set()
        self._thread.join()
        self.terminal.close()


@pytest.fixture
def talker():
    made = []

    def make(*args, **more):
        made.append(Talker(*args, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


NOISE = [b"temperature 21\r\n", b"\0", b"\x05\x98\0\0", bytes(range(256)), b"x" * 4096, HELLO]


@pytest.mark.parametrize("says", NOISE, ids=lambda says: says[:8].hex())
@pytest.mark.parametrize("frame", [HELLO, SENSORS], ids=["hello", "sensors"])
@pytest.mark.timeout(60)
def test_a_port_that_never_stops_talking_ends_in_the_links_time_out(talker, says, frame):
    link = SerialLink(talker(says).path, timeout_s=0.5)
    with pytest.raises(RigError, match=r"(no answer to|talks without end).*; it sent b"):
        link.transact(frame, 20_000)
    link.close()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("verb", ["fly", "command"])
def test_the_time_out_is_an_option_and_the_error_shows_what_was_heard(talker, verb, capsys, monkeypatch):
    monkeypatch.setenv("PERILUNE_PORT", "unused")
    monkeypatch.setenv("PERILUNE_TIMEOUT_S", "100")
    path = talker(b"temperature 21\r\n").path
    words = {
        "fly": ["fly", "nominal_terminal", "--no-report", "--rung", "board"],
        "command": ["command", "arm"],
    }[verb]
    assert main([*words, "--port", path, "--timeout", "0.4"]) == 3
    said = capsys.readouterr().err
    assert "within 0.4 s" in said and "temperature 21" in said
    assert main([*words, "--port", path, "--timeout", "0"]) == 2


@pytest.mark.timeout(60)
@pytest.mark.parametrize("says", [b"", b"temperature 21\r\n", b">>> " * 500])
def test_no_prompt_comes_and_flashing_ends(talker, says):
    pytest.importorskip("mpremote")
    with pytest.raises(RigError, match=r"no REPL answers|talks without end|the board|REPL"):
        Repl(talker(says).path, timeout_s=1.0)


def test_a_frame_left_half_sent_is_ended_before_the_first_ctrl_c(talker):
    pytest.importorskip("mpremote")
    board = talker()
    with pytest.raises(RigError, match="no REPL answers"):
        Repl(board.path, timeout_s=0.2)
    assert board.heard.count(b"\0", 0, board.heard.index(b"\x03")) > 0


class Prompt:
    """A board at its MicroPython prompt: Ctrl-D starts its program, which answers hello or fails again."""

    def __init__(self, starts):
        self.starts, self.running = starts, False

    def __call__(self, data):
        if self.running:
            return REPLY if HELLO in data else b""
        out = b""
        for byte in data:
            if byte == 4:
                self.running = self.starts
                return out + (b"MPY: soft reboot\r\n" if self.starts else b"ImportError: no perilune\r\n>>> ")
            out += b"\r\n>>> " if byte in b"\r\x02\x03" else b""
        return out


@pytest.mark.timeout(60)
def test_a_board_at_its_prompt_is_sent_back_to_its_program(talker):
    board = talker(hears=Prompt(starts=True))
    link = SerialLink(board.path, timeout_s=10)
    assert link.transact(HELLO, 0) == REPLY
    link.close()
    assert b"\x04" not in board.heard.replace(HELLO, b"").replace(b"\r\x03\x03\x02\x04", b"")
    assert board.heard.index(b"\r\x03\x03\x02\x04") < board.heard.index(HELLO)  # never typed into a prompt


@pytest.mark.timeout(60)
def test_a_board_whose_program_cannot_run_is_said_to_be_at_its_prompt(talker):
    link = SerialLink(talker(hears=Prompt(starts=False)).path, timeout_s=10)
    with pytest.raises(
        RigError, match=r"at its MicroPython prompt: flash it again.*ImportError: no perilune"
    ):
        link.transact(HELLO, 0)
    link.close()


@pytest.mark.timeout(60)
def test_a_session_cannot_be_joined_at_a_prompt_and_that_is_said(talker, capsys):
    board = talker(hears=lambda data: b"\r\n>>> " if data.strip(b"\0") else b"")
    assert main(["command", "arm", "--port", board.path, "--timeout", "1"]) == 3
    assert "at its MicroPython prompt: flash it again" in capsys.readouterr().err


def test_the_answer_to_a_hello_asked_twice_is_no_part_of_the_next_reply(talker):
    board = talker(
        hears=lambda data: REPLY + ACTUATORS if SENSORS in data else REPLY if HELLO in data else b""
    )
    link = SerialLink(board.path)
    assert link.transact(HELLO, 0) == REPLY
    assert link.transact(SENSORS, 20_000) == ACTUATORS
    link.close()


def test_joining_a_session_types_nothing_into_it(talker):
    join = enframe(encode(schema.HELLO, {"wire_version": 1, "schema_crc": 0, "session": 0}))
    board = talker(hears=lambda data: REPLY if join in data else b"")
    link = SerialLink(board.path)
    assert link.transact(join, 0) == REPLY
    link.close()
    assert board.heard.strip(b"\0") == join.strip(b"\0")


def test_rfc2217_carries_a_session(scripted):
    """pyserial's own client has no write time-out: it raised NotImplementedError."""
    board = scripted(lambda line: REPLY)
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_bridge, args=(server, board.path), daemon=True).start()
    link = SerialLink(f"rfc2217://127.0.0.1:{server.getsockname()[1]}", timeout_s=20)
    assert link.transact(HELLO, 0) == REPLY
    link.close()
    server.close()


class _Pty(serial.Serial):
    """A pseudo-terminal has no modem lines."""

    cts = dsr = ri = cd = property(lambda self: True)
    rts = dtr = break_condition = property(lambda self: True, lambda self, value: None)


def _bridge(server, device):
    client, _ = server.accept()
    with _Pty(device, 115200, timeout=0.02) as port, client:
        writer = type("Writer", (), {"write": staticmethod(client.sendall)})()
        manager = serial.rfc2217.PortManager(port, writer, logger=None)
        client.settimeout(0.02)
        try:
            while True:
                try:
                    data = client.recv(4096)
                except TimeoutError:
                    data = None
                if data == b"":
                    return
                if data:
                    port.write(b"".join(manager.filter(data)))
                if waiting := port.read(port.in_waiting or 1):
                    client.sendall(b"".join(manager.escape(waiting)))
        except OSError:
            pass


class Answers:
    """A link whose flight computer acknowledges everything, with a digest of its own."""

    def __init__(self, digest=bytes(8), board=b"board as such 16"):
        self.digest, self.board = digest, board

    def transact(self, frame, _time_us):
        from perilune.link.authentication import HIL_KEY, key_id
        from perilune_host.codec import SCHEMA_CRC, decode, deframe

        row = decode(deframe(frame[:-1]))
        if row[0] == schema.HELLO:
            values = {item[0]: 1 for item in LAYOUTS[schema.HELLO_REPLY].items}
            values |= {"schema_crc": SCHEMA_CRC, "key_id": key_id(HIL_KEY), "board": self.board}
            values |= {"software": b"\x1b]0;x\x07\xff".ljust(_width("software"), b"\0"), "manifest": bytes(8)}
            return enframe(encode(schema.HELLO_REPLY, values))
        values = {"acked": row[0], "status": schema.OK, "item": 0, "digest": self.digest}
        names = [item[0] for item in LAYOUTS[schema.PARAM_ACK].items]
        return enframe(LAYOUTS[schema.PARAM_ACK].pack([values.get(name, row[0]) for name in names]))

    def close(self):
        pass


def _width(name):
    return {"8s": 8, "16s": 16}[next(i[1] for i in LAYOUTS[schema.HELLO_REPLY].items if i[0] == name)]


def test_the_digest_that_is_acknowledged_is_compared():
    session = Session(Answers(digest=b"\x01" * 8))
    session.hello()
    with pytest.raises(
        RigError, match="acknowledged other parameters than it was sent: 0101010101010101, not "
    ):
        session.upload([])


def test_what_a_board_calls_itself_moves_no_cursor():
    found = Session(Answers(board=b"\x1b[2J\x9b\xff".ljust(16, b"\0"))).hello()
    assert found.board == r"\x1b[2J\x9b\xff" and found.software.isprintable()


def test_a_lock_follows_no_link_and_trusts_no_directory_of_others(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder = own_folder("ports")
    assert folder.stat().st_mode & 0o777 == 0o700
    victim = tmp_path / "victim"
    victim.write_text("precious")
    PortLock("socket://here:1").release()
    (lock,) = folder.glob("*.lock")
    lock.unlink()
    lock.symlink_to(victim)
    with pytest.raises(RigError, match="cannot be locked"):
        PortLock("socket://here:1")
    assert victim.read_text() == "precious"
    folder.chmod(0o777)
    with pytest.raises(RigError, match="others may write into it"):
        PortLock("socket://here:2")
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(RigError, match="a link, not followed"):
        trusted(tmp_path / "link")


def test_several_jobs_on_one_board_wait_for_each_other(tmp_path):
    url = f"socket://{tmp_path.name}:1"
    first = PortLock(url)
    with pytest.raises(
        RigError, match=rf"\(process {os.getpid()}\): end it first, or set PERILUNE_PORT_WAIT_S"
    ):
        PortLock(url)
    threading.Timer(0.3, first.release).start()
    PortLock(url, wait_s=60).release()


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf", "0"])
def test_a_wait_that_is_no_time_is_bad_input(monkeypatch, text):
    monkeypatch.setenv("PERILUNE_PORT_WAIT_S", text)
    with pytest.raises(InputError, match=f"PERILUNE_PORT_WAIT_S={text}: give seconds"):
        PortLock("socket://nowhere:1")

"""Every order of commands, hellos, resets, losses and replays, against the real `Computer` and the real `Session`.

Somebody on the line records all that is signed and sends any of it again at any time, opens sessions, and forges
without the key. The operator's frames arrive, get lost, or lose their answers. Left out: the content of parameters and
the flight itself.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple

import pytest

from perilune.link import computer as module
from perilune.link.authentication import HIL_KEY, Uplink
from perilune.link.computer import Computer
from perilune.wire import schema
from perilune_host.codec import SCHEMA_CRC, decode, deframe, encode, enframe
from perilune_host.errors import RigError
from perilune_host.session import NoAnswer, Session
from tests.firmware.kit import loaded
from tests.model.search import Broken, Explored, explore

BOOTS, HELLOS, COMMITS, ORDERS = 2, 2, 2, 2
NONCES = [100, 101]  # by boot
COMMIT = {"digest": sha256().digest()[:8]}
DIVERT = {"last_tick": 0xFFFFFFFF, "command": schema.DIVERT}


class Signed(NamedTuple):
    """A frame somebody signed, and so everything about it."""

    commit: bool
    boot: int
    session: int
    counter: int
    number: int  # of the order it carries, 0 for a commit


class State(NamedTuple):
    """The board, what the operator believes, what the line has heard, what was done."""

    boot: int = 0
    session: int = 0
    counter: int = 0
    flying: bool = False
    heard: frozenset[tuple[Signed, bytes]] = frozenset()
    op_boot: int = 0
    op_session: int = 0
    op_counter: int = 0
    hellos: int = 0
    commits: int = 0
    orders: int = 0
    done: tuple[int, ...] = ()  # orders obeyed, in order
    wrong: str = ""


COMPLETE = loaded()


class Forgetful:
    """A board without memory that outlives a reset."""

    def keep(self) -> None:
        pass


class Obedient:
    """Stands for the flight: obeys every command and notes which."""

    tick = 0

    def __init__(self, _parameters: object = None) -> None:
        self.obeyed: list[int] = []

    def command(self, _code: int, argument: tuple[float, float]) -> bool:
        self.obeyed.append(round(argument[0]))
        return True


class Port:
    """A board without hardware."""

    board, reset_cause, float_bits, key, memory = "model", 0, 64, HIL_KEY, b""

    boot_nonce = 100

    def ticks_us(self) -> int:
        return 0

    def begun(self, items: object) -> None:
        pass


class Line:
    """The operator's link to a board in a given state. The board is one object, set into state after state."""

    def __init__(self, computer: Computer, s: State) -> None:
        self.computer = computer
        computer.uplink = uplink = Uplink(HIL_KEY, NONCES[s.boot])
        computer.port.boot_nonce = NONCES[s.boot]
        uplink.session, uplink.counter = s.session, s.counter
        computer.parameters = COMPLETE
        computer.digest = sha256()
        computer.flight = Obedient() if s.flying else None
        computer.keeper = Forgetful()
        self.out = bytearray(1024)
        self.loses = False
        self.sent: list[bytes] = []

    def transact(self, frame: bytes, time_us: int) -> bytes:
        self.sent.append(frame)
        n = self.computer.step(bytearray(frame), len(frame) - 1, self.out)
        return b"" if self.loses else bytes(self.out[:n])

    def close(self) -> None:
        pass

    @property
    def obeyed(self) -> list[int]:
        flight = self.computer.flight
        return [] if flight is None else flight.obeyed


class Model:
    """What may happen next in a state."""

    def __init__(self, hil: bool) -> None:
        self.computer = computer = Computer(Port(), hil=hil)
        computer._forget = lambda: setattr(computer, "digest", sha256())

    def line(self, s: State) -> Line:
        return Line(self.computer, s)

    def operator(self, s: State, line: Line) -> Session:
        session = Session(line, s.op_session)
        session.counter, session._key = s.op_counter, HIL_KEY
        session.board = replace(session.board, boot_nonce=NONCES[s.op_boot])
        return session

    def after(self, s: State, line: Line, **known: object) -> State:
        """The state that a frame has led to; what was obeyed is held against what was ordered."""
        done, wrong = list(s.done), s.wrong
        for number in line.obeyed:
            wrong = wrong or ("an order obeyed twice" if number in done else "")
            wrong = wrong or ("an order nobody gave" if number <= 0 or number > s.orders + 1 else "")
            done.append(number)
        board = line.computer
        return s._replace(
            session=board.uplink.session,
            counter=board.uplink.counter,
            flying=board.flight is not None,
            done=tuple(done),
            wrong=wrong,
            **known,
        )

    def steps(self, s: State) -> Iterator[tuple[str, State]]:
        yield from self.operated(s)
        yield from self.attacked(s)
        if s.boot + 1 < BOOTS:
            yield "reset", s._replace(boot=s.boot + 1, session=0, counter=0, flying=False)

    def operated(self, s: State) -> Iterator[tuple[str, State]]:
        if s.hellos < HELLOS:
            line = self.line(s)
            session = self.operator(s._replace(op_session=s.hellos + 1), line)
            session.hello()
            yield "hello", self.known(s._replace(op_boot=s.boot), line, session)._replace(hellos=s.hellos + 1)
        if not s.op_session:
            return
        for lost in (False, True) if s.commits < COMMITS else ():
            line = self.line(s)
            line.loses = lost
            session = self.operator(s, line)
            with suppress(RigError):  # refused, or no answer: the operator goes on as he likes
                session.upload([])
            yield (
                "commit" + " unanswered" * lost,
                self.known(s, line, session)._replace(commits=s.commits + 1),
            )
        if s.orders < ORDERS:
            for fate in ("", " unanswered", " lost"):
                yield "order" + fate, self.ordered(s, fate)

    def ordered(self, s: State, fate: str) -> State:
        line = self.line(s)
        session = self.operator(s, line)
        order = session.order(schema.DIVERT, (float(s.orders + 1), 0.0))
        line.loses = bool(fate)
        if fate == " lost":
            line.sent.append(enframe(order.payload))
        else:
            with suppress(NoAnswer):
                session.give(order)
        return self.known(s, line, session)._replace(orders=s.orders + 1)

    def known(self, s: State, line: Line, session: Session) -> State:
        """The operator's knowledge afterwards, and the listener's."""
        heard = set(s.heard)
        for frame in line.sent:
            signed = signed_frame(frame, s.op_boot)
            if signed:
                heard.add((signed, frame))
        return self.after(
            s,
            line,
            heard=frozenset(heard),
            op_session=session.session,
            op_counter=session.counter,
        )

    def attacked(self, s: State) -> Iterator[tuple[str, State]]:
        for session in range(1, HELLOS + 1):
            line = self.line(s)
            values = {"wire_version": schema.WIRE_VERSION, "schema_crc": SCHEMA_CRC, "session": session}
            line.transact(enframe(encode(schema.HELLO, values)), 0)
            yield f"stranger's hello {session}", self.after(s, line)
        for signed, frame in s.heard:
            line = self.line(s)
            line.transact(frame, 0)
            state = self.after(s, line)
            fresh = state.done[len(s.done) :]
            if fresh and signed.boot != s.boot:
                state = state._replace(wrong=state.wrong or "an order of before the reset obeyed")
            if fresh and signed.session != s.session:
                state = state._replace(wrong=state.wrong or "an order of another session obeyed")
            yield f"replay of {signed.counter} of boot {signed.boot}", state
        forged = {
            "session": s.session,
            "counter": s.counter + 1,
            "last_tick": 0,
            "argument": (-1.0, 0.0),
            "mac": bytes(16),
        }
        line = self.line(s)
        line.transact(enframe(encode(schema.COMMAND, DIVERT | forged)), 0)
        yield "forgery", self.after(s, line)

    def commandable(self, s: State) -> str | None:
        """What is wrong, or that the operator could not get an order obeyed from here."""
        if s.wrong:
            return s.wrong
        line = self.line(s)
        session = self.operator(s._replace(op_session=HELLOS + 1), line)
        session.hello()
        if line.computer.flight is None:
            session.upload([])
        before = len(line.obeyed)
        session.command(schema.DIVERT, (99.0, 0.0))
        return None if len(line.obeyed) == before + 1 else "the operator is locked out"


def signed_frame(frame: bytes, boot: int) -> Signed | None:
    """What was signed, from the frame itself."""
    row = decode(deframe(frame[:-1]))
    if row[0] == schema.COMMAND:
        return Signed(False, boot, row[1], row[2], round(row[4]))
    if row[0] == schema.PARAM_COMMIT:
        return Signed(True, boot, row[1], row[2], 0)
    return None


@pytest.fixture(autouse=True)
def no_flight(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "Flight", Obedient)
    monkeypatch.setattr(module, "Keeper", lambda *_parts: Forgetful())


def search(hil: bool = True) -> Explored[State]:
    model = Model(hil)
    return explore(State(), model.steps, model.commandable)


@pytest.mark.parametrize("hil", [True, False], ids=["rig", "flight"])
def test_no_replay_is_obeyed_and_the_operator_is_never_locked_out(hil: bool):
    found = search(hil)
    assert len(found.came) > 1000
    assert any(len(s.done) == ORDERS for s in found.came)


def judge_without(left_out: str):
    """`Uplink._judge` with one of its checks left out."""

    def judge(self: Uplink, payload: bytes, session: int, counter: int) -> int:
        end = len(payload) - 16
        checks = {
            "BAD_MAC": self.signer.mac(self.nonce, payload[:end]) == payload[end:],
            "BAD_SESSION": session == self.session,
            "BAD_COUNTER": self.counter < counter,
        }
        failed = [name for name, passed in checks.items() if not passed and name != left_out]
        return getattr(schema, failed[0]) if failed else schema.OK

    return judge


@pytest.mark.parametrize(
    ("check", "found"),
    [
        ("BAD_MAC", "an order nobody gave|before the reset"),
        ("BAD_SESSION", "another session"),
        ("BAD_COUNTER", "obeyed twice"),
    ],
)
def test_a_check_left_out_is_found(check: str, found: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Uplink, "_judge", judge_without(check))
    with pytest.raises(Broken, match=found):
        search()


def test_a_counter_that_hello_sets_back_is_found(monkeypatch: pytest.MonkeyPatch):
    real = Computer._hello

    def hello(self: Computer, raw: tuple, outbuf: bytearray) -> int:
        self.uplink.counter = 0
        return real(self, raw, outbuf)

    monkeypatch.setattr(Computer, "_hello", hello)
    with pytest.raises(Broken, match="obeyed twice"):
        search()


def test_a_nonce_that_a_reset_leaves_as_it_was_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.model.test_command_protocol.NONCES", [100, 100])
    with pytest.raises(Broken, match=r"obeyed twice|before the reset"):
        search()

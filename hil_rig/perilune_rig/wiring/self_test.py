"""The wiring self-test: each wire is toggled at one end and looked at on the other. What is wrong is named.

The board is at its prompt; it needs MicroPython and nothing of ours. Outputs, and both lines of the UART, are set by
the board one at a time; the rig reads all ends, with a pull to either side, so that a wire that leads nowhere is told
from one that is held. Contact switches are closed by the rig one at a time; the board reads all, likewise with both
pulls. Then the throttle's duty, and bytes each way over the UART.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from perilune.ports import pins
from perilune_host.errors import RigError
from perilune_rig.wiring.bench import Bench
from perilune_rig.wiring.sensors import range_frame
from perilune_rig.wiring.wires import WIRES, named

__all__ = ["Finding", "self_test"]

Run = Callable[[str], str]

_SET = tuple(wire.pin for wire in WIRES if wire.pin not in pins.CONTACTS)  # by the board, as plain outputs
_BEGIN = f"""
from machine import PWM, UART, Pin
O = {{n: Pin(n, Pin.OUT, value=0) for n in {_SET}}}
def put(*high):
    for n in O:
        O[n](n in high)
def get(pull):
    return [Pin(n, Pin.IN, pull)() for n in {pins.CONTACTS}]
"""
_DUTIES = (0.25, 0.75)
_WORDS = b"perilune\x00\xff\x55\xaa"
_TOLERANCE = 0.001


@dataclass(frozen=True)
class Finding:
    """One wire, and what is wrong with it; None: nothing."""

    pin: int
    wrong: str | None

    def __str__(self) -> str:
        return f"{named(self.pin)}: {self.wrong or 'ok'}"


def self_test(run: Run, bench: Bench) -> list[Finding]:
    """A finding for each wire, in the order of WIRES.

    run: executes statements at the board's prompt, returns what they print. RigError where it prints something else.
    """
    run(_BEGIN)
    bench.set_contacts(0)
    wrong = _outputs(run, bench)
    wrong |= _contacts(run, bench)
    if pins.THROTTLE not in wrong:
        wrong |= _throttle(run, bench)
    if not {pins.REPORT, pins.RANGE_FINDER} & set(wrong):
        wrong |= _uart(run, bench)
    return [Finding(wire.pin, wrong.get(wire.pin)) for wire in WIRES]


@dataclass(frozen=True)
class _Seen:
    """How one end reads, with a pull down and with a pull up, as each of some wires alone is high; None: as none is."""

    down: dict[int | None, bool]
    up: dict[int | None, bool]

    def high_for(self) -> set[int]:
        """The wires that this end follows."""
        return {pin for pin in self.down if pin is not None and self.down[pin] and self.up[pin]}


def _diagnosed(pin: int, seen: dict[int, _Seen]) -> str | None:
    """What is wrong with the wire at `pin`; `seen` by the end that was read."""
    own = seen[pin]
    if not any(own.down.values()) and all(own.up.values()):
        return "broken: its far end follows the rig's pull, not the board"
    for level in (False, True):
        if all(value is level for row in (own.down, own.up) for value in row.values()):
            return f"stuck {'high' if level else 'low'}"
    follows = own.high_for()
    if follows == {pin}:
        return None
    if len(follows) == 1 and pin not in follows:
        (other,) = follows
        both = seen[other].high_for() == {pin}
        return f"swapped with {named(other)}" if both else f"its far end follows {named(other)} instead"
    others = ", ".join(str(named(other)) for other in sorted(follows - {pin}))
    return f"touches {others}" if pin in follows else f"its far end follows {others or 'nothing'}"


def _outputs(run: Run, bench: Bench) -> dict[int, str]:
    down: dict[int | None, dict[int, bool]] = {}
    up: dict[int | None, dict[int, bool]] = {}
    for alone in (None, *_SET):
        run(f"put({'' if alone is None else alone})")
        down[alone], up[alone] = bench.read().levels, bench.read(pull_up=True).levels
    seen = {
        end: _Seen({k: row[end] for k, row in down.items()}, {k: row[end] for k, row in up.items()})
        for end in _SET
    }
    run("put()")
    return _wrong(_SET, seen)


def _contacts(run: Run, bench: Bench) -> dict[int, str]:
    """Closed is low: a switch leads to ground. The board's pull down cannot be told from a closed switch."""
    down: dict[int | None, list[int]] = {}
    up: dict[int | None, list[int]] = {}
    for alone in (None, *pins.CONTACTS):
        bench.set_contacts(0 if alone is None else 1 << pins.CONTACTS.index(alone))
        up[alone], down[alone] = (_levels(run(f"print(get(Pin.PULL_{pull}))")) for pull in ("UP", "DOWN"))
    bench.set_contacts(0)
    return {
        pin: wrong
        for n, pin in enumerate(pins.CONTACTS)
        if (
            wrong := _switch(
                pin, {k: row[n] for k, row in up.items()}, {k: row[n] for k, row in down.items()}
            )
        )
    }


def _switch(pin: int, up: dict[int | None, int], down: dict[int | None, int]) -> str | None:
    """What is wrong with the switch at `pin`, by how the board reads it."""
    closed_by = {other for other, level in up.items() if other is not None and not level}
    if closed_by == {pin} and up[None]:
        return None
    if not any(up.values()):
        return "stuck low: the leg touches for ever"
    if all(up.values()):
        return "stuck high" if all(down.values()) else "broken: the switch is closed, the board sees it open"
    others = ", ".join(str(named(other)) for other in sorted(closed_by - {pin}))
    return f"swapped with {others}" if pin not in closed_by else f"touches {others}"


def _levels(said: str) -> list[int]:
    try:
        return [int(word) for word in said.strip(" []\r\n").split(",")]
    except ValueError as error:
        raise RigError(f"the board printed {said!r}, not the levels of its pins") from error


def _throttle(run: Run, bench: Bench) -> dict[int, str]:
    for duty in _DUTIES:
        run(f"PWM(Pin({pins.THROTTLE}), freq={pins.THROTTLE_HZ}, duty_u16={round(duty * 65535)})")
        seen = bench.read().duty
        if abs(seen - duty) > _TOLERANCE:
            return {pins.THROTTLE: f"a duty of {duty:.2f} reads as {seen:.4f}"}
    return {}


def _uart(run: Run, bench: Bench) -> dict[int, str]:
    """Bytes each way at the flight's baud rate: the wires are sound, so what fails is an interface."""
    lines = f"tx=Pin({pins.REPORT}), rx=Pin({pins.RANGE_FINDER}), rxbuf=128"
    run(f"u = UART(1, {pins.BAUD_RATE}, {lines})\nu.read()")
    bench.read()
    run(f"u.write({_WORDS!r})\nimport time\ntime.sleep_ms(5)")
    wrong = {}
    said = bench.read().said
    if not said.endswith(_WORDS):
        wrong[pins.REPORT] = f"the board sent {_WORDS.hex(' ')}, {said.hex(' ') or 'nothing'} came"
    frame = range_frame(123.25, True)
    bench.send(frame)
    heard = run("print((u.read() or b'').hex())").strip()
    if heard != frame.hex():
        wrong[pins.RANGE_FINDER] = f"the rig sent {frame.hex()}, {heard or 'nothing'} came"
    return wrong


def _wrong(ends: Sequence[int], seen: dict[int, _Seen]) -> dict[int, str]:
    found = {pin: _diagnosed(pin, seen) for pin in ends}
    return {pin: wrong for pin, wrong in found.items() if wrong}

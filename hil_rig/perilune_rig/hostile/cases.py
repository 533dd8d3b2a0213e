"""The rows of the hostile table that are flown: what befalls the link, and when."""

from dataclasses import dataclass

LONG = "nominal"  # the whole descent
SHORT = "nominal_terminal"  # its end


@dataclass(frozen=True)
class Case:
    """One row: a scenario with a fault in it. quick: also in the bounded table."""

    name: str
    fault: str  # TOML
    scenario: str = LONG
    quick: bool = False

    @property
    def sets(self) -> list[str]:
        """The change to the scenario."""
        return [f"faults=[{self.fault}]"]


def _always(effect: str, target: str = "link") -> str:
    return f"{{target='{target}', effect={{{effect}}}, start={{time_s=0}}}}"


def _outage(when: str, delay_s: float, length_s: float, effect: str = "outage=1") -> str:
    start = f"{when}, delay_s={delay_s:g}"
    return f"{{target='link', effect={{{effect}}}, start={{{start}}}, end={{{when}, delay_s={delay_s + length_s:g}}}}}"


def _outages() -> list[Case]:
    found = []
    for mode, delays, length in (
        ("coast", (30,), 2),
        ("armed", (20,), 2),
        ("braking", (1, 100, 300), 2),
        ("approach", (1, 15, 40), 1),
        ("terminal", (1, 6), 1),
        ("touchdown", (1,), 1),
    ):
        for delay in delays:
            fault = _outage(f"mode='{mode}'", delay, length)
            quick = mode in ("approach", "terminal") and delay == 1
            found.append(
                Case(f"outage of {length} s, {delay} s into {mode}", fault, SHORT if quick else LONG, quick)
            )
    for height in (95, 30, 5, 1):
        fault = _outage(f"altitude_m={height}", 0, 0.3)
        found.append(Case(f"outage of 0.3 s at {height} m", fault, SHORT, height == 30))
    return found


CASES: list[Case] = [
    Case("1 % of frames lost", _always("drop=0.01")),
    Case("1 % of frames lost, to the ground", _always("drop=0.01"), SHORT, True),
    Case("bit error rate 1e-5", _always("bit_error_rate=1e-5")),
    Case("bit error rate 1e-5, to the ground", _always("bit_error_rate=1e-5"), SHORT, True),
    Case("bursts", _always("burst=0.01, burst_bits=64"), SHORT),
    Case("duplicated frames", _always("duplicate=0.05"), SHORT),
    Case("frames overtaking each other", _always("reorder=0.02"), SHORT),
    Case("frames 5 ticks late", _always("delay=0.02, delay_ticks=5"), SHORT),
    Case("truncated frames", _always("truncate=0.01"), SHORT, True),
    Case("noise between frames", _always("garbage=0.05"), SHORT),
    Case("line stuck high for 0.5 s", _outage("altitude_m=200", 0, 0.5, "stuck_byte=255"), SHORT),
    Case("line stuck low for 0.5 s", _outage("altitude_m=200", 0, 0.5, "stuck_byte=0"), SHORT),
    Case("wrong baud rate for 0.5 s", _outage("altitude_m=200", 0, 0.5, "baud_ratio=1.1"), SHORT),
    Case("cable pulled for 1 s", _outage("altitude_m=300", 0, 1, "unplugged=1"), SHORT),
    *_outages(),
]

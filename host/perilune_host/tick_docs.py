"""Generates docs/tick.md, the path of one tick, from the flight software: `python -m perilune_host.tick_docs`."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
FILE = REPOSITORY / "docs" / "tick.md"
FIRMWARE = REPOSITORY / "firmware" / "perilune"


FLIGHT = "flight/"
NAVIGATION = FLIGHT + "navigation/"


class Step(NamedTuple):
    """One place on the way: a function, the slot of the schedule it runs in, and the records it takes and gives."""

    place: str  # path below firmware/perilune: qualified name
    slot: str  # a name of schedule.py; "" every tick; or when
    takes: str
    gives: str


HEADS = ("| attribute | unit | frame | rate | writer | what |", "|---|---|---|---|---|---|")
TITLE = """# One tick, top to bottom

Every 20 ms the host sends one sensor frame, and the flight computer answers with one actuator frame. This is the way
between them: which file, which function, in which slot of the schedule, and what each takes and gives. Read in this
order, with the code beside it, it takes a quarter of an hour. `python -m perilune_host.tick_docs` writes this page from
the code; a test fails where the two differ.

A station (navigation, guidance, propulsion, control, touchdown) reads records and asks its own parts. A part answers
what it found, and its station applies it. Nobody reads another station's parts.
"""

PARTS = (
    (
        "From the wire to the tick",
        "The port collects bytes until a frame is whole. Nothing on this way allocates.",
        (
            Step("ports/loop.py:Loop.turn", "", "bytes of one frame", "bytes to send"),
            Step("link/computer.py:Computer.step", "", "frame in, COBS", "replies"),
            Step("link/computer.py:Computer.sense", "", "sensor items", "actuator frame"),
            Step("wire/sensors.py:SensorFrame.group", "", "items", "groups of the sensor frame"),
        ),
    ),
    (
        "The tick itself",
        "The screen to read first. The mode's kind decides the way: on the surface and waved off leave it early.",
        (
            Step(FLIGHT + "flight.py:Flight.step", "", "sensor frame", "state of the actuators"),
            Step(
                FLIGHT + "flight.py:Flight._bridge_gap",
                "after lost frames",
                "ticks missed",
                "all that moves by itself",
            ),
            Step(FLIGHT + "flight.py:Flight._stand", "on the surface", "sensor frame", "engines off, mode"),
        ),
    ),
    (
        "Navigation: sensor frame to Estimate",
        "Inertial units, attitude and motion first, then whatever was measured and is fresh.",
        (
            Step(
                NAVIGATION + "estimator.py:Navigation.update",
                "",
                "sensor frame, thrust expected",
                "Estimate",
            ),
            Step(
                NAVIGATION + "imu.py:Inertial.update",
                "",
                "both units' samples",
                "delta-angle, delta-velocity",
            ),
            Step(
                NAVIGATION + "imu.py:Inertial._compare",
                "COMPARE",
                "both units' samples",
                "who disagrees",
            ),
            Step(NAVIGATION + "attitude.py:Attitude.propagate", "", "delta-angle", "attitude, rate"),
            Step(
                NAVIGATION + "attitude.py:Attitude.star",
                "with a star sample",
                "star sample",
                "attitude, gyro bias",
            ),
            Step(NAVIGATION + "strapdown.py:Strapdown.update_gravity", "GRAVITY", "position", "gravity"),
            Step(
                NAVIGATION + "strapdown.py:Strapdown.propagate",
                "",
                "attitude, delta-velocity",
                "position, velocity",
            ),
            Step(
                NAVIGATION + "strapdown.py:Strapdown.to_level_frame",
                "LEVEL",
                "position",
                "level frame, altitude",
            ),
            Step(NAVIGATION + "filter.py:ErrorFilter.propagate", "PROPAGATE", "level frame", "covariance"),
            Step(NAVIGATION + "altimeter.py:Altimeter.height", "with a range", "slant range", "height"),
            Step(
                NAVIGATION + "altimeter_fdi.py:Altimetry.judge",
                "with a range",
                "height, prediction",
                "use, reopen, ignore",
            ),
            Step(
                NAVIGATION + "doppler.py:Doppler.compare_radar",
                "with a radar rate",
                "rate, beams",
                "distrust, revert",
            ),
            Step(
                NAVIGATION + "doppler.py:Doppler.judge_beam",
                "with beams",
                "innovation, variance",
                "use, inflate, revert",
            ),
            Step(NAVIGATION + "filter.py:ErrorFilter.apply_pending", "with beams", "corrections", "state"),
            Step(
                NAVIGATION + "estimator.py:Navigation._publish_sigmas",
                "SIGMAS",
                "covariance",
                "Estimate",
            ),
            Step(NAVIGATION + "estimator.py:Navigation._publish_motion", "", "state", "Estimate"),
            Step(
                NAVIGATION + "estimator.py:Navigation._publish_guidance",
                "GUIDANCE",
                "units' silence",
                "Estimate",
            ),
        ),
    ),
    (
        "Engines, tank and health",
        "At 10 Hz: what engines give against what they were asked for, a tank that leaks, a silent velocimeter.",
        (
            Step(
                FLIGHT + "flight.py:Flight._monitor",
                "MONITOR",
                "Estimate, pressures, gauge",
                "limits, health word",
            ),
            Step(
                FLIGHT + "propulsion/thrust.py:Propulsion.monitor",
                "MONITOR",
                "felt acceleration, pressures",
                "limits",
            ),
            Step(
                NAVIGATION + "estimator.py:Navigation.monitor_velocimeter",
                "MONITOR",
                "corrections",
                "power cycle",
            ),
            Step(FLIGHT + "health.py:word", "MONITOR", "sources", "health word"),
        ),
    ),
    (
        "Contact",
        "In terminal descent alone. Estimated altitude by itself never cuts the engine.",
        (
            Step(FLIGHT + "flight.py:Flight._sense_contact", "in TERMINAL", "Estimate, legs", "mode"),
            Step(
                FLIGHT + "touchdown.py:Touchdown.update",
                "in TERMINAL",
                "Estimate, legs",
                "armed, confirmed",
            ),
        ),
    ),
    (
        "Guidance: Estimate to acceleration and target attitude",
        "At 10 Hz, 80 ms after the sensors' slot: the law of the phase, the next mode, where thrust shall point and "
        "altimeters shall look.",
        (
            Step(
                FLIGHT + "flight.py:Flight._guide",
                "GUIDANCE",
                "Estimate, limits",
                "acceleration, attitude, mode",
            ),
            Step(
                FLIGHT + "readiness.py:Readiness.unfit",
                "GUIDANCE, armed",
                "Estimate, tank, abort lines",
                "wave off",
            ),
            Step(
                FLIGHT + "guidance/phases.py:Guidance.update",
                "GUIDANCE",
                "Estimate, limits",
                "acceleration, next mode",
            ),
            Step(FLIGHT + "flight.py:Flight.enter", "GUIDANCE", "mode wanted", "mode, or an event"),
            Step(FLIGHT + "control.py:Control.point", "GUIDANCE", "acceleration", "target attitude"),
            Step(FLIGHT + "control.py:Control.steer", "GUIDANCE", "attitude", "rate wanted"),
            Step(
                NAVIGATION + "estimator.py:Navigation.manage_sensors",
                "GUIDANCE",
                "units",
                "heads, power",
            ),
        ),
    ),
    (
        "Actuators",
        "Every tick: throttles towards the acceleration, thruster pulses towards the rate.",
        (
            Step(
                FLIGHT + "flight.py:Flight._actuate", "", "acceleration, rate wanted", "throttles, on-times"
            ),
            Step(FLIGHT + "propulsion/thrust.py:Propulsion.update", "", "acceleration", "throttles, mass"),
            Step(FLIGHT + "control.py:Control.update", "", "rate", "on-times"),
            Step(
                FLIGHT + "flight.py:Flight.outputs",
                "",
                "Estimate, actuators",
                "items of the actuator frame",
            ),
        ),
    ),
    (
        "After the flying",
        "What is kept for a reset, what is told, and the garbage, while the host is busy.",
        (
            Step(
                "checkpoint/memory.py:Keeper.save", "GATHER, WRITE", "all state", "a copy that a reset leaves"
            ),
            Step("link/computer.py:Computer._tell", "TELL", "events", "event frames"),
            Step("ports/board.py:Board.flown", "COLLECT, HEAP", "tick time", "collected heap"),
        ),
    ),
)


def text() -> str:
    """The whole page."""
    sections = [TITLE]
    for title, words, steps in PARTS:
        rows = [
            "| where | slot | takes | gives | does |",
            "|---|---|---|---|---|",
            *(row(step) for step in steps),
        ]
        sections.append("\n".join([f"## {title}", "", words, "", *rows, ""]))
    return "\n".join([*sections, *schedule(), *records()]).rstrip() + "\n"


def row(step: Step) -> str:
    """One step as a row of its table."""
    path, name = step.place.split(":")
    return f"| `{path}` `{name}` | {step.slot} | {step.takes} | {step.gives} | {about(step.place)} |"


def about(place: str) -> str:
    """The first sentence of a function's docstring. KeyError: there is no such function."""
    path, name = place.split(":")
    node: ast.AST = ast.parse((FIRMWARE / path).read_text(encoding="utf-8"))
    said = ""
    for part in name.split("."):
        found = {
            n.name: n for n in ast.iter_child_nodes(node) if isinstance(n, ast.ClassDef | ast.FunctionDef)
        }
        node = found[part]
        said = ast.get_docstring(found[part]) or ""
    return re.split(r"(?<=[.])\s|\n\n", said)[0].replace("\n", " ").rstrip(".")


def schedule() -> list[str]:
    """Who runs in which tick, from the constants of schedule.py and the comments beside them."""
    lines = [
        "## The schedule",
        "",
        "A tick's slot is its number modulo five; a frame that is lost moves nobody.",
        "",
    ]
    rows = [
        (value.strip("()"), f"| {value.strip('()')} | `{name}` | {note} |")
        for name, value, note in re.findall(
            r"^([A-Z]+) = ([\d(), ]+)  # (.*)$",
            (FIRMWARE / "flight" / "schedule.py").read_text("utf-8"),
            re.MULTILINE,
        )
    ]
    return [*lines, "| slot | name | who: what |", "|---|---|---|", *(row for _slot, row in sorted(rows)), ""]


def records() -> list[str]:
    """The records, from the comments of signals.py; those that a station makes."""
    lines = ["## The records", ""]
    source = (FIRMWARE / "flight" / "signals.py").read_text("utf-8")
    made = "\n".join(
        path.read_text("utf-8") for path in (FIRMWARE / "flight").rglob("*.py") if path.name != "signals.py"
    )
    for record, body in re.findall(r"^class (\w+):\n(.*?)(?=^class |\Z)", source, re.MULTILINE | re.DOTALL):
        if f"{record}()" not in made:
            continue
        rows = re.findall(r"self\.(\w+) = .*?  # (.*; .*)$", body, re.MULTILINE)
        lines += [f"### {record}", "", *HEADS]
        lines += [f"| `{name}` | {' | '.join(words.split('; '))} |" for name, words in rows] + [""]
    return lines


def main() -> None:
    """Write the page."""
    FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()

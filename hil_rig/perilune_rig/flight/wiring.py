"""What the rig saw at the far ends of a board's wires, in the flight's record."""

from dataclasses import replace

from perilune.flight import modes
from perilune_host.link import Link
from perilune_rig.rungs.wired import WiredRung
from perilune_rig.wiring.watch import Difference
from perilune_sim.flight_record import Event, FlightRecord, Violation

CHECK = "wiring"
EVENT = "wire fault"


def told(record: FlightRecord, link: Link) -> FlightRecord:
    """The record with an event and a violation for each wire that differed; as it is where the board has no wires."""
    if not isinstance(link, WiredRung):
        return record
    link.look()
    watch = link.watch
    found = sorted(watch.differences.values(), key=lambda difference: difference.tick)
    return replace(
        record,
        events=sorted([*record.events, *map(_event, found)], key=lambda event: event.tick),
        violations=[*record.violations, *(Violation(one.tick, CHECK, str(one)) for one in found)],
        wires={"wires": link.wires, "compared": watch.compared, "differing": len(found)},
    )


def _event(difference: Difference) -> Event:
    values = (float(difference.pin), float(difference.count), 0.0, 0.0)
    text = f"{difference}; {difference.count} times"
    return Event(difference.tick, EVENT, modes.NAMES[difference.mode], values, True, text)

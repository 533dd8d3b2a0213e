"""Shows a flight on the live page: an observer that turns ticks into samples."""

import time
from math import hypot

from perilune.flight import event_table, events
from perilune.wire import schema
from perilune_host.codec import LAYOUTS
from perilune_rig.flight.observe import Heading, Observer
from perilune_rig.live.feed import Feed
from perilune_sim.bridge import Bridge
from perilune_sim.flight_record import FlightRecord
from perilune_sim.parameters import RADIUS_M

_ENTERED = event_table.TABLE[events.MODE][0]  # said better by the modes themselves
_PERIOD_S = 0.002  # wall time between samples at least: at full speed more would only cost
_AT = {item[0]: 1 + n for n, item in enumerate(LAYOUTS[schema.ACTUATORS].items)}
_POSITION, _VELOCITY = _AT["position_m_0"], _AT["velocity_m_s_0"]


class Show(Observer):
    """Publishes ten samples a simulated second, fewer when the flight is faster than anyone could follow."""

    every = 5

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._last = 0.0
        self._skipped: Bridge | None = None
        self._modes = self._events = 0
        self._engines = 1
        self._loaded_kg = 1.0

    def begin(self, heading: Heading) -> None:
        """Clear the page."""
        scenario = heading.scenario
        self._modes = self._events = 0
        self._engines = len(scenario.vehicle.propulsion.engines)
        self._loaded_kg = scenario.vehicle.mass.propellant_kg
        about = {"title": scenario.title, "scenario": scenario.name, "vehicle": scenario.vehicle.name}
        about |= {"seed": heading.seed, "rung": heading.rung, "policy": heading.policy}
        self._feed.begin(about)

    def ticked(self, bridge: Bridge) -> None:
        """One sample, unless the last was just now or the flight computer has not been heard of yet."""
        if not bridge.row:
            return
        now = time.perf_counter()
        self._skipped = bridge
        if now - self._last >= _PERIOD_S:
            self._last, self._skipped = now, None
            self._feed.publish(self._sample(bridge))
        if len(bridge.modes) > self._modes or len(bridge.events) > self._events:
            self._tell(bridge)

    def ended(self, record: FlightRecord) -> None:
        """Show the last of it, and how it ended; the verdict, if there is to be one, follows."""
        if self._skipped is not None:
            self._feed.publish(self._sample(self._skipped))
            self._skipped = None
        self._feed.end(
            {"outcome": record.outcome, "touchdown": record.touchdown, "trace_hash": record.trace_hash}
        )

    def _sample(self, bridge: Bridge) -> dict[str, float]:
        truth, row = bridge.world.truth(), bridge.row
        x, y, z = row[_POSITION : _POSITION + 3]
        u, v, w = row[_VELOCITY : _VELOCITY + 3]
        radius = hypot(x, y, z + RADIUS_M)
        rise = (u * x + v * y + w * (z + RADIUS_M)) / radius
        level = max(u * u + v * v + w * w - rise * rise, 0.0) ** 0.5
        throttle = sum(row[_AT["throttle_0"] : _AT["throttle_0"] + self._engines]) / self._engines
        return {
            "time_s": bridge.tick / schema.TICK_HZ,
            "agl_m": truth.agl_m,
            "vertical_m_s": truth.vertical_m_s,
            "horizontal_m_s": truth.horizontal_m_s,
            "tilt_deg": truth.tilt_deg,
            "rate_deg_s": truth.rate_deg_s,
            "downrange_m": truth.downrange_m,
            "lrf_agl_m": truth.lrf_agl_m,
            "radar_agl_m": truth.radar_agl_m,
            "propellant_percent": 100.0 * truth.propellant_kg / self._loaded_kg,
            "nav_agl_m": row[_AT["agl_m"]],
            "nav_sigma_agl_m": row[_AT["sigma_agl_m"]],
            "nav_vertical_m_s": rise,
            "nav_horizontal_m_s": level,
            "throttle_percent": 0.01 * throttle,
            "time_to_go_s": row[_AT["time_to_go_s"]],
            "tick_us": row[_AT["tick_us"]],
        }

    def _tell(self, bridge: Bridge) -> None:
        """Modes and events since the last time."""
        for change in bridge.modes[self._modes :]:
            self._feed.happen(change.tick / schema.TICK_HZ, "mode", change.mode)
        for event in bridge.events[self._events :]:
            if event.name != _ENTERED:
                kind = "fault" if event.fault else "event"
                self._feed.happen(event.tick / schema.TICK_HZ, kind, f"{event.name}: {event.text}")
        self._modes, self._events = len(bridge.modes), len(bridge.events)

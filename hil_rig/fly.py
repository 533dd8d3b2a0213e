"""Fly one scenario: world, rung and bridge put together."""

from collections.abc import Callable

from host.link import Link
from host.session import Session
from perilune.flight import modes
from perilune.wire import schema
from sim_bridge.bridge import Bridge
from sim_bridge.flight_record import FlightRecord
from sim_bridge.parameters import flight_parameters
from sim_bridge.world.world import World

from hil_rig import rungs
from hil_rig.faults import Faults
from hil_rig.progress import Progress
from hil_rig.scenario import Scenario
from hil_rig.timeline import Timeline


def fly(
    scenario: Scenario,
    seed: int,
    rung: str = "vm",
    pace: float | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> FlightRecord:
    """Fly `scenario` with everything random drawn from `seed`.

    pace: at most so many times real time (None: as fast as it goes); it changes no result.
    progress: told every simulated second. KeyboardInterrupt ends the flight; the record then says "invalid".
    Raises InputError for an unknown rung, RigError where the rung or the link fails.
    """
    link = rungs.find(rung)()
    try:
        bridge = prepare(scenario, seed, link)
        each = None if progress is None else lambda b: progress(_progress(b, scenario))
        try:
            bridge.fly(round(scenario.time_limit_s * schema.TICK_HZ), each, pace=pace)
        except KeyboardInterrupt:
            bridge.outcome = "invalid"
        return bridge.record()
    finally:
        link.close()


def prepare(scenario: Scenario, seed: int, link: Link) -> Bridge:
    """World made, flight computer told what it must know; nothing flown yet."""
    world = World(scenario.vehicle, scenario.environment, seed)
    session = Session(link)
    session.hello()
    session.upload(flight_parameters(scenario.vehicle, world.knowledge(), scenario.environment.map_prior))
    faults = None
    if scenario.faults:
        faults = Faults(scenario.faults, world, lambda: World(scenario.vehicle, scenario.environment, seed))
    return Bridge(world, session, Timeline(scenario.commands), scenario.vehicle, faults)


def _progress(bridge: Bridge, scenario: Scenario) -> Progress:
    truth = bridge.world.truth()
    return Progress(
        tick=bridge.tick,
        time_s=bridge.tick / schema.TICK_HZ,
        time_limit_s=scenario.time_limit_s,
        mode=modes.NAMES[bridge.mode],
        agl_m=truth.agl_m,
        vertical_m_s=truth.vertical_m_s,
        horizontal_m_s=truth.horizontal_m_s,
    )

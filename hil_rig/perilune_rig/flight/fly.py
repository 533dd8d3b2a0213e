"""Fly one scenario: world, rung and bridge put together."""

from collections.abc import Callable, Sequence

from perilune.flight import modes
from perilune.wire import schema
from perilune_host.errors import InputError
from perilune_host.link import Link
from perilune_host.session import Session
from perilune_rig import policies, rungs
from perilune_rig.faults.on_link.faulty_line import FaultyLine
from perilune_rig.faults.on_world import Faults
from perilune_rig.flight.observe import Heading, Observer, Tap, together
from perilune_rig.flight.progress import Progress
from perilune_rig.flight.wiring import told
from perilune_rig.rungs.python import PythonRung
from perilune_rig.rungs.vm import VmRung
from perilune_rig.scenario import link_effects
from perilune_rig.scenario.model import Scenario
from perilune_rig.scenario.timeline import Timeline
from perilune_sim.bridge import Bridge
from perilune_sim.flight_record import FlightRecord
from perilune_sim.mismatch import Site, site
from perilune_sim.parameters import flight_parameters

AS_FLOWN = "as_flown"


class Interrupted(KeyboardInterrupt):
    """Ctrl-C in flight; `record` is what was flown until then, its outcome "invalid"."""

    def __init__(self, record: FlightRecord) -> None:
        super().__init__()
        self.record = record


def fly(
    scenario: Scenario,
    seed: int,
    rung: str = "vm",
    pace: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    policy: str | None = None,
    observers: Sequence[Observer] = (),
) -> FlightRecord:
    """Fly `scenario` with everything random drawn from `seed`.

    pace: at most so many times real time (None: as fast as it goes); it changes no result.
    progress: told every simulated second.
    policy: None for our flight software, a name of policies/ for the logic that flew then, AS_FLOWN for the
    scenario's own.
    observers: see every exchange and tick, see perilune_rig.flight.observe; they change no result.
    Raises InputError for an unknown rung or policy, RigError where the rung or the link fails, Interrupted for Ctrl-C:
    who flies many must stop there and not take what was flown for a run.
    """
    logic = None if policy is None else policy_of(scenario, policy)
    link = rungs.find(rung)()
    try:
        if logic is not None:
            adopt(link, logic)
        for one in observers:
            one.begin(Heading(scenario, seed, rung, policy))
        bridge = prepare(scenario, seed, Tap(link, observers) if observers else link)
        all_observers = [*observers, *([_Teller(progress, scenario)] if progress else [])]
        each, every = together(all_observers)
        cut = _flown(bridge, round(scenario.longest_s * schema.TICK_HZ), each, every, pace)
        record = told(bridge.record(), link)
        for one in observers:
            one.ended(record)
        if cut:
            raise Interrupted(record)
        return record
    finally:
        link.close()


def _flown(
    bridge: Bridge, ticks: int, each: Callable[[Bridge], None] | None, every: int, pace: float | None
) -> bool:
    """Fly; whether Ctrl-C cut it short."""
    try:
        bridge.fly(ticks, each, every, pace)
    except KeyboardInterrupt:
        bridge.outcome = "invalid"
        return True
    return False


class _Teller(Observer):
    """Tells the caller every simulated second."""

    def __init__(self, tell: Callable[[Progress], None], scenario: Scenario) -> None:
        self._tell, self._scenario = tell, scenario

    def ticked(self, bridge: Bridge) -> None:
        """Where the flight stands."""
        self._tell(_progress(bridge, self._scenario))


def policy_of(scenario: Scenario, policy: str) -> str:
    """The policy's name: AS_FLOWN stands for the scenario's own. InputError where there is none."""
    if policy != AS_FLOWN:
        return policies.check(policy)
    if scenario.policy is None:
        raise InputError(
            f"scenario {scenario.name} has no as-flown policy; there are {', '.join(policies.names())}"
        )
    return policies.check(scenario.policy)


def adopt(link: Link, policy: str) -> None:
    """Put a policy in place of the flight software's logic. InputError for a rung that cannot."""
    if not isinstance(link, PythonRung | VmRung):
        raise InputError(
            f"policies fly on the rungs {PythonRung.name} and {VmRung.name} only: they are never flashed"
        )
    link.adopt(policy)


def site_of(scenario: Scenario, seed: int) -> Site:
    """What is flown, in truth and as it is told."""
    mismatch = scenario.mismatch if scenario.world == "mismatched" else None
    return site(scenario.vehicle, scenario.environment, seed, scenario.start, scenario.truth, mismatch)


def prepare(scenario: Scenario, seed: int, link: Link) -> Bridge:
    """World made, flight computer told what it must know; nothing flown yet."""
    place = site_of(scenario, seed)
    world, told = place.world(), place.told_vehicle
    on_link = [fault for fault in scenario.faults if fault.target in link_effects.TARGETS]
    on_world = [fault for fault in scenario.faults if fault.target not in link_effects.TARGETS]
    line = FaultyLine(link, on_link, seed) if on_link else None
    session = Session(line or link)
    session.hello()
    session.upload(flight_parameters(told, place.knowledge(world), scenario.environment.map_prior))
    faults = Faults(on_world, world, place.world, seed) if on_world else None
    return Bridge(world, session, Timeline(scenario.timed_commands), told, faults, line)


def _progress(bridge: Bridge, scenario: Scenario) -> Progress:
    truth = bridge.world.truth()
    return Progress(
        tick=bridge.tick,
        time_s=bridge.tick / schema.TICK_HZ,
        time_limit_s=scenario.longest_s,
        mode=modes.NAMES[bridge.mode],
        agl_m=truth.agl_m,
        vertical_m_s=truth.vertical_m_s,
        horizontal_m_s=truth.horizontal_m_s,
    )

"""Holds the world's motion against Basilisk: `python -m perilune_sim.world.validate` (needs the extra `validate`).

With `--degree` both fly in the same spherical harmonic field: the world by its strip of nodes, Basilisk by the series.
With `--coast` the vehicle falls for that long instead of descending.

A pilot flies a whole descent in the world; force, moment and mass properties of every sub-step are recorded and drive
a Basilisk spacecraft (Kenneally, Piggott and Schaub, JAIS 2020). The two formulations share nothing: Basilisk
integrates inertial coordinates and modified Rodrigues parameters, the world site coordinates that turn with the
Moon and quaternions. Thrust is open-loop in the comparison, so nothing pulls the two together. What remains is the
mass, which falls within a sub-step here and is held at its middle value there: (flow dt / mass)^2 / 12 of the
velocity change, 3e-8 m/s. Neither has slosh, jet damping or gravity gradient.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from perilune_host.errors import PeriluneError, RigError
from perilune_sim import config
from perilune_sim.world.gravity import Field, field_of
from perilune_sim.world.pilot import Pilot
from perilune_sim.world.start import MU_M3_S2, RADIUS_M, Frame, site_frame
from perilune_sim.world.truth import Truth
from perilune_sim.world.vectors import add, conjugate, cross, multiply, rotate, scaled, turn
from perilune_sim.world.world import World

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

VEHICLE = Path(__file__).resolve().parents[3] / "hil_rig/perilune_rig/data/vehicles/reference.toml"
TICK_S = 0.02
POSITION_LIMIT_M, VELOCITY_LIMIT_M_S, ANGLE_LIMIT_RAD = 1.0, 1e-3, 1e-5
FIELD_POSITION_LIMIT_M, FIELD_VELOCITY_LIMIT_M_S = 20.0, 2e-2  # the strip's interpolation, see docs/ground.md


@dataclass
class State:
    """Moon-centred, axes of the site frame at tick 0, not turning: position (m), velocity (m/s) of the body origin,
    attitude body to those axes, body rate (rad/s)."""

    position: np.ndarray
    velocity: np.ndarray
    attitude: np.ndarray
    rate: np.ndarray


def inertial(truth: Truth, moon_rate: list[float]) -> State:
    """The world's state out of the turning site frame."""
    centre = add(truth.position_m, [0.0, 0.0, RADIUS_M])
    turned = turn(scaled(moon_rate, TICK_S * truth.tick))
    velocity = rotate(turned, add(truth.velocity_m_s, cross(moon_rate, centre)))
    attitude = multiply(turned, truth.attitude)
    return State(
        np.array(rotate(turned, centre)), np.array(velocity), np.array(attitude), np.array(truth.rate_rad_s)
    )


def fly(
    vehicle: config.Vehicle, seed: int, environment: config.Environment | None = None
) -> tuple[State, State, np.ndarray]:
    """State before and after a piloted descent, and its forcing."""
    world, pilot = World(vehicle, environment or config.Environment(), seed), Pilot(vehicle)
    moon_rate = world.knowledge()["moon_rate_rad_s"]
    start = inertial(world.truth(), moon_rate)
    world.record(200_000)
    command = None
    while not pilot.done:
        world.step(command)
        if world.crashed or world.tick > 90_000:
            raise RigError(f"the pilot did not reach the aim point: tick {world.tick}, {world.truth()}")
        command = pilot.command(world.truth())
    return start, inertial(world.truth(), moon_rate), world.forcing()


def coast(
    vehicle: config.Vehicle, seed: int, environment: config.Environment
) -> tuple[State, State, np.ndarray]:
    """State before and after the environment's coast, and its forcing: nothing but the vehicle's mass."""
    world = World(vehicle, environment, seed)
    moon_rate, start = world.knowledge()["moon_rate_rad_s"], None
    start = inertial(world.truth(), moon_rate)
    ticks = round(environment.orbit.coast_s / TICK_S)
    world.record(2 * ticks)
    for _ in range(ticks):
        world.step(None)
    return start, inertial(world.truth(), moon_rate), world.forcing()


class Turning:
    """The Moon's orientation for Basilisk, in the axes of the site frame at tick 0."""

    def __init__(self, frame: Frame) -> None:
        from Basilisk.architecture import messaging  # pyright: ignore[reportMissingImports] - an extra

        self.payload = messaging.SpicePlanetStateMsgPayload()
        self.message = messaging.SpicePlanetStateMsg()
        self._site = np.array([rotate(frame.from_inertial, axis) for axis in np.eye(3).tolist()])
        self._rate = frame.moon_rate

    def tell(self, time_ns: int) -> None:
        """Orientation at this time, and its rate of change."""
        turned = turn(scaled(self._rate, 1e-9 * time_ns))
        axes = np.array([rotate(turned, axis) for axis in np.eye(3).tolist()])
        fixed = self._site @ axes
        self.payload.PlanetName = "moon"
        self.payload.J20002Pfix = fixed.tolist()
        x, y, z = self._rate
        self.payload.J20002Pfix_dot = (-fixed @ np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])).tolist()
        self.message.write(self.payload, time_ns)


def _with_field(moon: Any, field: Field, turning: Turning) -> None:
    from Basilisk.simulation import gravityEffector  # pyright: ignore[reportMissingImports] - an extra

    series = gravityEffector.SphericalHarmonicsGravityModel()
    series.muBody, series.radEquator, series.maxDeg = field.mu_m3_s2, field.radius_m, field.degree
    cosine = field.cosine.copy()
    cosine[0, 0] = 1.0  # Basilisk's sum holds the central term
    series.cBar = [cosine[n, : n + 1].tolist() for n in range(field.degree + 1)]
    series.sBar = [field.sine[n, : n + 1].tolist() for n in range(field.degree + 1)]
    moon.mu, moon.gravityModel = field.mu_m3_s2, series
    moon.planetBodyInMsg.subscribeTo(turning.message)


def stretches(forcing: np.ndarray) -> list[tuple[np.ndarray, int]]:
    """Rows that differ from the one before, each with the number of sub-steps done when it ends; 100 at most, since
    Basilisk is told how the Moon has turned in between."""
    news = np.flatnonzero(np.any(np.diff(forcing, axis=0) != 0, axis=1)) + 1
    news = np.union1d(news, np.arange(100, len(forcing), 100))
    return [(forcing[end - 1], int(end)) for end in [*news, len(forcing)]]


def basilisk(
    start: State, forcing: np.ndarray, field: Field | None = None, frame: Frame | None = None
) -> State:
    """The same forcing through Basilisk's hub, RK4 at the sub-step. Mass properties are those of mid sub-step.

    field, frame: gravity beyond the central term, and where the site is.
    """
    try:
        from Basilisk.simulation import extForceTorque, gravityEffector, spacecraft  # pyright: ignore[reportMissingImports] - an extra
        from Basilisk.utilities import SimulationBaseClass, macros  # pyright: ignore[reportMissingImports] - an extra
    except ImportError as error:
        raise RigError(f"Basilisk is missing ({error}): pip install perilune[validate]") from None
    simulation = SimulationBaseClass.SimBaseClass()
    step_ns = macros.sec2nano(float(forcing[0, 0]))
    simulation.CreateNewProcess("process").addTask(simulation.CreateNewTask("task", step_ns))
    craft, push = spacecraft.Spacecraft(), extForceTorque.ExtForceTorque()
    moon = gravityEffector.GravBodyData()
    moon.planetName, moon.mu, moon.radEquator, moon.isCentralBody = "moon", MU_M3_S2, RADIUS_M, True
    turning = Turning(frame) if field and frame else None
    if field and turning:
        turning.tell(0)
        _with_field(moon, field, turning)
    craft.gravField.gravBodies = spacecraft.GravBodyVector([moon])
    craft.addDynamicEffector(push)
    simulation.AddModelToTask("task", push, 1)
    simulation.AddModelToTask("task", craft, 0)
    _set_start(craft.hub, start, forcing[0, 9:12])
    _set_mass(craft.hub, forcing[0])
    simulation.InitializeSimulation()
    for row, steps in stretches(forcing):
        push.extForce_B, push.extTorquePntB_B = (
            row[1:4].reshape(3, 1).tolist(),
            row[4:7].reshape(3, 1).tolist(),
        )
        _set_mass(craft.hub, row)
        simulation.ConfigureStopTime(steps * step_ns)
        simulation.ExecuteSimulation()
        if turning:
            turning.tell(steps * step_ns)
    return _state(craft.scStateOutMsg.read())


def _set_start(hub: Any, start: State, com: np.ndarray) -> None:
    arm, swing = (rotate(start.attitude.tolist(), v.tolist()) for v in (com, np.cross(start.rate, com)))
    hub.r_CN_NInit, hub.v_CN_NInit = (start.position + arm).tolist(), (start.velocity + swing).tolist()
    sigma = start.attitude[1:] / (1 + start.attitude[0])
    hub.sigma_BNInit, hub.omega_BN_BInit = sigma.reshape(3, 1).tolist(), start.rate.reshape(3, 1).tolist()


def _set_mass(hub: Any, row: np.ndarray) -> None:
    hub.mHub = row[8] - 0.5 * row[0] * row[7]
    hub.r_BcB_B, hub.IHubPntBc_B = row[9:12].reshape(3, 1).tolist(), np.diag(row[12:15]).tolist()


def _state(message: Any) -> State:
    sigma = np.array(message.sigma_BN)
    square = sigma @ sigma
    attitude = np.array([1 - square, *(2 * sigma)]) / (1 + square)
    return State(np.array(message.r_BN_N), np.array(message.v_BN_N), attitude, np.array(message.omega_BN_B))


def differences(world: State, reference: State) -> dict[str, float]:
    """Distances between two states: m, m/s, rad, rad/s."""
    turned = multiply(conjugate(world.attitude.tolist()), reference.attitude.tolist())
    return {
        "position_m": float(np.linalg.norm(world.position - reference.position)),
        "velocity_m_s": float(np.linalg.norm(world.velocity - reference.velocity)),
        "attitude_rad": 2 * float(np.linalg.norm(turned[1:])),
        "rate_rad_s": float(np.linalg.norm(world.rate - reference.rate)),
    }


def consumption_error_kg(forcing: np.ndarray) -> float:
    """Propellant by integrating the recorded flow less the fall of the recorded mass."""
    return float(np.sum(forcing[:-1, 0] * forcing[:-1, 7]) - (forcing[0, 8] - forcing[-1, 8]))


def report(seed: int, vehicle: config.Vehicle, environment: config.Environment | None = None) -> bool:
    """Flies, compares, prints; true if within the limits."""
    env = environment or config.Environment()
    start, end, forcing = (coast if env.orbit.coast_s else fly)(vehicle, seed, env)
    field = field_of(env.gravity, seed) if env.gravity else None
    off = differences(end, basilisk(start, forcing, field, site_frame(env.orbit)))
    travelled = float(np.linalg.norm(end.position - start.position)) / 1000
    print(
        f"{vehicle.name}, seed {seed}: {forcing[:, 0].sum():.0f} s, {travelled:.0f} km, {len(forcing)} sub-steps"
    )
    print(f"  position  {off['position_m']:.1e} m      velocity {off['velocity_m_s']:.1e} m/s")
    print(f"  attitude  {off['attitude_rad']:.1e} rad    rate     {off['rate_rad_s']:.1e} rad/s")
    print(f"  mass      {consumption_error_kg(forcing):.1e} kg, {forcing[-1, 8]:.3f} kg at the end")
    limits = (
        (FIELD_POSITION_LIMIT_M, FIELD_VELOCITY_LIMIT_M_S)
        if field
        else (POSITION_LIMIT_M, VELOCITY_LIMIT_M_S)
    ) + (ANGLE_LIMIT_RAD, ANGLE_LIMIT_RAD)
    return all(value < limit for value, limit in zip(off.values(), limits, strict=True))


def _environment(degree: int | None, coast_s: float) -> config.Environment:
    gravity = {"degree": degree} if degree else None
    return msgspec.convert({"gravity": gravity, "orbit": {"coast_s": coast_s}}, config.Environment)


def main() -> int:
    """Command line; 0 if every flight agrees, 1 if one does not."""
    parser = argparse.ArgumentParser(
        prog="perilune_sim.world.validate", description=(__doc__ or "").split(":")[0]
    )
    parser.add_argument("--vehicle", type=Path, default=VEHICLE, help="vehicle file (default: reference)")
    parser.add_argument("--runs", type=int, default=1, help="flights, seeds 1, 2, ... (default: 1)")
    parser.add_argument("--degree", type=int, help="of the gravity field of both (default: central term)")
    parser.add_argument("--coast", type=float, default=0.0, metavar="S", help="fall so long, do not descend")
    options = parser.parse_args()
    try:
        vehicle = msgspec.convert(tomllib.loads(options.vehicle.read_text()), config.Vehicle)
        environment = _environment(options.degree, options.coast)
        agree = [report(seed, vehicle, environment) for seed in range(1, options.runs + 1)]
    except (PeriluneError, OSError, msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        print(f"validate: {error}", file=sys.stderr)
        return getattr(error, "exit_code", 2)
    print("the world and Basilisk agree" if all(agree) else "the world and Basilisk DISAGREE")
    return 0 if all(agree) else 1


if __name__ == "__main__":
    sys.exit(main())

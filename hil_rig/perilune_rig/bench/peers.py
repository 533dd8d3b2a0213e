"""Our closed loop against Basilisk's, in turn, on one core: `python -m perilune_rig.bench.peers [--rounds N]`.

Basilisk (Kenneally, Piggott and Schaub, JAIS 2020; the extra `validate`) flies what is nearest to a tick of ours: a hub
with central gravity and as many thrusters and engines as the reference lander has, RK4 at 0.02 s, a navigation sensor,
a recorder at 10 Hz, and one flight software module in Python. What that module does decides much of the ratio, so two
are flown: one that only damps the rotation, and one that guides to a point, steers and shares the thrust. Ours is
`nominal` on `vm`: world with sensors and terrain, wire, the whole flight software, checks, telemetry. Both are measured
in processor time of the loop, set-up left out; a ratio of runs side by side holds when the machine's speed drifts.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median

import numpy as np

from perilune.wire.schema import TICK_HZ
from perilune_host.errors import PeriluneError, RigError
from perilune_rig.flight.fly import prepare
from perilune_rig.rungs.vm import VmRung
from perilune_rig.scenario.catalogue import load_scenario
from perilune_sim.world.start import MU_M3_S2, RADIUS_M

THRUSTERS = 17  # sixteen and the engine
TICKS = 10_000  # of Basilisk's loop in a round: it has one speed all the way
MASS_KG, INERTIA_KG_M2 = 950.0, np.array([420.0, 430.0, 380.0])
TARGET_M = np.array([RADIUS_M, 560e3, 0.0])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure in turn and print the ratio; exit status 3 without Basilisk."""
    parser = argparse.ArgumentParser(
        prog="python -m perilune_rig.bench.peers", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--rounds", type=int, default=5, help="how many times each is measured; default 5")
    rounds = max(1, parser.parse_args(arguments).rounds)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    try:
        damps, guides = basilisk(guides=False), basilisk(guides=True)
        rows = [(ours_us(), damps(), guides()) for _ in range(rounds)]
    except PeriluneError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    for own, damping, guiding in rows:
        print(f"us a tick: perilune {own:6.2f}   Basilisk damping {damping:6.2f}, guiding {guiding:6.2f}")
    for what, n in (("damps", 1), ("guides", 2)):
        ratios = [row[n] / row[0] for row in rows]
        spread = f"{median(ratios):.2f} times as long a tick ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"Basilisk with a module that {what} takes {spread}")
    return 0


def ours_us() -> float:
    """Processor time of a tick of the whole `nominal`, us."""
    scenario = load_scenario("nominal")
    bridge = prepare(scenario, 1, VmRung())
    began = time.process_time()
    bridge.fly(round(scenario.longest_s * TICK_HZ))
    return 1e6 * (time.process_time() - began) / bridge.tick


def basilisk(guides: bool) -> Callable[[], float]:
    """What measures a tick of Basilisk's loop, us. RigError where it is not installed."""
    try:
        from Basilisk.architecture import messaging, sysModel  # pyright: ignore[reportMissingImports] - an extra
        from Basilisk.simulation import gravityEffector, simpleNav, spacecraft, thrusterDynamicEffector  # pyright: ignore[reportMissingImports] - an extra
        from Basilisk.utilities import RigidBodyKinematics, SimulationBaseClass, macros, simIncludeThruster  # pyright: ignore[reportMissingImports] - an extra
    except ImportError as error:
        raise RigError(f"Basilisk is missing ({error}): pip install 'perilune[validate]'") from None

    class Steering(sysModel.SysModel):
        """Attitude error and rate to on-times. If it guides: before that polynomial guidance to a point (Cherry 1964),
        after it torque and force shared through the thrusters' pseudo-inverse. No filter, no monitoring, no modes."""

        def __init__(self, effect: np.ndarray) -> None:
            super().__init__()
            self.attitude = messaging.NavAttMsgReader()
            self.motion = messaging.NavTransMsgReader()
            self.on_times = messaging.THRArrayOnTimeCmdMsg()
            self.share = np.linalg.pinv(effect)  # (thrusters, torque and force)

        def UpdateState(self, CurrentSimNanos: int) -> None:
            attitude = self.attitude()
            sigma, rate = np.array(attitude.sigma_BN), np.array(attitude.omega_BN_B)
            torque = -40.0 * sigma - 400.0 * rate
            wanted = self._guided(sigma, rate, torque) if guides else np.resize(torque, THRUSTERS)
            command = messaging.THRArrayOnTimeCmdMsgPayload()
            command.OnTimeRequest = np.clip(wanted * (0.02 / 22.0), 0.0, 0.02).tolist()
            self.on_times.write(command, CurrentSimNanos, self.moduleID)

        def _guided(self, sigma: np.ndarray, rate: np.ndarray, torque: np.ndarray) -> np.ndarray:
            motion, to_go = self.motion(), 600.0
            r, v = np.array(motion.r_BN_N), np.array(motion.v_BN_N)
            gravity = -MU_M3_S2 / np.linalg.norm(r) ** 3 * r
            accel = 6.0 * (TARGET_M - r) / to_go**2 - 4.0 * v / to_go - gravity
            force = MASS_KG * (RigidBodyKinematics.MRP2C(sigma) @ accel)
            gyroscopic = np.cross(rate, INERTIA_KG_M2 * rate)
            return self.share @ np.concatenate((torque + gyroscopic, force))

    step_ns = macros.sec2nano(1.0 / TICK_HZ)
    simulation = SimulationBaseClass.SimBaseClass()
    simulation.CreateNewProcess("process").addTask(simulation.CreateNewTask("task", step_ns))
    craft, thrusters = spacecraft.Spacecraft(), thrusterDynamicEffector.ThrusterDynamicEffector()
    sensor = simpleNav.SimpleNav()
    moon = gravityEffector.GravBodyData()
    moon.planetName, moon.mu, moon.radEquator, moon.isCentralBody = "moon", MU_M3_S2, RADIUS_M, True
    craft.gravField.gravBodies = spacecraft.GravBodyVector([moon])
    craft.hub.mHub, craft.hub.IHubPntBc_B = MASS_KG, np.diag(INERTIA_KG_M2).tolist()
    craft.hub.r_CN_NInit, craft.hub.v_CN_NInit = [RADIUS_M + 15e3, 0.0, 0.0], [0.0, 1692.0, 0.0]
    craft.hub.omega_BN_BInit = [[0.001], [-0.002], [0.0005]]
    factory, effect = simIncludeThruster.thrusterFactory(), []
    for n in range(THRUSTERS):
        place = [0.8 * (-1) ** n, 0.8 * (-1) ** (n // 2), 0.9 * (-1) ** (n // 4)]
        direction = [0.0, 0.0, -1.0 if n % 2 else 1.0]
        factory.create("MOOG_Monarc_22_6", place, direction)
        effect.append([*np.cross(place, direction), *direction])
    factory.addToSpacecraft("thrusters", thrusters, craft)
    steering = Steering(np.array(effect).T)
    sensor.scStateInMsg.subscribeTo(craft.scStateOutMsg)
    steering.attitude.subscribeTo(sensor.attOutMsg)
    steering.motion.subscribeTo(sensor.transOutMsg)
    thrusters.cmdsInMsg.subscribeTo(steering.on_times)
    recorder = craft.scStateOutMsg.recorder(5 * step_ns)
    for model, priority in ((sensor, 4), (steering, 3), (thrusters, 2), (craft, 1), (recorder, 0)):
        simulation.AddModelToTask("task", model, priority)
    simulation.InitializeSimulation()
    flown = [0]

    def measure() -> float:
        flown[0] += TICKS
        simulation.ConfigureStopTime(flown[0] * step_ns)
        began = time.process_time()
        simulation.ExecuteSimulation()
        return 1e6 * (time.process_time() - began) / TICKS

    return measure


if __name__ == "__main__":
    sys.exit(main())

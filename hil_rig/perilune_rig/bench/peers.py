"""Our closed loop against Basilisk's, in turn, on one core: `python -m perilune_rig.bench.peers [--rounds N]`.

Basilisk (Kenneally, Piggott and Schaub, JAIS 2020; the extra `validate`) flies what is nearest to a tick of ours: a hub
with central gravity and as many thrusters and engines as the reference lander has, RK4 at 0.02 s, a navigation sensor,
a recorder at 10 Hz, and one flight software module in Python that reads the sensor, steers, and writes the thrusters'
on-times. Ours is `nominal` on `vm`: world with sensors and terrain, wire, the whole flight software, checks, telemetry.
Both are measured in processor time of the loop, set-up left out; a ratio of two runs side by side holds when the
machine's speed drifts.
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
MASS_KG, INERTIA_KG_M2 = 950.0, (420.0, 430.0, 380.0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure in turn and print the ratio; exit status 3 without Basilisk."""
    parser = argparse.ArgumentParser(
        prog="python -m perilune_rig.bench.peers", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--rounds", type=int, default=5, help="how many times each is measured; default 5")
    rounds = max(1, parser.parse_args(arguments).rounds)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    try:
        theirs = basilisk()
        pairs = [(ours_us(), theirs()) for _ in range(rounds)]
    except PeriluneError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    for own, other in pairs:
        print(f"perilune {own:6.2f} us a tick   Basilisk {other:6.2f} us a tick   {other / own:5.2f} times")
    ratios = [other / own for own, other in pairs]
    print(
        f"Basilisk takes {median(ratios):.2f} times as long a tick ({min(ratios):.2f} to {max(ratios):.2f})"
    )
    return 0


def ours_us() -> float:
    """Processor time of a tick of the whole `nominal`, us."""
    scenario = load_scenario("nominal")
    bridge = prepare(scenario, 1, VmRung())
    began = time.process_time()
    bridge.fly(round(scenario.time_limit_s * TICK_HZ))
    return 1e6 * (time.process_time() - began) / bridge.tick


def basilisk() -> Callable[[], float]:
    """What measures a tick of Basilisk's loop, us. RigError where it is not installed."""
    try:
        from Basilisk.architecture import messaging, sysModel  # pyright: ignore[reportMissingImports] - an extra
        from Basilisk.simulation import gravityEffector, simpleNav, spacecraft, thrusterDynamicEffector  # pyright: ignore[reportMissingImports] - an extra
        from Basilisk.utilities import SimulationBaseClass, macros, simIncludeThruster  # pyright: ignore[reportMissingImports] - an extra
    except ImportError as error:
        raise RigError(f"Basilisk is missing ({error}): pip install 'perilune[validate]'") from None

    class Steering(sysModel.SysModel):
        """Attitude held by on-times of the thrusters: the least that a flight software does."""

        def __init__(self) -> None:
            super().__init__()
            self.attitude = messaging.NavAttMsgReader()
            self.on_times = messaging.THRArrayOnTimeCmdMsg()

        def UpdateState(self, CurrentSimNanos: int) -> None:
            attitude = self.attitude()
            torque = -40.0 * np.array(attitude.sigma_BN) - 400.0 * np.array(attitude.omega_BN_B)
            command = messaging.THRArrayOnTimeCmdMsgPayload()
            command.OnTimeRequest = [min(0.02, max(0.0, 0.001 * torque[n % 3])) for n in range(THRUSTERS)]
            self.on_times.write(command, CurrentSimNanos, self.moduleID)

    step_ns = macros.sec2nano(1.0 / TICK_HZ)
    simulation = SimulationBaseClass.SimBaseClass()
    simulation.CreateNewProcess("process").addTask(simulation.CreateNewTask("task", step_ns))
    craft, thrusters = spacecraft.Spacecraft(), thrusterDynamicEffector.ThrusterDynamicEffector()
    sensor, steering = simpleNav.SimpleNav(), Steering()
    moon = gravityEffector.GravBodyData()
    moon.planetName, moon.mu, moon.radEquator, moon.isCentralBody = "moon", MU_M3_S2, RADIUS_M, True
    craft.gravField.gravBodies = spacecraft.GravBodyVector([moon])
    craft.hub.mHub, craft.hub.IHubPntBc_B = MASS_KG, np.diag(INERTIA_KG_M2).tolist()
    craft.hub.r_CN_NInit, craft.hub.v_CN_NInit = [RADIUS_M + 15e3, 0.0, 0.0], [0.0, 1692.0, 0.0]
    craft.hub.omega_BN_BInit = [[0.001], [-0.002], [0.0005]]
    factory = simIncludeThruster.thrusterFactory()
    for n in range(THRUSTERS):
        place = [0.8 * (-1) ** n, 0.8 * (-1) ** (n // 2), 0.9 * (-1) ** (n // 4)]
        factory.create("MOOG_Monarc_22_6", place, [0.0, 0.0, -1.0 if n % 2 else 1.0])
    factory.addToSpacecraft("thrusters", thrusters, craft)
    sensor.scStateInMsg.subscribeTo(craft.scStateOutMsg)
    steering.attitude.subscribeTo(sensor.attOutMsg)
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

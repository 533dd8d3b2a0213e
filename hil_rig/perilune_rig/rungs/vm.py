"""The real MicroPython VM, float32, in this process: the reference for every other rung."""

from functools import lru_cache

from perilune.checkpoint.memory import MEMORY_BYTES
from perilune_host.errors import FlightSoftwareError, PeriluneError
from perilune_host.link import BROWN_OUT, CAUSES, ComputerLost, Direct
from perilune_rig import policies
from perilune_rig.vm.build import build
from perilune_rig.vm.library import Memory, Snapshot, Vm, VmError, VmStopped

_BOOT = "from perilune.ports.library import computer, keep, start, step"
_LOOP_LIMIT = 200_000  # backward jumps in one tick; a healthy one takes some hundreds

_COLLECT_EVERY = 128  # ticks; at 16, collections took a tenth of the loop
_HEAP_BYTES = 1536 * 1024  # what that many ticks leave behind, and the flight software


@lru_cache(maxsize=1)
def _booted() -> tuple[Vm, Snapshot, Memory]:
    """One machine per process, booted once; a run starts from the snapshot (microseconds, not a boot).

    The memory that outlives resets is outside of the machine.
    """
    vm = Vm(build(), _HEAP_BYTES, collect_every=_COLLECT_EVERY, loop_limit=_LOOP_LIMIT)
    memory = Memory(MEMORY_BYTES)
    vm.exec(_BOOT)
    vm.exec(f"keep({memory.address})")
    vm.bind("step")
    vm.collect()
    return vm, vm.snapshot(), memory


class VmRung:
    """Runs the frozen flight modules in the VM library. One at a time per process."""

    name = "vm"
    about = "the real MicroPython VM in this process: float32, bit for bit as on an RP2040 (reference)"

    def __init__(self) -> None:
        self._vm, self._snapshot, self._memory = _booted()
        self._vm.restore(self._snapshot)
        self._memory.clear()
        self._boots = 1
        self._policy: str | None = None

    @classmethod
    def available(cls) -> str | None:
        """None if the VM can be built here, else why not."""
        try:
            build()
        except PeriluneError as error:
            return str(error)
        return None

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """One frame in, its replies out."""
        try:
            return self._vm.step(frame[:-1], time_us)
        except VmError as error:
            raise _stopped(error, time_us) from error

    def direct(self) -> Direct:
        """The machine as C calls it; see `perilune_host.link.Direct`."""
        return Direct(*self._vm.addresses(), self._reply)

    def _reply(self, returned: int, time_us: int) -> bytes:
        try:
            return self._vm.reply(returned)
        except VmError as error:
            raise _stopped(error, time_us) from error

    def reset(self, cause: str, time_us: int) -> None:
        """Back to the booted machine, with the memory as it is; see `perilune_host.link.Resettable`."""
        if cause == BROWN_OUT:
            self._memory.clear()
        self._boots += 1
        self._vm.restore(self._snapshot)
        self._vm.exec(f"start({self._boots}, {CAUSES[cause]})", time_us)
        if self._policy is not None:
            self._vm.exec(policies.source(self._policy), time_us)

    def adopt(self, policy: str) -> None:
        """Fly the logic of perilune_rig/policies/`policy`.py in place of the flight software's: this run only."""
        self._policy = policy
        self._vm.exec(policies.source(policy))

    def close(self) -> None:
        """The machine is kept for the next run."""


def _stopped(error: VmError, time_us: int) -> FlightSoftwareError:
    if isinstance(error, VmStopped):
        return ComputerLost(f"a tick did not end: {error}")
    return FlightSoftwareError(f"the flight software stopped at {time_us / 1e6:.2f} s: {error}\n{error.text}")

"""The real MicroPython VM, float32, in this process: the reference for every other rung."""

from functools import lru_cache

from hil_rig import policies
from hil_rig.vm.build import build
from hil_rig.vm.library import Snapshot, Vm, VmError
from host.errors import FlightSoftwareError, PeriluneError

_BOOT = "from perilune.ports.library import step"
_LOOP_LIMIT = 200_000  # backward jumps in one tick; a healthy one takes some hundreds

_COLLECT_EVERY = 16  # ticks; a collection costs as much as a fifth of a tick


@lru_cache(maxsize=1)
def _booted() -> tuple[Vm, Snapshot]:
    """One machine per process, booted once; a run starts from the snapshot (microseconds, not a boot)."""
    vm = Vm(build(), collect_every=_COLLECT_EVERY, loop_limit=_LOOP_LIMIT)
    vm.exec(_BOOT)
    vm.bind("step")
    vm.collect()
    return vm, vm.snapshot()


class VmRung:
    """Runs the frozen flight modules in the VM library. One at a time per process."""

    name = "vm"
    about = "the real MicroPython VM in this process: float32, bit for bit as on an RP2040 (reference)"

    def __init__(self) -> None:
        self._vm, booted = _booted()
        self._vm.restore(booted)

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
            raise FlightSoftwareError(
                f"the flight software stopped at {time_us / 1e6:.2f} s: {error}\n{error.text}"
            ) from error

    def adopt(self, policy: str) -> None:
        """Fly the logic of hil_rig/policies/`policy`.py in place of the flight software's: this run only."""
        self._vm.exec(policies.source(policy))

    def close(self) -> None:
        """The machine is kept for the next run."""

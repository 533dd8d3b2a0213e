"""One MicroPython virtual machine in this process: start, execute, step, take and restore snapshots.

Floats are float32 with denormals flushed to zero, as on the RP2040; time is what the caller says it is. The
state of a virtual machine is global to its loaded library, so each `Vm` loads a copy of its own.
"""

import os
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import cffi

from perilune_host.errors import PeriluneError, RigError

__all__ = ["HEAP_BYTES", "IO_BYTES", "Heap", "Memory", "Snapshot", "Vm", "VmError", "VmStopped"]

HEAP_BYTES = 384 * 1024
IO_BYTES = 1024
HEADER = Path(__file__).resolve().parent / "port" / "library.h"

# Result codes of library.h.
BAD_REPLY = -2
STOPPED = -3
NOT_READY = -4


class VmError(PeriluneError):
    """The Python code in the virtual machine raised; `text` is its traceback. The machine stays usable."""

    def __init__(self, text: str) -> None:
        super().__init__(text.strip().rsplit("\n", 1)[-1].strip())
        self.text = text


class VmStopped(VmError):
    """The loop limit was passed, or a step resized its buffers: only `restore` or `restart` go on."""


@dataclass(frozen=True)
class Heap:
    """The garbage-collected heap in bytes (objects take twice the board's), and the collections so far."""

    total_bytes: int
    used_bytes: int
    free_bytes: int
    largest_free_bytes: int
    collections: int


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The whole state of one `Vm`; valid until that machine is restarted or closed."""

    data: Any
    vm: "Vm"
    buffers: tuple[Any, Any]


def _declarations() -> str:
    return "".join(line for line in HEADER.read_text().splitlines(keepends=True) if not line.startswith("//"))


_ffi = cffi.FFI()
_ffi.cdef(_declarations())


class Memory:
    """Bytes of this process at a fixed address, for code in a machine to use; no restart or snapshot touches them."""

    def __init__(self, n: int) -> None:
        self._bytes = _ffi.new("uint8_t[]", n)
        self.address = int(_ffi.cast("uintptr_t", self._bytes))
        self.view = _ffi.buffer(self._bytes)

    def clear(self) -> None:
        """All zero."""
        self.view[:] = bytes(len(self.view))


class Vm:
    """A virtual machine on a private copy of the library at `lib_path` (see `perilune_rig.vm.build.build`).

    Args:
        lib_path: the shared library.
        heap_bytes: size of the garbage-collected heap.
        collect_every: collect after every so many steps; 0 collects only when the heap is full. 1 is also
            fast: a clean heap finds room at once.
        loop_limit: backward jumps of bytecode allowed in one call before it is stopped; 0 is no limit. This
            ends a loop without end, in a way that does not depend on the speed of this machine.

    One thread at a time. RigError if the library cannot be loaded or the heap not be had.
    """

    def __init__(
        self, lib_path: Path, heap_bytes: int = HEAP_BYTES, *, collect_every: int = 1, loop_limit: int = 0
    ) -> None:
        self._settings = (heap_bytes, collect_every, loop_limit)
        self._lib = _load_copy(lib_path)
        self._step = self._lib.vm_step
        self._unload = weakref.finalize(self, _unload, self._lib)
        self.restart()

    def restart(self) -> None:
        """Start afresh: empty heap, clock at zero, log empty; snapshots taken before become void."""
        heap_bytes, collect_every, loop_limit = self._settings
        self._in = self._out = None
        if self._lib.vm_start(heap_bytes) != 0:
            raise RigError(f"MicroPython: cannot start with a heap of {heap_bytes} bytes")
        self._lib.vm_collect_every(collect_every)
        self._lib.vm_loop_limit(loop_limit)

    @property
    def version(self) -> str:
        """MicroPython's version tag, such as `v1.25.0`."""
        return _ffi.string(self._lib.vm_version()).decode()  # type: ignore[union-attr]

    def exec(self, source: str, time_us: int = 0) -> None:
        """Execute statements in `__main__` with the clock at `time_us`; VmError if they raise."""
        data = source.encode()
        self._check(self._lib.vm_exec(data, len(data), time_us))

    def bind(self, name: str) -> None:
        """Make the global function `name(inbuf, n, outbuf) -> m` what `step` calls; VmError if there is none.

        Both buffers are bytearrays of IO_BYTES bytes, made anew and zeroed.
        """
        addresses = _ffi.new("uint8_t *[2]")
        self._check(self._lib.vm_bind(name.encode(), addresses, addresses + 1))
        self._in, self._out = (_ffi.buffer(address, IO_BYTES) for address in addresses)

    def step(self, data: bytes, time_us: int) -> bytes:
        """Put `data` into the input buffer, set the clock, call the bound function; returns its reply.

        Raises:
            VmError: the function raised, or did not return a length within its buffer.
            VmStopped: it passed the loop limit.
            RigError: more data than IO_BYTES, or no function is bound.
        """
        n = len(data)
        if n > IO_BYTES or self._in is None or self._out is None:
            raise RigError(self._misuse(n))
        self._in[:n] = data
        return self.reply(self._step(n, time_us))

    def reply(self, returned: int) -> bytes:
        """The reply that a call of the bound function left, by what the call returned; raises as `step` does."""
        if returned < 0 or self._out is None:
            raise self._failure(returned)
        return self._out[:returned]

    def addresses(self) -> tuple[int, int, int]:
        """Of C's step function, the input buffer and the output buffer; RigError if no function is bound."""
        if self._in is None or self._out is None:
            raise RigError(self._misuse(0))
        buffers = (_ffi.from_buffer(buffer) for buffer in (self._in, self._out))
        step, *rest = (int(_ffi.cast("uintptr_t", at)) for at in (self._lib.vm_step, *buffers))
        return step, *rest  # type: ignore[return-value]

    def snapshot(self) -> Snapshot:
        """The state now; any number of snapshots may exist. The captured log is not part of it."""
        data = _ffi.from_buffer("uint8_t[]", bytearray(self._lib.vm_snapshot_bytes()))
        self._lib.vm_snapshot(data)
        return Snapshot(data, self, (self._in, self._out))

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot of this machine, exactly; RigError if another's or of before a restart."""
        if snapshot.vm is not self:
            raise RigError("MicroPython: this snapshot is of another virtual machine")
        if self._lib.vm_restore(snapshot.data, len(snapshot.data)) != 0:
            raise RigError("MicroPython: this snapshot was taken before the virtual machine was restarted")
        self._in, self._out = snapshot.buffers

    def collect(self) -> None:
        """Collect garbage now."""
        self._check(self._lib.vm_collect())

    def heap(self) -> Heap:
        """Figures of the heap now."""
        figures = _ffi.new("vm_heap_t *")
        self._lib.vm_heap(figures)
        return Heap(*(getattr(figures, field) for field in Heap.__dataclass_fields__))

    def log(self) -> str:
        """What the code printed since the last call; says so if it was more than the 64 KiB kept."""
        text, lost = _ffi.new("char const **"), _ffi.new("size_t *")
        n = self._lib.vm_log_text(text, lost)
        printed = bytes(_ffi.buffer(text[0], n)).decode("utf-8", "replace")
        self._lib.vm_log_clear()
        return printed + (f"\n[{lost[0]} bytes more were printed and lost]\n" if lost[0] else "")

    def close(self) -> None:
        """Give back heap and library; the machine cannot be used again."""
        self._in = self._out = None
        self._lib = _Closed()
        self._unload()

    def __enter__(self) -> "Vm":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _misuse(self, n: int) -> str:
        if not self._unload.alive:
            return "MicroPython: this virtual machine is closed"
        if n > IO_BYTES:
            return f"MicroPython: a step takes at most {IO_BYTES} bytes, not {n}"
        return "MicroPython: no function is bound: call bind() first"

    def _check(self, result: int) -> None:
        if result < 0:
            raise self._failure(result)

    def _failure(self, result: int) -> PeriluneError:
        if result == NOT_READY:
            return RigError("MicroPython: the virtual machine is not started, or the time is out of range")
        text = self._error_text() or "stopped earlier: restore a snapshot or restart\n"
        return VmStopped(text) if result == STOPPED else VmError(text)

    def _error_text(self) -> str:
        text = _ffi.new("char const **")
        n = self._lib.vm_error_text(text)
        return bytes(_ffi.buffer(text[0], n)).decode("utf-8", "replace")


class _Closed:
    def __getattr__(self, name: str) -> Any:
        raise RigError("MicroPython: this virtual machine is closed")


def _unload(lib: Any) -> None:
    lib.vm_stop()
    _ffi.dlclose(lib)


def _load_copy(lib_path: Path) -> Any:
    """A copy, since loading one file twice would give one state; its name is gone once it is loaded."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=".loaded-", suffix=".so", dir=lib_path.parent)
        os.close(descriptor)
        try:
            shutil.copyfile(lib_path, name)
            return _ffi.dlopen(name)
        finally:
            os.unlink(name)
    except OSError as error:
        raise RigError(f"{lib_path}: cannot be loaded: {error}") from None

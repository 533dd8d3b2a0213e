"""The virtual machine: float32 as on the board, errors, the clock, output, limits, several machines."""

import binascii
import contextlib
import gc
import hashlib
import math
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest

from perilune_host.errors import RigError
from perilune_rig.vm.build import native_arch_flags
from perilune_rig.vm.library import IO_BYTES, Vm, VmError, VmStopped

BINARY = """
def step(inbuf, n, outbuf):
    a, b = struct.unpack_from(">ff", inbuf, 0)
    struct.pack_into(">fffff", outbuf, 0, a + b, a - b, a * b, a / b, math.sqrt(abs(a)))
    return 20
"""


def test_a_step_takes_and_returns_bytes(make_vm):
    vm = make_vm(bind="echo")
    assert vm.step(b"frame", time_us=20_000) == b"frame"
    assert vm.step(b"", time_us=40_000) == b""
    assert vm.step(bytes(range(256)) * 4, time_us=60_000) == bytes(range(256)) * 4


def test_arithmetic_is_float32_bit_for_bit(make_vm):
    vm = make_vm(BINARY, bind="step")
    pairs = np.random.default_rng(1).normal(scale=1e3, size=(500, 2)).astype(np.float32)
    for a, b in pairs:
        expected = np.array([a + b, a - b, a * b, a / b, np.sqrt(np.abs(a))], dtype=">f4")
        assert vm.step(struct.pack(">ff", a, b), 0) == expected.tobytes()


@pytest.mark.parametrize(("a", "b"), [(1.2e-38, 1e-3), (-1.2e-38, 1e-3), (1e-40, 1.0)])
def test_denormals_flush_to_signed_zero(make_vm, a, b):
    vm = make_vm(BINARY, bind="step")
    product = struct.unpack_from(">f", vm.step(struct.pack(">ff", a, b), 0), 8)[0]
    assert product == 0.0
    assert math.copysign(1.0, product) == math.copysign(1.0, a)


@pytest.mark.parametrize("ending", ["return 0", "raise ValueError", "while True: pass"])
def test_the_float_environment_of_this_process_is_untouched(make_vm, ending):
    vm = make_vm(f"def step(inbuf, n, outbuf):\n    {ending}\n", bind="step", loop_limit=1000)
    with contextlib.suppress(VmError):
        vm.step(b"", 0)
    smallest = float.fromhex("0x1p-1022")
    assert smallest / 2 > 0.0
    assert np.float32(2**-126) * np.float32(0.5) > 0.0


def test_frozen_literals_are_correctly_rounded(make_vm, literals):
    vm = make_vm(
        "import constants\n"
        "def pi(inbuf, n, outbuf):\n"
        "    struct.pack_into('>f', outbuf, 0, constants.PI)\n"
        "    return 4\n"
        "def many(inbuf, n, outbuf):\n"
        "    part = constants.MANY[inbuf[0] * 100:inbuf[0] * 100 + 100]\n"
        "    struct.pack_into('>100f', outbuf, 0, *part)\n"
        "    return 400\n"
    )
    vm.bind("pi")
    assert vm.step(b"", 0) == struct.pack(">f", math.pi)
    vm.bind("many")
    got = b"".join(vm.step(bytes([part]), 0) for part in range(4))
    assert got == b"".join(struct.pack(">f", float(literal)) for literal in literals)


def test_no_math_function_comes_from_this_machine(lib_path):
    listed = subprocess.check_output(["nm", "-D", "--undefined-only", lib_path], text=True)
    undefined = {line.split()[-1].split("@")[0] for line in listed.splitlines()}
    assert "memcpy" in undefined
    math_names = {name for name in dir(math) if not name.startswith("_")}
    assert not {name for name in undefined if name in math_names or name.removesuffix("f") in math_names}


def test_log2_is_refused_because_boards_differ(make_vm):
    with pytest.raises(VmError, match=r"NotImplementedError: math\.log2 differs"):
        make_vm().exec("math.log2(8.0)")


def test_large_integers_round_to_float_as_on_a_32_bit_board(make_vm):
    vm = make_vm(
        "def step(inbuf, n, outbuf):\n"
        "    struct.pack_into('>f', outbuf, 0, float(0xFFFFFF01))\n"
        "    return 4\n",
        bind="step",
    )
    assert vm.step(b"", 0) == struct.pack(">f", float(0xFFFFFF01))


def test_an_exception_carries_its_traceback_and_leaves_the_machine_usable(make_vm):
    vm = make_vm("def step(inbuf, n, outbuf):\n    return 1 // inbuf[0]\n", bind="step")
    with pytest.raises(VmError, match=r"^ZeroDivisionError: divide by zero$") as caught:
        vm.step(b"\x00", 0)
    assert "line 3, in step\n" in caught.value.text
    assert vm.step(b"\x01", 0) == b"\x00"


def test_an_exception_in_frozen_code_names_its_file(make_vm):
    with pytest.raises(VmError) as caught:
        make_vm().exec("integrate(b'', 0, bytearray(16))")
    assert 'File "steps.py", line 14, in integrate' in caught.value.text


@pytest.mark.parametrize("reply", ["None", "-1", str(IO_BYTES + 1), "1.0"])
def test_a_reply_must_be_a_length_within_the_buffer(make_vm, reply):
    vm = make_vm(f"def step(inbuf, n, outbuf):\n    return {reply}\n", bind="step")
    with pytest.raises(VmError, match="the step function"):
        vm.step(b"", 0)


def test_resizing_a_buffer_stops_the_machine_until_it_is_restored(make_vm):
    vm = make_vm("def step(inbuf, n, outbuf):\n    inbuf.extend(b'x' * n)\n    return 0\n", bind="step")
    good = vm.snapshot()
    with pytest.raises(VmError, match="resized one of its buffers"):
        vm.step(b"much", 0)
    with pytest.raises(VmStopped):
        vm.step(b"", 0)
    vm.restore(good)
    assert vm.step(b"", 0) == b""


def test_more_input_than_the_buffer_holds_is_refused(make_vm):
    with pytest.raises(RigError, match="at most 1024 bytes, not 1025"):
        make_vm(bind="echo").step(bytes(IO_BYTES + 1), 0)


def test_stepping_needs_a_bound_function(make_vm):
    vm = make_vm()
    with pytest.raises(RigError, match=r"call bind\(\) first"):
        vm.step(b"", 0)
    with pytest.raises(VmError, match="NameError: name 'absent' isn't defined"):
        vm.bind("absent")


def test_the_clock_is_the_callers_and_wraps_as_on_the_board(make_vm):
    vm = make_vm(
        "last = 0\n"
        "def step(inbuf, n, outbuf):\n"
        "    global last\n"
        "    now = time.ticks_us()\n"
        "    struct.pack_into('>Ii', outbuf, 0, now, time.ticks_diff(now, last))\n"
        "    last = now\n"
        "    return 8\n",
        bind="step",
    )
    assert vm.step(b"", 2**30 - 5)[:4] == struct.pack(">I", 2**30 - 5)
    assert vm.step(b"", 2**30 + 15) == struct.pack(">Ii", 15, 20)


def test_printed_text_is_captured(make_vm):
    vm = make_vm()
    vm.exec("print('apogee', 12)")
    assert vm.log() == "apogee 12\n"
    assert vm.log() == ""
    vm.exec("for k in range(70): print('x' * 999)")
    assert vm.log().endswith("[4464 bytes more were printed and lost]\n")


def test_an_endless_loop_is_stopped_even_if_it_catches_everything(make_vm):
    vm = make_vm(
        "def step(inbuf, n, outbuf):\n"
        "    while n:\n"
        "        try:\n"
        "            pass\n"
        "        except BaseException:\n"
        "            pass\n"
        "    return 3\n",
        bind="step",
        loop_limit=10_000,
    )
    before = vm.snapshot()
    with pytest.raises(VmStopped, match="more than 10000 backward jumps"):
        vm.step(b"x", 0)
    vm.restore(before)
    assert vm.step(b"", 0) == bytes(3)


def test_endless_recursion_and_an_exhausted_heap_are_exceptions(make_vm):
    vm = make_vm("def deeper(n): return deeper(n + 1)\n", bind="echo")
    with pytest.raises(VmError, match=r"^RuntimeError: pystack exhausted$") as caught:
        vm.exec("deeper(0)")
    assert caught.value.text.startswith("Traceback (most recent call last):\n")
    assert "\n[...]\n" in caught.value.text
    with pytest.raises(VmError, match="MemoryError"):
        vm.exec("bytearray(10_000_000)")
    assert vm.step(b"alive", 0) == b"alive"


def test_collection_after_every_kth_step(make_vm):
    for every, expected in ((1, 12), (4, 3), (0, 0)):
        vm = make_vm(bind="echo", collect_every=every)
        before = vm.heap().collections
        for k in range(12):
            vm.step(b"x", k)
        assert vm.heap().collections - before == expected


def test_heap_figures(make_vm):
    vm = make_vm(heap_bytes=256 * 1024)
    vm.collect()
    before = vm.heap()
    assert 240 * 1024 < before.total_bytes == before.used_bytes + before.free_bytes < 256 * 1024
    vm.exec("kept = bytearray(50_000)")
    vm.collect()
    assert vm.heap().used_bytes - before.used_bytes >= 50_000


def test_the_modules_of_the_board_are_there_and_its_hardware_is_not(make_vm):
    vm = make_vm(
        "import binascii, hashlib, array, errno, micropython\n"
        "def step(inbuf, n, outbuf):\n"
        "    data = bytes(inbuf[:n])\n"
        "    struct.pack_into('>I', outbuf, 0, binascii.crc32(data))\n"
        "    outbuf[4:36] = hashlib.sha256(data).digest()\n"
        "    return 36\n",
        bind="step",
    )
    expected = struct.pack(">I", binascii.crc32(b"lander")) + hashlib.sha256(b"lander").digest()
    assert vm.step(b"lander", 0) == expected
    for absent in ("machine", "os", "socket"):
        with pytest.raises(VmError, match=f"ImportError: no module named '{absent}'"):
            vm.exec(f"import {absent}")


@pytest.mark.parametrize("n", [0, 1, 3, 4, 5, 249])
def test_the_crc_of_frames_is_that_of_the_standard_at_every_length(make_vm, n):
    vm = make_vm(
        "import binascii\n"
        "def step(inbuf, n, outbuf):\n"
        "    half = binascii.crc32(memoryview(inbuf)[: n // 2])\n"
        "    struct.pack_into('>I', outbuf, 0, binascii.crc32(memoryview(inbuf)[n // 2 : n], half))\n"
        "    return 4\n",
        bind="step",
    )
    data = bytes(37 * i & 0xFF for i in range(n))
    assert vm.step(data, 0) == struct.pack(">I", zlib.crc32(data))


@pytest.mark.skipif(not native_arch_flags(), reason="MicroPython has no emitter for this machine")
def test_native_code_made_at_run_time_survives_collections_and_restores(make_vm):
    vm = make_vm(
        "import micropython\n"
        "@micropython.viper\n"
        "def step(inbuf: ptr8, n: int, outbuf: ptr8) -> int:\n"
        "    outbuf[0] = inbuf[0] ^ inbuf[n - 1]\n"
        "    return 1\n",
        bind="step",
    )
    snapshot = vm.snapshot()
    vm.exec("import micropython\n@micropython.native\ndef other(): return 5\nother()")
    vm.restore(snapshot)
    vm.collect()
    assert vm.step(b"\x0f\x01", 0) == b"\x0e"


def test_two_machines_side_by_side(make_vm):
    one, two = make_vm("name = b'one'\n"), make_vm("name = b'two'\n")
    source = "def step(inbuf, n, outbuf):\n    outbuf[:3] = name\n    return 3\n"
    for vm in (one, two):
        vm.exec(source)
        vm.bind("step")
    assert [vm.step(b"", 0) for vm in (one, two, one)] == [b"one", b"two", b"one"]


def test_a_closed_machine_refuses(lib_path: Path):
    with Vm(lib_path) as vm:
        vm.exec("x = 1")
    for use in (lambda: vm.exec("x"), lambda: vm.step(b"", 0), vm.restart, vm.snapshot):
        with pytest.raises(RigError, match="closed"):
            use()


def test_machines_are_given_back(lib_path: Path):
    def mapped() -> int:
        return sum("/.loaded-" in line for line in Path("/proc/self/maps").read_text().splitlines())

    gc.collect()
    before = mapped()
    vm = Vm(lib_path)
    assert mapped() > before
    del vm
    gc.collect()
    assert mapped() == before


def test_a_file_that_is_no_library_is_refused(tmp_path: Path):
    (tmp_path / "vm.so").write_text("not a library")
    with pytest.raises(RigError, match=r"vm\.so: cannot be loaded"):
        Vm(tmp_path / "vm.so")

"""Snapshots: whatever was restored runs on exactly as before."""

import struct

import pytest

from perilune_host.errors import RigError


def frames(first: int, last: int) -> list[tuple[bytes, int]]:
    return [(struct.pack(">f", 0.1 * k), 20_000 * k) for k in range(first, last)]


def run(vm, first: int, last: int) -> list[bytes]:
    return [vm.step(data, time_us) for data, time_us in frames(first, last)]


@pytest.mark.parametrize("collect_every", [0, 1, 7])
def test_a_run_resumed_from_any_point_gives_the_same_bytes(make_vm, collect_every):
    """Also the free memory that each reply carries, with a heap so small that collections come in between."""
    settings = {"heap_bytes": 64 * 1024, "collect_every": collect_every}
    whole = run(make_vm(bind="integrate", **settings), 0, 300)
    vm = make_vm(bind="integrate", **settings)
    marks = {}
    for first in (0, 100, 200):
        marks[first] = vm.snapshot()
        run(vm, first, first + 50)
        vm.restore(marks[first])
        assert run(vm, first, first + 100) == whole[first : first + 100]
    for first in (200, 0, 100, 0):
        vm.restore(marks[first])
        assert run(vm, first, 300) == whole[first:]


def test_a_fresh_machine_and_a_restarted_one_are_the_same(make_vm):
    vm = make_vm(bind="integrate")
    first = run(vm, 0, 50)
    vm.restart()
    vm.exec("from steps import *")
    vm.bind("integrate")
    assert run(vm, 0, 50) == first


def test_a_snapshot_keeps_the_bound_function_and_its_buffers(make_vm):
    vm = make_vm(bind="echo")
    echoing = vm.snapshot()
    vm.bind("integrate")
    vm.step(bytes(4), 0)
    vm.restore(echoing)
    assert vm.step(b"back", 0) == b"back"


def test_taking_a_snapshot_changes_nothing(make_vm):
    watched, left_alone = make_vm(bind="integrate"), make_vm(bind="integrate")
    for data, time_us in frames(0, 60):
        watched.snapshot()
        assert watched.step(data, time_us) == left_alone.step(data, time_us)


def test_a_snapshot_is_good_for_its_own_machine_since_its_start_only(make_vm):
    vm, other = make_vm(), make_vm()
    snapshot = vm.snapshot()
    with pytest.raises(RigError, match="of another virtual machine"):
        other.restore(snapshot)
    vm.restart()
    with pytest.raises(RigError, match="before the virtual machine was restarted"):
        vm.restore(snapshot)

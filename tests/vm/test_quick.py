"""Quick ways behind machine code: caches that must notice every change, and floats inside the object's word.

The probes are frozen as machine code, as flight modules are: only that code takes the quick ways.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perilune_rig.vm.build import NATIVE_ARCH, build
from perilune_rig.vm.library import Vm, VmError

pytestmark = pytest.mark.skipif(not NATIVE_ARCH, reason="MicroPython has no emitter for this machine")

PROBE = '''
import struct
from array import array

class Base:
    def told(self):
        return "base"
    def inherited(self):
        return "inherited"

class Craft(Base):
    kind = "class"
    def __init__(self):
        self.mass = 1.0
    def told(self):
        return "craft"

class Guarded:
    """Has a property, so that stores are looked at."""
    def __init__(self):
        self._level = 1.0
        self.plain = 2.0
    @property
    def level(self):
        return self._level
    @level.setter
    def level(self, value):
        self._level = 10.0 * value

limit = 5

def mass_of(craft):
    return craft.mass

def told_by(craft):
    return craft.told()

def inherited_by(craft):
    return craft.inherited()

def kind_of(craft):
    return craft.kind

def store(thing, value):
    thing.plain = value

def store_level(thing, value):
    thing.level = value

def limit_now():
    return limit

def length_of(row):
    return len(row)

def two(a, b):
    return a, b

def swapped(pair):
    a, b = pair
    return b, a

def put(row, i, value):
    row[i] = value

def get(row, i):
    return row[i]

def binary(op, a, b):
    if op == 0:
        return a + b
    if op == 1:
        return a - b
    if op == 2:
        return a * b
    if op == 3:
        return a / b
    if op == 4:
        return a < b
    if op == 5:
        return a > b
    if op == 6:
        return a <= b
    if op == 7:
        return a >= b
    if op == 8:
        return a == b
    if op == 9:
        return a != b
    if op == 10:
        return a & b
    if op == 11:
        return a | b
    if op == 12:
        return a % b
    return -a

row = array("f", [0.0, 0.0])

def of_floats(inbuf, n, outbuf):
    """op, two float32 by their bits; back: 0 and the bits, 1 and a truth, 2 for a division by zero."""
    op, a, b = struct.unpack_from("<Bff", inbuf, 0)
    row[0] = a
    row[1] = b
    try:
        found = binary(op, row[0], row[1])
    except ZeroDivisionError:
        outbuf[0] = 2
        return 1
    if found is True or found is False:
        outbuf[0] = 1
        outbuf[1] = found
        return 2
    outbuf[0] = 0
    row[0] = found
    struct.pack_into("<f", outbuf, 1, row[0])
    return 5

def through_words(inbuf, n, outbuf):
    """The same bits after a float has been argument, item, attribute, key and constant of a tuple."""
    row[0] = struct.unpack_from("<f", inbuf, 0)[0]
    held = Craft()
    held.mass = row[0]
    pair = swapped(two(held.mass, 0.0))
    row[1] = [pair[1]][0]
    struct.pack_into("<f", outbuf, 0, row[1])
    return 4

def of_whole_numbers(op, a, b):
    return binary(op, a, b)
'''


@pytest.fixture(scope="module")
def lib_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    modules = tmp_path_factory.mktemp("probe")
    folder = modules / "perilune" / "flight"
    folder.mkdir(parents=True)
    (folder / "probe.py").write_text(PROBE)
    return build(modules)


@pytest.fixture(scope="module")
def shared(lib_path: Path) -> Iterator[Vm]:
    with Vm(lib_path) as vm:
        vm.exec(
            "from perilune.flight import probe\nfrom perilune.flight.probe import of_floats, through_words"
        )
        yield vm


@pytest.fixture
def vm(lib_path: Path) -> Iterator[Vm]:
    with Vm(lib_path) as made:
        made.exec("from perilune.flight import probe\nfrom perilune.flight.probe import *")
        yield made


def test_an_attribute_replaced_added_deleted_and_added_again_is_what_it_is_now(vm: Vm):
    vm.exec("c = Craft()\nassert mass_of(c) == 1.0\nc.mass = 2.0\nassert mass_of(c) == 2.0")
    vm.exec("for k in range(30): setattr(c, 'x%d' % k, k)\nassert mass_of(c) == 2.0")  # the table has moved
    vm.exec("assert kind_of(c) == 'class'\nc.kind = 'own'\nassert kind_of(c) == 'own'")
    vm.exec("del c.kind\nassert kind_of(c) == 'class'\nc.kind = 'again'\nassert kind_of(c) == 'again'")
    vm.exec("del c.mass")
    with pytest.raises(VmError, match="AttributeError"):
        vm.exec("mass_of(c)")


def test_a_method_replaced_in_place_in_the_class_is_called_from_then_on(vm: Vm):
    vm.exec("c = Craft()\nfor _ in range(3): assert told_by(c) == 'craft'")
    vm.exec("Craft.told = lambda self: 'other'\nassert told_by(c) == 'other'")
    vm.exec(
        "assert inherited_by(c) == 'inherited'\nBase.inherited = lambda self: 'new'\nassert inherited_by(c) == 'new'"
    )
    vm.exec("Craft.inherited = lambda self: 'nearer'\nassert inherited_by(c) == 'nearer'")
    vm.exec("del Craft.told\nassert told_by(c) == 'base'")


def test_a_method_of_the_instance_hides_that_of_the_class_until_it_is_deleted(vm: Vm):
    vm.exec("c = Craft()\nd = Craft()\nassert told_by(c) == told_by(d) == 'craft'")
    vm.exec("c.told = lambda: 'own'\nassert told_by(c) == 'own' and told_by(d) == 'craft'")
    vm.exec("del c.told\nassert told_by(c) == 'craft'")


def test_objects_that_come_to_stand_where_others_stood_are_not_taken_for_them(vm: Vm):
    vm.exec(
        "import gc\n"
        "for k in range(400):\n"
        "    c = Craft()\n"
        "    if k % 3 == 0: c.told = lambda: 'own'\n"
        "    assert told_by(c) == ('own' if k % 3 == 0 else 'craft')\n"
        "    c = None\n"
        "    if k % 7 == 0: gc.collect()\n"
    )


def test_a_global_and_a_builtin_replaced_in_place(vm: Vm):
    vm.exec("assert limit_now() == 5\nprobe.limit = 6\nassert limit_now() == 6")
    vm.exec(
        "assert length_of([1, 2]) == 2\nprobe.len = lambda row: 'mine'\nassert length_of([1, 2]) == 'mine'"
    )
    vm.exec("del probe.len\nassert length_of([1, 2]) == 2")
    vm.exec(
        "import builtins\nbuiltins.len = lambda row: 'everywhere'\nassert length_of([1, 2]) == 'everywhere'"
    )
    vm.exec("builtins.len = lambda row: 'again'\nassert length_of([1, 2]) == 'again'")


def test_stores_through_a_property_and_through_one_that_came_later(vm: Vm):
    vm.exec(
        "g = Guarded()\nstore(g, 3.0)\nassert g.plain == 3.0\nstore_level(g, 1.0)\nassert g._level == 10.0"
    )
    vm.exec("seen = []\nGuarded.plain = property(lambda self: 'p', lambda self, value: seen.append(value))")
    vm.exec("h = Guarded()\nstore(h, 7.0)\nassert seen == [2.0, 7.0], seen")


def test_stores_that_a_class_comes_to_watch(vm: Vm):
    vm.exec("g = Guarded()\nstore(g, 3.0)\nassert g.plain == 3.0\nseen = []")
    vm.exec("Guarded.__setattr__ = lambda self, name, value: seen.append((name, value))")
    vm.exec("store(g, 4.0)\nassert g.plain == 3.0 and seen == [('plain', 4.0)]")


def test_what_was_cached_before_a_snapshot_holds_after_it_is_restored(vm: Vm):
    vm.exec("c = Craft()\nassert told_by(c) == 'craft' and limit_now() == 5")
    mark = vm.snapshot()
    vm.exec(
        "Craft.told = lambda self: 'other'\nprobe.limit = 9\nassert told_by(c) == 'other' and limit_now() == 9"
    )
    vm.restore(mark)
    vm.exec("assert told_by(c) == 'craft' and limit_now() == 5")
    vm.exec("Craft.told = lambda self: 'third'\nassert told_by(c) == 'third'")


def test_functions_made_at_run_time_with_other_arguments_are_not_confused(vm: Vm):
    vm.exec(
        "import gc\n"
        "for k in range(200):\n"
        "    n = k % 4\n"
        "    names = ', '.join('a%d' % i for i in range(n))\n"
        "    exec('@micropython.native\\ndef made(%s):\\n    return (%s)' % (names, names + (',' if n else '')))\n"
        "    assert made(*range(n)) == tuple(range(n))\n"
        "    try:\n"
        "        made(*range(n + 1))\n"
        "        raise ValueError\n"
        "    except TypeError:\n"
        "        pass\n"
        "    gc.collect()\n"
    )


def test_items_out_of_range_negative_and_of_other_kinds_are_micropythons(vm: Vm):
    vm.exec("assert swapped((1.5, 2)) == (2, 1.5) and swapped([1, 2]) == (2, 1)")
    for bad in ("swapped((1, 2, 3))", "swapped(5)", "two(1)", "two(1, 2, 3)", "two(1, c=2)"):
        with pytest.raises(VmError, match=r"ValueError|TypeError"):
            vm.exec(bad)
    vm.exec("assert two(b=2, a=1) == (1, 2)")


ITEMS = """
from array import array

def put_slowly(row, i, value):  # bytecode: MicroPython's own way
    row[i] = value

def get_slowly(row, i):
    return row[i]

def tried(call, *given):
    try:
        return repr(call(*given))
    except Exception as error:
        return type(error).__name__

values = [0, 1, -1, 127, 128, 255, 256, -129, 65535, 65536, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 62, 1 << 70]
values += [1.5, True, None]
rows = [lambda kind=kind: array(kind, [1, 2, 3]) for kind in "bBhHiIlLqQf"]
rows += [lambda: bytearray(b"123"), lambda: memoryview(bytearray(b"123"))]
rows += [lambda: [1, 2, 3], lambda: (1, 2, 3), lambda: b"123"]
for made in rows:
    for value in values:
        one, other = made(), made()
        for i in (0, 2, 3, -1, -4, True, 1.0):
            assert tried(put, one, i, value) == tried(put_slowly, other, i, value)
            assert tried(get, one, i) == tried(get_slowly, other, i)
"""


def test_items_of_every_kind_of_row_are_those_that_bytecode_reads_and_writes(vm: Vm):
    vm.exec(ITEMS)


CHURN = """
import gc

def churn(rounds):
    kept = []
    for n in range(rounds):
        size = n * 37 % 61
        fresh = bytearray(size * 8)
        assert fresh == bytes(size * 8)  # what the heap gives is zero
        row = [n] * size
        row.append(n)
        if n % 7 == 0:
            kept.append((n, size, row, fresh))
        if len(kept) > 40:
            del kept[0:20]
        for k, length, items, blank in kept:
            assert items == [k] * (length + 1) and blank == bytes(length * 8)
        if n % 97 == 0:
            gc.collect()
"""


def test_objects_keep_what_they_hold_while_others_come_and_go(lib_path: Path):
    with Vm(lib_path, 160 * 1024) as vm:
        vm.exec(f"{CHURN}\nchurn(600)")
        assert vm.heap().collections > 5
        full = "rows = []\ntry:\n    while True: rows.append([0] * 50)\nexcept MemoryError:\n    rows = None"
        vm.exec(full)
        vm.exec("churn(100)")


FLOATS = st.one_of(
    st.integers(0, 0xFFFFFFFF),  # every bit pattern: NaN payloads, infinities, denormals
    st.sampled_from(
        [0x00000000, 0x80000000, 0x7F800000, 0xFF800000, 0x7FC00001, 0xFFC12345, 0x00000001, 0x807FFFFF]
    ),
    st.floats(width=32).map(lambda x: struct.unpack("<I", struct.pack("<f", x))[0]),
)
OPERATIONS = [
    np.add,
    np.subtract,
    np.multiply,
    np.divide,
    np.less,
    np.greater,
    np.less_equal,
    np.greater_equal,
]
OPERATIONS += [np.equal, np.not_equal]


def flushed(x: np.float32) -> np.float32:
    """Denormals are signed zeros on an RP2040."""
    return np.float32(np.copysign(0.0, x)) if 0.0 < abs(x) < np.finfo(np.float32).tiny else x


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(op=st.integers(0, 9), a=FLOATS, b=FLOATS)
def test_arithmetic_and_comparisons_of_any_two_floats_are_ieees(shared: Vm, op: int, a: int, b: int):
    shared.bind("of_floats")
    back = shared.step(struct.pack("<BII", op, a, b), 0)
    x, y = (flushed(np.frombuffer(struct.pack("<I", bits), np.float32)[0]) for bits in (a, b))
    if op == 3 and y == 0.0:
        assert back == b"\x02"
        return
    with np.errstate(all="ignore"):
        wanted = OPERATIONS[op](x, y)
    if op >= 4:
        assert back == bytes([1, bool(wanted)])
        return
    found = np.frombuffer(back[1:], np.float32)[0]
    smallest = np.finfo(np.float32).tiny
    if abs(wanted) == smallest and abs(found) == 0.0:
        return  # rounded up to the smallest normal number after it had been flushed
    if np.isnan(wanted):
        assert np.isnan(found)
    else:
        assert found.tobytes() == flushed(wanted).tobytes()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bits=FLOATS)
def test_a_float_keeps_all_its_bits_wherever_it_is_put(shared: Vm, bits: int):
    """Also the payload of a NaN, quiet or not, and the sign of a zero."""
    shared.bind("through_words")
    assert shared.step(struct.pack("<I", bits), 0) == struct.pack("<I", bits)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    op=st.sampled_from([0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    a=st.one_of(st.integers(-(2**31), 2**31), st.integers(-(2**63), 2**63)),
    b=st.one_of(st.integers(-(2**31), 2**31), st.integers(-(2**63), 2**63)),
)
def test_whole_numbers_are_those_of_python_also_where_they_outgrow_a_word(
    shared: Vm, op: int, a: int, b: int
):
    wanted = {
        0: "a + b",
        1: "a - b",
        4: "a < b",
        5: "a > b",
        6: "a <= b",
        7: "a >= b",
        8: "a == b",
        9: "a != b",
    }
    wanted |= {10: "a & b", 11: "a | b", 12: "a % b"}
    if op == 12 and b == 0:
        with pytest.raises(VmError, match="ZeroDivisionError"):
            shared.exec(f"probe.of_whole_numbers({op}, {a}, {b})")
        return
    shared.exec(f"assert probe.of_whole_numbers({op}, {a}, {b}) == {eval(wanted[op], {'a': a, 'b': b})}")


def test_floats_and_whole_numbers_mix_compare_and_are_keys(vm: Vm):
    vm.exec("assert binary(0, 1, 0.5) == 1.5 and binary(2, 0.5, 4) == 2.0 and binary(3, 1, 4) == 0.25")
    vm.exec(
        "assert binary(8, 1, 1.0) is True and binary(4, 1, 1.5) is True and binary(9, 0.0, -0.0) is False"
    )
    vm.exec("d = {1.0: 'one', 0.5: 'half'}\nassert d[1] == 'one' and d[0.5] == 'half' and 0.25 not in d")
    vm.exec("assert d[-0.0 + 1.0] == 'one' and hash(1.0) == hash(1) and len({0.0, -0.0, 0}) == 1")
    vm.exec("x = 1.5\nassert x is x and type(x) is float and isinstance(x, float) and not isinstance(x, int)")
    vm.exec("assert binary(0, True, 0.5) == 1.5 and not isinstance(True, float) and None is not 0.0")
    vm.exec("assert str(1.5) == '1.5' and '%.2f' % 2.25 == '2.25' and round(2.5) == 2 and int(-1.5) == -1")

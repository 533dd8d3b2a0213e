"""Builds perilune_sim.world._world: `python -m perilune_sim.world.build`, or setup.py's cffi_modules.

Offsets of every ACTUATORS and SENSORS item come from the wire schema, so C reads and writes payload bytes in place.
"""

import importlib.util
import zlib
from pathlib import Path
from types import ModuleType

from cffi import FFI

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SOURCE = HERE / "src"
# -ffp-contract=off: a fused multiply-add rounds once where other machines round twice
FLAGS = [
    "-O3",
    "-std=c11",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-Wall",
    "-Wextra",
]
UNITY = SOURCE / "world_unity.c"
PLACES = SOURCE / "places.h"
PUBLIC = ("types.h", "world.h")  # what cffi reads


def load_schema() -> ModuleType:
    """The wire schema, read from firmware/ by path: at install time no package is importable yet."""
    spec = importlib.util.spec_from_file_location("schema", ROOT / "firmware/perilune/wire/schema.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def offsets(schema: ModuleType, frame: int) -> dict[str, int]:
    """Byte offset of every item's value in the frame's payload; of a vector under its bare name: the first item."""
    found: dict[str, int] = {}
    for item, place in zip(schema.items(frame), schema.places(frame), strict=True):
        found.setdefault(item[0].removesuffix("_0"), place)
    return found


def defines(schema: ModuleType) -> str:
    """Offsets, status bits and switch bits as C macros."""
    lines = [f"#define SENS_{k.upper()} {v}" for k, v in offsets(schema, schema.SENSORS).items()]
    lines += [f"#define ACT_{k.upper()} {v}" for k, v in offsets(schema, schema.ACTUATORS).items()]
    lines += [
        f"#define ST_{k} {getattr(schema, k)}" for k in ("VALID", "FRESH", "STALE", "SATURATED", "HEAD")
    ]
    switches = [k for k in vars(schema) if k.endswith(("_POWER_OFF", "_DESCENT_HEAD", "_DEPLOY", "_RELEASE"))]
    return "\n".join(lines + [f"#define SW_{k} {getattr(schema, k)}" for k in switches]) + "\n"


def places_header(schema: ModuleType) -> str:
    """places.h: kept beside the parts that include it, so that each compiles and is linted without a build."""
    said = "/* Where the wire's items stand, and its status and switch bits. Made by build.py from the schema. */"
    return f"#pragma once\n{said}\n{defines(schema)}"


def parts() -> list[Path]:
    """The parts of the world, each of which compiles alone."""
    return sorted(path for path in SOURCE.glob("*.c") if path != UNITY)


def declarations() -> str:
    """The public headers without their directives, which cffi does not know."""
    lines = "".join((SOURCE / name).read_text() for name in PUBLIC).splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("#pragma", "#include")))


def fingerprint(schema: ModuleType) -> int:
    """32 bits of the source and the schema: tells a stale build."""
    text = b"".join(path.read_bytes() for path in sorted(SOURCE.iterdir()) if path != PLACES)
    return zlib.crc32(text + places_header(schema).encode() + schema.schema_text().encode())


def make() -> FFI:
    """The builder cffi compiles from; brings places.h up to date first."""
    schema = load_schema()
    if not PLACES.exists() or PLACES.read_text() != places_header(schema):
        PLACES.write_text(places_header(schema))
    ffi = FFI()
    mark = f"#define PL_FINGERPRINT {fingerprint(schema)}\n"
    ffi.cdef(declarations() + mark)
    ffi.set_source(
        "perilune_sim.world._world",
        f'#include "{UNITY.name}"\n{mark}',
        include_dirs=[str(SOURCE)],
        extra_compile_args=FLAGS,
    )
    return ffi


if __name__ == "__main__":
    make().compile(tmpdir=str(ROOT / "sim_bridge"), verbose=False)
    print("built sim_bridge/perilune_sim/world/_world")

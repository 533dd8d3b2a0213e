"""Builds perilune_sim.world._world: `python -m perilune_sim.world.build`, or setup.py's cffi_modules.

Offsets of every ACTUATORS and SENSORS item come from the wire schema, so C reads and writes payload bytes in place.
"""

import importlib
import importlib.util
import struct
import zlib
from pathlib import Path
from types import ModuleType

from cffi import FFI

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SOURCE = HERE / "src"
# -ffp-contract=off: a fused multiply-add rounds once where other machines round twice
FLAGS = [
    "-O2",
    "-std=c11",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-Wall",
    "-Wextra",
    "-Wno-unused-function",
]
UNITS = [
    "maths.h",
    "random.h",
    "types.h",
    "wire.h",
    "terrain.h",
    "propulsion.h",
    "contact.h",
    "dynamics.h",
    "queue.h",
    "imu.h",
    "beams.h",
    "sensors.h",
    "world.h",
    "truth.h",
    "loop.h",
]
HEADERS = ("math", "stddef", "stdint", "string", "time")
CALLS = """
void pl_prepare(pl_world *w, const uint8_t *payload, uint32_t length);
void pl_step(pl_world *w, const uint8_t *actuators);
void pl_step_dynamics(pl_world *w, const uint8_t *actuators);
void pl_truth(const pl_world *w, double *out);
double pl_terrain_height(const pl_world *w, double s, double c, double lod);
double pl_terrain_mapped(const pl_world *w, double s, double c, double lod);
pl_ray pl_cast_ray(const pl_world *w, double *origin, double *direction, double furthest, double footprint);
double pl_noise(double x, double y, uint32_t seed);
double pl_stream_uniform(uint64_t stream, uint64_t k);
double pl_stream_normal(uint64_t stream, uint64_t k);
double pl_sine(double x);
double pl_cosine(double x);
double pl_arctan2(double y, double x);
double pl_logarithm(double x);
double pl_exponential(double x);
int pl_fly(pl_world *w, pl_loop *l);
double pl_reference(uint32_t rounds);
uint32_t pl_checksum(const uint8_t *p, uint32_t n);
uint32_t pl_stuff(const uint8_t *from, uint32_t n, uint8_t *to);
uint32_t pl_unstuff(const uint8_t *from, uint32_t n, uint8_t *to);
"""


def load_schema() -> ModuleType:
    """The wire schema, read from firmware/."""
    return _by_path("firmware/perilune/wire/schema.py")


def _places() -> ModuleType:
    try:
        return importlib.import_module("perilune_host.places")
    except ImportError:  # the package is being installed
        return _by_path("host/perilune_host/places.py")


def _by_path(path: str) -> ModuleType:
    """A module of this checkout: at install time no package is importable yet."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def offsets(schema: ModuleType, frame: int) -> dict[str, int]:
    """Byte offset of every item's value in the frame's payload; of a vector under its bare name: the first item."""
    found: dict[str, int] = {}
    for name, place in _places().places(schema, frame).items():
        found.setdefault(name.removesuffix("_0"), place)
    return found


def template(schema: ModuleType, frame: int) -> bytes:
    """The payload with every value zero: CBOR heads in place."""
    kinds = "B" + "".join(item[1] for item in schema.items(frame))
    heads = schema.heads(frame)
    body = b"".join(
        bytes([head]) + bytes(struct.calcsize(kind)) for head, kind in zip(heads, kinds, strict=False)
    )
    return bytes([0x98, len(heads), heads[0], frame]) + body[2:]


def defines(schema: ModuleType) -> str:
    """Offsets, status bits and switch bits as C macros."""
    lines = [f"#define SENS_{k.upper()} {v}" for k, v in offsets(schema, schema.SENSORS).items()]
    lines += [f"#define ACT_{k.upper()} {v}" for k, v in offsets(schema, schema.ACTUATORS).items()]
    lines += [
        f"#define ST_{k} {getattr(schema, k)}" for k in ("VALID", "FRESH", "STALE", "SATURATED", "HEAD")
    ]
    switches = [k for k in vars(schema) if k.endswith(("_POWER_OFF", "_DESCENT_HEAD", "_DEPLOY", "_RELEASE"))]
    return "\n".join(lines + [f"#define SW_{k} {getattr(schema, k)}" for k in switches]) + "\n"


def unit(name: str) -> str:
    """A header's text without what it includes: here the units before it stand above it."""
    lines = (SOURCE / name).read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("#pragma once", "#include")))


def preamble(schema: ModuleType) -> str:
    """The whole C source: one translation unit, every function static."""
    units = [unit(name) for name in UNITS]
    return "\n".join([*(f"#include <{name}.h>" for name in HEADERS), defines(schema), *units])


def fingerprint(schema: ModuleType) -> int:
    """32 bits of the source and the schema: tells a stale build."""
    return zlib.crc32((preamble(schema) + CALLS + schema.schema_text()).encode())


def make() -> FFI:
    """The builder cffi compiles from."""
    schema = load_schema()
    ffi = FFI()
    mark = f"#define PL_FINGERPRINT {fingerprint(schema)}\n"
    ffi.cdef(unit("types.h") + CALLS + mark)
    ffi.set_source("perilune_sim.world._world", preamble(schema) + mark, extra_compile_args=FLAGS)
    return ffi


if __name__ == "__main__":
    make().compile(tmpdir=str(ROOT / "sim_bridge"), verbose=False)
    print("built sim_bridge/perilune_sim/world/_world")

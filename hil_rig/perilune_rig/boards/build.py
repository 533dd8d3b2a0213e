"""Firmware images: MicroPython's rp2 port with the flight modules and the start-up file frozen in.

`python -m perilune_rig.boards.build BOARD [FILE]`. Two stages as for the virtual machine: a configured build directory
per source tree and compiler, kept in the cache, and one image per set of modules.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perilune_host.errors import InputError, PeriluneError, RigError
from perilune_rig.boards.packages import PICO_SDK, TINYUSB, fetch_package
from perilune_rig.vm import build as vm
from perilune_rig.vm.cache import cache_dir, locked, staging
from perilune_rig.vm.commands import flatten, key, run, tool
from perilune_rig.vm.modules import compile_modules
from perilune_rig.vm.seal import check, seal, sealed
from perilune_rig.vm.source import Tree, micropython_tree

__all__ = ["BOARDS", "build_firmware", "missing_tools"]

PACKAGES = "gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib cmake ninja-build"
FILES_FROM_BYTES = (
    1024 * 1024
)  # of the flash: as on a Pico 2; MicroPython's 640 KiB are less than an image takes
TOOLS = ("arm-none-eabi-gcc", "cmake", "ninja", "make")
LIB_PARTS = ("libm", "littlefs", "oofatfs", "uzlib", "re1.5", "crypto-algorithms", "cmsis")
# What a tick of flight spends its time in, besides what the port itself compiles for speed.
HOT = "gc malloc map nativeglue obj objfloat objlist objtuple objtype runtime"
HOT_FILES = "\n    ".join(f"${{MICROPY_PY_DIR}}/{name}.c" for name in HOT.split())
# The cache of attribute lookups, where the port has 128 entries, has one for every name, so that adding a name does not
# slow down others that it happens to evict: three names more have cost 0.15 ms a tick. And where an object has more
# children than the collector's stack has entries (64), a collection walks the whole heap again.
TUNING = """\
#define MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE (8192)
#define MICROPY_ALLOC_GC_STACK_SIZE (512)"""
PORT_DIR = vm.FIRMWARE_DIR / "boards" / "rp2"  # C of our own
TREE_PARTS = ("py", "extmod", "shared", "tools", "drivers", "mpy-cross", "ports/rp2")


@dataclass(frozen=True)
class Rp2Board:
    """A board of the rp2 port: its UF2 family, mpy-cross's name of its processor, its flash.

    port: what the rp2 port calls it; start: whose start-up file in firmware/boards it has, if not that one's. A board
    with a radio has the image of the one without: nothing in flight may depend on a radio's driver.
    """

    name: str
    family: int
    march: str
    flash_bytes: int
    port: str
    start: str = ""
    flash: int = 0x10000000


BOARDS = {
    board.name: board
    for board in (
        Rp2Board("RPI_PICO", 0xE48BFF56, "armv6m", 2 << 20, "RPI_PICO"),
        Rp2Board("RPI_PICO_W", 0xE48BFF56, "armv6m", 2 << 20, "RPI_PICO"),
        Rp2Board("RPI_PICO_WIRED", 0xE48BFF56, "armv6m", 2 << 20, "RPI_PICO", "RPI_PICO_WIRED"),
        # 8 MiB of flash; its key lies where a Pico's does
        Rp2Board(
            "ADAFRUIT_FEATHER_RP2040", 0xE48BFF56, "armv6m", 2 << 20, "ADAFRUIT_FEATHER_RP2040", "RPI_PICO"
        ),
        Rp2Board("RPI_PICO2", 0xE48BFF59, "armv7emsp", 4 << 20, "RPI_PICO2"),
        Rp2Board("RPI_PICO2_W", 0xE48BFF59, "armv7emsp", 4 << 20, "RPI_PICO2"),
    )
}


def missing_tools() -> str | None:
    """What has to be installed before an image can be built, as one line; None if nothing."""
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if not missing:
        return None
    return f"{', '.join(missing)}: not found: apt-get install {PACKAGES}"


def build_firmware(board: str, *, frozen: bool = True, flight: bool = False) -> Path:
    """The UF2 image of `board`, cached: with firmware/perilune and its main.py frozen in, or MicroPython alone.

    flight: the build that takes no sensor frames from its link and obeys its own key alone, see perilune/build.py.
    InputError for an unknown board, RigError where tools or sources are missing or the build fails.
    """
    if board not in BOARDS:
        raise InputError(f"no firmware is built for board {board!r}; there are {', '.join(BOARDS)}")
    lacking = missing_tools()
    if lacking:
        raise RigError(lacking)
    tree = micropython_tree()
    start = BOARDS[board].start or BOARDS[board].port
    modules = vm.board_modules(start, flight=flight) if frozen else []
    base = _Base(tree, board, flight)
    image = cache_dir() / "boards" / f"{board}-{key([base.name, *flatten(modules)])}.uf2"
    if not sealed(image):
        with locked(base.path.with_suffix(".lock")):
            if not sealed(image):
                if tree.sealed:
                    check(tree.path)
                base.prepare()
                base.freeze(modules, image)
                seal(image)
    os.utime(image)
    return image


def symbols(image: Path) -> Path:
    """The ELF file of an image, which knows its functions by name."""
    return image.with_suffix(".elf")


class _Base:
    """A build directory of one board and one of its two builds, configured once."""

    def __init__(self, tree: Tree, board: str, flight: bool) -> None:
        self.tree, self.board, self.flight = tree, BOARDS[board], flight
        gcc = tool("arm-none-eabi-gcc", "arm-none-eabi-gcc", f"apt-get install {PACKAGES}")
        compiler = subprocess.run([gcc, "--version"], capture_output=True, text=True, check=False).stdout
        own = [Path(__file__), vm.MODULES_CODE, *sorted(PORT_DIR.iterdir())]
        texts = [path.read_bytes() for path in own]
        sources = [tree.identity, compiler, PICO_SDK.sha256, TINYUSB.sha256]
        self.name = key([self.board.port, "flight" if flight else "rig", *sources, *texts])
        self.path = cache_dir() / "boards" / f"build-{self.board.port}-{self.name}"

    def prepare(self) -> None:
        """Stage the sources and configure, unless that has been done."""
        if (self.path / "done").is_file():
            return
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True)
        self._stage()
        self._configure()
        (self.path / "done").touch()

    def freeze(self, modules: list[tuple[str, bytes]], image: Path) -> None:
        """Build with these modules and leave the image."""
        frozen = self.path / "modules"
        shutil.rmtree(frozen, ignore_errors=True)
        frozen.mkdir()
        for name, text in modules:
            (frozen / name).parent.mkdir(parents=True, exist_ok=True)
            (frozen / name).write_bytes(text)
        names = [name for name, _ in modules]
        shutil.rmtree(self.path / "mpy", ignore_errors=True)
        (self.path / "mpy").mkdir()
        compile_modules(vm.mpy_cross(), names, frozen, self.path / "mpy", self.board.march, vm.FIRMWARE_DIR)
        (self.path / "manifest.py").touch()  # the build looks at its time alone
        build = self.path / "build"
        # else it stays where nothing is newer: with no modules to freeze, those of the image before
        (build / "frozen_content.c").unlink(missing_ok=True)
        run(["ninja", "-C", str(build), "firmware"], f"{self.board.name} firmware", **self._environment())
        check_size(self.board.name, (build / "firmware.bin").stat().st_size)
        with staging(image) as scratch:
            uf2 = scratch / "firmware.uf2"
            convert = [sys.executable, str(self.path / "tree" / "tools" / "uf2conv.py")]
            where = ["-f", hex(self.board.family), "-b", hex(self.board.flash), "-c"]
            run([*convert, *where, "-o", str(uf2), str(build / "firmware.bin")], "UF2 image")
            shutil.copyfile(build / "firmware.elf", symbols(image))
            uf2.replace(image)

    def _environment(self) -> dict[str, str]:
        return {"MICROPY_MPYCROSS": str(vm.mpy_cross())}

    def _stage(self) -> None:
        """A tree of its own, since the port looks for the SDK and the USB stack inside it."""
        tree, source = self.path / "tree", self.tree.path
        for part in TREE_PARTS + tuple(f"lib/{name}" for name in LIB_PARTS):
            if (source / part).is_dir():
                shutil.copytree(source / part, tree / part, symlinks=True)
        for name, package, marker in (
            ("pico-sdk", PICO_SDK, "pico_sdk_init.cmake"),
            ("tinyusb", TINYUSB, "src/tusb.h"),
        ):
            own = source / "lib" / name
            (tree / "lib" / name).symlink_to(own if (own / marker).is_file() else fetch_package(package))
        _fit(tree)
        if self.flight:
            _fit_for_flight(tree, self.board.port)
        (self.path / "no-library").mkdir()  # none of micropython-lib is frozen, but the port looks for it
        (self.path / "no-library" / "README.md").touch()
        frozen = f"freeze_mpy({str(self.path / 'mpy')!r})"
        parts = (
            () if self.flight else ('freeze("$(PORT_DIR)/modules")', 'include("$(MPY_DIR)/extmod/asyncio")')
        )
        parts += (frozen,)
        (self.path / "manifest.py").write_text("\n".join(parts) + "\n")

    def _configure(self) -> None:
        port = self.path / "tree" / "ports" / "rp2"
        settings = {
            "MICROPY_BOARD": self.board.port,
            "MICROPY_FROZEN_MANIFEST": self.path / "manifest.py",
            "MICROPY_LIB_DIR": self.path / "no-library",
            "USER_C_MODULES": PORT_DIR / "micropython.cmake",
            "PICO_NO_PICOTOOL": 1,
        }
        given = [f"-D{name}={value}" for name, value in settings.items()]
        command = ["cmake", "-G", "Ninja", "-S", str(port), "-B", str(self.path / "build"), *given]
        run(command, f"{self.board.name} configuration", **self._environment())


def check_size(board: str, size_bytes: int) -> None:
    """RigError for an image that reaches into the file system: its first format would overwrite the image's end."""
    if size_bytes > FILES_FROM_BYTES:
        raise RigError(
            f"the {board} image takes {size_bytes} bytes, its file system begins at {FILES_FROM_BYTES}: freeze fewer "
            "modules, or move the file system (FILES_FROM_BYTES)"
        )


def _fit(tree: Path) -> None:
    """No network, so no cryptographic library; one thread, so no locks; what a tick runs is compiled for speed.

    A name has its place in the cache of attribute lookups for every object it is looked up in: `tick` alone is in ten.

    Machine code is frozen at whole words: the emitter places 32-bit literals by the distance from the start of the
    function, and a Cortex-M0+ reads the word below the address. Halfword alignment, MicroPython's, leaves it to chance
    whether a function sees its literals or what stands two bytes beside them.
    """
    changes = {
        "tools/mpy-tool.py": [("aligned (2)", "aligned (4)")],
        "py/map.c": [
            (
                "MAP_CACHE_OFFSET(index) ((((uintptr_t)(index)) >> 2) %",
                "MAP_CACHE_OFFSET(index) (((((uintptr_t)(index)) >> 3) ^ (((uintptr_t)map->table) >> 3)) %",
            )
        ],
        "ports/rp2/boards/RPI_PICO/mpconfigboard.h": [
            ("(1408 * 1024)", f"(PICO_FLASH_SIZE_BYTES - {FILES_FROM_BYTES})")
        ],
        "ports/rp2/CMakeLists.txt": [
            ("set(MICROPY_SSL_MBEDTLS ON)", ""),
            ("list(APPEND GIT_SUBMODULES lib/mbedtls)", ""),
            ("target_link_libraries(${MICROPY_TARGET} micropy_lib_mbedtls)", ""),
            ("    mbedtls/mbedtls_port.c\n", ""),
            ("${MICROPY_PY_DIR}/map.c", HOT_FILES),
            ('COMPILE_OPTIONS "-O2"', 'COMPILE_OPTIONS "-O3"'),
        ],
        "ports/rp2/mpconfigport.h": [
            (
                "#define MICROPY_PY_THREAD                       (1)",
                f"#define MICROPY_PY_THREAD (0)\n{TUNING}",
            ),
            ("#define MICROPY_SSL_MBEDTLS                     (1)", "#define MICROPY_SSL_MBEDTLS (0)"),
            ("#define MICROPY_PY_SSL                  (1)", "#define MICROPY_PY_SSL (0)"),
            ("#define MICROPY_PY_CRYPTOLIB                    (1)", "#define MICROPY_PY_CRYPTOLIB (0)"),
            ("#define MICROPY_PY_HASHLIB_SHA1                 (1)", "#define MICROPY_PY_HASHLIB_SHA1 (0)"),
        ],
    }
    _replace(tree, changes)


def _fit_for_flight(tree: Path, board: str) -> None:
    """The port's configuration and main() give way to ours; what they leave unused is not compiled."""
    config = tree / "ports" / "rp2" / "mpconfigport.h"
    config.write_text(config.read_text() + f'\n#include "{PORT_DIR / "flight.h"}"\n')
    parts = tree / "ports" / "rp2" / "boards" / board / "mpconfigboard.cmake"
    panic = "list(APPEND MICROPY_DEF_BOARD PICO_PANIC_FUNCTION=perilune_restart)\n"
    parts.write_text(f"{parts.read_text()}\n{panic}")
    files = "littlefs/lfs1 littlefs/lfs1_util littlefs/lfs2 littlefs/lfs2_util oofatfs/ff oofatfs/ffunicode"
    sources = [(f"    ${{MICROPY_DIR}}/lib/{name}.c\n", "") for name in files.split()]
    sources += [
        (f"    ${{MICROPY_DIR}}/shared/{name}.c\n", "") for name in ("runtime/pyexec", "readline/readline")
    ]
    sources += [(f"    {name}.c\n", "") for name in ("fatfs_port", "msc_disk", "help")]
    sources += [("    main.c\n", f"    {PORT_DIR / 'flight_main.c'}\n")]
    unused = [
        ("    qstr file_qstr = ", "    __attribute__((unused)) qstr file_qstr = ")
    ]  # the file a module would come from
    _replace(tree, {"ports/rp2/CMakeLists.txt": sources, "py/builtinimport.c": unused})


def _replace(tree: Path, changes: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    for name, replacements in changes.items():
        path = tree / name
        text = path.read_text()
        for old, new in replacements:
            if old not in text:
                raise RigError(
                    f"{path}: {old.strip()!r} not found: this MicroPython version is not supported"
                )
            text = text.replace(old, new)
        path.write_text(text)


def main(arguments: list[str]) -> int:
    """Build one board's image, optionally copy it to a file, print its path. `--flight`: the build for flight."""
    flight = "--flight" in arguments
    arguments = [word for word in arguments if word != "--flight"]
    try:
        image = build_firmware(arguments[0] if arguments else "RPI_PICO", flight=flight)
    except PeriluneError as error:
        print(f"firmware: error: {error}", file=sys.stderr)
        return error.exit_code
    if len(arguments) > 1:
        target = Path(arguments[1])
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(image, target)
        image = target
    print(image)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

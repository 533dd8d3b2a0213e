"""The image for flight on the emulated RP2040, from its first instruction: no prompt, no files, every end a reset."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from perilune.wire import schema
from perilune_host.codec import LAYOUTS, SCHEMA_CRC, enframe
from perilune_rig.boards import build
from perilune_rig.boards.emulator import UART, USB
from perilune_rig.hostile.target import KEY, Target
from perilune_rig.vm import build as vm

pytestmark = [pytest.mark.boards, pytest.mark.timeout(1800)]

HELLO = enframe(LAYOUTS[schema.HELLO].pack([schema.WIRE_VERSION, SCHEMA_CRC, 7]))
KEYS = b"\r\3\r\1\r\4\2\5A\1"  # interrupt, raw, raw paste, paste mode, soft reset
STATEMENTS = b"\r\nimport os;print(os.listdir('/'))\r\nprint(open('/perilune.key').read())\r\n\4"
BOOT_MS = 800


@pytest.fixture
def board() -> Iterator[Target]:
    target = Target(flight=True)
    yield target
    target.close()


ABSENT = frozenset(
    """
    pyexec_friendly_repl pyexec_raw_repl pyexec_file_if_exists readline mp_compile mp_parse
    mp_sched_keyboard_interrupt mp_hal_set_interrupt_char mp_interrupt_char mp_os_dupterm_rx_chr
    mp_vfs_open_obj mp_vfs_mount mp_vfs_import_stat lfs2_mount f_open mp_reader_new_file mp_raw_code_load_file
    machine_bootloader mp_lexer_new mp_builtin_execfile
    """.split()
)
WORDS = (b'Type "help()"', b"raw REPL; CTRL-B", b"boot.py", b"soft reboot")


def names(image: Path) -> set[str]:
    """Symbols of an image with its symbol table."""
    listed = subprocess.run(["arm-none-eabi-nm", str(image)], capture_output=True, text=True, check=True)
    return set(listed.stdout.split())


@pytest.mark.parametrize("name", ["RPI_PICO", "RPI_PICO2"])
def test_the_image_has_no_compiler_no_prompt_and_no_files(name: str):
    """What is not in it cannot be reached, whatever goes wrong."""
    image = build.symbols(build.build_firmware(name, flight=True))
    found, text = names(image), image.read_bytes()
    assert found & ABSENT == set()
    assert [words for words in WORDS if words in text] == []
    assert "perilune_restart" in found


def test_the_image_of_the_rig_has_a_prompt():
    """The names and words that the image for flight lacks are those of today's MicroPython."""
    image = build.symbols(build.build_firmware("RPI_PICO"))
    found, text = names(image), image.read_bytes()
    assert {"pyexec_raw_repl", "mp_compile", "mp_sched_keyboard_interrupt", "mp_vfs_mount"} <= found & ABSENT
    assert WORDS[0] in text
    assert WORDS[1] in text


@pytest.mark.parametrize("channel", [USB, UART], ids=["usb", "uart"])
def test_a_flood_of_keys_from_the_first_instruction_brings_no_prompt(board: Target, channel: int):
    """Ctrl-C before the loop had the port led to the prompt, and to the key behind it."""
    for _ in range(BOOT_MS // 10):
        board.run(10, KEYS, channel)
    board.run(300, STATEMENTS, channel)
    assert not board.prompted
    assert board.resets == 0
    assert board.hears(USB)
    assert board.hears(UART)


@pytest.mark.parametrize("channel", [USB, UART], ids=["usb", "uart"])
def test_a_key_at_every_ten_milliseconds_of_a_boot_of_its_own(board: Target, channel: int):
    for at in range(0, BOOT_MS, 10):
        resets = board.resets
        board.reset()
        board.run(at)
        board.run(BOOT_MS - at, b"\r\3\3\1", channel)
        assert board.resets == resets + 1, at
    assert not board.prompted
    assert board.hears(channel)


def test_random_streams_bring_no_prompt_and_no_reset(board: Target):
    """Ten thousand of them, half of bytes that mean something to a prompt or to the framing."""
    board.boot()
    rng = Random(21)
    telling = bytes(range(6)) + b"\r\n\x98\x18\x20\x1f\x30\x3f"
    for n in range(10_000):
        size = rng.randrange(1, 40)
        stream = rng.randbytes(size) if n % 2 else bytes(rng.choices(telling, k=size))
        board.run(2, stream, rng.choice((USB, UART)))
        if n % 500 == 499:
            assert board.hears(USB), n
            assert board.hears(UART), n
    assert not board.prompted
    assert board.resets == 0


ENDS = {
    "raised while starting": "raise ValueError",
    "out of memory": "x = []\nwhile True:\n    x.append(bytearray(4096))",
    "system exit": "raise SystemExit",
    "keyboard interrupt": "raise KeyboardInterrupt",
    "import of nothing": "import nothing_at_all",
    "too deep": "def f():\n    f()\nf()",
    "end of the program": "pass",
    "raised in the loop": (
        "import perilune.ports.serve as s\n"
        "def bad(self):\n    raise RuntimeError\n"
        "s.Loop.turn = bad\nfrom perilune.ports.rp2 import main\nmain()"
    ),
    "returned from the loop": (
        "import perilune.ports.serve as s\n"
        "def leave(self):\n    self.left = True\n"
        "s.Loop.turn = leave\nfrom perilune.ports.rp2 import main\nmain()"
    ),
}


@pytest.mark.parametrize("program", ENDS.values(), ids=ENDS)
def test_every_end_of_the_program_is_a_reset(monkeypatch, program: str):
    """Each build of this has another main.py; nothing of it ever reaches a prompt."""
    modules = vm.board_modules("RPI_PICO", flight=True)
    changed = [(name, program.encode() if name == "main.py" else text) for name, text in modules]
    monkeypatch.setattr(vm, "board_modules", lambda *_args, **_kw: changed)
    target = Target(flight=True)
    try:
        for _ in range(200):
            target.run(10, HELLO + b"\r\3\1")
            if target.resets >= 2:
                break
        assert target.resets >= 2
        assert not target.prompted
        assert target.said[USB].count(b">") == 0
    finally:
        target.close()


def test_a_board_with_a_key_obeys_it_alone(board: Target):
    board.boot()
    board.take_off()
    assert board.resets == 0


@pytest.mark.parametrize(
    "page", [b"", b"\0" * 40, KEY + bytes(8), KEY[:16]], ids=["none", "zeros", "no ID", "half"]
)
def test_a_board_without_a_whole_key_obeys_nobody(monkeypatch, page: bytes):
    from perilune_rig.boards import key_page

    monkeypatch.setattr(key_page, "sealed", lambda _key: page)
    target = Target(flight=True)
    try:
        target.boot()
        (row,) = target.ask(HELLO)
        assert row[0] == schema.HELLO_REPLY
        assert row[10] == (b"\xff" * 8 if page else bytes(8))
    finally:
        target.close()


def test_a_key_file_is_its_owners_alone(tmp_path: Path, monkeypatch):
    from perilune_host import keys
    from perilune_rig.boards import key_page

    monkeypatch.setenv(keys.VARIABLE, str(tmp_path / "keys"))
    path = tmp_path / "key.uf2"
    key = key_page.write(path, "RPI_PICO")
    assert path.stat().st_mode & 0o77 == 0
    assert path.read_bytes() == key_page.block("RPI_PICO", key)
    assert key_page.main([str(path)]) == 2  # never over another one

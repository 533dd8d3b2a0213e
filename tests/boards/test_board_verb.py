"""`perilune board rp2040 --pty`: an emulated board as anything that talks to a real one sees it."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import serial
from mpremote.transport_serial import SerialTransport

from perilune_host.errors import RigError
from perilune_host.port_lock import PortLock
from perilune_rig import cli
from perilune_rig.rungs.board import VARIABLE, BoardRung
from perilune_rig.rungs.vm import VmRung
from tests.boards.kit import emulated, flown, prompted

pytestmark = [pytest.mark.boards, pytest.mark.timeout(600)]


def typed(port: serial.Serial, text: bytes, until: bytes) -> bytes:
    port.write(text)
    return port.read_until(until)


def test_stock_micropython_gives_its_prompt_and_survives_soft_and_hard_reset():
    with emulated() as (path, _process), serial.Serial(path, timeout=10) as port:
        assert typed(port, b"print(6 * 7)\r", b"42\r\n>>> ").endswith(b"42\r\n>>> ")
        assert b"soft reboot" in typed(port, b"\x04", b"information.\r\n>>> ")
        typed(port, b"import machine; machine.reset()\r", b"reset()\r\n")
        port.timeout = 1
        said = b"".join(typed(port, b"\r", b">>> ") for _ in range(5))  # what comes while it starts is lost
        assert b"MicroPython v1.25.0" in said


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_files_are_kept_from_run_to_run_and_control_c_leaves_nothing_behind(tmp_path, ended_by):
    image, content = tmp_path / "flash.bin", os.urandom(9000)
    with emulated("--flash", str(image)) as (path, process):
        board = SerialTransport(path, timeout=10)
        board.enter_raw_repl()
        board.fs_writefile("/kept", content, chunk_size=1024)
        board.close()
        process.send_signal(ended_by)
        assert process.wait(10) == 0
        assert not os.path.exists(path)
    assert os.listdir(tmp_path) == ["flash.bin"]
    with emulated("--flash", str(image)) as (path, _process):
        board = SerialTransport(path, timeout=10)
        board.enter_raw_repl()
        assert board.fs_readfile("/kept") == content
        board.close()


def test_one_flight_has_the_port_and_control_c_leaves_board_and_port_usable(monkeypatch):
    with emulated("--frozen") as (path, _process):
        command = [sys.executable, "-m", "perilune_rig.cli", "fly", "nominal_terminal", "--no-report"]
        command += ["--rung", "board", "--port", path, "--json", "-"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as first:
            wait_until_taken(path)
            second = subprocess.run(command, capture_output=True, text=True, check=False)
            assert second.returncode == 3
            assert (
                f"another process has this port (process {first.pid}): end it first"
                in second.stderr.splitlines()[-1]
            )
            time.sleep(2.0)  # into the flight
            first.send_signal(signal.SIGINT)
            said, _ = first.communicate(timeout=30)
            assert first.returncode == 130
            assert json.loads(said)["outcome"] == "invalid"
        monkeypatch.setenv(VARIABLE, path)
        assert flown(BoardRung(), 20).record().trace_hash == flown(VmRung(), 20).record().trace_hash
        assert prompted(path)


def wait_until_taken(path: str) -> None:
    while True:
        try:
            PortLock(path).release()
        except RigError:
            return
        time.sleep(0.1)


def test_a_flash_file_in_no_directory_is_refused_in_one_line(capsys):
    assert cli.main(["board", "rp2040", "--flash", "/nonexistent/flash.bin"]) == 2
    assert "--flash /nonexistent/flash.bin: no such directory" in capsys.readouterr().err

"""One worker or many, here or at a scheduler's: the same table; what dies on the way is marked and costs nothing."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perilune_host.errors import InputError
from perilune_rig.campaign.plan import load
from perilune_rig.campaign.run import flying, session
from perilune_rig.campaign.run.cluster import Cluster
from perilune_rig.campaign.run.conduct import Independent, Tally, conduct
from perilune_rig.campaign.run.store import Store
from tests.hil_rig.campaign import kit

distributed = pytest.importorskip("distributed")
BIN = Path(sys.executable).parent


@pytest.fixture
def whole(tmp_path, monkeypatch):
    """A campaign that was flown in this process without disturbance."""
    return kit.fly_all(kit.write(tmp_path), tmp_path / "whole", monkeypatch)[0].store


def fly_on(url: str, tmp_path: Path, rung: str = "vm", name: str = "there"):
    made = session.begin(load.plan(load.read(kit.write(tmp_path)), 7), rung, tmp_path / name)
    tally = Tally(made.plan.runs)
    with Cluster(rung, 2, url) as farm:
        conduct(Independent(made.plan, made.store.done()), made.store, farm, tally, lambda *_: None)
    return made.store, tally


@pytest.fixture
def in_process():
    """A scheduler with two workers, threads of this process, so that flights can be made up."""
    with workers(n_workers=2, threads_per_worker=1) as cluster:
        yield cluster.scheduler_address


def workers(**words):
    return distributed.LocalCluster(processes=False, dashboard_address=None, resources={"board": 1}, **words)


def test_two_workers_of_a_scheduler_give_the_table_that_one_gives(in_process, tmp_path, whole):
    store, tally = fly_on(in_process, tmp_path)
    assert list(store.rows()) == list(whole.rows())
    assert store.table_hash() == whole.table_hash() and tally.retries == 0


def test_a_board_flies_one_run_at_a_time(tmp_path, monkeypatch, whole):
    """A worker with a board and threads to spare; nothing but the board keeps them from flying at once."""
    at_once, most = [], []

    def slowly(*args, **more):
        at_once.append(1)
        most.append(len(at_once))
        time.sleep(0.01)
        at_once.pop()
        return kit.made_up(*args, **more)

    monkeypatch.setattr(flying, "fly", slowly)
    monkeypatch.setattr(flying, "_ONE_AT_A_TIME", contextlib.nullcontext())
    with workers(n_workers=1, threads_per_worker=4) as cluster:
        store, _tally = fly_on(cluster.scheduler_address, tmp_path, "board")
    assert store.table_hash() == whole.table_hash()
    assert max(most) == 1


def test_what_a_worker_could_not_fly_is_flown_again(in_process, tmp_path, monkeypatch, whole):
    seeds = [run.seed for run in whole.rows()]
    monkeypatch.setattr(flying, "fly", kit.Breaking({seeds[3]: 2}))
    store, tally = fly_on(in_process, tmp_path)
    assert store.table_hash() == whole.table_hash()
    assert [(k, why) for k, _n, _worker, why in store.failures()] == [(3, "the board was unplugged")] * 2
    assert tally.retries == 2


def test_no_scheduler_is_one_clear_error(tmp_path, monkeypatch):
    monkeypatch.setattr("perilune_rig.campaign.run.cluster._ANSWER_S", 0.3)
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        fly_on("tcp://127.0.0.1:9", tmp_path)


class Processes:
    """A scheduler and workers of its own, as processes that can be killed."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"tcp://127.0.0.1:{self.port}"
        self.scheduler = self.start_scheduler()
        self.workers = [self.start_worker() for _ in range(2)]

    def start_scheduler(self):
        words = ["scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"]
        return subprocess.Popen([BIN / "dask", *words], stderr=subprocess.DEVNULL)

    def start_worker(self):
        words = ["worker", self.url, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        return subprocess.Popen([BIN / "dask", *words], stderr=subprocess.DEVNULL)

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def processes():
    made = Processes()
    time.sleep(3.0)
    yield made
    made.close()


REAL = kit.CAMPAIGN.replace("runs = 12", "runs = 24")


@pytest.fixture(scope="session")
def real(tmp_path_factory):
    """Real flights of the last hundred seconds, in one process."""
    folder = tmp_path_factory.mktemp("real")
    campaign(folder, "--workers", "1", "--out", folder / "c")
    return folder / "c", table(folder / "c")


def campaign(folder: Path, *words) -> None:
    command = [BIN / "perilune", "campaign", kit.write(folder, REAL), "--seed", "7", *map(str, words)]
    subprocess.run(command, check=True, capture_output=True)


def resume(folder: Path) -> str:
    command = [BIN / "perilune", "campaign", "--resume", folder / "c", "--workers", "2"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def table(folder: Path) -> str:
    with Store(folder) as store:
        assert len(store.done()) == 24
        return store.table_hash()


def wait_for_rows(folder: Path, count: int) -> None:
    end = time.monotonic() + 120.0
    while time.monotonic() < end:
        try:
            with Store(folder) as store:
                if len(store.done()) >= count:
                    return
        except InputError:
            pass
        time.sleep(0.05)
    raise TimeoutError(f"no {count} rows in {folder}")


def begin(folder: Path, *words) -> subprocess.Popen:
    command = [BIN / "perilune", "campaign", kit.write(folder, REAL), "--seed", "7", *map(str, words)]
    command += ["--out", folder / "c"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


@pytest.mark.slow
def test_kill_9_of_the_campaign_with_its_workers_flying(tmp_path, real):
    child = begin(tmp_path, "--workers", "2")
    wait_for_rows(tmp_path / "c", 5)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert "of 24 runs done, going on" in resume(tmp_path)
    assert table(tmp_path / "c") == real[1]


@pytest.mark.slow
def test_ctrl_c_ends_tidily_and_the_campaign_goes_on(tmp_path, real):
    """Once workers took the signal for themselves, and their tracebacks were all that was to be seen."""
    child = begin(tmp_path, "--workers", "2")
    wait_for_rows(tmp_path / "c", 3)
    os.killpg(child.pid, signal.SIGINT)
    told, _ = child.communicate(timeout=100)
    assert child.returncode == 130 and "Traceback" not in told and "go on with: perilune campaign" in told
    resume(tmp_path)
    assert table(tmp_path / "c") == real[1]


@pytest.mark.slow
def test_the_command_of_a_row_flies_that_run_again(real):
    result = json.loads((real[0] / "campaign.json").read_text(encoding="utf-8"))
    words = result["requirements"][1]["worst"][0]["command"].split()
    flown = subprocess.run([BIN / words[0], *words[1:], "--json", "-", "--no-report"], capture_output=True)
    again = json.loads(flown.stdout)
    with Store(real[0]) as store:
        (row,) = [row for row in store.rows() if row.seed == again["seed"]]
    assert again["trace_hash"] == row.trace_hash and again["touchdown"]["vertical_m_s"] == row.value("TD-1")


@pytest.mark.slow
def test_kill_9_of_a_worker_of_an_external_scheduler(tmp_path, real, processes):
    child = begin(tmp_path, "--scheduler", processes.url)
    wait_for_rows(tmp_path / "c", 4)
    processes.workers[0].kill()
    told, _ = child.communicate(timeout=200)
    assert child.returncode == 0, told
    assert table(tmp_path / "c") == real[1]
    with Store(tmp_path / "c") as store:
        assert {why for _k, _n, _worker, why in store.failures()} == {"its worker was lost"}


@pytest.mark.slow
def test_a_scheduler_that_goes_away_and_comes_back(tmp_path, real, processes):
    child = begin(tmp_path, "--scheduler", processes.url)
    wait_for_rows(tmp_path / "c", 4)
    processes.close()
    time.sleep(2.0)
    processes.scheduler = processes.start_scheduler()
    processes.workers = [processes.start_worker() for _ in range(2)]
    told, _ = child.communicate(timeout=200)
    assert child.returncode == 0, told
    assert table(tmp_path / "c") == real[1]
    with Store(tmp_path / "c") as store:
        assert {why for _k, _n, _worker, why in store.failures()} == {"the scheduler went away"}


class _Mine:
    """What a stranger would have the scheduler unpickle."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_no_other_user_of_this_machine_reaches_a_local_cluster(tmp_path):
    """Anybody who could connect to 127.0.0.1 could run code as the user who flew the campaign."""
    psutil = pytest.importorskip("psutil")
    taken = tmp_path / "taken"
    with Cluster("python", 2) as farm:
        assert farm._local is not None
        address = farm._local.scheduler_address
        assert address.startswith("tls://127.0.0.1:")
        for url, security in (
            (address.replace("tls:", "tcp:"), None),
            (address, distributed.Security.temporary()),  # a key of the stranger's own
        ):
            with pytest.raises(Exception, match=r"CommClosed|certificate|closed|Timed out|TLS") as refused:
                distributed.Client(url, security=security, timeout=3).submit(_Mine(taken)).result(3)
            assert "AssertionError" not in repr(refused)
        me = psutil.Process()
        ours = [me, *me.children(recursive=True)]
        listening = [
            c.laddr for p in ours for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN
        ]
        assert listening and {where.ip for where in listening} == {"127.0.0.1"}
        assert 8787 not in {where.port for where in listening}
        for where in listening:
            assert _page(where.port) in (b"", b"404"), where
    assert not taken.exists()


def _page(port: int) -> bytes:
    """The status of a page that Dask serves by default; empty where there is no web server."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as there:
        there.settimeout(5)
        there.sendall(b"GET /info/main/workers.html HTTP/1.0\r\n\r\n")
        try:
            said = there.recv(4096)
        except OSError:
            return b""
    return said.split()[1] if said.startswith(b"HTTP") else b""

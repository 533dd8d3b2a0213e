"""Runs on many processes, machines or boards: Dask distributed, on this machine or at a scheduler's address.

A worker that dies costs nothing but the runs it was flying: Dask gives them to another, and each such run is marked.
A scheduler that goes away is waited for; what it had not given back is handed out anew.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import signal
import time
import uuid
from collections.abc import Iterator
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any, cast

from perilune_host.errors import InputError, PeriluneError, RigError
from perilune_host.plain import one_line
from perilune_rig.campaign.plan.plan import Run
from perilune_rig.campaign.run.farm import Failed, Retried, Returned
from perilune_rig.campaign.run.flying import Flown, fly_run
from perilune_rig.rungs.board import BoardRung

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster

_AHEAD = 2  # runs out for each worker: one that flies, one that waits
_POLL_S = 0.5
_ANSWER_S = 10.0  # wait for a scheduler's answer
_WORKERS_S = 60.0  # wait for the first worker
_BACK_S = 120.0  # wait for a scheduler that went away
_CLOSE_S = 3.0
# Dask samples its workers' stacks a hundred times a second, and their processes twice: time taken from flights
_QUIET = {"distributed.worker.profile.enabled": False, "distributed.admin.system-monitor.interval": "10s"}
# Dask's web servers cannot be left out, but they need not say anything
_NO_PAGES = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}
_HERE = "127.0.0.1"


class Cluster:
    """A farm of Dask workers. scheduler: its URL; None starts `workers` processes here, one thread each.

    Whoever reaches a Dask scheduler runs code as its user. The processes started here are reached from this machine
    alone, and speak TLS with a key made for this campaign: no other user of the machine gets in. A scheduler of one's
    own is as safe as its configuration: tls://, with Dask's own settings for keys.
    """

    def __init__(self, rung: str, workers: int, scheduler: str | None = None) -> None:
        try:
            import distributed
        except ImportError:
            mend = "pip install -e '.[campaign]', or --workers 1"
            raise InputError(f"many workers need distributed: {mend}") from None
        self._dask = distributed
        self._rung, self._workers, self._scheduler = rung, workers, scheduler
        self._resources = {"board": 1} if rung == BoardRung.name else None
        self._topic = f"perilune-{uuid.uuid4().hex}"
        self._news: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._out: dict[str, tuple[Run, Future]] = {}
        self._flying: dict[str, str] = {}  # worker that has begun a run, by the run's key
        self._room, self._counted = workers, 0.0
        self._local: LocalCluster | None = None
        self._client: Client | None = None
        self._cut = False  # the scheduler went away

    def __enter__(self) -> Cluster:
        import dask.config

        # what Dask's parts say to each other while they come and go is of no use to who flies a campaign
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        if self._scheduler is None:
            with _deaf_to_ctrl_c(), dask.config.set(_QUIET | _NO_PAGES):
                self._local = self._dask.LocalCluster(
                    n_workers=self._workers,
                    threads_per_worker=1,
                    host=_HERE,
                    security=self._security(),
                    dashboard_address=cast(str, None),  # no dashboard ...
                    scheduler_kwargs={"dashboard_address": f"{_HERE}:0"},  # ... nor its well-known port
                    memory_limit=None,
                    silence_logs=logging.CRITICAL,
                )
        self._client = self._connected()
        return self

    def _security(self) -> Any:
        try:
            return self._dask.Security.temporary()
        except ImportError:
            raise InputError(
                "many workers need cryptography: pip install -e '.[campaign]', or --workers 1"
            ) from None

    def __exit__(self, *_error: object) -> None:
        for _run, future in self._out.values():
            future.release()
        self._out.clear()
        # a worker in the middle of a flight does not answer: it ends with this process, its run is flown again
        with contextlib.suppress(TimeoutError, OSError):
            if self._client is not None:
                self._client.close(timeout=_CLOSE_S)
            if self._local is not None:
                self._local.close(timeout=_CLOSE_S)

    def _connected(self) -> Client:
        """A client of the scheduler once it has a worker that can fly. InputError, RigError if that is not to be."""
        where = self._local or self._scheduler
        try:
            client = self._dask.Client(where, timeout=_ANSWER_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError(f"--scheduler {self._scheduler}: no Dask scheduler answers: {error}") from None
        try:
            client.wait_for_workers(1, timeout=_WORKERS_S)
        except TimeoutError:
            client.close()
            start = f"dask worker {self._scheduler} --nthreads 1"
            raise RigError(f"{self._scheduler}: no worker came within {_WORKERS_S:g} s: {start}") from None
        if self._resources and not _have_boards(client):
            client.close()
            raise RigError(f"{self._scheduler}: no worker has a board: dask worker ... --resources board=1")
        client.subscribe_topic(self._topic, lambda event: self._news.put(("began", event[1])))
        return client

    @property
    def room(self) -> int:
        """Two runs a worker: one that flies, one that waits."""
        now = time.monotonic()
        if self._client is not None and now - self._counted > 5.0:
            self._counted = now
            self._room = max(1, len(cast(dict, self._client.nthreads())))
        return _AHEAD * self._room

    def submit(self, run: Run) -> None:
        """Take a run."""
        assert self._client is not None
        key = f"{self._topic}-{run.k}-{uuid.uuid4().hex[:8]}"
        future = self._client.submit(
            fly_there, run, self._rung, self._topic, key, key=key, pure=False, resources=self._resources
        )
        self._out[key] = (run, future)
        future.add_done_callback(lambda done: self._news.put(("done", done.key)))

    def collect(self) -> list[Returned]:
        """Wait until there is news."""
        while True:
            try:
                news = [self._news.get(timeout=_POLL_S)]
            except queue.Empty:
                news = []
            while not self._news.empty():
                news.append(self._news.get())
            back = [found for kind, what in news if (found := self._take(kind, what)) is not None]
            if self._cut or self._closed():
                return back + self._again()
            if back:
                return back

    def _take(self, kind: str, what: Any) -> Returned | None:
        return self._began(what) if kind == "began" else self._done(what)

    def _began(self, event: dict[str, Any]) -> Returned | None:
        key, worker = event["key"], event["worker"]
        before = self._flying.get(key)
        if key not in self._out or before == worker:
            return None
        self._flying[key] = worker
        return None if before is None else Retried(self._out[key][0].k, before, "its worker was lost")

    def _done(self, key: str) -> Returned | None:
        if key not in self._out:
            return None
        if self._out[key][1].status in ("cancelled", "lost"):
            self._cut = True
            return None
        run, future = self._out.pop(key)
        worker = self._flying.pop(key, "?")
        try:
            return future.result(timeout=10.0)
        except PeriluneError as error:
            return Failed(run, worker, one_line(str(error)))
        except Exception as error:  # a worker's, or Dask's own: of the rig in any case
            return Failed(run, worker, one_line(f"{type(error).__name__}: {error}", 300))
        finally:
            future.release()

    def _closed(self) -> bool:
        return self._client is None or self._client.status not in ("running", "connecting")

    def _again(self) -> list[Returned]:
        """The scheduler went away: everything it had is handed out anew once it is back."""
        runs = [run for run, _future in self._out.values()]
        self._out.clear()
        self._flying.clear()
        self._cut = False
        if self._client is not None:
            self._client.close(timeout=2)
        end = time.monotonic() + _BACK_S
        while True:
            try:
                self._client = self._connected()
                break
            except PeriluneError:
                if time.monotonic() > end:
                    raise
        for run in runs:
            self.submit(run)
        return [Retried(run.k, "?", "the scheduler went away") for run in runs]


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes started here, now or by threads started now, never see Ctrl-C: this process alone decides."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # would unblock the signal in the thread that starts it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _have_boards(client: Client) -> bool:
    workers = client.scheduler_info(n_workers=-1)["workers"]
    return any(worker.get("resources", {}).get("board", 0) >= 1 for worker in workers.values())


def fly_there(run: Run, rung: str, topic: str, key: str) -> Flown:
    """On a worker: say that the run has begun, and fly it."""
    from distributed import get_worker

    worker = get_worker()
    worker.log_event(topic, {"key": key, "worker": worker.address})
    return fly_run(run, rung)

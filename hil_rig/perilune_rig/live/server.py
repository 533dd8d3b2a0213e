"""Serves the live page on this machine only: one self-contained document, and its feed as server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html. The browser connects again by itself, so a page left
open shows the next flight too.
"""

from __future__ import annotations

import errno
import json
import threading
import time
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from perilune_host.errors import InputError
from perilune_rig.live.feed import Cursor, Feed
from perilune_rig.report.style import MODE_COLOURS

HOST, PORT = "127.0.0.1", 8017
VIEWERS = 16
_PERIOD_S = 0.1  # between messages to a viewer
_IDLE_S = 3.0  # ... at least one, so that a browser that has gone is noticed
_STUCK_S = 10.0  # a browser that takes nothing for so long is let go
_GOODBYE_S = 1.0  # for the last message at the end
_HERE = Path(__file__).resolve().parent


@lru_cache(maxsize=1)
def page() -> bytes:
    """The whole page; it loads nothing from elsewhere."""
    names = ("page.html", "page.css", "draw.js", "page.js")
    html, css, draw, js = ((_HERE / name).read_text(encoding="utf-8") for name in names)
    colours = json.dumps({mode: strong for mode, (_tint, strong) in MODE_COLOURS.items()})
    return html.replace("/*css*/", css).replace("/*js*/", draw + js.replace("/*modes*/", colours)).encode()


class LiveView(Feed):
    """A feed with a page: give it samples, it serves them; a context.

    port: None for 8017 or, if that is taken, any free one; 0 for any free one. InputError if the port asked for is
    taken. Nothing that browsers do is ever waited for.
    """

    def __init__(self, port: int | None = None) -> None:
        super().__init__()
        self.closing = threading.Event()
        self.viewers = threading.BoundedSemaphore(VIEWERS)
        self._server = _listen(port, self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self._server.server_address[1]}/"

    def __enter__(self) -> LiveView:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let viewers have what is new, for a second at most, and stop serving."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        deadline = time.monotonic() + _GOODBYE_S
        for thread in list(self._server.serving):
            thread.join(max(0.0, deadline - time.monotonic()))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, view: LiveView) -> None:
        super().__init__((HOST, port), _Handler)
        self.view = view
        self.serving: set[threading.Thread] = set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle is no news."""


def _listen(port: int | None, view: LiveView) -> _Server:
    try:
        return _Server(PORT if port is None else port, view)
    except OSError as error:
        if port is None and error.errno == errno.EADDRINUSE:
            return _Server(0, view)
        mend = "choose another, or 0 for any free one"
        raise InputError(f"--live-port {port}: {error.strerror}: {mend}") from None


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # type: ignore[assignment]
    timeout = _STUCK_S

    def do_GET(self) -> None:
        """The page, or its feed."""
        port = self.server.server_address[1]
        if self.headers.get("Host") not in (f"{HOST}:{port}", f"localhost:{port}"):
            self.send_error(HTTPStatus.FORBIDDEN)  # another site's page that made its name point here
        elif self.path == "/":
            self._head("text/html; charset=utf-8")
            self.wfile.write(page())
        elif self.path == "/feed":
            self._serve_feed()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal belongs to the flight."""

    def _head(self, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()

    def _serve_feed(self) -> None:
        viewers, serving = self.server.view.viewers, self.server.serving
        if not viewers.acquire(blocking=False):
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, f"{VIEWERS} viewers are watching already")
            return
        serving.add(threading.current_thread())
        try:
            self._head("text/event-stream")
            self.wfile.write(b"retry: 1000\n\n")
            self._feed()
        finally:
            viewers.release()
            serving.discard(threading.current_thread())

    def _feed(self) -> None:
        view, seen, last, over = self.server.view, Cursor(), 0.0, False
        while True:
            message = view.since(seen)
            now = time.monotonic()
            if message:
                self.wfile.write(b"data: " + msgspec.json.encode(message) + b"\n\n")
            elif now - last > _IDLE_S:
                self.wfile.write(b": still here\n\n")
            last = now if message or now - last > _IDLE_S else last
            if over:
                return
            over = view.closing.wait(_PERIOD_S)

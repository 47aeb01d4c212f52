"""Answers who asks for the file behind a post, each in a process of its own.

`POST /resolve` takes `{"page": …, "max_bytes": …}`. The answer begins at once and has a space each second
until it is known, so that both ends notice when the other has gone; JSON allows them.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from typing import Any

from deepshield.resolver.confinement import LARGEST_FILE

AT_ONCE = 4  # as many as a scheduler fetches; with `confinement.MEMORY_BYTES` they fit into the container
LONGEST_SECONDS = 45.0
_LONGEST_REQUEST = 8192
_BEAT_SECONDS = 1.0


class Resolver(ThreadingHTTPServer):
    """Listens at an address; ``proxy`` is what its processes go out through."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], proxy: str | None = None) -> None:
        super().__init__(address, _Handler)
        self.proxy = proxy
        self.places = threading.BoundedSemaphore(AT_ONCE)
        self.made_by = f"yt-dlp {version('yt-dlp')}"


class _Handler(BaseHTTPRequestHandler):
    server: Resolver
    timeout = 10  # seconds for a request to come

    def do_GET(self) -> None:
        """Answer whether the service is there."""
        self._begin(200 if self.path == "/health" else 404)

    def do_POST(self) -> None:
        """Answer where the file of a page is."""
        request = self._request()
        if request is None:
            self._begin(400)
            return
        self._begin(200)
        if not self.server.places.acquire(blocking=False):
            self._write({"failed": "busy"})
            return
        try:
            self._write({**self._looked_up(request), "by": self.server.made_by})
        finally:
            self.server.places.release()

    def _request(self) -> dict[str, Any] | None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/resolve" or not length.isdigit() or int(length) > _LONGEST_REQUEST:
            return None
        try:
            asked = json.loads(self.rfile.read(int(length)))
            return {
                "page": str(asked["page"]),
                "max_bytes": int(asked["max_bytes"]),
                "proxy": self.server.proxy,
            }
        except (ValueError, KeyError, TypeError):
            return None

    def _begin(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()

    def _write(self, answer: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # who asked has gone
            self.wfile.write(json.dumps(answer).encode())

    def _looked_up(self, request: dict[str, Any]) -> dict[str, Any]:
        end = time.monotonic() + LONGEST_SECONDS
        with tempfile.TemporaryFile() as said:
            child = subprocess.Popen(
                [sys.executable, "-m", "deepshield.resolver.child"],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, "YTDLP_NO_PLUGINS": "1"},
            )
            try:
                assert child.stdin is not None
                with contextlib.suppress(BrokenPipeError), child.stdin as to:
                    to.write(json.dumps(request).encode())
                while time.monotonic() < end:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        child.wait(_BEAT_SECONDS)
                        break
                    self.wfile.write(b" ")
                else:
                    return {"failed": "too_slow"}
            except OSError:
                return {"failed": "too_slow"}  # nobody reads it
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()
            said.seek(0)
            try:
                answer = json.loads(said.read(LARGEST_FILE))
            except ValueError:
                return {"failed": "unreadable"}
            return answer if isinstance(answer, dict) else {"failed": "unreadable"}

    def log_message(self, *_: object) -> None:
        """Log nothing: lines would hold addresses of posts."""

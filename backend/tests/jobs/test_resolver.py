"""Posts of social media: a real resolver reads the page, and the service fetches what it names."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import MakeResources
from services import free_port, wait_until

from deepshield.domain.jobs import State
from deepshield.intake.addresses import AddressPolicy
from deepshield.operations import fetching
from deepshield.persistence.tables import Job
from deepshield.resources import Resources

pytestmark = pytest.mark.integration

POST = b"""<!doctype html><title>A post</title><body>
<video src="http://media.example/clip.mp4" width="640" height="360"></video>"""
PICTURES = b'<!doctype html><meta property="og:image" content="http://media.example/still.png">'
TEXT = b"<!doctype html><title>Only words</title>"
INSIDE = b'<!doctype html><video src="http://10.0.0.1/clip.mp4"></video>'


class Proxy(ThreadingHTTPServer):
    """Stands for the internet: an outgoing proxy that answers for every host itself."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str]] = []
        self.silent = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Proxy

    def do_GET(self) -> None:
        pages = {
            "http://social.example/post": POST,
            "http://social.example/pictures": PICTURES,
            "http://social.example/text": TEXT,
            "http://social.example/inside": INSIDE,
            "http://media.example/clip.mp4": world.PICTURE,
        }
        self.server.asked.append((self.path, self.headers.get("User-Agent", "")))
        body = pages.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/html" if body and body[:1] == b"<" else "video/mp4")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def internet() -> Iterator[Proxy]:
    with Proxy() as opened:
        thread = threading.Thread(target=opened.serve_forever)
        thread.start()
        yield opened
        opened.shutdown()
        thread.join()


@contextmanager
def resolver(*options: str) -> Iterator[str]:
    """Run a real one; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "deepshield.resolver", "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "listens" in process.stdout.readline()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            assert process.wait(20) == 0


@pytest.fixture
def resources(make_resources: MakeResources, internet: Proxy) -> Iterator[Resources]:
    with resolver("--proxy", internet.url) as address:
        fetch = {"resolver_url": address, "resolver_hosts": "social.example", "proxy": internet.url}
        yield make_resources(fetch=fetch)


def fetched(client: TestClient, resources: Resources, url: str) -> Job:
    """Hand in an address, and return its job once it has its file or has failed."""
    answer = client.post("/api/analyze-url", json={"file_url": url})
    assert answer.status_code == 200, answer.text
    stopping = threading.Event()
    thread = threading.Thread(target=fetching.run, args=(resources, stopping, AddressPolicy()))
    thread.start()

    def row() -> Job:
        with resources.database.read() as session:
            job = session.get(Job, answer.json()["job_id"])
            assert job is not None
            return job

    try:
        wait_until(lambda: row().upload_key is not None or row().state == State.FAILED)
    finally:
        stopping.set()
        thread.join()
    return row()


def test_the_file_behind_a_post_is_fetched_and_its_way_is_kept(resources: Resources, internet: Proxy) -> None:
    with world.serving(resources) as client:
        job = fetched(client, resources, "http://social.example/post")
        custody = client.get(f"/api/jobs/{job.id}/custody").json()["source"]
    assert (job.state, job.media_type, job.original_filename) == (State.QUEUED, "image", "clip_mp4.png")
    kept = custody["resolution"]
    assert (kept["page"], kept["url"]) == ("http://social.example/post", "http://media.example/clip.mp4")
    assert (kept["by"], kept["extractor"]) == (f"yt-dlp {version('yt-dlp')}", "html5")
    assert [hop["url"] for hop in custody["hops"]] == ["http://media.example/clip.mp4"]
    clips = [agent for path, agent in internet.asked if path.endswith("clip.mp4")]
    assert "Mozilla" in clips[-1], "the file's server gets the headers that the resolver names"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/text", "POST_NOT_RESOLVED"),
        ("/gone", "POST_NOT_RESOLVED"),
        ("/pictures", "URL_IS_A_PAGE"),
        ("/inside", "INVALID_URL"),
    ],
)
def test_what_is_not_behind_a_post_is_said(
    resources: Resources, internet: Proxy, path: str, code: str
) -> None:
    with world.serving(resources) as client:
        job = fetched(client, resources, f"http://social.example{path}")
    assert (job.state, job.error_code) == (State.FAILED, code)
    assert not [path for path, _ in internet.asked if "10.0.0.1" in path]
    if code == "URL_IS_A_PAGE":
        assert job.error_details == {
            "addresses": [{"url": "http://media.example/still.png", "kind": "image"}]
        }


def test_other_hosts_are_not_named_to_the_resolver(resources: Resources, internet: Proxy) -> None:
    with world.serving(resources) as client:
        job = fetched(client, resources, "http://media.example/clip.mp4")
    assert job.state == State.QUEUED
    assert [path for path, _ in internet.asked] == ["http://media.example/clip.mp4"]


def test_a_resolver_that_does_not_answer_is_a_fault_of_the_service(make_resources: MakeResources) -> None:
    fetch = {"resolver_url": f"http://127.0.0.1:{free_port()}", "resolver_hosts": "social.example"}
    resources = make_resources(fetch=fetch, job={"max_attempts": 2})
    with world.serving(resources) as client:
        job = fetched(client, resources, "http://social.example/post")
    assert (job.error_code, job.attempts) == ("RESOLVER_UNAVAILABLE", 2)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:{port}", "localhost:{port}", "0x7f.1:{port}", "inside.test:{port}"]
)
def test_without_a_proxy_the_resolver_connects_to_nothing_inside(internet: Proxy, host: str) -> None:
    page = f"http://{host.format(port=internet.server_address[1])}/post"
    with resolver() as address:
        request = urllib.request.Request(
            f"{address}/resolve",
            json.dumps({"page": page, "max_bytes": 10**6}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert "failed" in json.load(answer)
    assert internet.asked == []


def test_it_needs_nothing_of_the_service_but_what_its_image_has() -> None:
    code = "import sys, deepshield.resolver.__main__, deepshield.resolver.child; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = {name for name in done.stdout.split() if name.startswith("deepshield.")}
    rooms = ("deepshield.resolver", "deepshield.domain")
    assert {name for name in ours if not name.startswith(rooms)} == {
        "deepshield.intake",
        "deepshield.intake.addresses",
        "deepshield.intake.urls",
    }


HOSTILE = {
    "a connection inside": "import socket; socket.create_connection(('127.0.0.1', {port}), 2)",
    "a socket of this machine": "import socket; socket.socket(socket.AF_UNIX).connect('/tmp/x')",
    "a datagram": "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('10.0.0.1', 53))",
    "another program": "import subprocess; subprocess.run(['true'])",
    "a shell": "import os; os.system('true')",
    "a fork": "import os; os.fork()",
    "too much memory": "bytearray(2 * 1024**3)",
    "a large file": "open('/dev/shm/{port}', 'wb').write(bytes(10**6))",
}


@pytest.mark.parametrize("deed", HOSTILE.values(), ids=HOSTILE)
def test_the_process_that_reads_a_page_may_do_little(internet: Proxy, deed: str) -> None:
    code = "\n".join([
        "import os, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)",
        "from deepshield.resolver.confinement import confine",
        "confine(None)",
        f"try:\n    {deed.format(port=internet.server_address[1])}",
        "except (PermissionError, MemoryError, OSError) as error:\n    print(type(error).__name__)",
    ])  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in {"RefusedError", "MemoryError", "OSError"}
    assert internet.asked == []

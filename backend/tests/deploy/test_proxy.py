"""The real proxy in front of the real API."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import proxy
import pytest
from live_server import listening
from service_parts import MakeResources
from services import wait_until

from deepshield.api.http.web import POLICY
from deepshield.api.schemas.reviews import LARGEST_BYTES
from deepshield.domain.jobs import MediaKind
from deepshield.jobs.submit import Submission, submit
from deepshield.resources import Resources

pytestmark = [
    pytest.mark.deploy,
    pytest.mark.skipif(
        shutil.which("nginx") is None,
        reason="nginx is not installed; `make setup-dev` installs it when run as root",
    ),
]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough: this is about what stands in front."""
    return sqlite_url


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A made-up export."""
    folder = tmp_path / "out"
    for name, text in {
        "index.html": "<h1>start</h1>",
        "404.html": "<h1>nothing here</h1>",
        "history/index.html": "<h1>history</h1>",
        "_next/static/chunks/a1b2.js": "let a = 1;" * 400,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def service(make_resources: MakeResources) -> Resources:
    return make_resources(
        trusted={"proxies": ("127.0.0.1",)}, file={"max_upload_mb": 1}, rate={"limit_rps": 0}
    )


@pytest.fixture
def client(service: Resources, pages: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    folder = tmp_path / "nginx"
    folder.mkdir()
    with (
        listening(service) as api,
        proxy.running(
            folder,
            api,
            pages,
            FILE_MAX_UPLOAD_MB="1",
            LOGIN_RATE_PER_MINUTE="6",
            CONNECTIONS_PER_ADDRESS="3",
        ) as address,
        httpx.Client(base_url=address, timeout=20) as opened,
    ):
        yield opened


def test_pages_and_the_api_are_one_origin(client: httpx.Client) -> None:
    assert client.get("/").text == "<h1>start</h1>"
    assert client.get("/history/").text == "<h1>history</h1>"
    assert client.get("/api/health").json()["status"] == "ok"


def test_a_page_without_its_slash_is_found_on_the_same_host(client: httpx.Client) -> None:
    answer = client.get("/history")
    assert (answer.status_code, answer.headers["location"]) == (301, "/history/")


def test_tls_as_the_example_has_it(service: Resources, pages: Path, tmp_path: Path) -> None:
    certificates = tmp_path / "certs"
    folder = tmp_path / "nginx"
    for one in (certificates, folder):
        one.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", certificates / "privkey.pem",
         "-out", certificates / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    trusted = ssl.create_default_context(cafile=str(certificates / "fullchain.pem"))
    with (
        listening(service) as api,
        proxy.running(folder, api, pages, certificates) as address,
        httpx.Client(timeout=20, verify=trusted) as http,
    ):
        plain = httpx.URL(address)
        assert plain.port is not None
        safe = plain.copy_with(scheme="https", port=plain.port + proxy.TLS)
        page = http.get(safe)
        assert page.text == "<h1>start</h1>"
        assert page.headers.get_list("strict-transport-security") == ["max-age=31536000"]
        assert page.headers["content-security-policy"] == POLICY.format(styles="")
        assert http.get(safe.join("/api/health")).json()["status"] == "ok"
        assert "strict-transport-security" not in http.get(plain).headers
        by_balancer = http.get(plain, headers={"X-Forwarded-Proto": "https"})
        assert by_balancer.headers["strict-transport-security"] == "max-age=31536000"


def test_an_unknown_page_is_told_in_the_apps_own_words(client: httpx.Client) -> None:
    answer = client.get("/nowhere/")
    assert (answer.status_code, answer.text) == (404, "<h1>nothing here</h1>")


@pytest.mark.parametrize("path", ["/", "/history/", "/nowhere", "/_next/static/chunks/a1b2.js"])
def test_pages_have_the_policy_that_the_api_gives_them(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers.get_list("content-security-policy") == [POLICY.format(styles="")]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "nginx/" not in headers.get("server", "")


def test_the_apis_headers_come_once(client: httpx.Client) -> None:
    headers = client.get("/api/health").headers
    for name in ("content-security-policy", "x-content-type-options", "x-frame-options", "cache-control"):
        assert len(headers.get_list(name)) == 1, name


def test_hashed_files_are_kept_for_good_and_pages_are_asked_for(client: httpx.Client) -> None:
    assert "immutable" in client.get("/_next/static/chunks/a1b2.js").headers["cache-control"]
    assert client.get("/").headers["cache-control"] == "no-cache"
    assert client.get("/_next/static/chunks/a1b2.js").headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    "path",
    [
        "/api/metrics",
        "/api/metrics/",
        "/api//metrics",
        "/api/%6detrics",
        "/x/../api/metrics",
        "/api/metrics?x",
    ],
)
def test_metrics_are_closed_however_they_are_asked_for(client: httpx.Client, path: str) -> None:
    answer = client.get(httpx.URL(str(client.base_url)).copy_with(raw_path=path.encode()))
    assert "deepshield_" not in answer.text
    assert answer.status_code in (307, 404)


@pytest.mark.parametrize("route", ["/api/analyze-image", "/api/analyze-image/"])
def test_a_file_of_the_largest_size_reaches_the_api_and_one_above_is_refused_in_its_words(
    client: httpx.Client, route: str
) -> None:
    largest = client.post(route, files={"file": ("a.jpg", bytes(1 << 20), "image/jpeg")})
    assert largest.json()["error"]["error_code"] == "INVALID_MAGIC_BYTES"
    one_more = b"\xff\xd8\xff\xe0" + bytes((1 << 20) - 3)
    larger = client.post(route, files={"file": ("a.jpg", one_more, "image/jpeg")})
    assert (larger.status_code, larger.json()["error"]["error_code"]) == (413, "FILE_TOO_LARGE")


def test_the_largest_answer_of_a_review_reaches_the_api(client: httpx.Client) -> None:
    answer = client.post("/api/review/tasks/a/answer", json={"note": "x" * LARGEST_BYTES})
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (401, "UNAUTHORIZED")


def test_what_the_proxy_refuses_has_the_shape_of_every_error(client: httpx.Client) -> None:
    much = client.post("/api/analyze-image", files={"file": ("a.jpg", bytes(4 << 20), "image/jpeg")})
    assert (much.status_code, much.json()["error"]["error_code"]) == (413, "FILE_TOO_LARGE")
    assert much.json()["request_id"]


@pytest.mark.parametrize("route", ["/api/auth/login", "/api/auth/login/"])
def test_logins_are_slowed_down(client: httpx.Client, route: str) -> None:
    tries = [
        client.post(route, json={"email": f"{number}@example.com", "password": "wrong word"})
        for number in range(14)
    ]
    refused = [answer for answer in tries if answer.status_code == 429]
    assert refused
    assert refused[-1].json()["error"]["error_code"] == "RATE_LIMITED"
    assert refused[-1].headers["retry-after"]


def test_slow_uploads_of_one_address_leave_the_api_to_others(client: httpx.Client) -> None:
    head = "POST /api/predict HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\nContent-Length: 999\r\n\r\n"
    elsewhere = httpx.Client(
        base_url=client.base_url, transport=httpx.HTTPTransport(local_address="127.0.0.2")
    )
    with elsewhere, contextlib.ExitStack() as opened:
        for _ in range(3):
            slow = socket.create_connection((client.base_url.host, client.base_url.port))
            opened.enter_context(slow).sendall(head.encode() + b"\x89PNG")
        wait_until(lambda: client.get("/api/health").status_code == 429)
        refused = client.get("/api/health")
        assert refused.json()["error"]["error_code"] == "RATE_LIMITED"
        assert refused.headers["retry-after"]
        assert client.get("/history/").status_code == 200, "pages are served here"
        assert elsewhere.get("/api/health").status_code == 200
    wait_until(lambda: client.get("/api/health").status_code == 200)


def test_the_api_sees_the_clients_address_and_not_what_the_client_says(
    client: httpx.Client, service: Resources
) -> None:
    from deepshield.api.http import client as clients

    seen: list[str] = []
    original = clients.TrustedProxies.client_address

    def remembered(self: clients.TrustedProxies, scope: object) -> str:
        address = original(self, scope)  # type: ignore[arg-type]
        seen.append(address)
        return address

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clients.TrustedProxies, "client_address", remembered)
        client.post(
            "/api/auth/login",
            json={"email": "a@example.com", "password": "wrong word"},
            headers={"X-Forwarded-For": "203.0.113.9"},
        )
    assert set(seen) == {"127.0.0.1"}


def test_events_come_as_they_happen(client: httpx.Client, service: Resources) -> None:
    with service.store.writer("uploads/x") as writer:
        writer.write(b"x")
        writer.commit()
    facts = Submission(MediaKind.IMAGE, "a.png", "image/png", 1, "0" * 64, "uploads/x", None)
    job, _ = submit(service, None, facts)
    with client.stream("GET", f"/api/jobs/{job.id}/events", headers={"Accept-Encoding": "gzip"}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in stream.headers
        # The stream goes on: what comes now was not held back until its end.
        assert "event: progress" in next(text for text in stream.iter_text() if text.strip())


def test_a_file_in_parts_goes_through(client: httpx.Client) -> None:
    file = b"\x89PNG\r\n\x1a\n".ljust(1024**2, b"x")
    tus = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
    can = client.options("/api/uploads")
    assert (can.status_code, can.headers["tus-max-size"]) == (204, str(len(file)))
    begun = client.post("/api/uploads", headers={**tus, "Upload-Length": str(len(file))}, content=file[:9])
    place = begun.headers["location"]
    assert client.head(place, headers=tus).headers["upload-offset"] == "9"
    last = client.patch(place, headers={**tus, "Upload-Offset": "9"}, content=file[9:])
    assert last.status_code == 204
    assert client.get(f"/api/results/{last.headers['x-job-id']}").status_code == 200


def test_while_the_api_is_away_the_answer_says_so(pages: Path, tmp_path: Path) -> None:
    folder = tmp_path / "alone"
    folder.mkdir()
    with proxy.running(folder, "127.0.0.1:9", pages) as address:
        answer = httpx.get(f"{address}/api/health")
        assert (answer.status_code, answer.json()["error"]["error_code"]) == (503, "SERVICE_UNAVAILABLE")
        assert httpx.get(address).text == "<h1>start</h1>"

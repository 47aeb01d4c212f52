"""The web app's static export, served beside the API: pages, files, caching, and what must not get out."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from pathlib import Path

import api_world as world
import httpx
import pytest
from fastapi.testclient import TestClient
from live_server import listening
from service_parts import MakeSettings, RecordingAnnouncer

from deepshield.api.app import create_app
from deepshield.api.http import web
from deepshield.persistence.database import Database
from deepshield.resources import Resources
from deepshield.settings import SettingsError
from deepshield.storage import open_store

pytestmark = pytest.mark.api

HASHED = "/_next/static/chunks/0cz1d0mv5g_q7.js"
FOR_GOOD = "public, max-age=31536000, immutable"
SCRIPT = "console.log('a script that is long enough to be worth compressing');\n" * 40
FILES = {
    "index.html": "<!doctype html><title>Start</title>",
    "404.html": "<!doctype html><title>No such page</title>",
    "history/index.html": "<!doctype html><title>History</title>" + "<p>row</p>" * 200,
    "history/index.txt": "0:{}",
    "theme.js": "1;",
    "icon.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "samples/clip.mp4": "\0" * 2000,
    "samples/manifest.json": "[]",
    "fonts/text.woff2": "wOF2",
    HASHED.lstrip("/"): SCRIPT,
}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "site" / "out"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder.parent / "secret.txt").write_text("not of the export")
    (folder.parent / "output").mkdir()
    (folder.parent / "output" / "secret.txt").write_text("a folder whose name begins alike")
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    return folder


@pytest.fixture
def resources(make_settings: MakeSettings, sqlite_url: str, export: Path) -> Iterator[Resources]:
    settings = make_settings(database={"url": sqlite_url}, web={"dir": export}, rate={"limit_rps": 0})
    database = Database(settings.database)
    yield Resources(settings, database, open_store(settings), RecordingAnnouncer())
    database.close()


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with world.serving(resources, follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "title"), [("/", "Start"), ("/history/", "History"), ("/history/?id=1&state=FAILED", "History")]
)
def test_pages_are_the_index_of_their_folder(client: TestClient, path: str, title: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f"<title>{title}</title>" in answer.text


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/history", "/history/"),
        ("/history?id=1&name=%C3%A4", "/history/?id=1&name=%C3%A4"),
        ("//history", "/history/"),
        ("/x/../history", "/history/"),
    ],
)
def test_a_page_without_its_slash_is_led_to_it(client: TestClient, asked: str, led_to: str) -> None:
    answer = client.get(f"http://testserver{asked}", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (308, led_to)


@pytest.mark.parametrize("path", ["/nowhere", "/nowhere/", "/history/nothing.js", "/_next/", "/samples"])
def test_what_is_not_there_is_the_exports_own_404(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "No such page" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


def test_a_chunk_that_is_gone_is_not_kept_for_good(client: TestClient) -> None:
    answer = client.get("/_next/static/chunks/of-an-older-build.js")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-cache")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (HASHED, "text/javascript; charset=utf-8"),
        ("/theme.js", "text/javascript; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
        ("/history/index.txt", "text/plain; charset=utf-8"),
        ("/samples/clip.mp4", "video/mp4"),
        ("/samples/manifest.json", "application/json"),
        ("/fonts/text.woff2", "font/woff2"),
    ],
)
def test_files_have_their_types(client: TestClient, path: str, kind: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.text == FILES[path.lstrip("/")]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_files_named_by_their_content_are_kept_for_good_and_others_asked_for_again(
    client: TestClient,
) -> None:
    assert client.get(HASHED).headers["cache-control"] == FOR_GOOD
    for path in ("/", "/history/", "/theme.js", "/icon.svg", "/history/index.txt", "/history"):
        assert client.get(path).headers["cache-control"] == "no-cache", path


@pytest.mark.parametrize("path", ["/", "/history/", HASHED])
def test_what_has_not_changed_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == first.headers["cache-control"]
    assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_a_new_build_has_another_tag(client: TestClient, export: Path) -> None:
    before = client.get("/").headers["etag"]
    (export / "index.html").write_text("<!doctype html><title>Newer</title>")
    answer = client.get("/", headers={"If-None-Match": before})
    assert (answer.status_code, "Newer" in answer.text) == (200, True)


def test_text_is_compressed_for_those_who_take_it(resources: Resources) -> None:
    with listening(resources) as address, httpx.Client(base_url=address, trust_env=False) as browser:
        for path in (HASHED, "/history/"):
            with browser.stream("GET", path, headers={"Accept-Encoding": "gzip, br"}) as answer:
                raw = b"".join(answer.iter_raw())
            assert answer.headers["content-encoding"] == "gzip"
            assert "accept-encoding" in answer.headers["vary"].lower()
            whole = browser.get(path, headers={"Accept-Encoding": "identity"})
            assert "content-encoding" not in whole.headers
            assert gzip.decompress(raw) == whole.content
            assert len(raw) < len(whole.content) / 4
        video = browser.get("/samples/clip.mp4", headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in video.headers
        part = browser.get("/samples/clip.mp4", headers={"Range": "bytes=10-19"})
        assert browser.head("/samples/clip.mp4", headers={"Range": "bytes=10-19"}).status_code == 200
        assert (part.status_code, len(part.content)) == (206, 10), "players seek"


@pytest.mark.parametrize("path", ["/", "/history/", HASHED, "/nowhere"])
def test_heads_are_bodies_without_the_body(client: TestClient, path: str) -> None:
    whole, head = client.get(path, headers={"Accept-Encoding": "identity"}), client.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    for name in ("content-type", "cache-control", "etag", "content-security-policy", "content-length"):
        assert head.headers[name] == whole.headers[name], name


def test_one_policy_holds_for_every_page(client: TestClient) -> None:
    answers = [client.get(path) for path in ("/", "/history/", "/nowhere", HASHED)]
    policies = {answer.headers["content-security-policy"] for answer in answers}
    assert policies == {
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; "
        "img-src 'self' blob: data:; media-src 'self' blob:; manifest-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    }
    for answer in answers:
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


TRAVERSALS = [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e%2fsecret.txt",
    "/history/../../secret.txt",
    "/history/%2e%2e/%2e%2e/secret.txt",
    "/..%5csecret.txt",
    "/../output/secret.txt",
    "/%2e%2e/output/secret.txt",
    "//etc/passwd",
    "/%2fetc/passwd",
    "/_next/static/../../../secret.txt",
    "/link.txt",
    "/index.html%00.js",
    "/" + "a" * 5000,
]


def test_nothing_outside_the_folder_gets_out(resources: Resources) -> None:
    with listening(resources) as address:
        host, port = address.removeprefix("http://").split(":")
        for path in TRAVERSALS:  # as bytes: clients tidy addresses up
            with socket.create_connection((host, int(port)), timeout=10) as connection:
                request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
                connection.sendall(request.encode())
                answer = b"".join(iter(lambda c=connection: c.recv(65536), b""))
            status = int(answer.split()[1])
            assert status in (400, 404), (path, status)
            assert b"not of the export" not in answer, path
            assert b"begins alike" not in answer, path
            assert b"root:" not in answer, path


def test_the_apis_paths_stay_the_apis(client: TestClient) -> None:
    for path in ("/api/nothing", "/api", "/api/"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["error"]["error_code"]) == (404, "NOT_FOUND"), path
    wrong = client.put("/api/jobs/me")
    assert (wrong.status_code, wrong.json()["error"]["error_code"]) == (405, "METHOD_NOT_ALLOWED")
    assert client.get("/api/health/live").json() == {"status": "alive"}
    assert client.get("/api/docs").status_code == 200
    assert client.get("/static/docs.js").status_code == 200


def test_pages_are_only_read(client: TestClient) -> None:
    for method in ("POST", "PUT", "DELETE"):
        for path in ("/history/", "/nowhere", "/"):
            answer = client.request(method, path)
            assert (answer.status_code, answer.json()["error"]["error_code"]) == (405, "METHOD_NOT_ALLOWED")
            assert answer.headers["allow"] == "GET, HEAD"


def test_metrics_have_one_label_for_all_pages(client: TestClient) -> None:
    for path in ("/", "/history/", HASHED, "/nowhere-1", "/nowhere-2"):
        client.get(path)
    told = client.get("/api/metrics").text
    assert 'route="/",status="200"' in told
    assert "history" not in told
    assert "nowhere" not in told


def test_a_folder_without_a_web_app_is_refused(make_settings: MakeSettings, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="WEB_DIR"):
        create_app(make_settings(web={"dir": tmp_path}))


def test_without_an_export_the_page_says_how_to_build_one(
    resources: Resources, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(web, "BUILT", tmp_path / "never-built")
    bare = Resources(
        resources.settings.model_copy(update={"web": type(resources.settings.web)()}),
        resources.database,
        resources.store,
        resources.announcer,
    )
    with world.serving(bare) as client:
        answer = client.get("/")
        assert answer.status_code == 200
        assert "make web" in answer.text
        assert "script-src 'self';" in answer.headers["content-security-policy"]
        assert client.get("/history/").json()["error"]["error_code"] == "NOT_FOUND"


def test_the_export_of_this_checkout_is_found(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch, export: Path
) -> None:
    assert Path(__file__).parents[3] / "frontend" / "out" == web.BUILT
    monkeypatch.setattr(web, "BUILT", export)
    assert web.export_folder(make_settings().web) == export

"""URLs that lead inside are never connected to, and answers from outside are not believed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.intake import fetch as fetching
from deepshield.intake.addresses import AddressPolicy, is_public
from deepshield.intake.fetch import Rules, fetch
from deepshield.intake.page import is_page
from deepshield.intake.receive import Received
from deepshield.settings import FetchSettings, FileSettings
from deepshield.storage.local import LocalStore

pytestmark = pytest.mark.security

PNG = b"\x89PNG\r\n\x1a\n" + bytes(500)

INSIDE = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
    "127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "0.0.0.0", "0", "10.0.0.1", "10.1", "172.16.0.1",
    "192.168.1.1", "169.254.169.254", "2852039166", "0xa9fea9fe", "100.64.0.1", "192.0.0.1", "192.0.2.1",
    "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "192.88.99.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]",
    "[::127.0.0.1]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2002:7f00:1::]",
    "[64:ff9b::7f00:1]", "[2001:0:7f00:1::]", "[2001:db8::1]", "[3fff::1]", "[fec0::1]", "[100::1]",
    "\uff11\uff12\uff17.0.0.1", "\u2460\u2461\u2466.0.0.1", "127\u30020\u30020\u30021",
]  # fmt: skip
UNREADABLE = [
    "", " ", "example.org/a.png", "//example.org/a.png", "file:///etc/passwd", "ftp://example.org/a.png",
    "gopher://example.org/_x", "data:image/png;base64,AAAA", "javascript:alert(1)", "http://", "http:///a.png",
    "http://user@example.org/", "http://user:secret@example.org/", "http://example.org@127.0.0.1/",
    "http://127.0.0.1\\@example.org/", "http://example.org\\.inside/", "http://exa mple.org/",
    "http://example.org/a b.png", "http://example.org/\r\nHost: inside", "http://example.org/\tx",
    "http://example.org:22/", "http://example.org:25/", "http://example.org:99999/", "http://example.org:x/",
    "http://[::1/", "http://[fe80::1%25eth0]/", "http://%31%32%37.0.0.1/", "http://" + "a" * 64 + ".org/",
    "http://example.org/" + "x" * 3000, "http://example..org/",
]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "files")


def refused(url: str, store: LocalStore, policy: AddressPolicy | None = None, **limits: float) -> Code:
    with pytest.raises(DeepShieldError) as caught:
        fetch(url, store, Rules(FileSettings.model_validate(limits), policy=policy or AddressPolicy()))
    assert list(store.list("")) == []
    assert [path for path in store._root.rglob("*") if path.is_file()] == []
    return caught.value.code


@pytest.fixture
def no_connections(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    made: list[object] = []

    def connect(address: object, *_: object, **__: object) -> socket.socket:
        made.append(address)
        raise OSError("no connection in this test")

    monkeypatch.setattr(socket, "create_connection", connect)
    return made


@pytest.mark.parametrize("host", INSIDE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_inside_host_is_not_connected_to(
    scheme: str, host: str, store: LocalStore, no_connections: list[object]
) -> None:
    assert refused(f"{scheme}://{host}/a.png", store) in (Code.INVALID_URL, Code.URL_NOT_REACHABLE)
    assert no_connections == []


@pytest.mark.parametrize("url", UNREADABLE)
def test_what_is_no_plain_url_is_not_resolved(
    url: str, store: LocalStore, no_connections: list[object]
) -> None:
    def never(host: str, port: int) -> Sequence[str]:
        pytest.fail(f"asked for {host}")

    assert refused(url, store, AddressPolicy(never)) is Code.INVALID_URL
    assert no_connections == []


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450::1"]
)
def test_the_public_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_one_inside_address_among_several_is_enough_to_refuse(
    store: LocalStore, no_connections: list[object]
) -> None:
    policy = AddressPolicy(lambda host, port: ["93.184.215.14", "10.0.0.1"])
    assert refused("http://both.example/a.png", store, policy) is Code.INVALID_URL
    assert no_connections == []


def test_a_name_is_resolved_once_and_that_address_connected_to(
    store: LocalStore, no_connections: list[tuple[str, int]]
) -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    policy = AddressPolicy(lambda host, port: answers.pop(0))
    assert refused("http://rebinding.example/a.png", store, policy) is Code.URL_NOT_REACHABLE
    assert no_connections == [("93.184.215.14", 80)]


Handler = Callable[[socket.socket, bytes], None]


class Site:
    """A server on this machine that answers as a test says; names of `.example` lead to it."""

    def __init__(self) -> None:
        self.answers: dict[str, Handler | bytes] = {}
        self.asked: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def policy(self) -> AddressPolicy:
        def resolve(host: str, port: int) -> Sequence[str]:
            return ["127.0.0.1"] if host.endswith(".example") else ["10.0.0.1"]

        return AddressPolicy(resolve, lambda address: address == "127.0.0.1")

    def url(self, path: str) -> str:
        return f"http://files.example:{self.port}{path}"

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                try:
                    self._answer(connection)
                except OSError:
                    continue  # the client has hung up, which is what some tests are about

    def _answer(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request and (piece := connection.recv(65536)):
            request += piece
        self.asked.append(request)
        answer = self.answers[request.split(b" ")[1].decode()]
        if isinstance(answer, bytes):
            connection.sendall(answer)
        else:
            answer(connection, request)


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site()
    yield opened
    opened.close()


def ok(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", *headers] if headers else ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}"]
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode() + body


def got(site: Site, path: str, store: LocalStore) -> Received:
    return fetch(site.url(path), store, Rules(FileSettings(), policy=site.policy))


def test_a_file_is_fetched(site: Site, store: LocalStore) -> None:
    site.answers["/pictures/me.png?size=1"] = ok(PNG)
    upload = got(site, "/pictures/me.png?size=1", store)
    assert (upload.filename, upload.format.kind, upload.size_bytes) == ("me.png", MediaKind.IMAGE, len(PNG))
    assert b"".join(store.read(upload.upload_key)) == PNG
    assert f"Host: files.example:{site.port}\r\n".encode() in site.asked[0]


def test_chunks_and_unmeasured_bodies_are_read_to_their_end(site: Site, store: LocalStore) -> None:
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(PNG), PNG)
    site.answers["/chunks"] = ok(chunks, "Transfer-Encoding: chunked")
    site.answers["/close"] = ok(PNG, "Content-Type: text/plain")
    assert got(site, "/chunks", store).size_bytes == len(PNG)
    assert got(site, "/close", store).filename == "close.png"


def redirect(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def test_a_redirect_is_followed_and_judged_like_the_first_address(site: Site, store: LocalStore) -> None:
    site.answers["/a"] = redirect("/b")
    site.answers["/b"] = ok(PNG)
    assert got(site, "/a", store).size_bytes == len(PNG)


@pytest.mark.parametrize(
    "inside", ["http://inside.corp/", "http://10.0.0.1/", "//inside.corp:8080/x", "file:///etc/passwd"]
)
def test_a_redirect_to_the_inside_is_refused(site: Site, store: LocalStore, inside: str) -> None:
    site.answers["/in"] = redirect(inside)
    assert refused(site.url("/in"), store, site.policy) is Code.INVALID_URL


def test_redirects_end(site: Site, store: LocalStore) -> None:
    site.answers["/round"] = redirect("/round")
    assert refused(site.url("/round"), store, site.policy) is Code.URL_NOT_REACHABLE
    assert len(site.asked) == 6


WRONG: dict[str, tuple[bytes, Code]] = {
    "a page": (ok(b"<html>" * 99), Code.URL_IS_A_PAGE),
    "nothing": (ok(b""), Code.EMPTY_FILE),
    "not found": (b"HTTP/1.1 404 Not Found\r\n\r\n" + PNG, Code.URL_NOT_REACHABLE),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n", Code.URL_NOT_REACHABLE),
    "silence": (b"", Code.URL_NOT_REACHABLE),
    "cut off": (ok(PNG, "Content-Length: 9999"), Code.URL_NOT_REACHABLE),
    "cut off chunk": (ok(b"fff\r\n" + PNG, "Transfer-Encoding: chunked"), Code.URL_NOT_REACHABLE),
    "no chunk": (ok(b"zz\r\n" + PNG, "Transfer-Encoding: chunked"), Code.URL_NOT_REACHABLE),
    "compressed": (ok(PNG, "Content-Encoding: gzip"), Code.URL_NOT_REACHABLE),
    "a declared giant": (ok(PNG, f"Content-Length: {10**12}"), Code.FILE_TOO_LARGE),
    "a thousand headers": (ok(PNG, *(f"X-{n}: y" for n in range(1000))), Code.URL_NOT_REACHABLE),
    "a giant header": (ok(PNG, "X: " + "y" * 200_000), Code.URL_NOT_REACHABLE),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_a_wrong_answer_is_refused(site: Site, store: LocalStore, case: tuple[bytes, Code]) -> None:
    site.answers["/x"], expected = case
    assert refused(site.url("/x"), store, site.policy) is expected


def test_an_endless_body_ends_at_the_limit(site: Site, store: LocalStore) -> None:
    def endless(connection: socket.socket, _: bytes) -> None:
        connection.sendall(ok(PNG, "Content-Type: image/png"))
        while True:
            connection.sendall(bytes(65536))

    site.answers["/endless"] = endless
    assert refused(site.url("/endless"), store, site.policy, max_upload_mb=1) is Code.FILE_TOO_LARGE


@pytest.mark.parametrize("head", [ok(PNG, "Content-Length: 9999"), b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_a_dripping_server_is_left(
    site: Site, store: LocalStore, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    monkeypatch.setattr(fetching, "_LONGEST_SECONDS", 0.5)
    left = threading.Event()

    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(head)
        try:
            while not left.wait(0.05):
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" if b"100" in head else b"x")
        except OSError:
            left.set()

    site.answers["/drip"] = drip
    assert refused(site.url("/drip"), store, site.policy) is Code.URL_NOT_REACHABLE
    assert left.wait(5)


PAGE = b"""<!doctype html><html><head><title>A post</title>
<meta property="og:image" content="/still.jpg?a=1&amp;b=2">
<meta property='og:video:secure_url' content='//files.example/clip.mp4'>
<meta name="twitter:player:stream" content="https://cdn.example/stream.mp4">
<meta property="og:video" content="javascript:alert(1)"><meta property="og:image" content="http://">
</head><body>text</body></html>"""


def test_a_page_names_its_files(site: Site, store: LocalStore) -> None:
    site.answers["/post"] = ok(PAGE)
    with pytest.raises(DeepShieldError) as caught:
        got(site, "/post", store)
    assert caught.value.code is Code.URL_IS_A_PAGE
    assert caught.value.details["addresses"] == [
        {"url": "http://files.example/clip.mp4", "kind": "video"},
        {"url": "https://cdn.example/stream.mp4", "kind": "video"},
        {"url": f"http://files.example:{site.port}/still.jpg?a=1&b=2", "kind": "image"},
    ]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN">', True),
        (b"\xef\xbb\xbf\n<!-- made by --> <body class=a>", True),
        (b"<SCRIPT>location='/login'</SCRIPT>", True),
        (b"<link rel=stylesheet href=a.css>", True),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">', False),
        (b"<bodypaint>", False),
    ],
)
def test_pages_are_known_by_what_browsers_take_for_one(head: bytes, expected: bool) -> None:
    assert is_page(head) is expected


@pytest.mark.parametrize(
    "page", [b"<html>" + b"<" * 10**6, b"<html>" + b"<meta property=og:image content=/x>" * 20_000]
)
def test_of_a_page_only_so_much_is_read(site: Site, store: LocalStore, page: bytes) -> None:
    site.answers["/post"] = ok(page)
    with pytest.raises(DeepShieldError) as caught:
        got(site, "/post", store)
    assert caught.value.code is Code.URL_IS_A_PAGE
    assert len(caught.value.details["addresses"]) <= 8


def test_each_request_on_the_way_is_kept(site: Site, store: LocalStore) -> None:
    site.answers["/a"] = redirect("/b")
    site.answers["/b"] = ok(
        PNG, f"Content-Length: {len(PNG)}", "Content-Type: image/png; x=y", 'ETag: "1"', "Last-Modified: Sun"
    )
    upload = got(site, "/a", store)
    assert upload.content_type == "image/png"
    first, second = upload.hops
    assert (first.url, first.ip, first.status) == (site.url("/a"), "127.0.0.1", 302)
    assert (second.url, second.status, second.etag, second.last_modified, second.content_length) == (
        site.url("/b"),
        200,
        '"1"',
        "Sun",
        len(PNG),
    )


@pytest.mark.parametrize(
    ("allow", "deny", "permitted"),
    [
        ("", "", True),
        ("example", "", True),
        (".example", "", True),
        ("other.example", "", False),
        ("", "files.example", False),
        ("example", "*.files.example", False),
        ("ample", "", False),
    ],
)
def test_hosts_can_be_allowed_and_denied(
    site: Site, store: LocalStore, allow: str, deny: str, permitted: bool
) -> None:
    site.answers["/a"] = ok(PNG)
    hosts = FetchSettings.model_validate({"allow_hosts": allow, "deny_hosts": deny})
    rules = Rules(FileSettings(), hosts, site.policy)
    if permitted:
        assert fetch(site.url("/a"), store, rules).size_bytes == len(PNG)
        return
    with pytest.raises(DeepShieldError) as caught:
        fetch(site.url("/a"), store, rules)
    assert (caught.value.code, site.asked) == (Code.INVALID_URL, [])


def test_a_redirect_to_a_denied_host_is_not_followed(site: Site, store: LocalStore) -> None:
    site.answers["/a"] = redirect("http://denied.example/")
    rules = Rules(FileSettings(), FetchSettings(deny_hosts=("denied.example",)), site.policy)
    with pytest.raises(DeepShieldError) as caught:
        fetch(site.url("/a"), store, rules)
    assert (caught.value.code, len(site.asked)) == (Code.INVALID_URL, 1)


def test_a_proxy_is_asked_in_place_of_the_host(site: Site, store: LocalStore) -> None:
    site.answers["http://files.elsewhere/a"] = ok(PNG)
    hosts = FetchSettings.model_validate({"proxy": f"http://127.0.0.1:{site.port}"})
    rules = Rules(FileSettings(), hosts)
    assert fetch("http://files.elsewhere/a", store, rules).size_bytes == len(PNG)


@pytest.mark.parametrize("host", INSIDE)
def test_a_proxy_is_not_asked_for_an_inside_host(store: LocalStore, host: str) -> None:
    hosts = FetchSettings.model_validate({"proxy": "http://127.0.0.1:9"})
    with pytest.raises(DeepShieldError) as caught:
        fetch(f"http://{host}/a", store, Rules(FileSettings(), hosts))
    assert caught.value.code is Code.INVALID_URL


def test_what_goes_on_is_reported_and_can_be_ended(site: Site, store: LocalStore) -> None:
    site.answers["/a"] = ok(PNG)
    seen: list[tuple[int, int | None]] = []
    fetch(site.url("/a"), store, Rules(FileSettings(), policy=site.policy), lambda *now: seen.append(now))
    assert seen[-1] == (len(PNG), len(PNG))

    def end(done: int, of: int | None) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        fetch(site.url("/a"), store, Rules(FileSettings(), policy=site.policy), end)
    assert len(list(store.list(""))) == 1

"""Fetching a file from a URL into storage; only public hosts are contacted, and no answer is trusted."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

import httpcore

from deepshield.domain.clock import now
from deepshield.domain.custody import Hop
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.intake import page
from deepshield.intake.addresses import AddressPolicy
from deepshield.intake.filenames import checked_type, name_of_url
from deepshield.intake.formats import HEAD_BYTES
from deepshield.intake.pinned import PinnedBackend, trusted
from deepshield.intake.receive import Received, received
from deepshield.intake.upload_writer import UploadWriter, refuse_size
from deepshield.intake.urls import Target, parse_url
from deepshield.settings import FetchSettings, FileSettings
from deepshield.storage import BlobStore

OnProgress = Callable[[int, int | None], None]
OnHop = Callable[[Hop], None]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_LONGEST_SECONDS = 120.0  # for the whole fetch
_CONNECT_SECONDS = 10.0
_MOST_HEADERS = 100
_LONGEST_HEADER = 255  # characters that are kept of one
_HEADERS = (
    (b"User-Agent", b"DeepShield"),
    (b"Accept", b"image/*, video/*, */*;q=0.5"),
    (b"Accept-Encoding", b"identity"),
    (b"Connection", b"close"),
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be fetched: sizes and times, hosts, and which addresses of a host."""

    limits: FileSettings
    hosts: FetchSettings = field(default_factory=FetchSettings)
    policy: AddressPolicy = field(default_factory=AddressPolicy)

    def check(self, url: str) -> Target:
        """Return a URL's target; raises `DeepShieldError` INVALID_URL for what is never connected to."""
        return self._permitted(parse_url(url))

    def follow(self, target: Target, location: str) -> Target:
        """Return a redirect's target; raises as `check`."""
        return self._permitted(target.follow(location))

    def _permitted(self, target: Target) -> Target:
        if not self.hosts.permits(target.host):
            raise DeepShieldError(Code.INVALID_URL, "Files are not fetched from this host.")
        if not self.policy.may_be_public(target.host):
            raise DeepShieldError(Code.INVALID_URL, "Files are fetched from public addresses only.")
        return target


def fetch(
    url: str,
    store: BlobStore,
    rules: Rules,
    on_progress: OnProgress = lambda done, of: None,
    on_hop: OnHop = lambda hop: None,
    headers: Mapping[str, str] | None = None,
) -> Received:
    """Store the image or video at ``url``; its content decides which of the two it is.

    ``on_progress`` is called with the bytes that have come, and that were declared; what it raises ends the
    fetch. ``on_hop`` is called with each request that was answered, also of a fetch that then fails.
    ``headers``, plain ASCII, are sent to the host of ``url`` in place of the usual ones, not to others.
    Raises `DeepShieldError`: INVALID_URL, URL_NOT_REACHABLE, URL_IS_A_PAGE with the addresses that the page
    names in its details, and those of `UploadWriter`; then nothing is stored.
    """
    line = _Line(rules)
    target, hops = rules.check(url), []
    first = target.host_header
    for _ in range(_MOST_REDIRECTS + 1):
        own = (headers or {}) if target.host_header == first else {}
        with _requested(target, line, own) as answer:
            hops.append(answer.hop)
            on_hop(answer.hop)
            if answer.hop.status not in _REDIRECTS:
                stored = _store(answer, target, store, rules.limits, on_progress)
                return replace(stored, hops=tuple(hops), declared_bytes=answer.hop.content_length)
            target = rules.follow(target, answer.header("location") or "")
    raise _unreachable("The address redirects too often.")


class _Line:
    """What all requests of one fetch share: the deadline, and the proxy if there is one."""

    def __init__(self, rules: Rules) -> None:
        limits, self._proxy = rules.limits, rules.hosts.proxy
        seconds, stall = min(_LONGEST_SECONDS, limits.upload_timeout_seconds), limits.stall_timeout_seconds
        self.backend = PinnedBackend(rules.policy, seconds, to_proxy=self._proxy is not None)
        self.timeouts = {"connect": _CONNECT_SECONDS, "read": stall, "write": stall}

    def pool(self) -> httpcore.ConnectionPool:
        """Return a pool for one request."""
        return httpcore.ConnectionPool(
            ssl_context=trusted(),
            network_backend=self.backend,
            proxy=None if self._proxy is None else httpcore.Proxy(str(self._proxy)),
        )


@dataclass(frozen=True, slots=True)
class _Answer:
    response: httpcore.Response
    hop: Hop

    def header(self, name: str) -> str | None:
        return _header(self.response, name)


@contextlib.contextmanager
def _requested(target: Target, line: _Line, own: Mapping[str, str]) -> Iterator[_Answer]:
    """Request ``target`` and yield the answer with its headers read; a network failure is a refusal."""
    asked = {name.encode(): value.encode() for name, value in own.items()}
    usual = [(name, value) for name, value in _HEADERS if name not in asked]
    headers = [(b"Host", target.host_header.encode()), *usual, *asked.items()]
    limits, at = {"timeout": line.timeouts}, now()
    try:
        with (
            line.pool() as pool,
            pool.stream("GET", target.url, headers=headers, extensions=limits) as response,
        ):
            if len(response.headers) > _MOST_HEADERS:
                raise _unreachable("The address does not answer as it should.")
            yield _Answer(response, _hop(target, line.backend.connected_to, at, response))
    except httpcore.TimeoutException as error:
        raise _unreachable("The address answers too slowly.") from error
    except httpcore.ConnectError as error:
        raise _unreachable("The address cannot be reached.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError, ValueError) as error:
        raise _unreachable("The address does not answer as it should.") from error


def _hop(target: Target, ip: str, at: datetime, response: httpcore.Response) -> Hop:
    length = _header(response, "content-length") or ""
    return Hop(
        url=target.url,
        ip=ip,
        at=at,
        status=response.status,
        content_type=checked_type(_header(response, "content-type")),
        content_length=int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None,
        etag=_header(response, "etag"),
        last_modified=_header(response, "last-modified"),
    )


def _store(
    answer: _Answer, target: Target, store: BlobStore, limits: FileSettings, on_progress: OnProgress
) -> Received:
    if answer.hop.status != 200:
        raise _unreachable(f"The address answered with status {answer.hop.status}.")
    if (answer.header("content-encoding") or "identity").strip().lower() != "identity":
        raise _unreachable("The address answered with a compressed body.")
    if answer.hop.content_length is not None:
        refuse_size(answer.hop.content_length, limits.max_bytes)
    chunks = answer.response.iter_stream()
    head = _head(chunks)
    if page.is_page(head):
        raise _is_a_page(head, chunks, target)
    writer, done = UploadWriter(store, None, limits.max_bytes), 0
    try:
        for data in _joined(head, chunks):
            writer.write(data)
            done += len(data)
            on_progress(done, answer.hop.content_length)
        stored = writer.finish()
    except BaseException:
        writer.abort()
        raise
    name = name_of_url(target.url, stored.format, limits.max_name_length)
    return received(stored, name, answer.hop.content_type)


def _head(chunks: Iterator[bytes]) -> bytes:
    head = b""
    for data in chunks:
        head += data
        if len(head) >= HEAD_BYTES:
            break
    return head


def _joined(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from chunks


def _is_a_page(head: bytes, chunks: Iterator[bytes], target: Target) -> DeepShieldError:
    text = head
    with contextlib.suppress(httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
        for data in chunks:
            text += data
            if len(text) >= page.LARGEST:
                break
    return DeepShieldError(Code.URL_IS_A_PAGE, addresses=[asdict(one) for one in page.named_in(text, target)])


def _header(response: httpcore.Response, name: str) -> str | None:
    wanted = name.encode()
    found = next((value for key, value in response.headers if key.lower() == wanted), None)
    if found is None:
        return None
    text = "".join(character for character in found.decode("latin-1") if character.isprintable())
    return text if name == "location" else text[:_LONGEST_HEADER]


def _unreachable(message: str) -> DeepShieldError:
    return DeepShieldError(Code.URL_NOT_REACHABLE, message)

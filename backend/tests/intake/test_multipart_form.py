"""Parsing of multipart bodies: well-formed, hostile, and truncated at any point."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.intake.receive import Body, Received, receive
from deepshield.settings import FileSettings
from deepshield.storage.local import LocalStore

pytestmark = pytest.mark.security

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
TYPE = "multipart/form-data; boundary=edge"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "files")


def part(headers: str, data: bytes) -> bytes:
    return b"--edge\r\n" + headers.encode() + b"\r\n\r\n" + data + b"\r\n"


def file_part(data: bytes = PNG, name: str = 'filename="a.png"', field: str = "file") -> bytes:
    return part(f'Content-Disposition: form-data; name="{field}"; {name}\r\nContent-Type: image/png', data)


def text_part(name: str, value: bytes) -> bytes:
    return part(f'Content-Disposition: form-data; name="{name}"', value)


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--edge--\r\n"


async def pieces_of(body: bytes, sizes: Iterable[int] = ()) -> AsyncIterator[bytes]:
    at = 0
    for size in sizes:
        yield body[at : at + size]
        at += size
    yield body[at:]


def take(
    store: LocalStore,
    body: bytes,
    *,
    content_type: str | None = TYPE,
    sizes: Iterable[int] = (),
    **limits: float,
) -> Received:
    given = Body(pieces_of(body, sizes), content_type, None)
    return asyncio.run(receive(given, MediaKind.IMAGE, store, FileSettings.model_validate(limits)))


def refused(store: LocalStore, body: bytes, *, content_type: str | None = TYPE, **limits: float) -> Code:
    with pytest.raises(DeepShieldError) as caught:
        take(store, body, content_type=content_type, **limits)
    assert [path for path in store._root.rglob("*") if path.is_file()] == []
    return caught.value.code


def test_the_file_comes_through_beside_other_fields(store: LocalStore) -> None:
    upload = take(store, form(text_part("note", b"hello"), file_part(), text_part("more", b"x")))
    assert (upload.filename, upload.content_type, upload.format.name) == ("a.png", "image/png", "png")
    assert (upload.size_bytes, upload.sha256) == (len(PNG), hashlib.sha256(PNG).hexdigest())
    assert b"".join(store.read(upload.upload_key)) == PNG
    assert "a.png" not in upload.upload_key


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.integers(0, 40), max_size=60),
    tail=st.sampled_from([b"", b"\r\n--edge", b"\r\n--edg", b"\r\n--edge-", b"\r", b"\r\n", b"--edge--"]),
)
def test_it_does_not_matter_where_the_body_is_cut(store: LocalStore, sizes: list[int], tail: bytes) -> None:
    data = PNG[:70] + tail + b"."
    upload = take(store, form(text_part("a", b"b"), file_part(data)), sizes=sizes)
    assert b"".join(store.read(upload.upload_key)) == data


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ('filename="a.png"', "a.png"),
        ("filename=a.png", "a.png"),
        ('filename="фото 🙂.png"', "фото 🙂.png"),
        ('filename="it\'s %22it%22.png"', 'it\'s "it".png'),
        ('filename="say \\"it\\".png"', 'say "it".png'),
        ("filename*=UTF-8''caf%C3%A9.png", "café.png"),
        ("filename=\"plain.png\"; filename*=UTF-8''other.exe", "plain.png"),
    ],
)
def test_a_name_is_read_as_clients_write_it(store: LocalStore, header: str, shown: str) -> None:
    assert take(store, form(file_part(name=header))).filename == shown


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('filename="../a.png"', Code.INVALID_FILENAME),
        ('filename="C:\\\\Users\\\\me\\\\a.png"', Code.INVALID_FILENAME),
        ('filename="C:\\Users\\me\\a.png"', Code.INVALID_FILENAME),
        ('filename="\\\\\\\\server\\\\a.png"', Code.INVALID_FILENAME),
        ('filename="a%0D%0Ab.png"', Code.INVALID_FILENAME),
        ("filename*=UTF-8''..%2Fa.png", Code.INVALID_FILENAME),
        ("filename*=UTF-8''a%00.png", Code.INVALID_FILENAME),
        ('filename="\u202egnp.png"', Code.INVALID_FILENAME),
        ('filename="a.exe"', Code.INVALID_EXTENSION),
        (f'filename="{"x" * 5000}.png"', Code.FILENAME_TOO_LONG),
        ("x=1", Code.NO_FILE),
    ],
)
def test_a_hostile_name_is_refused(store: LocalStore, header: str, expected: Code) -> None:
    assert refused(store, form(file_part(name=header))) is expected


def test_a_nul_in_a_name_never_gets_through(store: LocalStore) -> None:
    body = form(file_part()).replace(b"a.png", b"a\0.png")
    assert refused(store, body) in (Code.INVALID_FILENAME, Code.MALFORMED_UPLOAD)


BOUNDARIES = {
    "none": None,
    "json": "application/json",
    "another form": "application/x-www-form-urlencoded",
    "another multipart": "multipart/mixed; boundary=edge",
    "no boundary": "multipart/form-data",
    "an empty one": "multipart/form-data; boundary=",
    "a long one": "multipart/form-data; boundary=" + "x" * 300,
    "another one": "multipart/form-data; boundary=other",
}


@pytest.mark.parametrize("content_type", BOUNDARIES.values(), ids=BOUNDARIES)
def test_a_type_that_does_not_fit_is_refused(store: LocalStore, content_type: str | None) -> None:
    code = refused(store, form(file_part()), content_type=content_type)
    assert code in (Code.INVALID_MIME_TYPE, Code.MALFORMED_UPLOAD)


MALFORMED = {
    "nothing": b"",
    "two files": form(file_part(), file_part()),
    "no disposition": form(part("Content-Type: image/png", PNG)),
    "an attachment": form(part('Content-Disposition: attachment; name="file"; filename="a.png"', PNG)),
    "cut off in the file": form(file_part())[:-200],
    "cut off before the end": form(file_part())[:-8],
    "no line end": form(file_part()).replace(b"\r\n", b"\n"),
    "many parts": form(*(text_part(f"f{n}", b"") for n in range(10_000)), file_part()),
    "many files of other names": form(*(file_part(field=f"f{n}") for n in range(100)), file_part()),
    "a giant field": form(text_part("note", bytes(5_000_000)), file_part()),
    "many headers": form(part("\r\n".join(f"X-{n}: y" for n in range(100)), PNG)),
    "a giant header": form(part("X: " + "y" * 1_000_000, PNG)),
    "noise": bytes(range(256)) * 100,
}


NO_FILE = {
    "none chosen": (form(file_part(b"", 'filename=""')), Code.NO_FILE.words),
    "no file": (form(text_part("note", b"x")), "no file. Send it in a field named file."),
    "no field at all": (b"--edge--\r\n", "no file. Send it in a field named file."),
    "another field": (
        form(file_part(field="picture")),
        "a field named “picture”. Send it in one named file.",
    ),
    "a photo in another field": (
        form(file_part(PNG + bytes(100_000), field="image")),
        "a field named “image”. Send it in one named file.",
    ),
    "a field of an odd name": (
        form(file_part(field="\x00" + "é" * 99)),
        "a field named “\ufffd" + "é" * 39 + "”.",
    ),
    "text in place of a file": (form(text_part("file", PNG)), "The field named file holds text."),
}


@pytest.mark.parametrize(("body", "words"), NO_FILE.values(), ids=NO_FILE)
def test_a_form_without_its_file_is_told_what_is_missing(store: LocalStore, body: bytes, words: str) -> None:
    with pytest.raises(DeepShieldError) as caught:
        take(store, body)
    assert caught.value.code is Code.NO_FILE
    assert words in caught.value.message


@pytest.mark.parametrize(
    "preamble",
    [
        b"\r\n",
        b"This is a multi-part message in MIME format.\r\n",
        b"Unix.\n",
        b"--edg\r\n--other\r\n",
        b"x--edge\r\n",
        b"--edge1\r\n--edge \t.\r\n--edge-1\r\n",
        b"\r\n" * 1000,
    ],
)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_what_stands_before_the_form_is_ignored(store: LocalStore, preamble: bytes, size: int) -> None:
    body = preamble + form(file_part())
    upload = take(store, body, sizes=[size] * (len(body) // size))
    assert b"".join(store.read(upload.upload_key)) == PNG


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_blanks_after_a_boundary_are_ignored(store: LocalStore, size: int) -> None:
    body = form(file_part(), text_part("note", b"x")).replace(b"--edge\r\n", b"--edge \t\r\n")
    upload = take(store, body, sizes=[size] * (len(body) // size))
    assert b"".join(store.read(upload.upload_key)) == PNG


def test_a_body_that_is_all_preamble_is_left_early(store: LocalStore) -> None:
    pieces = iter([b"x" * 50_000] * 1000)

    async def endless() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    with pytest.raises(DeepShieldError, match="no line with the boundary"):
        asyncio.run(
            receive(Body(endless(), TYPE, None), MediaKind.IMAGE, store, FileSettings(max_upload_mb=1))
        )


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_body_is_refused(store: LocalStore, body: bytes) -> None:
    assert refused(store, body) is Code.MALFORMED_UPLOAD


def test_ten_thousand_parts_are_left_early(store: LocalStore) -> None:
    began = time.monotonic()
    assert refused(store, MALFORMED["many parts"] * 20) is Code.MALFORMED_UPLOAD
    assert time.monotonic() - began < 5


def test_what_follows_the_form_counts_towards_the_limit(store: LocalStore) -> None:
    body = form(file_part()) + bytes(3 * 1024**2)
    assert refused(store, body, max_upload_mb=1) is Code.FILE_TOO_LARGE
    assert take(store, form(file_part()) + bytes(1000)).size_bytes == len(PNG)


def test_one_byte_more_than_the_limit_is_too_large(store: LocalStore) -> None:
    limit = 1024**2
    assert refused(store, form(file_part(PNG.ljust(limit + 1))), max_upload_mb=1) is Code.FILE_TOO_LARGE
    assert take(store, form(file_part(PNG.ljust(limit))), max_upload_mb=1).size_bytes == limit


def test_a_sender_that_goes_away_leaves_nothing(store: LocalStore) -> None:
    class GoneError(Exception):
        pass

    async def pieces() -> AsyncIterator[bytes]:
        yield form(file_part())[:-200]
        raise GoneError

    with pytest.raises(GoneError):
        asyncio.run(receive(Body(pieces(), TYPE, None), MediaKind.IMAGE, store, FileSettings()))
    assert [path for path in store._root.rglob("*") if path.is_file()] == []


def test_a_cancelled_upload_leaves_nothing(store: LocalStore) -> None:
    async def run() -> None:
        begun = asyncio.Event()

        async def pieces() -> AsyncIterator[bytes]:
            yield form(file_part())[:-200]
            begun.set()
            await asyncio.sleep(60)

        receiving = asyncio.create_task(
            receive(Body(pieces(), TYPE, None), MediaKind.IMAGE, store, FileSettings())
        )
        await begun.wait()
        receiving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await receiving

    asyncio.run(run())
    assert [path for path in store._root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("pause", "limits"),
    [(60.0, {"stall_timeout_seconds": 0.2}), (0.02, {"upload_timeout_seconds": 0.3})],
    ids=["stalls", "drips"],
)
def test_a_slow_sender_is_left(store: LocalStore, pause: float, limits: dict[str, float]) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield form(file_part())[:-200]
        while True:
            await asyncio.sleep(pause)
            yield b"x"

    began = time.monotonic()
    with pytest.raises(DeepShieldError) as caught:
        asyncio.run(
            receive(Body(pieces(), TYPE, None), MediaKind.IMAGE, store, FileSettings.model_validate(limits))
        )
    assert caught.value.code is Code.UPLOAD_TIMEOUT
    assert time.monotonic() - began < 5
    assert [path for path in store._root.rglob("*") if path.is_file()] == []

"""The protocol of a store, on local disk and on a real S3 server over HTTP."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from deepshield.settings import S3Settings, Settings, StorageSettings
from deepshield.storage import BlobNotFoundError, BlobStore, StorageError, ensure_bucket, open_store
from deepshield.storage.s3 import S3Store

pytestmark = pytest.mark.integration

BIG = 20 * 1024 * 1024 + 7  # three parts of S3


@pytest.fixture(scope="module")
def s3_settings() -> Iterator[S3Settings]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = S3Settings(
        endpoint_url=f"http://{host}:{port}",
        bucket="media",
        access_key_id="test",
        secret_access_key=SecretStr("test"),
        prefix="/deepshield/",
    )
    client = boto3.client(
        "s3",
        endpoint_url=settings.endpoint_url,
        region_name=settings.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_bucket(Bucket="media")
    client.close()
    yield settings
    server.stop()


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "local":
        return open_store(Settings(storage=StorageSettings(data_dir=tmp_path / "files")))
    s3 = request.getfixturevalue("s3_settings")
    return open_store(Settings(storage=StorageSettings(backend="s3"), s3=s3))


def put(store: BlobStore, key: str, *pieces: bytes) -> None:
    with store.writer(key) as writer:
        for piece in pieces:
            writer.write(piece)
        writer.commit()


def content(store: BlobStore, key: str, start: int = 0, length: int | None = None) -> bytes:
    return b"".join(store.read(key, start, length))


def test_a_blob_comes_back_as_it_was_written(store: BlobStore) -> None:
    put(store, "uploads/one", b"first ", b"", b"second")
    assert content(store, "uploads/one") == b"first second"
    assert store.size("uploads/one") == 12


def test_a_large_blob_comes_back_whole(store: BlobStore, tmp_path: Path) -> None:
    data = os.urandom(BIG)
    put(store, "uploads/large", *(data[at : at + 300_000] for at in range(0, BIG, 300_000)))
    store.fetch("uploads/large", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data


def test_an_empty_blob_is_a_blob(store: BlobStore) -> None:
    put(store, "uploads/empty")
    assert store.size("uploads/empty") == 0
    assert content(store, "uploads/empty") == b""


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [(0, 4, b"0123"), (4, 3, b"456"), (7, None, b"789"), (8, 99, b"89"), (0, 0, b""), (10, None, b"")],
)
def test_a_part_can_be_read(store: BlobStore, start: int, length: int | None, expected: bytes) -> None:
    put(store, "uploads/part", b"0123456789")
    assert content(store, "uploads/part", start, length) == expected


@pytest.mark.parametrize("size", [10, BIG], ids=["small", "large"])
def test_nothing_appears_without_commit(store: BlobStore, size: int) -> None:
    with store.writer("aborted/one") as writer:
        writer.write(bytes(size))
    assert list(store.list("aborted/")) == []
    with pytest.raises(BlobNotFoundError):
        store.size("aborted/one")


def test_the_unfinished_is_invisible_and_can_be_discarded(store: BlobStore) -> None:
    with store.writer("unfinished/one") as writer:
        writer.write(bytes(BIG))
        assert list(store.list("unfinished")) == []
        assert store.discard_unfinished(timedelta(days=365 * 50)) == 0  # moto says 2010 for every upload
        assert store.discard_unfinished(timedelta(seconds=-60)) == 1
        assert store.discard_unfinished(timedelta(seconds=-60)) == 0


def test_a_blob_is_replaced_whole(store: BlobStore) -> None:
    put(store, "uploads/same", b"a longer first version")
    put(store, "uploads/same", b"second")
    assert content(store, "uploads/same") == b"second"


def test_a_file_goes_in_and_out(store: BlobStore, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"picture")
    store.put_file("artifacts/job/token/a.png", tmp_path / "in")
    store.fetch("artifacts/job/token/a.png", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"picture"


def test_what_is_not_there_is_told(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(BlobNotFoundError):
        store.size("uploads/absent")
    with pytest.raises(BlobNotFoundError):
        content(store, "uploads/absent")
    with pytest.raises(BlobNotFoundError):
        store.fetch("uploads/absent", tmp_path / "out")
    assert list(tmp_path.glob("*out*")) == []


def test_deleting_twice_is_deleting_once(store: BlobStore) -> None:
    put(store, "gone/deep/one", b"x")
    store.delete("gone/deep/one")
    store.delete("gone/deep/one")
    assert list(store.list("gone/")) == []


def test_listing_tells_keys_sizes_and_times(store: BlobStore) -> None:
    put(store, "listed/a/one", b"1")
    put(store, "listed/a/two", b"22")
    put(store, "listed/ab", b"333")
    put(store, "other/one", b"x")
    found = {info.key: info for info in store.list("listed/")}
    assert {key: info.size_bytes for key, info in found.items()} == {
        "listed/a/one": 1,
        "listed/a/two": 2,
        "listed/ab": 3,
    }
    assert all(abs(datetime.now(UTC) - info.modified_at) < timedelta(minutes=1) for info in found.values())
    assert {info.key for info in store.list("listed/a")} == set(found)


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../up", "a/../b", "a//b", ".partial/x", "a/.b", "a\0b", "a b", "a" * 300, "a\n"],
)
def test_a_key_cannot_leave_the_store(store: BlobStore, key: str) -> None:
    for use in (store.writer, store.size, store.delete, lambda k: next(store.read(k))):
        with pytest.raises(ValueError, match="key"):
            use(key)


def test_the_check_leaves_nothing_behind(store: BlobStore) -> None:
    store.check()
    assert list(store.list("probes/")) == []


def test_an_object_store_that_is_away_is_told(tmp_path: Path, s3_settings: S3Settings) -> None:
    away = s3_settings.model_copy(update={"endpoint_url": "http://127.0.0.1:9"})
    store = open_store(Settings(storage=StorageSettings(backend="s3"), s3=away))
    with pytest.raises(StorageError, match="cannot be reached"):
        store.size("uploads/one")


def test_a_store_that_cannot_list_unfinished_uploads_has_none_to_remove(
    s3_settings: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = S3Store(s3_settings)
    for code, removed in {"NoSuchUpload": 0, "NotImplemented": 0, "AccessDenied": None}.items():

        def refuse(*_: object, code: str = code, **__: object) -> None:
            raise ClientError({"Error": {"Code": code}}, "ListMultipartUploads")

        monkeypatch.setattr(store._client, "list_multipart_uploads", refuse)
        if removed is None:
            with pytest.raises(StorageError, match=code):
                store.discard_unfinished(timedelta(0))
        else:
            assert store.discard_unfinished(timedelta(0)) == removed


def test_a_bucket_is_made_once_in_a_store_of_ones_own(s3_settings: S3Settings) -> None:
    absent = s3_settings.model_copy(update={"bucket": "made-at-the-start"})
    settings = Settings(storage=StorageSettings(backend="s3"), s3=absent)
    with pytest.raises(StorageError):
        open_store(settings).check()
    ensure_bucket(settings)
    put(open_store(settings), "uploads/one", b"kept")
    ensure_bucket(settings)
    assert b"".join(open_store(settings).read("uploads/one")) == b"kept"


def test_a_bucket_is_not_made_where_a_store_is_away_or_local(tmp_path: Path, s3_settings: S3Settings) -> None:
    away = s3_settings.model_copy(update={"endpoint_url": "http://127.0.0.1:9"})
    with pytest.raises(StorageError, match="cannot be reached"):
        ensure_bucket(Settings(storage=StorageSettings(backend="s3"), s3=away))
    ensure_bucket(Settings(storage=StorageSettings(data_dir=tmp_path / "files"), s3=away))


def test_a_bucket_that_is_not_there_is_no_missing_blob(s3_settings: S3Settings) -> None:
    wrong = s3_settings.model_copy(update={"bucket": "absent"})
    store = open_store(Settings(storage=StorageSettings(backend="s3"), s3=wrong))
    with pytest.raises(StorageError, match="NoSuchBucket"):
        store.check()

"""Blobs as objects of an S3-compatible store.

A small blob is one request; a larger one is a multipart upload, which appears whole when it is completed. One
part at a time is in memory. Unfinished multipart uploads cost money and are removed by `discard_unfinished`.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from deepshield.settings import S3Settings
from deepshield.storage.contracts import (
    CHUNK_BYTES,
    BlobInfo,
    BlobNotFoundError,
    StorageError,
    StorageFullError,
    checked_key,
)
from deepshield.storage.probe import probe

PART_BYTES = 8 * 1024 * 1024  # S3 takes parts of 5 MiB or more
_TRANSFER = TransferConfig(
    multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, use_threads=False, max_concurrency=1
)
_CONNECT_SECONDS, _READ_SECONDS, _TRIES, _CONNECTIONS = 5, 30, 3, 32
_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
_THERE_ALREADY = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})
_NO_ROOM = frozenset(
    {"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded", "EntityTooLarge"}
)
_INSUFFICIENT_STORAGE = 507
_UPLOAD_GONE = "NoSuchUpload"
# Some S3-compatible stores cannot list unfinished uploads; these have none, or remove them themselves.
_NO_LIST_OF_UPLOADS = frozenset({_UPLOAD_GONE, "NotImplemented", "MethodNotAllowed"})
_BEYOND_THE_END = "InvalidRange"


class S3Store:
    """A store in one existing bucket, below ``S3_PREFIX``."""

    def __init__(self, settings: S3Settings) -> None:
        secret = settings.secret_access_key
        self._bucket = settings.bucket
        self._prefix = f"{settings.prefix.strip('/')}/" if settings.prefix.strip("/") else ""
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=settings.endpoint_url,
            region_name=settings.region,
            aws_access_key_id=settings.access_key_id,
            aws_secret_access_key=secret.get_secret_value() if secret else None,
            config=Config(
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                retries={"max_attempts": _TRIES, "mode": "standard"},
                max_pool_connections=_CONNECTIONS,
                # Other stores than AWS support neither a host name per bucket nor the newer checksums.
                s3={"addressing_style": "path" if settings.endpoint_url else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def ensure_bucket(self) -> None:
        """Make the bucket when it does not exist; several processes may call this at once."""
        with _storage_errors():
            try:
                self._client.head_bucket(Bucket=self._bucket)
                return
            except ClientError as error:
                if _code(error) not in _ABSENT:
                    raise
            try:
                self._client.create_bucket(Bucket=self._bucket)
            except ClientError as error:
                if _code(error) not in _THERE_ALREADY:
                    raise

    def writer(self, key: str) -> S3Writer:
        """Begin a blob."""
        return S3Writer(self._client, self._bucket, self._object(key))

    def put_file(self, key: str, path: Path) -> None:
        """Store a copy of a local file."""
        with _storage_errors(), path.open("rb") as source:
            self._client.upload_fileobj(source, self._bucket, self._object(key), Config=_TRANSFER)

    def fetch(self, key: str, path: Path) -> None:
        """Copy a blob to a local file."""
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with _storage_errors(key), partial.open("xb") as target:
                self._client.download_fileobj(self._bucket, self._object(key), target, Config=_TRANSFER)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield a blob's bytes."""
        if length == 0:
            return
        last = "" if length is None else start + length - 1
        wanted = {"Range": f"bytes={start}-{last}"} if start or length is not None else {}
        with _storage_errors(key):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._object(key), **wanted)
            except ClientError as error:
                if _code(error) == _BEYOND_THE_END:
                    return
                raise
            with contextlib.closing(answer["Body"]) as body:
                yield from body.iter_chunks(CHUNK_BYTES)

    def size(self, key: str) -> int:
        """Return a blob's bytes."""
        with _storage_errors(key):
            return int(self._client.head_object(Bucket=self._bucket, Key=self._object(key))["ContentLength"])

    def delete(self, key: str) -> None:
        """Remove a blob."""
        with _storage_errors():
            self._client.delete_object(Bucket=self._bucket, Key=self._object(key))

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """Yield the blobs whose keys start with ``prefix``."""
        pages = self._client.get_paginator("list_objects_v2")
        with _storage_errors():
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix):
                for found in page.get("Contents", ()):
                    key = found["Key"].removeprefix(self._prefix)
                    yield BlobInfo(key, int(found["Size"]), found["LastModified"].astimezone(UTC))

    def discard_unfinished(self, older_than: timedelta) -> int:
        """Abort multipart uploads that were begun long ago."""
        before, removed = datetime.now(UTC) - older_than, 0
        with _storage_errors():
            for upload in self._unfinished():
                if upload["Initiated"] < before:
                    _abort(self._client, {"Bucket": self._bucket, "Key": upload["Key"]}, upload["UploadId"])
                    removed += 1
        return removed

    def _unfinished(self) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("list_multipart_uploads")
        try:
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                yield from page.get("Uploads", ())
        except ClientError as error:
            if _code(error) not in _NO_LIST_OF_UPLOADS:
                raise

    def free_bytes(self) -> None:
        """Return None: an object store reports no limit."""

    def check(self) -> None:
        """Write, read and delete a small probe."""
        probe(self)

    def _object(self, key: str) -> str:
        return self._prefix + checked_key(key)


class S3Writer:
    """Collects parts of `PART_BYTES`; the first full one begins a multipart upload."""

    def __init__(self, client: Any, bucket: str, name: str) -> None:
        self._client, self._name = client, {"Bucket": bucket, "Key": name}
        self._buffer = bytearray()
        self._upload: str | None = None
        self._parts: list[dict[str, Any]] = []
        self._done = False

    def write(self, data: bytes) -> None:
        """Append; sends a part whenever one is full."""
        self._buffer += data
        while len(self._buffer) >= PART_BYTES:
            self._send(bytes(self._buffer[:PART_BYTES]))
            del self._buffer[:PART_BYTES]

    def commit(self) -> None:
        """Make the object appear."""
        if self._upload is None:
            with _storage_errors():
                self._client.put_object(**self._name, Body=bytes(self._buffer))
        else:
            if self._buffer:
                self._send(bytes(self._buffer))
            with _storage_errors():
                self._client.complete_multipart_upload(
                    **self._name, UploadId=self._upload, MultipartUpload={"Parts": self._parts}
                )
        self._done = True
        self._buffer.clear()

    def abort(self) -> None:
        """Abort the multipart upload, if one has begun."""
        if self._done:
            return
        self._done = True
        self._buffer.clear()
        if self._upload is not None:
            with _storage_errors():
                _abort(self._client, self._name, self._upload)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def _send(self, data: bytes) -> None:
        with _storage_errors():
            if self._upload is None:
                self._upload = self._client.create_multipart_upload(**self._name)["UploadId"]
            number = len(self._parts) + 1
            answer = self._client.upload_part(
                **self._name, UploadId=self._upload, PartNumber=number, Body=data
            )
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})


def _abort(client: Any, name: dict[str, str], upload: str) -> None:
    try:
        client.abort_multipart_upload(**name, UploadId=upload)
    except ClientError as error:
        if _code(error) != _UPLOAD_GONE:
            raise


@contextlib.contextmanager
def _storage_errors(key: str | None = None) -> Iterator[None]:
    """Turn the client's errors into the store's; only with ``key`` is a missing object a missing blob."""
    try:
        yield
    except ClientError as error:
        code = _code(error)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if key is not None and code in _ABSENT:
            raise BlobNotFoundError(f"no such blob: {key}") from error
        full = code in _NO_ROOM or status == _INSUFFICIENT_STORAGE
        raise (StorageFullError if full else StorageError)(f"the object store answered {code}") from error
    except BotoCoreError as error:
        raise StorageError(f"the object store cannot be reached: {type(error).__name__}") from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "an error"))

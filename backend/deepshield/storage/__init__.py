"""Storage of uploads and artifacts: local disk or S3, behind one protocol."""

from deepshield.storage.contracts import (
    BlobInfo,
    BlobNotFoundError,
    BlobStore,
    BlobWriter,
    StorageError,
    StorageFullError,
)
from deepshield.storage.opening import ensure_bucket, open_store

__all__ = [
    "BlobInfo",
    "BlobNotFoundError",
    "BlobStore",
    "BlobWriter",
    "StorageError",
    "StorageFullError",
    "ensure_bucket",
    "open_store",
]

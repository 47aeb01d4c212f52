"""What only a disk does: runs full, forbids, flushes, and is used by two at once."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from deepshield.storage import StorageError, StorageFullError
from deepshield.storage.local import LocalStore

pytestmark = pytest.mark.unit


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "files")


def files(store: LocalStore) -> list[Path]:
    return [path for path in store._root.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.ENOSPC, StorageFullError), (errno.EDQUOT, StorageFullError), (errno.EIO, StorageError)],
)
def test_a_disk_that_fails_leaves_no_partial_file(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, number: int, expected: type[Exception]
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with store.writer("uploads/one") as writer:
        writer.write(b"x" * 1000)
        with pytest.raises(expected):
            writer.commit()
    monkeypatch.undo()
    assert files(store) == []


def test_a_folder_that_takes_no_files_is_told(store: LocalStore) -> None:
    store._partial.rmdir()
    with pytest.raises(StorageError), store.writer("uploads/one"):
        pytest.fail("began without a place to write to")


def test_a_commit_survives_the_removal_of_its_empty_folder(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.replace
    removed: list[Path] = []

    def folder_goes_first(self: Path, target: Path) -> Path:
        if not removed:
            removed.append(target.parent)
            target.parent.rmdir()
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", folder_goes_first)
    with store.writer("artifacts/job/one") as writer:
        writer.write(b"x")
        writer.commit()
    assert removed
    assert b"".join(store.read("artifacts/job/one")) == b"x"


def test_file_and_folder_are_flushed_before_a_commit_returns(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    flush = os.fsync

    def record(descriptor: int) -> None:
        flushed.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    with store.writer("uploads/deep/one") as writer:
        writer.commit()
    root = store._root
    assert Path(flushed[0]).parent == root / ".partial"
    assert {str(root), str(root / "uploads"), str(root / "uploads" / "deep")} <= set(flushed[1:])


def test_deleting_leaves_no_empty_folders_and_spares_neighbours(store: LocalStore) -> None:
    for key in ("artifacts/job/a", "artifacts/job/b"):
        with store.writer(key) as writer:
            writer.commit()
    store.delete("artifacts/job/a")
    assert store.size("artifacts/job/b") == 0
    store.delete("artifacts/job/b")
    assert [path.name for path in store._root.iterdir()] == [".partial"]


def test_reading_holds_no_file_open_once_it_is_over(store: LocalStore) -> None:
    with store.writer("uploads/one") as writer:
        writer.write(b"x" * 1_000_000)
        writer.commit()
    before = len(list(Path("/proc/self/fd").iterdir()))
    chunks = store.read("uploads/one")
    next(chunks)
    del chunks
    assert len(list(Path("/proc/self/fd").iterdir())) == before

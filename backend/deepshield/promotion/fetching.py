"""An active bundle on the machine of a worker: fetched once, verified, and there whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from deepshield.promotion.active import ActiveBundle
from deepshield.promotion.archive import ArchiveError, sha256_of, unpack, verified
from deepshield.resources import Resources

FOLDER = "bundles"


def fetched(resources: Resources, bundle: ActiveBundle, root: Path | None = None) -> Path:
    """Return the folder of a bundle below ``root`` (STORAGE_SCRATCH_DIR), brought there if it is not.

    It is verified each time. Raises `ArchiveError` and StorageError.
    """
    root = root or resources.settings.storage.scratch_dir.absolute() / FOLDER
    folder = root / bundle.sha256
    if folder.exists():
        try:
            _check(folder, bundle)
        except ArchiveError:
            shutil.rmtree(folder, ignore_errors=True)  # it was damaged on this disk
        else:
            return folder
    root.mkdir(parents=True, exist_ok=True)
    partial = root / f".{bundle.sha256[:16]}-{secrets.token_hex(4)}"
    archive = partial.with_suffix(".zip")
    try:
        resources.store.fetch(bundle.key, archive)
        if sha256_of(archive) != bundle.archive_sha256:
            raise ArchiveError("its archive in storage has changed; see `deepshield doctor`")
        unpack(archive, partial)
        _check(partial, bundle)
        try:
            partial.rename(folder)
        except OSError:
            _check(folder, bundle)  # another worker of this machine was first
    finally:
        archive.unlink(missing_ok=True)
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _check(folder: Path, bundle: ActiveBundle) -> None:
    found = verified(folder).facts.sha256
    if found != bundle.sha256:
        raise ArchiveError(f"{folder} holds the bundle {found[:16]}…, not {bundle.sha256[:16]}…")

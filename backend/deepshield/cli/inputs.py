"""Finding the files that a command line names: files themselves, and the media in folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from detector.contracts import MediaError
from detector.media.sniff import MEDIA_EXTENSIONS, SNIFF_BYTES, sniff


def find_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield every named file, and every file in named folders that is media by content or by extension.

    Each file is yielded once, those of a folder sorted by name; hidden entries of a folder are skipped. A
    path that does not exist is yielded too, so that its error is reported.
    """
    seen: set[Path] = set()
    for path in paths:
        for file in _walk(path) if path.is_dir() else [path]:
            if file not in seen:
                seen.add(file)
                yield file


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(parent, name)
            if not name.startswith(".") and (file.suffix.lower() in MEDIA_EXTENSIONS or _is_media(file)):
                yield file


def _is_media(file: Path) -> bool:
    if not file.is_file():
        return False
    try:
        with file.open("rb") as opened:
            sniff(opened.read(SNIFF_BYTES))
    except (OSError, MediaError):
        return False
    return True

"""Receiving many files in one request: the parts of a form, the files of archives, or both.

Each file goes through the checks that a single one does, and what is refused is passed on as refused, while
the others are taken. Nothing is held in memory but the block that has just come.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from anyio import CancelScope, to_thread

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.intake.archive import SIGNATURE, Archive, unreadable
from deepshield.intake.body_reader import BodyReader
from deepshield.intake.filenames import checked_path, checked_type, shown_name
from deepshield.intake.files_form import FilesForm
from deepshield.intake.receive import Received, received
from deepshield.intake.upload_writer import UploadWriter
from deepshield.settings import FileSettings, Settings
from deepshield.storage import BlobStore

_SECONDS = 6 * 3600.0  # that one request may take; a line that stalls is given up long before
_FOLDERS = 10_000  # and the like that archives may have beside the files of a batch and what goes with each


class Taker(Protocol):
    """What files are passed to, in the order in which they come; called in threads, one call at a time."""

    def take(self, name: str, upload: Received) -> None:
        """Take a stored file, which is this one's to keep or delete. ``name`` has its folders."""

    def refuse(self, name: str, error: DeepShieldError) -> None:
        """Note a file that was refused."""


class Intake:
    """Stores files, of which one at a time is open, and passes each to a `Taker`."""

    def __init__(self, store: BlobStore, settings: Settings, taker: Taker) -> None:
        self._store, self._limits, self._taker = store, settings.file, taker
        self._unpacked = settings.batch.max_bytes
        self._left_out = _LeftOut(settings.batch.max_items + _FOLDERS)
        self._file: _File | None = None

    def begin(self, name: str, content_type: str | None) -> None:
        """Begin a file or an archive."""
        packed = _Packed(self._store, self._limits, self._taker, self._left_out)
        whole = _Single(self._store, self._limits, self._taker, name, content_type)
        self._file = _File(self._taker, name, whole, packed, self._unpacked)

    def data(self, data: bytes) -> None:
        """Take bytes of what has begun."""
        assert self._file is not None
        self._file.data(data)

    def end(self) -> None:
        """End what has begun, which takes it or refuses it."""
        file, self._file = self._file, None
        if file is not None:
            file.end()

    def abort(self) -> None:
        """Discard what has begun and not ended; what has ended stays."""
        file, self._file = self._file, None
        if file is not None:
            file.abort()


async def receive_form(
    pieces: AsyncIterator[bytes], boundary: bytes, store: BlobStore, settings: Settings, taker: Taker
) -> None:
    """Pass the files of a multipart body to ``taker``; those of archives among them one by one.

    Raises `DeepShieldError` MALFORMED_UPLOAD, NO_FILE, and those of `BodyReader`; what was taken before
    stays. Whatever ``pieces`` raises when the client disconnects is passed on.
    """
    intake = Intake(store, settings, taker)
    form = FilesForm(boundary, intake, settings.batch.max_items)

    def end() -> None:
        form.finish()

    await _through(BodyReader(pieces, _limits(settings)), intake, form.feed, end)


async def receive_archive(
    pieces: AsyncIterator[bytes], name: str, store: BlobStore, settings: Settings, taker: Taker
) -> None:
    """Pass the files of a body that is an archive, or the one file that it is, to ``taker``.

    Raises as `receive_form`.
    """
    intake = Intake(store, settings, taker)
    intake.begin(name, None)
    await _through(BodyReader(pieces, _limits(settings)), intake, intake.data, intake.end)


async def _through(reader: BodyReader, intake: Intake, feed: _Feed, end: _End) -> None:
    try:
        while block := await reader.block():
            await to_thread.run_sync(feed, block)
        await to_thread.run_sync(end)
    except BaseException as error:
        with CancelScope(shield=True):
            await to_thread.run_sync(intake.abort)
        if isinstance(error, DeepShieldError):
            await reader.drain()
        raise


class _Feed(Protocol):
    def __call__(self, data: bytes, /) -> None: ...


class _End(Protocol):
    def __call__(self) -> None: ...


def _limits(settings: Settings) -> FileSettings:
    limits = {"max_upload_mb": settings.batch.max_upload_mb, "upload_timeout_seconds": _SECONDS}
    return settings.file.model_copy(update=limits)


class _File:
    """What one part of a form holds: a file, or an archive of files."""

    def __init__(self, taker: Taker, name: str, whole: _Single, packed: _Packed, most_unpacked: int) -> None:
        self._name, self._taker = name, taker
        self._head = b""
        self._whole, self._packed = whole, packed
        self._archive: Archive | None = None
        self._most_unpacked = most_unpacked
        self._decided = self._refused = False

    def data(self, data: bytes) -> None:
        if self._refused:
            return
        if not self._decided:
            self._head += data
            if len(self._head) < len(SIGNATURE):
                return
            data, self._head = self._head, b""
            self._decide(data)
        if self._archive is None:
            self._whole.data(data)
        else:
            self._unpack(lambda archive: archive.feed(data))

    def end(self) -> None:
        if self._refused:
            return
        if not self._decided:
            self._whole.data(self._head)
        if self._archive is None:
            self._whole.end()
        else:
            self._unpack(lambda archive: archive.finish())

    def abort(self) -> None:
        self._whole.abort()
        self._packed.abort()

    def _decide(self, head: bytes) -> None:
        self._decided = True
        if head.startswith(SIGNATURE):
            self._archive = Archive(self._packed, self._most_unpacked)

    def _unpack(self, act: _OnArchive) -> None:
        assert self._archive is not None
        try:
            act(self._archive)
        except DeepShieldError as error:
            self._packed.abort()
            if error.code is not Code.ARCHIVE_UNREADABLE:
                raise
            self._refused = True
            self._taker.refuse(shown_name(self._name), error)


class _OnArchive(Protocol):
    def __call__(self, archive: Archive, /) -> None: ...


class _LeftOut:
    """Counts what is left out of a request's archives, of which macOS packs one for each file and folder."""

    def __init__(self, most: int) -> None:
        self._left = most

    def count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise unreadable("The archives have too many folders. Pack fewer at once, or the files alone.")


class _Packed:
    """The files of an archive, each a `_Single`."""

    def __init__(self, store: BlobStore, limits: FileSettings, taker: Taker, left_out: _LeftOut) -> None:
        self._store, self._limits, self._taker = store, limits, taker
        self._left_out = left_out
        self._file: _Single | None = None

    def begin(self, name: str) -> None:
        self._file = _Single(self._store, self._limits, self._taker, name, None)

    def data(self, data: bytes) -> None:
        assert self._file is not None
        self._file.data(data)

    def end(self) -> None:
        assert self._file is not None
        self._file.end()
        self._file = None

    def damaged(self, message: str) -> None:
        assert self._file is not None
        self._file.refuse(DeepShieldError(Code.ARCHIVE_UNREADABLE, message))
        self._file = None

    def leave_out(self) -> None:
        self._left_out.count()

    def abort(self) -> None:
        if self._file is not None:
            self._file.abort()
            self._file = None


class _Single:
    """One file on its way into storage; the first refusal is passed on, and its further bytes are dropped."""

    def __init__(
        self, store: BlobStore, limits: FileSettings, taker: Taker, name: str, content_type: str | None
    ) -> None:
        self._taker, self._name, self._type = taker, shown_name(name), checked_type(content_type)
        self._writer = UploadWriter(store, None, limits.max_bytes)
        self._error: DeepShieldError | None = None
        self._filename = ""
        try:
            self._name, self._filename = checked_path(name, limits.max_name_length)
        except DeepShieldError as error:
            self._error = error

    def data(self, data: bytes) -> None:
        if self._error is None:
            try:
                self._writer.write(data)
            except DeepShieldError as error:
                self._give_up(error)

    def end(self) -> None:
        if self._error is None:
            try:
                stored = self._writer.finish()
            except DeepShieldError as error:
                self._give_up(error)
            else:
                self._taker.take(self._name, received(stored, self._filename, self._type))
                return
        assert self._error is not None
        self._taker.refuse(self._name, self._error)

    def refuse(self, error: DeepShieldError) -> None:
        """End the file as refused, unless it was refused before."""
        if self._error is None:
            self._give_up(error)
        self.end()

    def abort(self) -> None:
        self._writer.abort()

    def _give_up(self, error: DeepShieldError) -> None:
        self._error = error
        self._writer.abort()

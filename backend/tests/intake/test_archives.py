"""ZIP archives as they come: unpacked in pieces of any size, and refused before they do harm."""

from __future__ import annotations

import io
import random
import struct
import time
import zipfile
import zlib
from contextlib import suppress
from typing import Any

import pytest
from service_parts import MakeSettings

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.intake.archive import Archive
from deepshield.intake.filenames import checked_path
from deepshield.intake.many import Intake
from deepshield.intake.receive import Received
from deepshield.storage import open_store

pytestmark = pytest.mark.unit

MUCH = 1 << 30


class Kept:
    """Keeps what an archive held."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.broken: dict[str, str] = {}
        self.left_out = 0
        self._name = ""

    def begin(self, name: str) -> None:
        self._name = name
        self.files[name] = b""

    def data(self, data: bytes) -> None:
        self.files[self._name] += data

    def end(self) -> None:
        self._name = ""

    def damaged(self, message: str) -> None:
        self.broken[self._name] = message
        del self.files[self._name]

    def leave_out(self) -> None:
        self.left_out += 1


class Unseekable(io.RawIOBase):
    """A stream to which `zipfile` writes sizes after the data, as programs do that write into a pipe."""

    def __init__(self) -> None:
        self.bytes = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.bytes += data
        return len(data)


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, *, piped: bool = False) -> bytes:
    out: Any = Unseekable() if piped else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return bytes(out.bytes) if piped else bytes(out.getvalue())


def unpacked(data: bytes, piece: int = 1 << 16, most: int = MUCH) -> Kept:
    kept = Kept()
    archive = Archive(kept, most)
    for start in range(0, len(data), piece):
        archive.feed(data[start : start + piece])
    archive.finish()
    return kept


def refused(data: bytes, most: int = MUCH) -> str:
    with pytest.raises(DeepShieldError) as caught:
        unpacked(data, most=most)
    assert caught.value.code is Code.ARCHIVE_UNREADABLE
    return caught.value.message


FILES = {"a.jpg": random.Random(1).randbytes(300_000), "day 1/ü.png": b"PK\x07\x08" * 50, "empty": b""}
FOLDER = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, 2, 0, 2, 0) + b"x/\x03\x00"


@pytest.mark.parametrize("piece", [1, 7, 1 << 16])
@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_was_packed_comes_out(method: int, piped: bool, piece: int) -> None:
    files = FILES if piece > 1 else {"a.jpg": FILES["a.jpg"][:2000], "day 1/ü.png": FILES["day 1/ü.png"]}
    assert unpacked(packed(files, method, piped=piped), piece).files == files


@pytest.mark.parametrize("piece", [7, 1 << 16])
def test_stored_files_end_where_their_number_and_hash_fit(piece: int) -> None:
    within = packed({"b.jpg": b"inside" * 100}, zipfile.ZIP_STORED, piped=True)
    begun = b"\xff" * 100
    lies = struct.pack("<4sIII", b"PK\x07\x08", zlib.crc32(begun) ^ 1, len(begun), len(begun))
    files = {"x.zip": within, "folder/": b"", "a.jpg": begun + lies + bytes(40), "c.jpg": b"PK\x07"}
    kept = unpacked(packed(files, zipfile.ZIP_STORED, piped=True), piece)
    assert (kept.files, kept.left_out) == ({n: data for n, data in files.items() if data}, 1)
    assert "ends early" in refused(packed(files, zipfile.ZIP_STORED, piped=True)[: len(within)])


def test_what_systems_add_is_left_out() -> None:
    files = {"a/": b"", "a/b.jpg": b"x", "__MACOSX/a/._b.jpg": b"y", "a/.DS_Store": b"z", "Thumbs.db": b"z"}
    kept = unpacked(packed(files))
    assert (kept.files, kept.left_out) == ({"a/b.jpg": b"x"}, 4)


def test_small_entries_cost_as_much_in_a_large_block_as_in_small_ones() -> None:
    """Else a legal archive of empty folders costs far more processor time than its bytes are worth."""

    def seconds(piece: int) -> float:
        start = time.process_time()
        assert unpacked(FOLDER * 7700 + b"PK\x01\x02", piece).left_out == 7700
        return time.process_time() - start

    assert min(seconds(1 << 18) for _ in range(3)) < 3 * min(seconds(1 << 12) for _ in range(3))


def test_folders_of_all_archives_of_a_request_are_bounded(make_settings: MakeSettings) -> None:
    refused: list[tuple[str, Code]] = []

    class Refused:
        def take(self, name: str, upload: Received) -> None:
            raise AssertionError("there is no file")

        def refuse(self, name: str, error: DeepShieldError) -> None:
            refused.append((name, error.code))

    settings = make_settings()
    intake = Intake(open_store(settings), settings, Refused())
    for name in ("a.zip", "b.zip"):
        intake.begin(name, None)
        intake.data(FOLDER * settings.batch.max_items + b"PK\x01\x02")
        intake.end()
    assert refused == []
    intake.begin("c.zip", None)
    intake.data(FOLDER + b"PK\x01\x02")
    intake.end()
    assert refused == [("c.zip", Code.ARCHIVE_UNREADABLE)]


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    assert "far more" in refused(packed({"a.png": bytes(50 << 20)}))


def test_the_sum_of_all_files_is_bounded() -> None:
    assert "in parts" in refused(packed({str(n): FILES["a.jpg"] for n in range(4)}), most=1_000_000)


def test_overlapping_entries_are_read_once() -> None:
    """Twenty directory entries that point at one file, as in a bomb that needs no nesting."""
    one = packed({"a.jpg": FILES["a.jpg"]})
    at = one.index(b"PK\x01\x02")
    end = one.index(b"PK\x05\x06")
    assert unpacked(one[:at] + one[at:end] * 20 + one[end:]).files == {"a.jpg": FILES["a.jpg"]}


def test_an_archive_within_is_not_unpacked() -> None:
    inner = packed({"a.jpg": b"x"})
    assert unpacked(packed({"inner.zip": inner})).files == {"inner.zip": inner}


def test_a_file_that_was_changed_is_damaged_and_the_next_is_read() -> None:
    data = bytearray(packed({"a": b"first" * 100, "b": b"second"}, zipfile.ZIP_STORED))
    data[40] ^= 1
    kept = unpacked(bytes(data))
    assert kept.files == {"b": b"second"}
    assert kept.broken.keys() == {"a"}


def test_a_method_that_is_not_read_costs_its_file_alone() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", b"x" * 99, zipfile.ZIP_BZIP2)
        archive.writestr("b", b"y")
    kept = unpacked(out.getvalue())
    assert (kept.files, set(kept.broken)) == ({"b": b"y"}, {"a"})


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_an_archive_that_ends_early_is_refused(share: float) -> None:
    data = packed(FILES)
    assert "ends early" in refused(data[: int(len(data) * share)])


def test_an_archive_with_a_password_is_refused() -> None:
    data = bytearray(packed({"a": b"x"}))
    data[6] |= 1
    assert "password" in refused(bytes(data))


def test_random_damage_is_refused_or_read_and_never_worse() -> None:
    source, chance = packed(FILES, piped=True), random.Random(5)
    for _ in range(150):
        data = bytearray(source)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with suppress(DeepShieldError):  # no other exception, and no archive that is never over
            unpacked(bytes(data))


def test_sizes_of_large_files_are_read_from_their_extra_field() -> None:
    data = b"picture"
    extra = struct.pack("<HHQQ", 1, 16, len(data), len(data))
    head = struct.pack(
        "<4sHHHHHIIIHH", b"PK\x03\x04", 45, 0, 0, 0, 0, zlib.crc32(data), 2**32 - 1, 2**32 - 1, 1, len(extra)
    )
    assert unpacked(head + b"a" + extra + data + b"PK\x01\x02").files == {"a": data}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("day 1/a.jpg", ("day 1/a.jpg", "a.jpg")),
        ("day 1\\a.jpg", ("day 1/a.jpg", "a.jpg")),
        ("/./a.jpg", ("a.jpg", "a.jpg")),
    ],
)
def test_a_path_is_a_name_with_folders(raw: str, shown: tuple[str, str]) -> None:
    assert checked_path(raw, 255) == shown


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("../a.jpg", Code.INVALID_FILENAME),
        ("a/\x00/b.jpg", Code.INVALID_FILENAME),
        ("x" * 2000, Code.FILENAME_TOO_LONG),
        ("a/b.exe", Code.INVALID_EXTENSION),
    ],
)
def test_a_path_that_is_none_is_refused(raw: str, code: Code) -> None:
    with pytest.raises(DeepShieldError) as caught:
        checked_path(raw, 255)
    assert caught.value.code is code

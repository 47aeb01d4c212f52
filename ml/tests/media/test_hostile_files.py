"""Whatever a path may lead to ends in frames or in a coded error, in time, and touches nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import hostile
import mutants
import numpy as np
import pytest
from media_factory import Clip, png, png_chunk
from opened import code_of, decode
from PIL import Image as Pillow

from detector.contracts import ErrorCode, Limits, MediaError
from detector.media import open_media
from detector.media.budget import DecodeBudget
from detector.media.source import Source

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

TESTS = Path(__file__).resolve().parent
DAMAGED = {ErrorCode.VIDEO_DECODE_ERROR, ErrorCode.IMAGE_DECODE_ERROR}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    hostile.good_files(folder)
    return folder


def test_the_good_files_are_good(good: Path) -> None:
    assert {path.name: code_of(path) for path in good.iterdir()} == {
        path.name: None for path in good.iterdir()
    }


# ---- content


@pytest.mark.parametrize("name", hostile.TEXTS)
@pytest.mark.parametrize("suffix", [".mp4", ".jpg"])
def test_what_is_no_media_is_refused_by_its_content(name: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"file{suffix}"
    path.write_bytes(hostile.TEXTS[name])
    assert code_of(path) == ErrorCode.INVALID_MAGIC_BYTES


def test_messages_say_what_a_file_seems_to_be(tmp_path: Path) -> None:
    for name, words in {
        "bmp": "BMP",
        "html": "HTML",
        "playlist": "playlist",
        "pdf": "PDF",
        "text": "text",
    }.items():
        (tmp_path / name).write_bytes(hostile.TEXTS[name])
        with pytest.raises(MediaError, match=words):
            decode(tmp_path / name)


def test_a_jpeg_of_a_kind_that_is_not_read_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Pillow.new("RGB", (16, 16)).save(path)
    data = path.read_bytes()
    at = data.index(b"\xff\xc0")
    for change, said in (({4: 12}, "of 12 bits"), ({1: 0xC3, 4: 9}, "lossless"), ({1: 0xF7}, "JPEG-LS")):
        changed = bytearray(data)
        for offset, byte in change.items():
            changed[at + offset] = byte
        path.write_bytes(changed)
        with pytest.raises(MediaError) as caught:
            decode(path)
        assert said in caught.value.message
        assert "save it as" in caught.value.message


def test_an_archive_and_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "archive.mp4").write_bytes(hostile.zip_archive())
    assert code_of(tmp_path / "archive.mp4") == ErrorCode.INVALID_MAGIC_BYTES
    (tmp_path / "empty.mp4").touch()
    assert code_of(tmp_path / "empty.mp4") == ErrorCode.EMPTY_FILE


def test_a_wrong_extension_does_not_matter(good: Path, tmp_path: Path) -> None:
    for original, name in (
        ("h264.mp4", "x.jpg"),
        ("noise.jpg", "x.mp4"),
        ("vp9.webm", "x.avi"),
        ("noise.png", "x"),
    ):
        (tmp_path / name).write_bytes((good / original).read_bytes())
        assert code_of(tmp_path / name) is None
        assert decode(tmp_path / name).info == decode(good / original).info


STARTS = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\0\0\0WEBP", b"RIFF\x10\0\0\0AVI "]
STARTS += [b"\x1a\x45\xdf\xa3", b"\0\0\0\x18ftypisom", b"\0\0\0\x08moov", b"\0\0\0\0mdat"]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("rest", [b"", b"text " * 50, bytes(3000), b"\xff" * 3000])
def test_a_good_start_and_nothing_behind_it(start: bytes, rest: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(start + rest)
    assert code_of(tmp_path / "file") in DAMAGED


def test_every_good_file_cut_at_every_tenth(good: Path, tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    for original in sorted(good.iterdir()):
        data = original.read_bytes()
        for tenth in range(1, 10):
            path = tmp_path / original.name
            path.write_bytes(data[: len(data) * tenth // 10])
            started = time.monotonic()
            code = code_of(path, 16, decode_seconds=5.0)
            assert time.monotonic() - started < 6.0
            assert code is None or code in DAMAGED, (original.name, tenth)
            outcomes[original.suffix if code is None else code] += 1
    assert outcomes[".mkv"] >= 6, "what came before the cut is analysed"
    assert outcomes[".webm"] >= 6
    assert outcomes[".avi"] >= 6
    assert outcomes[".mp4"] >= 8


def test_frames_before_a_cut_are_right(good: Path, tmp_path: Path) -> None:
    for name in ("hevc.mkv", "vp9.webm", "mpeg4.avi", "front.mp4", "pieces.mp4"):
        data = (good / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) * 7 // 10])
        opened = decode(tmp_path / name, 64)
        # The index is that among the frames which are left, the time that of the whole.
        times = [round(time / 40) for time in opened.times]
        if name.endswith(
            ".avi"
        ):  # has no presentation times, and those after the last whole group are guessed
            assert opened.numbers[:-3] == times[:-3]
        else:
            assert opened.numbers == times, name
        assert len(opened.frames) >= 8, name
        assert opened.damaged > 0 or len(opened.frames) == opened.planned, name


def test_a_broken_picture_is_refused_when_it_is_opened(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "start.png"
    path.write_bytes((good / "noise.png").read_bytes()[:50])
    with pytest.raises(MediaError, match="damaged"):
        open_media(path, 1, Limits())


# ---- sizes


@pytest.mark.parametrize("make", [png, hostile.jpeg_header, hostile.webp_header])
def test_pictures_whose_header_says_60000_by_60000(make: Any, tmp_path: Path) -> None:
    (tmp_path / "huge").write_bytes(make(60_000, 60_000))
    assert code_of(tmp_path / "huge") == ErrorCode.TOO_MANY_PIXELS


def test_a_bomb_in_a_pngs_profile_or_text_is_not_unpacked(tmp_path: Path) -> None:
    bomb = zlib.compress(bytes(50_000_000), 1)
    pixels = zlib.compress(b"".join(b"\0" + bytes([200, 40, 20]) * 64 for _ in range(64)))
    for name, chunk in {
        "profile": png_chunk(b"iCCP", b"icc\0\0" + bomb),
        "text": png_chunk(b"zTXt", b"a\0\0" + bomb),
    }.items():
        (tmp_path / name).write_bytes(png(64, 64, chunk, png_chunk(b"IDAT", pixels)))
        assert code_of(tmp_path / name) in (None, ErrorCode.IMAGE_DECODE_ERROR)


MEASURE = """
import resource, sys
from pathlib import Path
from opened import decode
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rgb = decode(Path(sys.argv[1])).frames[0].rgb
assert rgb.shape == (10000, 10000, 3) and (rgb[::997, ::997] == (90, 120, 150)).all()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def test_a_hundred_megapixels_take_the_memory_of_two_copies(tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(hostile.flat_png(10_000, 10_000))
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path / "large.png")],
        capture_output=True,
        text=True,
        check=True,
        env=child_environment(),
        timeout=120,
    )
    # Pillow keeps four bytes per pixel, the result three.
    assert float(run.stdout) < 381 + 286 + 110, f"{run.stdout.strip()} MB"


def child_environment() -> dict[str, str]:
    folders = (TESTS.parents[1], TESTS.parent, TESTS)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}


# ---- paths


NAMES = ["with space .mp4", "\u00fcml\u00e4ut-\u4f60\u597d-\U0001f3ac.mp4", "new\nline.mp4", "-dash.mp4"]
NAMES += [os.fsdecode(b"bytes-\xff\xfe.mp4"), "a%20b?c#d.mp4", "http:", "concat:a|b.mp4", "pipe:0", "x" * 250]


@pytest.mark.parametrize("name", NAMES)
def test_unusual_names(name: str, good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / name
    path.write_bytes((good / "h264.mp4").read_bytes())
    assert decode(path).numbers == list(range(32)) or len(decode(path).frames) == 32
    monkeypatch.chdir(tmp_path)
    assert code_of(Path(name)) is None


def test_names_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    expected = {
        "gone": ErrorCode.FILE_NOT_FOUND,
        "dangling": ErrorCode.FILE_NOT_FOUND,
        "gone/deeper": ErrorCode.FILE_NOT_FOUND,
        "loop": ErrorCode.FILE_UNREADABLE,
        "nul\0byte": ErrorCode.FILE_UNREADABLE,
        "x" * 300: ErrorCode.FILE_UNREADABLE,
        "": ErrorCode.FILE_UNREADABLE,  # the folder itself
    }
    assert {name: code_of(tmp_path / name) for name in expected} == expected


def test_what_is_no_regular_file_is_not_even_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("opened"))
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for name in ("fifo", "socket"):
            started = time.monotonic()
            assert code_of(tmp_path / name) == ErrorCode.FILE_UNREADABLE
            assert time.monotonic() - started < 5.0
    for name in ("/dev/null", "/dev/zero", "/dev/stdin", "/proc/self/fd"):
        assert code_of(Path(name)) in (ErrorCode.FILE_UNREADABLE, ErrorCode.EMPTY_FILE)


@pytest.mark.parametrize("name", ["/proc/self/mem", "/proc/self/environ", "/proc/kmsg", "/proc/self/pagemap"])
def test_files_of_the_kernel_are_not_read(name: str) -> None:
    if not Path(name).exists():
        pytest.skip(f"{name} is a file of Linux")
    started = time.monotonic()
    assert code_of(Path(name)) in (ErrorCode.EMPTY_FILE, ErrorCode.FILE_UNREADABLE)
    assert time.monotonic() - started < 5.0


def test_a_pipe_that_takes_a_files_place_does_not_block(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "fifo")
    regular = (good / "h264.mp4").stat()
    monkeypatch.setattr(Path, "stat", lambda *_, **__: regular)
    started = time.monotonic()
    assert code_of(tmp_path / "fifo") == ErrorCode.FILE_UNREADABLE
    assert time.monotonic() - started < 5.0


def test_a_file_that_may_not_be_read(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(MediaError) as caught:
        decode(good / "h264.mp4")
    assert caught.value.code == ErrorCode.FILE_UNREADABLE
    assert "Permission denied" in caught.value.message


class FailingDisk:
    """A file that cannot be read any more after so many bytes."""

    def __init__(self, file: Any, bytes_left: float) -> None:
        self._file, self._left = file, bytes_left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def read(self, count: int = -1) -> bytes:
        data: bytes = self._file.read(count)
        self._left -= len(data)
        if self._left < 0:
            raise OSError(5, "Input/output error")
        return data


@pytest.mark.parametrize("passes", [0.5, 1.2, 1.5, 1.9, 2.2, 2.5, 2.8])
def test_a_disk_that_fails_is_not_taken_for_damage(
    passes: float, good: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    fdopen = os.fdopen
    monkeypatch.setattr("detector.media.survey._BUFFER", 1024)
    for path in sorted(good.iterdir()):
        left = passes * path.stat().st_size

        def failing(fd: int, mode: str, left: float = left) -> FailingDisk:
            return FailingDisk(fdopen(fd, mode), left)

        monkeypatch.setattr(os, "fdopen", failing)
        # A file is read once for its hash, once to survey it and once, in part, to decode it.
        allowed = {ErrorCode.FILE_UNREADABLE} if passes < 1 else {ErrorCode.FILE_UNREADABLE, None}
        assert code_of(path) in allowed, path.name
    assert capfd.readouterr() == ("", "")


def test_only_the_bytes_that_were_there_at_first_are_read(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_bytes(b"first")
    source = Source(path, Limits(), DecodeBudget(1.0))
    with path.open("ab") as more:
        more.write(b" and more")
    assert source.sha256() == hashlib.sha256(b"first").hexdigest()
    assert source.seek(3) == 3
    assert (source.read(100), source.read(1), source.tell()) == (b"st", b"", 5)
    source.close()
    source.close()


def test_a_file_that_grows_or_shrinks_while_it_is_read(good: Path, tmp_path: Path) -> None:
    for original in sorted(good.iterdir()):
        path = tmp_path / original.name
        data = original.read_bytes()
        path.write_bytes(data)
        with open_media(path, 8, Limits()) as media:
            with path.open("ab") as more:
                more.write(b"more" * 10_000)
            assert len(list(media.frames())) == min(8, media.planned)
            assert media.info.size_bytes == len(data)
        path.write_bytes(data)
        with open_media(path, 8, Limits()) as media:
            os.truncate(path, len(data) // 2)
            try:
                found = len(list(media.frames()))
            except MediaError as error:
                found = 0
                shown = error.code
            assert found or shown in DAMAGED


# ---- nothing else is opened

AUDIT = """
import json, sys
from pathlib import Path
from opened import code_of
paths = [Path(line) for line in sys.stdin.read().split("\\0") if line]
for path in paths:  # what is imported late
    code_of(path)
seen = []
def hook(event, arguments):
    if event == "open" and not isinstance(arguments[0], int):  # a number is the one opened before
        seen.append(["open", repr(arguments[0])])
    elif event.startswith(("socket.connect", "socket.getaddrinfo", "subprocess", "os.system", "ctypes")):
        seen.append([event, ""])
sys.addaudithook(hook)
for path in paths:
    code_of(path)
print(json.dumps([seen, [repr(path) for path in paths], [repr(str(path)) for path in paths]]))
"""


def test_no_other_file_and_no_network(good: Path, tmp_path: Path) -> None:
    for name, data in hostile.TEXTS.items():
        (tmp_path / name).write_bytes(data)
    paths = [*sorted(good.iterdir()), *sorted(tmp_path.iterdir())]
    run = subprocess.run(
        [sys.executable, "-c", AUDIT],
        input="\0".join(map(str, paths)),
        capture_output=True,
        text=True,
        check=True,
        env=child_environment(),
        timeout=120,
    )
    seen, as_paths, as_text = json.loads(run.stdout)
    assert [event for event, _ in seen] == ["open"] * len(paths), "each file is opened once, and no socket"
    assert {name for _, name in seen} <= {*as_paths, *as_text}
    assert run.stderr == ""


# ---- at random

SEED = int(os.environ.get("FUZZ_SEED", "20240501"))
MUTANTS = int(os.environ.get("FUZZ_COUNT", "208"))


def test_mutants(good: Path) -> None:
    print(f"FUZZ_SEED={SEED} FUZZ_COUNT={MUTANTS}")
    run = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore::UserWarning",
            str(TESTS / "mutants.py"),
            str(SEED),
            str(MUTANTS),
            str(good),
        ],
        capture_output=True,
        text=True,
        env=child_environment(),
        timeout=30 + MUTANTS * mutants.SECONDS,
        check=False,
    )
    results = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, f"seed {SEED}, mutant {len(results)}:\n{run.stderr}"
    assert run.stderr == "", f"seed {SEED}:\n{run.stderr}"
    assert len(results) == MUTANTS
    allowed = {
        None,
        *DAMAGED,
        ErrorCode.INVALID_MAGIC_BYTES,
        ErrorCode.TOO_MANY_PIXELS,
        ErrorCode.TOO_MANY_FRAMES,
        ErrorCode.VIDEO_TOO_LONG,
        ErrorCode.DECODE_TIMEOUT,
    }
    strange = [result for result in results if result["code"] not in allowed]
    slow = [result for result in results if result["seconds"] > mutants.SECONDS + 2.0]
    assert not strange, f"seed {SEED}: {strange}"
    assert not slow, f"seed {SEED}: {slow}"
    codes = Counter(result["code"] for result in results)
    assert len(codes) >= 4, f"the mutants are too much alike: {codes}"
    assert 0.1 * MUTANTS < codes[None] < 0.9 * MUTANTS


# ---- nothing is left behind


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="descriptors are counted in Linux's /proc")
def test_a_hundred_files_leave_no_descriptor_open(good: Path, tmp_path: Path) -> None:
    bad = []
    for original in sorted(good.iterdir()):
        data = original.read_bytes()
        path = tmp_path / original.name
        path.write_bytes(data[: len(data) // 3])
        bad.append(path)
    (tmp_path / "text.mp4").write_bytes(hostile.TEXTS["text"])
    files = [*sorted(good.iterdir()), *bad, tmp_path / "text.mp4", tmp_path / "gone"]
    code_of(files[0])  # what is opened once and for all
    before = descriptors()
    for number in range(100):
        path = files[number % len(files)]
        if number % 3:
            code_of(path, 4)
        else:
            try:  # left after the first frame, or before it
                with open_media(path, 4, Limits()) as media:
                    if number % 2:
                        next(media.frames())
            except MediaError:
                pass
    assert descriptors() == before


def test_an_opened_file_can_be_closed_without_being_read(good: Path) -> None:
    media = open_media(good / "h264.mp4", 4, Limits())
    with media:
        pass
    assert list(media.frames()) == []


def test_pictures_are_freed_before_the_next_step(good: Path) -> None:
    with open_media(good / "noise.png", 1, Limits()) as media:
        frame = next(media.frames())
        decoder: Any = media._decoder
        with pytest.raises(ValueError, match="closed"):
            decoder._image.load()
        assert isinstance(frame.rgb, np.ndarray)
        assert Pillow.fromarray(frame.rgb).size == (media.info.width, media.info.height)


def test_clips_of_the_factory_are_small(good: Path) -> None:
    assert all(path.stat().st_size < 200_000 for path in good.iterdir())
    assert Clip().frames == 30

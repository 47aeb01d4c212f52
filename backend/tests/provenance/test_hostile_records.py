"""Damaged and hostile records and metadata, drawn at random: `make fuzz` draws ten times as many."""

from __future__ import annotations

import os
import random
import socket
import sys
import threading
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path

import av
import process_doubles
import pytest
from PIL import Image, PngImagePlugin
from signing import Authority, created, picture, signed

from deepshield.analyser.protocol import Done, Setup
from deepshield.provenance.trust_lists import install, parse
from deepshield.result_provenance import CredentialState, Provenance, TrustListKind
from deepshield.worker.analyser import Analyser, RecycleLimits
from deepshield.worker.analysis import Bounds
from deepshield.worker.cancellation import Cancellation

pytestmark = pytest.mark.security

CASES = 2000 if os.environ.get("FUZZ") else 60
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a b="c"><d>e</d></a></x:xmpmeta>'
SETUP = Setup(os.getpid(), None, "auto", "auto", None, 8, 60.0, 10**8, 30.0, 2048, False)


class Listener:
    """Counts who connects to a port of this machine."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.connections = 0
        threading.Thread(target=self._count, daemon=True).start()

    @property
    def address(self) -> str:
        host, port = self._socket.getsockname()
        return f"http://{host}:{port}/record.c2pa"

    def close(self) -> None:
        self._socket.close()

    def _count(self) -> None:
        while True:
            try:
                self._socket.accept()[0].close()
            except OSError:
                return
            self.connections += 1


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    yield one
    one.close()


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def analyser(authority: Authority, tmp_path: Path) -> Iterator[Analyser]:
    """The worker's handle on a confined process with the real reader."""
    trust = tmp_path / "trust"
    install(trust, parse(authority.pem, TrustListKind.SIGNERS, date.today()))
    command = [sys.executable, process_doubles.__file__, "describe_for_real", str(trust)]
    one = Analyser(SETUP, Bounds(20, 25, 2048), RecycleLimits(2048, 10**6), tmp_path / "log", command)
    one.wait_ready()
    yield one
    one.close()


SD = "a portrait Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"
COMFY = '{"3": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20, "model": ["3", 0]}}}'
AIGC = '{"AIGC":{"Label":"1","ContentProducer":"001191440300","ProduceID":"x"}}'
IPTC = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x18\x1c\x02P\0\x03Ada\x1c\x02n\0\x0bAcme Credit"


def png_with_texts() -> bytes:
    """Return what generators write into a PNG, packed and not, before and after the pixels."""
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", SD, zip=True)
    info.add_text("prompt", COMFY)
    info.add_itxt("AIGC", AIGC)
    return picture("PNG", pnginfo=info)


def tagged_video(path: Path) -> bytes:
    """Return a short video with tags of its container and its stream."""
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as container:
        container.metadata.update({"location": "+48.1371+011.5754/", "comment": "CapCut", "AIGC": AIGC})
        stream = container.add_stream("mpeg4", rate=25)
        stream.metadata["handler_name"] = "DaVinci Resolve"
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 64, 48, "yuv420p", Fraction(1, 25)
        container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode(None))
    return path.read_bytes()


def seeds(authority: Authority, address: str, folder: Path) -> list[bytes]:
    """Return files with all that is read: records in a row, records elsewhere, metadata of all kinds."""
    mp4, mov = (tagged_video(folder / f"clip.{ending}") for ending in ("mp4", "mov"))
    jpeg = picture("JPEG", comment=b"made with ChatGPT")
    exif = Image.Exif()
    exif[0x010F], exif.get_ifd(0x8825)[2] = "Acme", (1.0, 2.0, 3.0)
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "Steps: 20, Sampler: Euler a".encode("utf-16-be")
    nested = signed(picture(), authority.signer())
    for _ in range(4):
        nested = signed(picture(), authority.signer(), parent=nested)
    return [
        signed(picture(), authority.signer()),
        signed(picture("PNG"), authority.signer(), mime="image/png"),
        signed(picture("WEBP"), authority.signer(), mime="image/webp"),
        signed(picture(), authority.signer(), created(title=address)),
        signed(picture(), authority.signer(), kept_at=address),
        nested,
        picture("JPEG", exif=exif, xmp=XMP),
        picture("PNG", exif=exif),
        picture("WEBP", exif=exif, xmp=XMP),
        signed(picture("HEIC", exif=exif), authority.signer(), mime="image/heic"),
        signed(picture("AVIF", exif=exif), authority.signer(), mime="image/avif"),
        signed(mp4, authority.signer(), mime="video/mp4"),
        signed(mov, authority.signer(), mime="video/quicktime"),
        mp4,
        picture("GIF", comment=b"made with Midjourney"),
        jpeg[:2] + b"\xff\xed" + (len(IPTC) + 2).to_bytes(2, "big") + IPTC + jpeg[2:],
        png_with_texts(),
    ]


def mutated(content: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    """Return the file with some bytes changed, cut, doubled, made huge, or taken from another one."""
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 5, 20))):
        place = draw.randrange(len(changed))
        match draw.randrange(6):
            case 0:
                changed[place] ^= 1 << draw.randrange(8)
            case 1:
                changed[place : place + 4] = draw.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"))
            case 2:
                del changed[place : place + draw.randrange(1, 64)]
            case 3:
                changed[place:place] = changed[place : place + draw.randrange(1, 400)]
            case 4:
                other, length = draw.choice(others), draw.randrange(1, 400)
                start = draw.randrange(len(other))
                changed[place : place + length] = other[start : start + length]
            case _:
                # CBOR's announcement of very long arrays, maps and texts; deep nesting
                changed[place : place + 9] = draw.choice((b"\x9b", b"\xbb", b"\x7b", b"\x81")) * 9
        if not changed:
            return b"\xff"
    return bytes(changed)


def test_no_record_crashes_the_parent_connects_or_says_under_trust_what_was_not_signed(
    analyser: Analyser, authority: Authority, listener: Listener, tmp_path: Path
) -> None:
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    print(f"SEED={seed}")
    draw, path, files = random.Random(seed), tmp_path / "file", seeds(authority, listener.address, tmp_path)

    def read(content: bytes) -> Provenance | None:
        path.write_bytes(content)
        found = analyser.describe(path, 10, Cancellation())
        return found if isinstance(found, Provenance) else None

    sound = [read(content) for content in files]
    assert [one is not None for one in sound] == [True] * len(files)
    unread = 0
    for _ in range(CASES):
        number = draw.randrange(len(files))
        found, before = read(mutated(files[number], draw, files)), sound[number]
        unread += found is None
        if found is not None and found.credentials.state is CredentialState.TRUSTED:
            assert before is not None
            assert found.credentials in [one.credentials for one in sound if one is not None]
    print(f"{unread} of {CASES} ended the process")
    assert unread <= CASES // 20
    outcome = analyser.analyze(path, tmp_path / "out", lambda _: None, Cancellation())
    assert isinstance(outcome, Done)
    assert listener.connections == 0

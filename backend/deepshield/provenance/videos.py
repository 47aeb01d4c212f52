"""Metadata of videos: tags of container and streams, XMP, and what encoders write into the stream."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any, BinaryIO, cast

import av
from av.error import FFmpegError

from deepshield.provenance.exif import location
from deepshield.provenance.statements import Statements
from deepshield.provenance.xmp import read_xmp
from deepshield.result_provenance import Location, MetadataSource
from detector.media.sniff import Kind
from detector.media.tags import WithoutFloods, without_floods

_HEAD = 2**20  # bytes in which an encoder's name is looked for
_ENCODER = re.compile(rb"x26[45] [ -~]{0,60}?(?:core|build) [ -~]{1,40}|Lavc[0-9.]{3,16} [ -~]{1,24}")
# ISO 6709, as in com.apple.quicktime.location.ISO6709
_ISO6709 = re.compile(r"^([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?")
_MOST_STREAMS = 8


def read_video(file: BinaryIO, kind: Kind, into: Statements) -> None:
    """Add what a video of that container says of itself; what cannot be opened is noted as unreadable.

    So is a flood of tags, without which the rest is read. Only ``file`` is ever read, whatever it names.
    """
    shown = without_floods(cast("Any", file), kind)
    if isinstance(shown, WithoutFloods):
        into.failed(MetadataSource.CONTAINER)
    try:
        with av.open(
            shown,
            "r",
            format=kind,
            io_open=_refuse,
            metadata_errors="replace",
            options={"export_xmp": "1", "enable_drefs": "0"},
        ) as container:
            tags = dict(container.metadata)
            streams = [dict(stream.metadata) for stream in islice(container.streams, _MOST_STREAMS)]
    except (FFmpegError, OSError, ValueError):
        into.failed(MetadataSource.CONTAINER)
        return
    packet = tags.pop("xmp", None)
    for name, value in tags.items():
        into.add(MetadataSource.CONTAINER, name, value)
        if "location" in name.lower() and into.location is None:
            into.location = _place(value)
    for number, stream in enumerate(streams):
        for name, value in stream.items():
            into.add(MetadataSource.CONTAINER, f"stream {number}: {name}", value)
    if packet:
        read_xmp(packet, into)
    _read_encoder(file, into)


def _refuse(url: str, *_: object) -> None:
    raise PermissionError(f"a file may not name another one: {url[:80]}")


def _read_encoder(file: BinaryIO, into: Statements) -> None:
    file.seek(0)
    if found := _ENCODER.search(file.read(_HEAD)):
        into.add(MetadataSource.CONTAINER, "encoder in the stream", found.group().decode("ascii"))


def _place(value: str) -> Location | None:
    found = _ISO6709.match(value)
    if found is None:
        return None
    latitude, longitude, altitude = found.groups()
    return location(float(latitude), float(longitude), float(altitude) if altitude else None)

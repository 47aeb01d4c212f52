"""A pack's photographs small enough to travel: enlarged no further than training needs, as WebP.

Files of pictures, the photographs' and what networks painted from them, and one of records. `open_album`
turns them back into the folder that `Pack` reads. Every real and its pseudo-fakes come from the same picture,
so what WebP takes, it takes from both.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detector.contracts import CropSpec, Image
from training.photographs.pack import PIXELS, RECORDS, REPAINTED, Indices, Pack

ALBUM = "album.npz"
_MESH_STEP = 0.5  # pixels; blending moves every point by about a pixel at random
_LADDER = (92, 86, 80, 72, 64, 56)  # WebP qualities, best first
_SAMPLE = 200


class AlbumError(Exception):
    """The photographs cannot be made small enough; the message says by how much."""


def write_album(
    pack: Pack,
    rows: Indices,
    spec: CropSpec,
    megabytes: float,
    out: Path,
    repainted: Sequence[str] = (),
) -> dict[str, Any]:
    """Write rows of a pack, in at most ``megabytes`` (10^6 bytes), at the best quality that fits.

    Of what networks painted from the photographs, the files ``repainted`` of `pack.REPAINTED` travel.

    A photograph whose crop would be larger than ``spec.size`` is reduced until it has that size. Donors that
    do not travel are replaced by others of the same photograph's, or by itself. Raises `AlbumError`.
    """
    records = _records(pack, rows, spec)
    room = megabytes * 1e6 - len(records)
    part = rows[np.linspace(0, len(rows) - 1, min(_SAMPLE, len(rows))).astype(int)]
    names = (PIXELS, *repainted)
    for quality in _LADDER:
        share = sum(len(data) for name in names for data in _encoded(pack, name, part, spec, quality))
        if share / len(part) * len(rows) * 1.03 > room:  # the part is representative to a few per cent
            continue
        pictures = {name: list(_encoded(pack, name, rows, spec, quality)) for name in names}
        size = sum(len(data) for some in pictures.values() for data in some)
        if size <= room:
            break
    else:
        raise AlbumError(
            f"{len(rows)} photographs do not fit into {megabytes:.0f} MB at quality {_LADDER[-1]}"
        )
    out.mkdir(parents=True, exist_ok=True)
    for name, some in pictures.items():
        (out / name).write_bytes(b"".join(some))
        np.save(_lengths(out, name), np.asarray([len(data) for data in some], np.int64))
    (out / ALBUM).write_bytes(records)
    return {"photographs": len(rows), "quality": quality, "bytes": size + len(records)}


def open_album(album: Path, out: Path) -> Pack:
    """Write the album as a pack to ``out``, unless it is there already, and open it."""
    if not (out / RECORDS).exists():
        out.mkdir(parents=True, exist_ok=True)
        with np.load(album / ALBUM, allow_pickle=False) as kept:
            records = {name: kept[name] for name in kept.files}
        records["mesh"] = _unfolded(records)
        for name in (PIXELS, *REPAINTED):
            if (album / name).exists():
                _unpack(album, name, out / name)
        # Written last: a folder without records is no pack, and is written again.
        partial = out / f"{RECORDS}.partial.npz"
        np.savez(partial, **records)
        partial.replace(out / RECORDS)
    return Pack(out)


def _lengths(album: Path, name: str) -> Path:
    return album / f"{name}.lengths.npy"


def _unpack(album: Path, name: str, out: Path) -> None:
    ends = np.cumsum(np.load(_lengths(album, name), allow_pickle=False))
    data = (album / name).read_bytes()
    with out.open("wb") as file:
        for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
            picture = cv2.imdecode(np.frombuffer(data[start:end], np.uint8), cv2.IMREAD_COLOR)
            assert picture is not None
            file.write(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).tobytes())


def _scale(pack: Pack, row: int, spec: CropSpec) -> float:
    """Return the factor that makes the network's crop ``spec.size`` pixels, 1 at most."""
    x0, y0, x1, y1 = pack.records["box"][row].tolist()
    side = float(max(x1 - x0, y1 - y0)) * (1.0 + 2.0 * spec.margin)
    return min(1.0, spec.size / side)


def _size(pack: Pack, row: int, spec: CropSpec) -> tuple[int, int]:
    height, width = pack.records["shape"][row].tolist()
    scale = _scale(pack, row, spec)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _encoded(pack: Pack, name: str, rows: Indices, spec: CropSpec, quality: int) -> Iterator[bytes]:
    for row in rows.tolist():
        height, width = _size(pack, row, spec)
        picture: Image = pack.picture(name, row)
        if (height, width) != picture.shape[:2]:
            picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        flags = [cv2.IMWRITE_WEBP_QUALITY, quality]
        yield cv2.imencode(".webp", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), flags)[1].tobytes()


def _records(pack: Pack, rows: Indices, spec: CropSpec) -> bytes:
    """Return the records of the rows as a compressed ``npz``, for the reduced pictures."""
    shapes = np.asarray([_size(pack, row, spec) for row in rows.tolist()], np.int64)
    scales = (shapes / pack.records["shape"][rows])[:, ::-1]  # (x, y), as rounding makes them
    sizes = shapes.prod(axis=1) * 3
    points = {name: pack.records[name][rows] * scales[:, None] for name in ("landmarks", "mesh")}
    kept: dict[str, Any] = {
        name: pack.records[name][rows] for name in ("identity", "source", "licence", "tier", "validation")
    }
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        shape=shapes,
        offset=np.cumsum(sizes) - sizes,
        box=(pack.records["box"][rows] * np.tile(scales, 2)).astype(np.float32),
        landmarks=points["landmarks"].astype(np.float32),
        **_folded(points["mesh"]),
        donors=_donors(pack.records["donors"][rows], rows),
        **kept,
    )
    return buffer.getvalue()


def _folded(mesh: Any) -> dict[str, Any]:
    """Return meshes ``(N, 468, 2)`` as an affine image of their mean each, and what differs, in whole steps.

    High and low bytes lie apart, vertex by vertex, which halves what compression leaves.
    """
    mean = np.column_stack([mesh.mean(axis=0), np.ones(mesh.shape[1])])
    columns = mesh.transpose(1, 0, 2).reshape(mesh.shape[1], -1)
    affine = np.linalg.lstsq(mean, columns, rcond=None)[0].astype(np.float32)
    rest = np.round((columns - mean @ affine) / _MESH_STEP).astype("<i2")
    apart = rest.view(np.uint8).reshape(*rest.shape, 2).transpose(2, 0, 1)
    return {"mesh_mean": mean, "mesh_affine": affine, "mesh_rest": np.ascontiguousarray(apart)}


def _unfolded(records: dict[str, Any]) -> Any:
    """Take the parts that `_folded` made out of the records; return the meshes, half a step off at most."""
    mean, affine, apart = (records.pop(f"mesh_{name}") for name in ("mean", "affine", "rest"))
    rest = np.ascontiguousarray(apart.transpose(1, 2, 0)).view("<i2")[..., 0]
    columns = mean @ affine + rest * _MESH_STEP
    return columns.reshape(len(mean), -1, 2).transpose(1, 0, 2).astype(np.float32)


def _donors(donors: Indices, rows: Indices) -> Indices:
    """Renumber donors; the places of those who stay behind are filled by the rest, in turn."""
    place = {row: number for number, row in enumerate(rows.tolist())}
    table = np.empty_like(donors)
    for number, names in enumerate(donors.tolist()):
        here = [place[name] for name in names if name in place] or [number]
        table[number] = np.resize(here, donors.shape[1])
    return table

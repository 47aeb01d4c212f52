"""Footage that labelled crops share with media that judge a network: what was trained on it is flattered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.contracts import CropSpec, Image
from detector.faces.crop import crop_face
from detector.fingerprint import BITS, Form, fingerprint
from training.labelled.pack import LabelledPack
from training.labelled.views import face_box

SAME_FOOTAGE = 50
"""Bits of PDQ in which two crops of a face differ at most where they show the same picture or the same scene.

Of 15,945 crops beside 3,607 of the development media, five sources have some of at most 46 bits, and all five
show the same footage; of the others none is under 52, and half are 90 or more.
"""

_FORMS = (list(Form).index(Form.UPRIGHT), list(Form).index(Form.MIRRORED))


@dataclass(frozen=True, slots=True)
class Shared:
    """A source with crops of what a judged file shows."""

    source: str
    crops: int
    distance: int  # of the nearest of them, in bits
    judged: str  # the file that this one is like


def shared_footage(
    pack: LabelledPack, judged: Mapping[str, Iterable[Image]], spec: CropSpec, most: int = SAME_FOOTAGE
) -> list[Shared]:
    """Return the sources of a pack whose crops are like some of the ``judged`` files, nearest first.

    ``judged`` holds, by name, each file's crops ``(N, S, S, 3)`` as ``spec`` cuts them. Mirrored crops are
    found too.
    """
    prints = [(name, fingerprint(crop).hashes[0]) for name, crops in judged.items() for crop in crops]
    if not prints:
        return []
    kept = _packed(upright for _, upright in prints)
    found: dict[str, list[tuple[int, str]]] = {}
    for row in range(len(pack)):
        stored = pack[row]
        hashes = fingerprint(crop_face(stored.rgb, face_box(stored), None, spec)).hashes
        for one in _packed(hashes[form] for form in _FORMS):
            distances = np.bitwise_count(kept ^ one).sum(axis=1)
            nearest = int(distances.argmin())
            if distances[nearest] <= most:
                source = str(pack.records["source"][row])
                found.setdefault(source, []).append((int(distances[nearest]), prints[nearest][0]))
                break
    nearest_of = {source: min(pairs) for source, pairs in found.items()}
    return sorted(
        (Shared(source, len(found[source]), *pair) for source, pair in nearest_of.items()),
        key=lambda one: one.distance,
    )


def _packed(hashes: Iterable[int]) -> NDArray[np.uint8]:
    return np.stack([np.frombuffer(value.to_bytes(BITS // 8, "big"), np.uint8) for value in hashes])

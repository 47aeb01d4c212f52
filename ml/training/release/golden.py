"""Golden crops: a few faces with known labels, on which a bundle proves that it computes what it should.

They are made of one public-domain portrait (NASA's of the astronaut Eileen Collins, which scikit-image
ships): authentic views of it, and pseudo-fakes of the plainest kinds under the same views.
"""

from __future__ import annotations

import numpy as np
import skimage.data

from detector.bundle import Golden
from detector.contracts import CropSpec, Detector, Image
from detector.networks import Network
from detector.score import score_crops
from training.photographs.landmarks import FaceMesh
from training.photographs.pack import Photo
from training.samples.augment import AugmentConfig, Plan, draw
from training.samples.blend import KINDS

_KINDS = ("face", "inner", "core", "jaw", "upper", "lowres_face", "lowres_inner", "lowres_jaw")
_VIEWS = AugmentConfig(
    scale=(0.92, 1.08), shift=0.03, resize=0.0, blur=0.0, noise=0.0, jpeg=0.5, h264=0.0, jpeg_quality=(75, 98)
)
_SEED = 1999  # the portrait's year
_VISIBLE = 1.5  # levels, mean difference of a fake from its original over the crop
_TRIES = 50


def make_golden(scorer: Network, detector: Detector, spec: CropSpec) -> Golden:
    """Return 8 authentic crops, 8 pseudo-fakes, and the scorer's logits of them, of every trace."""
    photo, rng = portrait(detector), np.random.default_rng(_SEED)
    pairs = [_pair(photo, kind, spec, rng) for kind in _KINDS]
    crops = [real for real, _ in pairs] + [fake for _, fake in pairs]
    logits = score_crops(scorer, crops, spec).logits
    labels = np.repeat(np.asarray([0.0, 1.0], np.float32), len(pairs))
    return Golden(np.stack(crops), logits.astype(np.float32), labels)


def portrait(detector: Detector) -> Photo:
    """Return the portrait with its face, as the serving detector finds it."""
    image = np.ascontiguousarray(skimage.data.astronaut(), np.uint8)  # type: ignore[no-untyped-call]
    face = detector.detect([image])[0][0]
    if face.landmarks is None:
        raise ValueError(f"the detector {detector.name!r} gives no landmarks")
    mesh, _ = FaceMesh().locate(image, face.box, face.landmarks[:2])
    return Photo(image, face.box, face.landmarks, mesh)


def _pair(photo: Photo, kind: str, spec: CropSpec, rng: np.random.Generator) -> tuple[Image, Image]:
    """Return one view of the portrait and of a fake of it that differs visibly, whatever any model says."""
    view: Plan = draw(photo.box, _VIEWS, rng)
    real = view.apply(photo.rgb, spec)
    for _ in range(_TRIES):
        fake = view.apply(KINDS[kind](photo, lambda _: photo, rng).rgb, spec)
        if np.abs(fake.astype(np.int16) - real).mean() >= _VISIBLE:
            return real, fake
    raise ValueError(f"no visible pseudo-fake of kind {kind!r} in {_TRIES} tries")

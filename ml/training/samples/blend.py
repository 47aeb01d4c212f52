"""Pseudo-fakes: manipulated faces made of authentic photographs alone.

The main recipe is self-blending (Shiohara & Yamasaki, "Detecting Deepfakes with Self-Blended Images", CVPR
2022): a photograph is blended with a slightly changed copy of itself, so that only the traces of blending
differ. Others swap in another person's face (Li et al., "Face X-ray", CVPR 2020), render the mouth anew, or
give the picture the traces of a generator. `KINDS` is the registry; a run's configuration gives the
frequency of each and those held out to measure generalisation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import NamedTuple

import cv2
import numpy as np

from detector.contracts import Floats, Image, Trace
from training.photographs.masks import box_mask, elastic_grid, hull_mask, soft_mask
from training.photographs.pack import DECODED, RECONSTRUCTED, RESTORED, Photo
from training.samples.appearance import aged, matched, recoloured, reduced, refocused
from training.samples.reconstructed import with_spectrum_of
from training.samples.rendered import gridded, hallucinated, resampled, upconvolved

Donate = Callable[[np.random.Generator], Photo]
"""Returns another person's photograph that fits; only kinds that need one call it."""


class Fake(NamedTuple):
    """A pseudo-fake and where it is one."""

    rgb: Image
    mask: Floats
    """``(H, W) float32`` in [0, 1]: how much of each pixel is not the photograph's own surroundings."""
    real: Image | None = None
    """The real of the pair, where that is not the photograph as it is."""


Kind = Callable[[Photo, Donate, np.random.Generator], Fake]

_RATIOS = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0)  # CVPR 2022, section 3.2


def compose(source: Image, target: Image, mask: Floats) -> Image:
    """Return ``mask * source + (1 - mask) * target``; pixels where the mask is 0 are the target's own."""
    weight = mask[..., None]
    mixed = target + weight * (source.astype(np.float32) - target)
    return np.where(weight > 0.0, np.clip(np.round(mixed), 0, 255).astype(np.uint8), target)


def self_blend(region: str) -> Kind:
    """Return the kind that blends a region with a changed copy of the same photograph."""

    def make(photo: Photo, _: Donate, rng: np.random.Generator) -> Fake:
        source, target = photo.rgb, photo.rgb
        if rng.random() < 0.5:
            source = _changed(source, rng)
        else:
            target = _changed(target, rng)
        source = _warped(source, photo.size_px, rng)
        if rng.random() < 0.25:
            source = aged(source, rng)
        mask = soft_mask(photo, region, rng)
        return Fake(compose(source, target, mask * np.float32(rng.choice(_RATIOS))), mask)

    return make


def low_resolution(region: str) -> Kind:
    """Return the kind that repaints a region from few pixels, as autoencoders of 64 to 128 px do."""

    def make(photo: Photo, _: Donate, rng: np.random.Generator) -> Fake:
        scale = float(np.clip(rng.uniform(48.0, 128.0) / photo.size_px, 0.15, 0.7))
        source = reduced(recoloured(photo.rgb, rng, 0.5), scale, rng)
        source = _warped(source, photo.size_px, rng)
        mask = (
            box_mask(photo, rng) if region == "jaw" and rng.random() < 0.4 else soft_mask(photo, region, rng)
        )
        return Fake(compose(source, photo.rgb, mask), mask)

    return make


def swap(region: str) -> Kind:
    """Return the kind that moves another person's face onto this one's landmarks."""

    def make(photo: Photo, donate: Donate, rng: np.random.Generator) -> Fake:
        source, covered = _fitted(photo, donate(rng), rng)
        mask = np.minimum(soft_mask(photo, region, rng), covered)
        return Fake(compose(source, photo.rgb, mask * np.float32(rng.choice([0.75, 1.0, 1.0]))), mask)

    return make


def poisson(photo: Photo, donate: Donate, rng: np.random.Generator) -> Fake:
    """Clone another person's face seamlessly (Perez et al., "Poisson Image Editing", 2003)."""
    source, covered = _fitted(photo, donate(rng), rng)
    mask = hull_mask(photo.mesh, photo.rgb.shape, str(rng.choice(["face", "inner", "core"])))
    mask[covered < 0.5] = 0
    mask[:2], mask[-2:], mask[:, :2], mask[:, -2:] = 0, 0, 0, 0
    where = (mask / 255.0).astype(np.float32)
    if not mask.any():
        return Fake(photo.rgb, where)
    x, y, width, height = cv2.boundingRect(mask)
    centre = (x + width // 2, y + height // 2)
    cloned = cv2.seamlessClone(source, photo.rgb, mask, centre, cv2.NORMAL_CLONE)
    return Fake(np.asarray(cloned, np.uint8), where)


def rendered(render: Callable[[Image, np.random.Generator], Image]) -> Kind:
    """Return the kind that renders the whole picture anew, or in one of three cases the face alone."""

    def make(photo: Photo, _: Donate, rng: np.random.Generator) -> Fake:
        picture = render(photo.rgb, rng)
        if rng.random() < 0.33:
            mask = soft_mask(photo, "face", rng)
            return Fake(compose(picture, photo.rgb, mask), mask)
        return Fake(picture, np.ones(picture.shape[:2], np.float32))

    return make


def reconstructed(photo: Photo, _: Donate, rng: np.random.Generator) -> Fake:
    """Take the reconstruction, of the whole picture, or in one of three cases of the face alone.

    Half of the whole pictures get the photograph's strength at each frequency; to the others the photograph
    comes down, and is the real.
    """
    reconstruction = photo.derived(RECONSTRUCTED)
    local, down = rng.random() < 0.33, rng.random() < 0.5
    share = rng.uniform(0.8, 1.0)
    if down and not local:
        softened = with_spectrum_of(photo.rgb, reconstruction, share)
        return Fake(reconstruction, np.ones(photo.rgb.shape[:2], np.float32), softened)
    picture = with_spectrum_of(reconstruction, photo.rgb, share)
    mask = soft_mask(photo, "face", rng) if local else np.ones(photo.rgb.shape[:2], np.float32)
    return Fake(compose(picture, photo.rgb, mask), mask)


def restored(region: str | None) -> Kind:
    """Return the kind that shows a region, or with None the whole picture, as a generator restored it.

    Half of them get some of the photograph's strength at each frequency: sharpness alone is no evidence.
    """

    def make(photo: Photo, _: Donate, rng: np.random.Generator) -> Fake:
        picture = photo.derived(RESTORED)
        if rng.random() < 0.5:
            picture = with_spectrum_of(picture, photo.rgb, rng.uniform(0.5, 1.0))
        if region is None:
            return Fake(picture, np.ones(photo.rgb.shape[:2], np.float32))
        picture = _warped(recoloured(picture, rng, 0.5), photo.size_px, rng)
        mask = soft_mask(photo, region, rng)
        return Fake(compose(picture, photo.rgb, mask), mask)

    return make


def restored_donor(photo: Photo, donate: Donate, rng: np.random.Generator) -> Fake:
    """Move another person's restored face onto this one's landmarks, as swaps that end in restoration do."""
    donor = donate(rng)
    restoration = dataclasses.replace(donor, rgb=donor.derived(RESTORED))
    source, covered = _fitted(photo, restoration, rng)
    mask = np.minimum(soft_mask(photo, str(rng.choice(["face", "inner"])), rng), covered)
    return Fake(compose(source, photo.rgb, mask), mask)


def decoded(region: str | None) -> Kind:
    """Return the kind that shows a region, or with None the whole picture, as a latent decoder made it.

    Nothing moves and no colour changes, so the pair differs in the decoder's traces alone. Half of them get
    some of the photograph's strength at each frequency, as `restored` ones do.
    """

    def make(photo: Photo, _: Donate, rng: np.random.Generator) -> Fake:
        picture = photo.derived(DECODED)
        if rng.random() < 0.5:
            picture = with_spectrum_of(picture, photo.rgb, rng.uniform(0.5, 1.0))
        if region is None:
            return Fake(picture, np.ones(photo.rgb.shape[:2], np.float32))
        mask = soft_mask(photo, region, rng)
        return Fake(compose(picture, photo.rgb, mask), mask)

    return make


KINDS: dict[str, Kind] = {
    "face": self_blend("face"),
    "inner": self_blend("inner"),
    "core": self_blend("core"),
    "mouth": self_blend("mouth"),
    "jaw": self_blend("jaw"),
    "eyes": self_blend("eyes"),
    "eye": self_blend("eye"),
    "nose": self_blend("nose"),
    "upper": self_blend("upper"),
    "lowres_face": low_resolution("face"),
    "lowres_inner": low_resolution("inner"),
    "lowres_jaw": low_resolution("jaw"),
    "donor_face": swap("face"),
    "donor_inner": swap("inner"),
    "donor_eyes": swap("eyes"),
    "donor_mouth": swap("mouth"),
    "poisson": poisson,
    "upconvolved": rendered(upconvolved),
    "gridded": rendered(gridded),
    "resampled": rendered(resampled),
    "hallucinated": rendered(hallucinated),
    "reconstructed": reconstructed,
    "restored": restored(None),
    "restored_face": restored("face"),
    "restored_inner": restored("inner"),
    "restored_jaw": restored("jaw"),
    "restored_donor": restored_donor,
    "decoded": decoded(None),
    "decoded_face": decoded("face"),
    "decoded_inner": decoded("inner"),
}
DERIVED_OF = {kind: RESTORED for kind in KINDS if kind.startswith("restored")}
DERIVED_OF |= {kind: DECODED for kind in KINDS if kind.startswith("decoded")}
DERIVED_OF["reconstructed"] = RECONSTRUCTED
"""The file of `pack.DERIVED` that a kind is made of; the others need the photographs alone."""

TRACES = {kind: Trace.GENERATION if DERIVED_OF.get(kind) == DECODED else Trace.BLENDING for kind in KINDS}
"""Whose head learns a kind, where there is one for each trace.

A decoded face blended in is one of generation too: it lies where it lay, in its own colours, so what tells it
is the decoder's texture, and its edge is often outside of the view. To the head for blending it is neither a
fake nor authentic.
"""


def derived_for(kinds: Iterable[str]) -> list[str]:
    """Return which files of `pack.DERIVED` some kinds are made of."""
    return sorted({DERIVED_OF[kind] for kind in kinds if kind in DERIVED_OF})


def _changed(image: Image, rng: np.random.Generator) -> Image:
    return refocused(recoloured(image, rng), rng)


def _warped(image: Image, size_px: float, rng: np.random.Generator) -> Image:
    """Move by up to 3 % of the face sideways and 1.5 % upwards, scale by up to 5 %, and bend a little."""
    height, width = image.shape[:2]
    scale = rng.uniform(0.95, 1.05)
    matrix = cv2.getRotationMatrix2D((width / 2.0, height / 2.0), rng.uniform(-1.5, 1.5), scale)
    shift = rng.uniform(-1.0, 1.0, 2) * (0.03 * size_px, 0.015 * size_px)
    matrix = matrix + np.column_stack([np.zeros((2, 2)), shift])
    moved = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    if rng.random() < 0.5:
        maps = elastic_grid(image.shape, 0.015 * size_px, 0.12 * size_px, rng)
        moved = cv2.remap(moved, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8)


def _fitted(photo: Photo, donor: Photo, rng: np.random.Generator) -> tuple[Image, Floats]:
    """Lay the donor's face over the photograph's by a robust similarity, its colours mostly matched.

    Also return where the donor's photograph has pixels, ``(H, W) float32`` in [0, 1] with soft borders.
    """
    matrix, _ = cv2.estimateAffinePartial2D(donor.mesh, photo.mesh, method=cv2.LMEDS)
    if matrix is None:
        matrix = np.eye(2, 3)
    size = photo.rgb.shape[1::-1]
    source = np.asarray(cv2.warpAffine(donor.rgb, matrix, size, borderMode=cv2.BORDER_REFLECT), np.uint8)
    covered = cv2.warpAffine(np.ones(donor.rgb.shape[:2], np.float32), matrix, size)
    soft = 0.04 * photo.size_px
    covered = np.clip(cv2.GaussianBlur(covered, (0, 0), soft) * 2.0 - 1.0, 0.0, 1.0)
    if rng.random() < 0.8:
        source = matched(source, photo.rgb, hull_mask(photo.mesh, photo.rgb.shape))
    if rng.random() < 0.3:
        source = refocused(source, rng)
    return source, np.asarray(covered, np.float32)

"""MTCNN (Zhang et al., "Joint Face Detection and Alignment using Multi-task Cascaded CNNs", 2016).

Three networks of growing cost look at fewer and fewer candidates. Frames of one size go through each
network together, and every network takes its pixels from copies of the frame that are halved again and
again, so that nothing is ever reduced far at once. Thresholds, strides, scales and the order of steps are
those of the pipeline that the reference weights come with, but for two things. The first threshold is 0.7
instead of 0.6, which spares the second network a quarter of its work and loses no face
(`python -m benchmarks.detection`). And a face that the last network is not sure of is looked at again from
other sides: a face stays one when the crop moves a little, a chance likeness in a texture does not
(`python -m benchmarks.false_faces`).
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.contracts import SMALLEST_FACE_PX, Box, Detection, Floats, Image
from detector.faces.halves import cuts, halved, reduced
from detector.networks import CascadeNetworks, Network

_CELL = 12  # P-Net's receptive field, pixels
_STRIDE = 2
_PYRAMID = 0.709  # sqrt(1/2): each level halves the area
_FINEST_PX = 20.0  # smallest face on the scale from which the levels are counted
_CHUNK = 256  # candidates per call: bounds memory on crowded frames
_NEAR = 3.0  # side of the square in which a face is followed, in sides of its last place
# Pixels that such a square is seen at: P-Net's cell is then 0.6, 0.84, 1.2, 1.7 and 2.4 sides of the place.
_NEAR_SIZES = (60, 43, 30, 21, 15)
_LEAST_SCALE = 0.8  # of the smallest face that is looked for: the least that a followed one may shrink to
_LARGE_SHARE = 1.0 / 6.0  # of the shorter side: from there faces are looked for everywhere
_SCANNED = 4_000_000  # pixels that P-Net looks at per call, for the same reason
# The second look: crops around a face's square, as shifts and side in shares of the square's side; the last
# one is also mirrored.
_VIEWS = np.asarray(
    [
        (0.0, 0.0, 0.85),
        (0.0, 0.0, 1.2),
        (0.1, 0.0, 1.05),
        (-0.1, 0.0, 1.05),
        (0.0, 0.1, 1.05),
        (0.0, -0.1, 1.05),
        (0.0, 0.0, 1.0),
    ],
    np.float32,
)
_MOST_STRETCHED = 1000  # long side over short side; a strip beyond it is taken to show no face


@dataclass(frozen=True, slots=True)
class MtcnnSettings:
    """Thresholds of the cascade, and of the second look."""

    thresholds: tuple[float, float, float] = (0.7, 0.7, 0.7)
    sure: float = 0.999  # from this score of the last network there is no second look
    second: float = 0.74  # least mean score of the second look


@dataclass(frozen=True, slots=True)
class _Candidates:
    """K boxes of all frames of a batch, in pixels of the working copy."""

    frame: NDArray[np.int64]  # (K,)
    boxes: Floats  # (K, 4)
    scores: Floats  # (K,)
    offsets: Floats  # (K, 4), regressed corrections in shares of the box's sides

    def __getitem__(self, keep: NDArray[np.int64]) -> _Candidates:
        return _Candidates(self.frame[keep], self.boxes[keep], self.scores[keep], self.offsets[keep])

    def corrected(self, inclusive: float) -> _Candidates:
        """Apply the offsets; ``inclusive`` is 1 where sides count both end pixels (R- and O-Net)."""
        sides = np.tile(self.boxes[:, 2:] - self.boxes[:, :2] + inclusive, 2)
        return replace(self, boxes=self.boxes + self.offsets * sides)

    def squared(self) -> _Candidates:
        """Grow each box to a square around its centre."""
        sides = self.boxes[:, 2:] - self.boxes[:, :2]
        centre = self.boxes[:, :2] + sides / 2.0
        half = sides.max(axis=1, keepdims=True) / 2.0
        return replace(self, boxes=np.concatenate([centre - half, centre + half], axis=1))


class Mtcnn:
    """The default `contracts.Detector`."""

    name = "mtcnn"

    def __init__(self, networks: CascadeNetworks, settings: MtcnnSettings | None = None) -> None:
        self._networks = networks
        self._settings = settings or MtcnnSettings()
        self._pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="levels")

    def detect(self, frames: list[Image], smallest_px: float = SMALLEST_FACE_PX) -> list[list[Detection]]:
        """Return each frame's faces, largest first; frames of one size are computed together.

        ``smallest_px`` counts to the nearest of the reference pipeline's scales, whose smallest faces are
        20 / 0.709**k pixels (20, 28, 40, 56, 79...): on the same scales a doubtful face gets the same answer
        as from the reference.
        """
        return self._by_size(frames, lambda copies, _: self._propose(copies, smallest_px))

    def follow(
        self, frames: list[Image], places: list[list[Box]], smallest_px: float = SMALLEST_FACE_PX
    ) -> list[list[Detection]]:
        """Return each frame's faces as `detect` does, but look for those near its ``places`` and large ones.

        P-Net sees a square of three times a place's longer side around it, and of the whole frame only the
        scales that show faces of a sixth of its shorter side; the other networks do what they do in `detect`.
        """

        def proposed(copies: list[list[Image]], positions: list[int]) -> _Candidates:
            height, width = copies[0][0].shape[:2]
            coarse = max(smallest_px, _LARGE_SHARE * min(height, width))
            near = self._propose_near(copies, [places[p] for p in positions], smallest_px)
            return self._joined([near, self._propose(copies, coarse)])

        return self._by_size(frames, proposed)

    def _by_size(
        self, frames: list[Image], propose: Callable[[list[list[Image]], list[int]], _Candidates]
    ) -> list[list[Detection]]:
        """Run the cascade on the frames of each size together.

        ``propose`` gives the first network's candidates, from halved copies of the frames at some positions.
        """
        found: list[list[Detection]] = [[] for _ in frames]
        by_shape: dict[tuple[int, ...], list[int]] = {}
        for position, frame in enumerate(frames):
            by_shape.setdefault(frame.shape, []).append(position)
        for (height, width, _), positions in by_shape.items():
            if max(height, width) > _MOST_STRETCHED * min(height, width):
                continue
            copies = [halved(frames[p], _CELL) for p in positions]
            faces = self._judged(copies, propose(copies, positions))
            for position, mine in zip(positions, faces, strict=True):
                found[position] = mine
        return found

    def _judged(self, copies: list[list[Image]], proposed: _Candidates) -> list[list[Detection]]:
        """Return what the second and third network make of the first one's candidates, per frame."""
        height, width = copies[0][0].shape[:2]
        candidates, landmarks = self._output(copies, self._refine(copies, proposed))
        boxes = np.clip(candidates.boxes, 0, np.tile(np.asarray([width, height], np.float32), 2))
        return [
            self._largest(boxes[mine], candidates.scores[mine], landmarks[mine])
            for mine in (np.flatnonzero(candidates.frame == index) for index in range(len(copies)))
        ]

    def _largest(self, boxes: Floats, scores: Floats, landmarks: Floats) -> list[Detection]:
        sides = boxes[:, 2:] - boxes[:, :2]
        order = np.argsort(-sides.prod(axis=1), kind="stable")
        order = order[sides[order].min(axis=1) >= 1.0]
        return [
            Detection(box=tuple(boxes[i].tolist()), confidence=float(scores[i]), landmarks=landmarks[i])
            for i in order
        ]

    def _propose(self, copies: list[list[Image]], smallest: float) -> _Candidates:
        height, width = copies[0][0].shape[:2]

        def level(scale: float) -> _Candidates:
            size = (int(width * scale + 1), int(height * scale + 1))
            probability, offsets = _scan(
                self._networks.proposal, np.stack([reduced(some, size) for some in copies])
            )
            cells = _cells(probability, offsets, scale, self._settings.thresholds[0])
            return cells[_suppress(cells, 0.5)]

        # The largest level takes as long as the others together.
        levels = self._pool.map(level, _scales(height, width, smallest))
        return self._joined(list(levels)).corrected(inclusive=0.0)

    def _propose_near(
        self, copies: list[list[Image]], places: list[list[Box]], smallest: float
    ) -> _Candidates:
        """Return P-Net's candidates in the squares around places, each square seen at the same few sizes."""
        frame = np.repeat(np.arange(len(places)), [len(some) for some in places])
        low, sides = _squares_around([box for some in places for box in some], copies[0][0].shape)
        levels = []
        # `cuts` counts pixels from one, with both ends.
        windows = np.concatenate([low + 1.0, low + sides[:, None]], axis=1)
        for size in _NEAR_SIZES if len(frame) else ():
            probability, offsets = _scan(self._networks.proposal, cuts(copies, frame, windows, size))
            level = _cells(probability, offsets, np.float32(size) / sides, self._settings.thresholds[0])
            level = level[np.flatnonzero(_CELL * sides[level.frame] / size >= _LEAST_SCALE * smallest)]
            origin = np.tile(low[level.frame], 2)
            level = replace(level, frame=frame[level.frame], boxes=level.boxes + origin)
            levels.append(level[_suppress(level, 0.5)])
        return self._joined(levels).corrected(inclusive=0.0)

    def _joined(self, levels: list[_Candidates]) -> _Candidates:
        merged = _merged(levels)
        return merged[_suppress(merged, 0.7)]

    def _refine(self, copies: list[list[Image]], candidates: _Candidates) -> _Candidates:
        passed, _ = _judge(self._networks.refine, 24, copies, candidates, self._settings.thresholds[1])
        return passed[_suppress(passed, 0.7)].corrected(inclusive=1.0)

    def _output(self, copies: list[list[Image]], candidates: _Candidates) -> tuple[_Candidates, Floats]:
        passed, points = _judge(self._networks.output, 48, copies, candidates, self._settings.thresholds[2])
        origin, sides = passed.boxes[:, None, :2], (passed.boxes[:, 2:] - passed.boxes[:, :2] + 1.0)[:, None]
        landmarks = (origin + sides * np.stack([points[:, :5], points[:, 5:]], axis=2) - 1.0).astype(
            np.float32
        )
        passed = passed.corrected(inclusive=1.0)
        keep = _suppress_nested(passed, 0.7)
        passed, landmarks = passed[keep], landmarks[keep]
        confirmed = self._second_look(copies, passed)
        return passed[confirmed], landmarks[confirmed]

    def _second_look(self, copies: list[list[Image]], found: _Candidates) -> NDArray[np.int64]:
        """Return which faces O-Net is sure of, or still takes for faces in crops moved a little."""
        kept = found.scores >= self._settings.sure
        for i in np.flatnonzero(~kept).tolist():
            square = found[np.asarray([i])].squared().boxes[0]
            side = square[2] - square[0]
            centres = (square[:2] + square[2:]) / 2.0 + _VIEWS[:, :2] * side
            half = _VIEWS[:, 2:] * side / 2.0
            boxes = np.concatenate([centres - half, centres + half], axis=1)
            views = cuts(copies, np.repeat(found.frame[i], len(boxes)), boxes, 48)
            scores = self._networks.output.run(_centred(np.concatenate([views, views[-1:, :, ::-1]])))[0]
            kept[i] = float(scores.mean()) >= self._settings.second
        return np.flatnonzero(kept)


def _scales(height: int, width: int, smallest: float) -> Iterator[float]:
    level = round(math.log(_FINEST_PX / smallest) / math.log(_PYRAMID))
    scale = _CELL / _FINEST_PX * _PYRAMID**level
    while min(height, width) * scale >= _CELL:
        yield scale
        scale *= _PYRAMID


def _scan(network: Network, pictures: Image) -> tuple[Floats, Floats]:
    """Run P-Net on ``(N, H, W, 3)`` pictures, in bands of rows where they are large."""
    count, height, width = pictures.shape[:3]
    cells = max(1, (_SCANNED // (count * width) - _CELL) // _STRIDE + 1)
    rows = (cells - 1) * _STRIDE + _CELL
    bands = [
        network.run(_centred(pictures[:, top : top + rows]))
        for top in (range(0, height - _CELL + _STRIDE, cells * _STRIDE) if height > rows else (0,))
    ]
    return np.concatenate([band[0] for band in bands], axis=1), np.concatenate(
        [band[1] for band in bands], axis=2
    )


def _squares_around(boxes: list[Box], shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return corner ``(K, 2)`` and side ``(K,)`` of the squares around places, moved into the frame."""
    height, width = shape[:2]
    places = np.asarray(boxes, np.float32).reshape(-1, 4)
    longer = (places[:, 2:] - places[:, :2]).max(axis=1)
    sides = np.maximum(np.trunc(np.minimum(_NEAR * longer, min(height, width))), 1.0).astype(np.float32)
    low = np.rint((places[:, :2] + places[:, 2:]) / 2.0 - sides[:, None] / 2.0)
    return np.clip(low, 0.0, np.asarray([width, height], np.float32) - sides[:, None]), sides


def _cells(probability: Floats, offsets: Floats, scale: float | Floats, threshold: float) -> _Candidates:
    """Return the cells of ``(N, H, W)`` that pass; ``scale`` is that of all pictures, or ``(N,)``."""
    frame, row, column = np.nonzero(probability >= threshold)
    corner = np.stack([column, row], axis=1) * _STRIDE
    each = np.broadcast_to(scale, len(probability))[frame, None]
    boxes = np.concatenate([np.floor((corner + 1) / each), np.floor((corner + _CELL) / each)], axis=1)
    return _Candidates(
        frame,
        boxes.astype(np.float32),
        probability[frame, row, column],
        offsets[frame, :, row, column].reshape(-1, 4),
    )


def _merged(levels: list[_Candidates]) -> _Candidates:
    if not levels:
        empty = np.zeros((0, 4), np.float32)
        return _Candidates(np.zeros(0, np.int64), empty, np.zeros(0, np.float32), empty)
    return _Candidates(
        np.concatenate([level.frame for level in levels]),
        np.concatenate([level.boxes for level in levels]),
        np.concatenate([level.scores for level in levels]),
        np.concatenate([level.offsets for level in levels]),
    )


def _judge(
    network: Network, size: int, copies: list[list[Image]], candidates: _Candidates, threshold: float
) -> tuple[_Candidates, Floats]:
    """Run R- or O-Net on the squared candidates; return those that pass and their landmarks (O-Net)."""
    squared = candidates.squared()
    kept, points = [], []
    for start in range(0, len(squared.scores), _CHUNK):
        part = squared[np.arange(start, min(start + _CHUNK, len(squared.scores)))]
        scores, offsets, *landmarks = network.run(_centred(cuts(copies, part.frame, part.boxes, size)))
        keep = np.flatnonzero(scores > threshold)
        kept.append(replace(part, scores=scores, offsets=offsets)[keep])
        points.append(landmarks[0][keep] if landmarks else np.zeros((len(keep), 10), np.float32))
    return _merged(kept), np.concatenate(points) if points else np.zeros((0, 10), np.float32)


def _centred(images: Image) -> Floats:
    """Return ``(N, 3, H, W) float32`` as the cascade's weights expect it: ``(x - 127.5) / 128``."""
    batch = images.transpose(0, 3, 1, 2).astype(np.float32, order="C")
    batch -= 127.5
    batch *= 1.0 / 128.0
    return batch


def _suppress(candidates: _Candidates, threshold: float) -> NDArray[np.int64]:
    """Non-maximum suppression by intersection over union within each frame; return what is kept."""
    if not len(candidates.scores):
        return np.zeros(0, np.int64)
    sides = candidates.boxes[:, 2:] - candidates.boxes[:, :2]
    kept = cv2.dnn.NMSBoxesBatched(
        np.concatenate([candidates.boxes[:, :2], sides], axis=1).tolist(),
        candidates.scores.tolist(),
        candidates.frame.tolist(),
        0.0,
        threshold,
    )
    return np.asarray(kept, np.int64).ravel()


def _suppress_nested(candidates: _Candidates, threshold: float) -> NDArray[np.int64]:
    """Drop boxes that lie mostly inside a better one of their frame: overlap over the smaller box's area."""
    boxes, kept = candidates.boxes, []
    areas = (boxes[:, 2:] - boxes[:, :2] + 1.0).prod(axis=1)
    order = np.argsort(-candidates.scores, kind="stable")
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(best)
        sides = (
            np.minimum(boxes[best, 2:], boxes[rest, 2:]) - np.maximum(boxes[best, :2], boxes[rest, :2]) + 1.0
        )
        shared = np.maximum(sides, 0.0).prod(axis=1) / np.minimum(areas[best], areas[rest])
        order = rest[(shared <= threshold) | (candidates.frame[rest] != candidates.frame[best])]
    return np.asarray(kept, np.int64)

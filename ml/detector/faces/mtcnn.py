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

import numpy as np
from numpy.typing import NDArray

from detector.contracts import SMALLEST_FACE_PX, Box, Detection, Floats, Image
from detector.faces.candidates import Candidates, apart, merged, suppress, suppress_nested
from detector.faces.halves import cuts, halved, reduced
from detector.networks import CascadeNetworks, Network
from detector.ruling import SURE_FACE

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
# Pixels of a picture that P-Net looks at per call: what it computes of them stays near the core.
_SCANNED = 120_000
# The finest level of a picture, from so many pixels, is looked at only in blocks of so many cells that lie
# within so many cells of what the next level gives that probability; unless those are most of all blocks.
_SCANNED_IN_PARTS = 250_000
_BLOCK = 16
_NEAR_CELLS = 3
_SUGGESTED = 0.2
_MOST_IN_PARTS = 0.7
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
_ANY = -1.0  # below every score
_FOLLOWED = 0.95  # score at both looks at a place, from which there is no further look
_SAME_FACE = 0.2  # IoU of a candidate with a face that was found, from which it is no other one
_Map = tuple[Floats, Floats]  # of N pictures: P-Net's probability of each cell, and its box's offsets
_MOST_STRETCHED = 1000  # long side over short side; a strip beyond it is taken to show no face


@dataclass(frozen=True, slots=True)
class MtcnnSettings:
    """Thresholds of the cascade, and of the second look."""

    thresholds: tuple[float, float, float] = (0.7, 0.7, 0.7)
    sure: float = SURE_FACE  # from this score of the last network there is no second look
    second: float = 0.74  # least mean score of the second look


@dataclass(frozen=True, slots=True)
class _Faces:
    """What O-Net makes of K candidates."""

    found: Candidates
    landmarks: Floats  # (K, 5, 2)
    sure: NDArray[np.bool_]  # (K,), that there is no need of a second look

    def __getitem__(self, keep: NDArray[np.int64]) -> _Faces:
        return _Faces(self.found[keep], self.landmarks[keep], self.sure[keep])

    def joined(self, others: _Faces) -> _Faces:
        """Return these and others."""
        return _Faces(
            merged([self.found, others.found]),
            np.concatenate([self.landmarks, others.landmarks]),
            np.concatenate([self.sure, others.sure]),
        )


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

        def searched(copies: list[list[Image]], _: list[int]) -> _Faces:
            return self._output(copies, self._refine(copies, self._propose(copies, smallest_px)))

        return self._by_size(frames, searched)

    def follow(
        self, frames: list[Image], places: list[list[Box]], smallest_px: float = SMALLEST_FACE_PX
    ) -> list[list[Detection]]:
        """Return each frame's faces as `detect` does, but look for those near its ``places`` and large ones.

        O-Net says what there is at a place, and again where it moves that to. Where it sees no face, P-Net
        looks at a square of three times the place's longer side. Of the whole frame P-Net sees only the
        scales that show faces of a sixth of its shorter side.
        """

        def followed(copies: list[list[Image]], positions: list[int]) -> _Faces:
            height, width = copies[0][0].shape[:2]
            coarse = max(smallest_px, _LARGE_SHARE * min(height, width))
            there, lost = self._again(copies, [places[p] for p in positions], smallest_px)
            near = self._propose_near(copies, lost, smallest_px)
            proposed = _joined([near, self._propose(copies, coarse)])
            others = proposed[apart(proposed, there.found, _SAME_FACE)]
            return there.joined(self._output(copies, self._refine(copies, others)))

        return self._by_size(frames, followed)

    def _by_size(
        self, frames: list[Image], look: Callable[[list[list[Image]], list[int]], _Faces]
    ) -> list[list[Detection]]:
        """Return each frame's faces, by what ``look`` finds in the frames of one size.

        It gets halved copies of these frames, and their positions among all.
        """
        found: list[list[Detection]] = [[] for _ in frames]
        by_shape: dict[tuple[int, ...], list[int]] = {}
        for position, frame in enumerate(frames):
            by_shape.setdefault(frame.shape, []).append(position)
        for (height, width, _), positions in by_shape.items():
            if max(height, width) > _MOST_STRETCHED * min(height, width):
                continue
            copies = [halved(frames[p], _CELL) for p in positions]
            faces = self._confirmed(copies, look(copies, positions))
            boxes = np.clip(faces.found.boxes, 0, np.tile(np.asarray([width, height], np.float32), 2))
            for index, position in enumerate(positions):
                mine = np.flatnonzero(faces.found.frame == index)
                found[position] = self._largest(boxes[mine], faces.found.scores[mine], faces.landmarks[mine])
        return found

    def _largest(self, boxes: Floats, scores: Floats, landmarks: Floats) -> list[Detection]:
        sides = boxes[:, 2:] - boxes[:, :2]
        order = np.argsort(-sides.prod(axis=1), kind="stable")
        order = order[sides[order].min(axis=1) >= 1.0]
        return [
            Detection(box=tuple(boxes[i].tolist()), confidence=float(scores[i]), landmarks=landmarks[i])
            for i in order
        ]

    def _propose(self, copies: list[list[Image]], smallest: float) -> Candidates:
        height, width = copies[0][0].shape[:2]

        def pictures(scale: float) -> Image:
            size = (int(width * scale + 1), int(height * scale + 1))
            return np.stack([reduced(some, size) for some in copies])

        def level(scale: float) -> _Map:
            return _scan(self._networks.proposal, pictures(scale))

        def cells(scale: float, seen: _Map) -> Candidates:
            found = _cells(*seen, scale, self._settings.thresholds[0])
            return found[suppress(found, 0.5)]

        scales = list(_scales(height, width, smallest))
        large = len(scales) > 1 and height * width * scales[0] ** 2 >= _SCANNED_IN_PARTS
        # The largest level takes as long as the others together, and so does the next of what is left.
        seen = list(self._pool.map(level, scales[1:] if large else scales))
        if large:
            finest = pictures(scales[0])
            seen.insert(0, self._scan_near(finest, scales[0] / scales[1], seen[0][0]))
        return _joined(list(map(cells, scales, seen))).corrected(inclusive=0.0)

    def _scan_near(self, pictures: Image, enlarged: float, coarser: Floats) -> _Map:
        """Run P-Net on a level where the next, in which all is ``enlarged`` times smaller, suggests a face.

        ``coarser`` ``(N, h, w)`` are its probabilities there. A face that one level shows at P-Net's size is
        seen at the next one too, if less well.
        """
        places = [_blocks_near(some, enlarged, pictures.shape[1:3]) for some in coarser]
        if np.mean(places) > _MOST_IN_PARTS:
            return _scan(self._networks.proposal, pictures, self._pool.map)
        rows, columns = _map_size(*pictures.shape[1:3])
        probability = np.zeros((len(pictures), rows, columns), np.float32)
        offsets = np.zeros((len(pictures), 4, rows, columns), np.float32)

        def part(place: tuple[int, int, int, int]) -> None:
            frame, row, begin, end = (place[0], *(_BLOCK * at for at in place[1:]))
            top, left, right = _STRIDE * row, _STRIDE * begin, _STRIDE * end
            reach = _CELL - _STRIDE
            view = pictures[frame, None, top : top + _STRIDE * _BLOCK + reach, left : right + reach]
            seen = self._networks.proposal.run(_centred(view))
            probability[frame, row : row + _BLOCK, begin:end] = seen[0][0]
            offsets[frame, :, row : row + _BLOCK, begin:end] = seen[1][0]

        list(self._pool.map(part, [(i, *run) for i, blocks in enumerate(places) for run in _runs(blocks)]))
        return probability, offsets

    def _propose_near(
        self, copies: list[list[Image]], places: list[list[Box]], smallest: float
    ) -> Candidates:
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
            levels.append(level[suppress(level, 0.5)])
        return _joined(levels).corrected(inclusive=0.0)

    def _refine(self, copies: list[list[Image]], candidates: Candidates) -> Candidates:
        passed, _ = _judge(self._networks.refine, 24, copies, candidates, self._settings.thresholds[1])
        return passed[suppress(passed, 0.7)].corrected(inclusive=1.0)

    def _output(
        self, copies: list[list[Image]], candidates: Candidates, least: float | None = None
    ) -> _Faces:
        least = self._settings.thresholds[2] if least is None else least
        passed, points = _judge(self._networks.output, 48, copies, candidates, least)
        origin, sides = passed.boxes[:, None, :2], (passed.boxes[:, 2:] - passed.boxes[:, :2] + 1.0)[:, None]
        landmarks = origin + sides * np.stack([points[:, :5], points[:, 5:]], axis=2) - 1.0
        sure = passed.scores >= self._settings.sure
        return _Faces(passed.corrected(inclusive=1.0), landmarks.astype(np.float32), sure)

    def _again(
        self, copies: list[list[Image]], places: list[list[Box]], smallest: float
    ) -> tuple[_Faces, list[list[Box]]]:
        """Return the faces that O-Net finds at places, and the places where it finds none.

        A face of `_FOLLOWED` or more at both looks is sure: it was one in a searched frame as well.
        """
        frame = np.repeat(np.arange(len(places)), [len(some) for some in places])
        boxes = np.asarray([box for some in places for box in some], np.float32).reshape(-1, 4)
        at = Candidates(frame, boxes, np.ones(len(boxes), np.float32), np.zeros_like(boxes))
        first = self._output(copies, at, _ANY)
        second = self._output(copies, first.found, _ANY)
        scores = np.minimum(first.found.scores, second.found.scores)
        longer = (second.found.boxes[:, 2:] - second.found.boxes[:, :2]).max(axis=1, initial=0.0)
        there = (scores > self._settings.thresholds[2]) & (longer >= _LEAST_SCALE * smallest)
        gone = [boxes[~there & (frame == i)].tolist() for i in range(len(places))]
        faces = replace(second, sure=second.sure | (scores >= _FOLLOWED))[np.flatnonzero(there)]
        return faces, [[(a, b, c, d) for a, b, c, d in some] for some in gone]

    def _confirmed(self, copies: list[list[Image]], faces: _Faces) -> _Faces:
        """Leave out what lies mostly within a better face, and what is none at a second look."""
        faces = faces[suppress_nested(faces.found, 0.7)]
        return faces[self._second_look(copies, faces)]

    def _second_look(self, copies: list[list[Image]], faces: _Faces) -> NDArray[np.int64]:
        """Return which faces are sure, or still faces for O-Net in crops moved a little."""
        found, kept = faces.found, faces.sure.copy()
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


def _joined(levels: list[Candidates]) -> Candidates:
    every = merged(levels)
    return every[suppress(every, 0.7)]


def _scales(height: int, width: int, smallest: float) -> Iterator[float]:
    level = round(math.log(_FINEST_PX / smallest) / math.log(_PYRAMID))
    scale = _CELL / _FINEST_PX * _PYRAMID**level
    while min(height, width) * scale >= _CELL:
        yield scale
        scale *= _PYRAMID


def _scan(network: Network, pictures: Image, each: Callable[..., Iterator[_Map]] = map) -> _Map:
    """Run P-Net on ``(N, H, W, 3)`` pictures, in bands of rows where they are large, mapped by ``each``."""
    height, width = pictures.shape[1:3]
    cells = max(1, (_SCANNED // width - _CELL) // _STRIDE + 1)
    rows = (cells - 1) * _STRIDE + _CELL

    def band(top: int) -> _Map:
        probability, offsets = network.run(_centred(pictures[:, top : top + rows]))
        return probability, offsets

    tops = range(0, height - _CELL + _STRIDE, cells * _STRIDE) if height > rows else (0,)
    bands = list(each(band, tops))
    return np.concatenate([band[0] for band in bands], axis=1), np.concatenate(
        [band[1] for band in bands], axis=2
    )


def _map_size(height: int, width: int) -> tuple[int, int]:
    """Return how many rows and columns of cells P-Net has for a picture; its pooling rounds up."""
    return (height - 1) // _STRIDE - 4, (width - 1) // _STRIDE - 4


def _blocks_near(coarser: Floats, enlarged: float, size: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which blocks of cells of a picture of ``size`` lie near what the next level suggests is a face.

    ``coarser`` ``(h, w)`` are the probabilities there, where all is ``enlarged`` times smaller.
    """
    cells = np.asarray(_map_size(size[0], size[1]))
    marked = np.zeros(-(-cells // _BLOCK), np.bool_)
    half = _CELL / 2.0
    centres = (_STRIDE * np.stack(np.nonzero(coarser >= _SUGGESTED), axis=1) + half) * enlarged
    at = (centres - half) / _STRIDE
    for shift in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        near = np.clip(np.rint(at + np.multiply(shift, _NEAR_CELLS)), 0, cells - 1).astype(np.int64)
        marked[tuple((near // _BLOCK).T)] = True
    return marked


def _runs(blocks: NDArray[np.bool_]) -> Iterator[tuple[int, int, int]]:
    """Yield row, first column and the one after the last of each run of blocks that are marked."""
    edges = np.diff(np.pad(blocks, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    begins, ends = np.nonzero(edges == 1), np.nonzero(edges == -1)
    yield from zip(begins[0].tolist(), begins[1].tolist(), ends[1].tolist(), strict=True)


def _squares_around(boxes: list[Box], shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return corner ``(K, 2)`` and side ``(K,)`` of the squares around places, moved into the frame."""
    height, width = shape[:2]
    places = np.asarray(boxes, np.float32).reshape(-1, 4)
    longer = (places[:, 2:] - places[:, :2]).max(axis=1)
    sides = np.maximum(np.trunc(np.minimum(_NEAR * longer, min(height, width))), 1.0).astype(np.float32)
    low = np.rint((places[:, :2] + places[:, 2:]) / 2.0 - sides[:, None] / 2.0)
    return np.clip(low, 0.0, np.asarray([width, height], np.float32) - sides[:, None]), sides


def _cells(probability: Floats, offsets: Floats, scale: float | Floats, threshold: float) -> Candidates:
    """Return the cells of ``(N, H, W)`` that pass; ``scale`` is that of all pictures, or ``(N,)``."""
    # Of the flat array this takes a third of the time.
    frame, row, column = np.unravel_index(np.flatnonzero(probability >= threshold), probability.shape)
    corner = np.stack([column, row], axis=1) * _STRIDE
    each = np.broadcast_to(scale, len(probability))[frame, None]
    boxes = np.concatenate([np.floor((corner + 1) / each), np.floor((corner + _CELL) / each)], axis=1)
    return Candidates(
        frame,
        boxes.astype(np.float32),
        probability[frame, row, column],
        offsets[frame, :, row, column].reshape(-1, 4),
    )


def _judge(
    network: Network, size: int, copies: list[list[Image]], candidates: Candidates, threshold: float
) -> tuple[Candidates, Floats]:
    """Run R- or O-Net on the squared candidates; return those that pass and their landmarks (O-Net)."""
    squared = candidates.squared()
    kept, points = [], []
    for start in range(0, len(squared.scores), _CHUNK):
        part = squared[np.arange(start, min(start + _CHUNK, len(squared.scores)))]
        scores, offsets, *landmarks = network.run(_centred(cuts(copies, part.frame, part.boxes, size)))
        keep = np.flatnonzero(scores > threshold)
        kept.append(replace(part, scores=scores, offsets=offsets)[keep])
        points.append(landmarks[0][keep] if landmarks else np.zeros((len(keep), 10), np.float32))
    return merged(kept), np.concatenate(points) if points else np.zeros((0, 10), np.float32)


def _centred(images: Image) -> Floats:
    """Return ``(N, 3, H, W) float32`` as the cascade's weights expect it: ``(x - 127.5) / 128``."""
    batch = images.transpose(0, 3, 1, 2).astype(np.float32, order="C")
    batch -= 127.5
    batch *= 1.0 / 128.0
    return batch

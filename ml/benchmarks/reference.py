"""The reference side: the same job as it is usually written with the usual packages.

OpenCV reads the video, facenet-pytorch's MTCNN searches each whole frame, timm's network scores the crops as
one batch in torch, Grad-CAM takes hooks and a backward pass for the five most suspicious frames. Where there
is a choice, the one that favours the reference is taken: the video is read straight through, passing over
frames with `grab`, instead of seeking to each; gradients are computed for five frames only; architecture,
weights and input size are those of the bundle on the other side.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from facenet_pytorch import MTCNN
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from detector.bundle import WEIGHTS, Manifest
from detector.contracts import Box, Floats, Image
from detector.runtimes.torch import scorer_of


@dataclass(frozen=True, slots=True)
class ReferenceResult:
    """What comes out: a logit per face, of two traces the larger one, and the heatmaps as PNG files."""

    logits: Floats
    heatmaps: tuple[bytes, ...]


class Reference:
    """The usual packages with a bundle's network; ``threads`` is the number of cores that torch uses."""

    def __init__(self, bundle: Path, manifest: Manifest, threads: int) -> None:
        torch.set_num_threads(threads)
        self._crop = manifest.crop
        self._mtcnn = MTCNN(keep_all=True, device="cpu")
        self._network = open_backbone(bundle, manifest.architecture)
        self._mean = torch.tensor(manifest.crop.mean).view(3, 1, 1)
        self._std = torch.tensor(manifest.crop.std).view(3, 1, 1)

    def analyse(self, path: Path, frames: int = 32, heatmaps: int = 5) -> ReferenceResult:
        """Sample a video, find and score its faces, and draw the most suspicious ones."""
        crops: list[Image] = []
        for frame in read_frames(path, frames):
            boxes, _ = self._mtcnn.detect(frame)
            crops.extend(self._cut(frame, box) for box in ([] if boxes is None else boxes))
        if not crops:
            return ReferenceResult(np.zeros(0, np.float32), ())
        batch = torch.stack([self._tensor(crop) for crop in crops])
        with torch.no_grad():
            logits = self._network(batch).amax(1)
        top = logits.argsort(descending=True)[:heatmaps].tolist()
        maps = self._grad_cam(batch[top])
        return ReferenceResult(
            logits.numpy(), tuple(_overlay(crops[i], cam) for i, cam in zip(top, maps, strict=True))
        )

    def _cut(self, frame: Image, box: NDArray[np.float64]) -> Image:
        height, width = frame.shape[:2]
        margin = self._crop.margin * max(box[2] - box[0], box[3] - box[1])
        x0, y0 = max(0, int(box[0] - margin)), max(0, int(box[1] - margin))
        x1, y1 = min(width, int(box[2] + margin)), min(height, int(box[3] + margin))
        size = self._crop.size
        return np.asarray(cv2.resize(frame[y0:y1, x0:x1], (size, size)), np.uint8)

    def _tensor(self, crop: Image) -> Tensor:
        return (torch.from_numpy(crop).permute(2, 0, 1).float() / 255.0 - self._mean) / self._std

    def _grad_cam(self, batch: Tensor) -> list[Floats]:
        """Selvaraju et al., 2017, at the last feature map: one backward pass for the batch."""
        kept: list[Tensor] = []

        def keep(_module: object, _inputs: object, output: Tensor) -> None:
            output.retain_grad()
            kept.append(output)

        hook = self._network.get_submodule("bn2").register_forward_hook(keep)
        self._network(batch).amax(1).sum().backward()
        hook.remove()
        features = kept[0]
        assert features.grad is not None
        weights = features.grad.mean(dim=(2, 3), keepdim=True)
        maps = (weights * features).sum(dim=1).relu()
        return list(maps.detach().numpy())


def open_backbone(bundle: Path, architecture: str) -> nn.Module:
    """Return timm's network with a bundle's weights, in evaluation mode."""
    network: nn.Module = scorer_of(architecture, load_file(bundle / WEIGHTS)).backbone
    return network


def read_frames(path: Path, count: int) -> list[Image]:
    """Read ``count`` frames spread evenly over a video, RGB, by reading it straight through."""
    capture = cv2.VideoCapture(str(path))
    total = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    wanted = set(np.linspace(0, total - 1, count).astype(int).tolist())
    frames = []
    for index in range(total):
        if not capture.grab():
            break
        if index in wanted:
            done, frame = capture.retrieve()
            if done:
                frames.append(np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8))
    capture.release()
    return frames


def detect_faces(mtcnn: MTCNN, frame: Image) -> list[tuple[Box, float, Floats]]:
    """Return box, confidence and landmarks ``(5, 2)`` of each face that the reference detector finds."""
    boxes, confidences, landmarks = mtcnn.detect(frame, landmarks=True)
    if boxes is None:
        return []
    return [
        ((float(b[0]), float(b[1]), float(b[2]), float(b[3])), float(c), np.asarray(points, np.float32))
        for b, c, points in zip(boxes, confidences, landmarks, strict=True)
    ]


def _overlay(crop: Image, cam: Floats) -> bytes:
    scaled = cv2.resize(cam / max(float(cam.max()), 1e-8), crop.shape[1::-1])
    colours = cv2.applyColorMap(np.rint(scaled * 255.0).astype(np.uint8), cv2.COLORMAP_JET)
    mixed = cv2.addWeighted(cv2.cvtColor(crop, cv2.COLOR_RGB2BGR), 0.5, colours, 0.5, 0.0)
    return bytes(cv2.imencode(".png", mixed)[1])

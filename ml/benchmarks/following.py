"""Following faces between searched frames, against searching every frame.

    python -m benchmarks.following [--data FOLDER] [--quick]

On the sampled frames of labelled videos, as an analysis takes them. The reference is every frame searched for
the smallest faces; a face of it is found again where following has one (IoU 0.5).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from benchmarks.detection import is_there, share
from benchmarks.footage import NoFootageError, find_videos
from benchmarks.options import Settings, parse
from benchmarks.parts import decoded
from benchmarks.report import Figure, Section, Target, print_section
from detector.contracts import SMALLEST_FACE_PX, CropSpec, Detection, Frame, Image
from detector.faces.mtcnn import Mtcnn
from detector.runtimes.onnx import OnnxRuntime
from detector.see import see_frames, smallest_face
from detector.stopwatch import Stopwatch

_LARGE_PX = 48.0
_SURE = 0.99
_SAME_FACE = 0.5  # IoU
_CROP = CropSpec(size=8)  # crops are not looked at
_RECALL, _FALSE = Target(">=", 0.99), Target("<=", 0.01)


class Counted(Mtcnn):
    """The detector; counts the frames that it searches."""

    searched = 0

    def detect(self, frames: list[Image], smallest_px: float = SMALLEST_FACE_PX) -> list[list[Detection]]:
        """See `contracts.Detector.detect`."""
        self.searched += len(frames)
        return super().detect(frames, smallest_px)


@dataclass(slots=True)
class Tally:
    """Counts of faces of 48 px or more, and processor seconds of both ways."""

    frames: int = 0
    faces: int = 0
    found: int = 0  # of them by following
    sure: int = 0
    sure_found: int = 0
    followed: int = 0
    more: int = 0  # of those followed, what the reference does not have
    seconds: tuple[float, float] = (0.0, 0.0)  # following, searching

    def add(self, frames: list[Frame], detector: Mtcnn, reference: Mtcnn) -> None:
        """Count a video's sampled frames."""
        started = time.process_time()
        seen = list(see_frames(iter(frames), "video", detector, _CROP, Stopwatch()))
        middle = time.process_time()
        searched = [
            reference.detect([one.rgb], smallest_face(one.rgb.shape[0] * one.rgb.shape[1], "video"))[0]
            for one in frames
        ]
        self.seconds = (
            self.seconds[0] + middle - started,
            self.seconds[1] + time.process_time() - middle,
        )
        self.frames += len(frames)
        for one, faces in zip(seen, searched, strict=True):
            followed = [Detection(face.box, face.confidence, None) for face in one.faces]
            self._count(followed, faces)

    def _count(self, followed: list[Detection], searched: list[Detection]) -> None:
        for face in searched:
            if face.size_px >= _LARGE_PX:
                hit, sure = is_there(face.box, followed, _SAME_FACE), face.confidence >= _SURE
                self.faces += 1
                self.found += hit
                self.sure += sure
                self.sure_found += sure and hit
        large = [face for face in followed if face.size_px >= _LARGE_PX]
        self.followed += len(large)
        self.more += sum(not is_there(face.box, searched, _SAME_FACE) for face in large)


def measure(settings: Settings) -> Section:
    """Measure all of this module's figures."""
    title = "Following faces against searching every frame"
    try:
        videos = find_videos(settings.data)
    except NoFootageError as reason:
        return Section(title, notes=(str(reason),))
    cascade = OnnxRuntime(threads=1).cascade()
    detector, reference, tally = Counted(cascade), Mtcnn(cascade), Tally()
    for video in videos[::10] if settings.quick else videos[::2]:
        tally.add(decoded(video.path), detector, reference)
    return Section(
        title,
        (
            Figure(
                "recall of faces of 48 px or more", share(tally.found, tally.faces), target=_RECALL, digits=4
            ),
            Figure(
                "the same of those of 0.99 or more",
                share(tally.sure_found, tally.sure),
                target=_RECALL,
                digits=4,
            ),
            Figure(
                "faces that searching does not have",
                share(tally.more, tally.followed),
                target=_FALSE,
                digits=4,
            ),
            Figure("searched frames", 100.0 * share(detector.searched, tally.frames), "%", digits=1),
            Figure("processor time / searching's", share(*tally.seconds)),
        ),
        (f"{tally.frames} frames with {tally.faces} faces ({tally.sure} of 0.99 or more)",),
    )


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))

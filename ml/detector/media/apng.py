"""Animated PNG, each picture laid over the one before it as the format asks."""

from __future__ import annotations

from PIL import Image as Pillow
from PIL.PngImagePlugin import Blend, PngImageFile


class ApngFile(PngImageFile):
    """Pillow's, which loses what was there before a picture that is blended over it, and its opacity.

    PNG third edition, 12.3 (blend and dispose operations).
    """

    def load_end(self) -> None:
        """Blend the picture that has been decoded, and keep what it is drawn over."""
        before = self._prev_im.copy() if self.is_animated and self._prev_im else None
        blended = before is not None and self.blend_op == Blend.OP_OVER and self.im.mode == "RGBA"
        if blended:
            drawn = self._crop(self.im, self.dispose_extent)
        super().load_end()
        if before is None:
            return
        if blended:
            below = self._crop(before, self.dispose_extent)
            self.im = before.copy()
            merged = Pillow.core.alpha_composite(below, drawn)  # type: ignore[attr-defined]  # not in the stubs
            self.im.paste(merged, self.dispose_extent)
        self._prev_im = before

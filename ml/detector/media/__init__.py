"""Decoding: a path becomes frames, with every limit on bytes, pixels, frames and seconds."""

from detector.media.open import Media, open_media

__all__ = ["Media", "open_media"]

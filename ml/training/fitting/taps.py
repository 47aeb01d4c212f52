"""Features inside a timm EfficientNet, read while it answers."""

from __future__ import annotations

from typing import Any

from torch import Tensor


class Tap:
    """Keeps what the last stage of a stride put out in the latest forward pass."""

    def __init__(self, backbone: Any, stride: int) -> None:
        (last,) = (info for info in backbone.feature_info if info["reduction"] == stride)
        self.channels = int(last["num_chs"])
        self._latest: list[Tensor] = []
        backbone.get_submodule(last["module"]).register_forward_hook(
            lambda _, __, output: self._latest.append(output)
        )

    def take(self) -> Tensor:
        """Return the features ``(N, C, h, w)`` and let go of them."""
        features = self._latest.pop()
        self._latest.clear()
        return features

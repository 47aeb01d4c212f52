"""torch: the default where there is CUDA, channels-last and in half precision there; also runs on the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import timm
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from detector.contracts import Floats
from detector.networks import CASCADE, CascadeNetworks


def cuda_available() -> bool:
    """Return whether torch can compute on a GPU here."""
    return torch.cuda.is_available()


class Proposal(nn.Module):
    """P-Net of Zhang et al., 2016 ("Joint Face Detection and Alignment using MTCNN", fig. 2)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.prelu1 = nn.Conv2d(3, 10, 3), nn.PReLU(10)
        self.conv2, self.prelu2 = nn.Conv2d(10, 16, 3), nn.PReLU(16)
        self.conv3, self.prelu3 = nn.Conv2d(16, 32, 3), nn.PReLU(32)
        self.conv4_1, self.conv4_2 = nn.Conv2d(32, 2, 1), nn.Conv2d(32, 4, 1)
        self.pool = nn.MaxPool2d(2, 2, ceil_mode=True)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return face probability and box offsets per cell."""
        x = self.pool(self.prelu1(self.conv1(x)))
        x = self.prelu3(self.conv3(self.prelu2(self.conv2(x))))
        return self.conv4_1(x).softmax(1)[:, 1], self.conv4_2(x)


class Refine(nn.Module):
    """R-Net of Zhang et al., 2016."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.prelu1 = nn.Conv2d(3, 28, 3), nn.PReLU(28)
        self.conv2, self.prelu2 = nn.Conv2d(28, 48, 3), nn.PReLU(48)
        self.conv3, self.prelu3 = nn.Conv2d(48, 64, 2), nn.PReLU(64)
        self.dense4, self.prelu4 = nn.Linear(576, 128), nn.PReLU(128)
        self.dense5_1, self.dense5_2 = nn.Linear(128, 2), nn.Linear(128, 4)
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return face probability and box offsets per candidate."""
        x = self.pool(self.prelu2(self.conv2(self.pool(self.prelu1(self.conv1(x))))))
        x = self.prelu3(self.conv3(x))
        # The weights were converted from a framework whose flattening runs over width, height, channel.
        x = self.prelu4(self.dense4(x.permute(0, 3, 2, 1).flatten(1)))
        return self.dense5_1(x).softmax(1)[:, 1], self.dense5_2(x)


class Output(nn.Module):
    """O-Net of Zhang et al., 2016."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.prelu1 = nn.Conv2d(3, 32, 3), nn.PReLU(32)
        self.conv2, self.prelu2 = nn.Conv2d(32, 64, 3), nn.PReLU(64)
        self.conv3, self.prelu3 = nn.Conv2d(64, 64, 3), nn.PReLU(64)
        self.conv4, self.prelu4 = nn.Conv2d(64, 128, 2), nn.PReLU(128)
        self.dense5, self.prelu5 = nn.Linear(1152, 256), nn.PReLU(256)
        self.dense6_1, self.dense6_2, self.dense6_3 = nn.Linear(256, 2), nn.Linear(256, 4), nn.Linear(256, 10)
        self.pool3, self.pool2 = nn.MaxPool2d(3, 2, ceil_mode=True), nn.MaxPool2d(2, 2, ceil_mode=True)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return face probability, box offsets and landmarks per candidate."""
        x = self.pool3(self.prelu1(self.conv1(x)))
        x = self.pool3(self.prelu2(self.conv2(x)))
        x = self.pool2(self.prelu3(self.conv3(x)))
        x = self.prelu4(self.conv4(x))
        x = self.prelu5(self.dense5(x.permute(0, 3, 2, 1).flatten(1)))
        return self.dense6_1(x).softmax(1)[:, 1], self.dense6_2(x), self.dense6_3(x)


class Scorer(nn.Module):
    """A timm backbone that ends in global average pooling and one linear unit for each of T traces.

    `forward` returns the logits ``(N, T)``, the class-activation maps ``(N, T, h, w)`` and the pooled
    features ``(N, C)`` that the linear units weigh. For such a head Grad-CAM
    (Selvaraju et al., 2017, eq. 1-2) at the last feature map A has the closed form
    ``sum_c w_c A_c / (h w)``: the gradient of a logit is the same w_c/(h w) everywhere. Before
    rectification a map's sum plus the unit's bias is the logit.
    """

    def __init__(self, architecture: str, traces: int = 1, **regularisation: float) -> None:
        """Build the network; ``regularisation`` is timm's, such as ``drop_rate``, for training."""
        super().__init__()
        self.backbone: Any = timm.create_model(architecture, num_classes=traces, **regularisation)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits, maps and pooled features."""
        features = self.backbone.forward_features(x)
        head = self.backbone.get_classifier()
        area = features.shape[2] * features.shape[3]
        maps = torch.einsum("nchw,tc->nthw", features, head.weight) / area
        return maps.sum((2, 3)) + head.bias, maps, features.mean((2, 3))


def scorer_of(architecture: str, weights: Mapping[str, Tensor]) -> Scorer:
    """Return the network with weights under timm's names, in single precision, for evaluation.

    ``classifier.weight`` ``(T, C)`` says how many traces there are. Raises RuntimeError for weights of
    another architecture.
    """
    head = weights.get("classifier.weight")
    module = Scorer(architecture, 1 if head is None else len(head)).eval()
    single = {name: value.float() if value.is_floating_point() else value for name, value in weights.items()}
    module.backbone.load_state_dict(single)
    return module


class TorchNetwork:
    """A module in evaluation mode behind the NumPy protocol."""

    def __init__(self, module: nn.Module, device: torch.device) -> None:
        self._half = device.type == "cuda"
        self._device = device
        self._module = module.eval().requires_grad_(False).to(device)
        # torch's own stubs lack this overload.
        self._module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.inference_mode()
    def run(self, batch: Floats) -> tuple[Floats, ...]:
        """See `networks.Network.run`."""
        x = torch.from_numpy(batch).to(self._device, non_blocking=True, memory_format=torch.channels_last)
        with torch.autocast(self._device.type, torch.float16, enabled=self._half):
            outputs = self._module(x)
        return tuple(out.float().cpu().numpy() for out in outputs)


class TorchRuntime:
    """Runtime "torch"."""

    name = "torch"

    def __init__(self, device: Literal["cpu", "cuda"]) -> None:
        self.device = device

    def cascade(self) -> CascadeNetworks:
        """See `networks.Runtime.cascade`."""
        return CascadeNetworks(
            self._open(Proposal(), CASCADE / "pnet.safetensors"),
            self._open(Refine(), CASCADE / "rnet.safetensors"),
            self._open(Output(), CASCADE / "onet.safetensors"),
        )

    def scorer(self, bundle: Path, architecture: str) -> TorchNetwork:
        """See `networks.Runtime.scorer`."""
        module = scorer_of(architecture, load_file(bundle / "model.safetensors"))
        return TorchNetwork(module, torch.device(self.device))

    def _open(self, module: nn.Module, weights: Path) -> TorchNetwork:
        module.load_state_dict(load_file(weights))
        return TorchNetwork(module, torch.device(self.device))

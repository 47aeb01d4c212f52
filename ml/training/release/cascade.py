"""facenet-pytorch's MTCNN weights (MIT licence), from its wheel, as the files in ``detector/cascade``."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from detector.networks import CASCADE
from detector.runtimes.torch import Output, Proposal, Refine

NETWORKS: dict[str, tuple[type[nn.Module], int]] = {
    "pnet": (Proposal, 64),
    "rnet": (Refine, 24),
    "onet": (Output, 48),
}
_ALIGNED = 4  # channels: only multiples of it have ONNX Runtime's fast layout
_BLOCK = 16  # channels: only multiples of it keep that layout where each channel is multiplied by itself
_HIGHEST = 3e38
# Which layers pool what comes out of the first convolutions.
_POOLS: dict[type[nn.Module], tuple[str, ...]] = {
    Refine: ("pool", "pool"),
    Output: ("pool3", "pool3", "pool2"),
}


class ExportedPReLU(nn.Module):
    """PReLU as two rectifiers, which ONNX Runtime computes 1.2 to 1.7 times as fast as its own PRelu."""

    def __init__(self, slope: Tensor) -> None:
        super().__init__()
        self.slope = nn.Parameter(slope.detach())

    def forward(self, x: Tensor) -> Tensor:
        """Return ``max(x, 0) - slope * max(-x, 0)``."""
        slope = self.slope.view(1, -1, *[1] * (x.dim() - 2))
        return torch.relu(x) - slope * torch.relu(-x)


class JoinedPReLU(nn.Module):
    """PReLU and a convolution of 1 x 1 after it, as two convolutions: of x, and of what of x is positive.

    PReLU is ``slope * x + (1 - slope) * max(x, 0)``. Between convolutions this keeps ONNX Runtime in their
    own layout of memory. Without ``after`` the convolution changes nothing.
    """

    def __init__(self, slope: Tensor, after: nn.Conv2d | None = None) -> None:
        super().__init__()
        count = len(slope)
        weight = after.weight.detach() if after else torch.eye(count).view(count, count, 1, 1)
        of_all, of_positive = weight * slope.view(1, -1, 1, 1), weight * (1.0 - slope.view(1, -1, 1, 1))
        self.of_all = _convolution(of_all, after.bias.detach() if after and after.bias is not None else None)
        self.of_positive = _convolution(of_positive, None)

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum of both."""
        return self.of_all(x) + self.of_positive(torch.relu(x))


class PooledPReLU(nn.Module):
    """A convolution, PReLU and max-pooling, with PReLU on the pooled quarter of the pixels.

    A rising PReLU commutes with pooling. One that falls below zero is ``max(x, slope * x)``, and its maximum
    over a window that of the maxima of both; the second, a multiple, comes from the convolution. ``order``
    says which channel of the network each one is that comes out; ``spare`` more are there for their number.
    """

    def __init__(self, before: nn.Conv2d, slope: Tensor, pool: nn.Module) -> None:
        super().__init__()
        falling, rising = torch.nonzero(slope < 0).flatten(), torch.nonzero(slope >= 0).flatten()
        weight, bias = before.weight.detach(), before.bias
        assert bias is not None
        times = slope[falling]
        self.convolution = _convolution(
            torch.cat([weight[falling], weight[rising], times.view(-1, 1, 1, 1) * weight[falling]]),
            torch.cat([bias.detach()[falling], bias.detach()[rising], times * bias.detach()[falling]]),
        )
        self.pool, self.prelu = pool, ExportedPReLU(slope[rising])
        self.falling = len(falling)
        self.count = len(slope)
        self.spare = -len(slope) % _ALIGNED
        self.order = torch.cat([falling, rising])

    def forward(self, x: Tensor) -> Tensor:
        """Return the pooled channels in their new order."""
        pooled = self.pool(self.convolution(x))
        plain, multiple = pooled[:, : self.falling], pooled[:, self.count :]
        rising = self.prelu(pooled[:, self.falling : self.count])
        channels = [torch.maximum(plain, multiple), rising]
        return torch.cat([*channels, rising[:, : self.spare]] if self.spare else channels, 1)


class HigherPReLU(nn.Module):
    """A convolution, PReLU and max-pooling, to the last bit, with PReLU as the higher of two pooled lines.

    PReLU is ``max(x, slope * x)`` up to a slope of 1, and both commute with pooling. Above 1 it rises and is
    ``min(x, slope * x)``, of what is pooled. ``spare`` channels of zeros come after the network's own.
    """

    def __init__(self, before: nn.Conv2d, slope: Tensor, pool: nn.Module) -> None:
        super().__init__()
        weight, bias = before.weight.detach(), before.bias
        assert bias is not None
        self.spare = -len(slope) % _BLOCK
        self.convolution = _convolution(
            torch.cat([weight, weight.new_zeros(self.spare, *weight.shape[1:])]),
            torch.cat([bias.detach(), bias.new_zeros(self.spare)]),
        )
        slope = torch.cat([slope, slope.new_zeros(self.spare)])
        count, steep = len(slope), slope > 1.0
        self.line = nn.Conv2d(count, count, 1, groups=count, bias=False)
        self.line.weight = nn.Parameter(torch.where(steep, 1.0, slope).view(count, 1, 1, 1))
        self.pool = pool
        self.any_steep = bool(steep.any())
        # Where no slope is above 1 the third line is higher than all.
        self.slope = nn.Parameter(torch.where(steep, slope, 0.0).view(1, count, 1, 1))
        self.height = nn.Parameter(torch.where(steep, 0.0, _HIGHEST).view(1, count, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the pooled channels."""
        x = self.convolution(x)
        pooled = self.pool(x)
        higher = torch.maximum(pooled, self.pool(self.line(x)))
        return torch.minimum(higher, self.slope * pooled + self.height) if self.any_steep else higher


class ExportedProposal(nn.Module):
    """`Proposal` in two thirds of the time: the same function, in steps that suit ONNX Runtime."""

    def __init__(self, net: Proposal) -> None:
        super().__init__()
        self.first = PooledPReLU(net.conv1, net.prelu1.weight.detach(), net.pool)
        self.second = _reordered(net.conv2, self.first)
        self.between = JoinedPReLU(net.prelu2.weight.detach())
        self.third = net.conv3
        score, offsets = net.conv4_1, net.conv4_2
        assert score.bias is not None
        assert offsets.bias is not None
        # Of two classes the softmax is the sigmoid of their difference.
        last = _convolution(
            torch.cat([score.weight[1:] - score.weight[:1], offsets.weight]).detach(),
            torch.cat([score.bias[1:] - score.bias[:1], offsets.bias]).detach(),
        )
        self.last = JoinedPReLU(net.prelu3.weight.detach(), last)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return face probability and box offsets per cell."""
        x = self.last(self.third(self.between(self.second(self.first(x)))))
        return torch.sigmoid(x[:, 0]), x[:, 1:]


def exported(module: nn.Module) -> nn.Module:
    """Return a network of the cascade as it is exported; it computes the same."""
    if isinstance(module, Proposal):
        return ExportedProposal(module)
    spare = 0
    for number, pool in enumerate(_POOLS[type(module)], 1):
        convolution, slope = (module.get_submodule(f"{part}{number}") for part in ("conv", "prelu"))
        assert isinstance(convolution, nn.Conv2d)
        assert isinstance(slope, nn.PReLU)
        higher = HigherPReLU(_widened(convolution, spare), slope.weight.detach(), module.get_submodule(pool))
        setattr(module, f"conv{number}", higher)
        setattr(module, f"prelu{number}", nn.Identity())
        spare = higher.spare
    for pool in _POOLS[type(module)]:
        setattr(module, pool, nn.Identity())
    for child, layer in list(module.named_children()):
        if isinstance(layer, nn.PReLU):
            setattr(module, child, ExportedPReLU(layer.weight))
    return module


def _convolution(weight: Tensor, bias: Tensor | None) -> nn.Conv2d:
    out, into, height, width = weight.shape
    made = nn.Conv2d(into, out, (height, width), bias=bias is not None)
    made.weight = nn.Parameter(weight)
    if bias is not None:
        made.bias = nn.Parameter(bias)
    return made


def _reordered(after: nn.Conv2d, pooled: PooledPReLU) -> nn.Conv2d:
    """Return the convolution for the channels as `PooledPReLU` gives them."""
    bias = after.bias.detach() if after.bias is not None else None
    return _widened(_convolution(after.weight.detach()[:, pooled.order], bias), pooled.spare)


def _widened(after: nn.Conv2d, spare: int) -> nn.Conv2d:
    """Return the convolution for ``spare`` more channels, which it does not look at."""
    weight = after.weight.detach()
    nothing = weight.new_zeros(len(weight), spare, *weight.shape[2:])
    return _convolution(
        torch.cat([weight, nothing], 1), after.bias.detach() if after.bias is not None else None
    )


def export(name: str, source: Path, target: Path) -> None:
    """Write ``{name}.safetensors`` and ``{name}.onnx`` into ``target`` from ``source/{name}.pt``."""
    kind, side = NETWORKS[name]
    module = kind().eval()
    module.load_state_dict(torch.load(source / f"{name}.pt", map_location="cpu", weights_only=True))
    save_file(module.state_dict(), target / f"{name}.safetensors")
    axes = {0: "n", 2: "h", 3: "w"} if name == "pnet" else {0: "n"}
    with warnings.catch_warnings():
        # The graph exporter that is announced as successor needs another package and gives the same graph.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            exported(module),
            (torch.zeros(2, 3, side, side),),
            str(target / f"{name}.onnx"),
            dynamo=False,
            opset_version=17,
            input_names=["x"],
            dynamic_axes={"x": axes},
        )


def convert_cascade() -> None:
    """Convert all three networks; raises ModuleNotFoundError without the wheel."""
    package = find_spec("facenet_pytorch")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("facenet-pytorch is not installed (requirements/nodeps.txt)")
    CASCADE.mkdir(exist_ok=True)
    for name in NETWORKS:
        export(name, Path(package.submodule_search_locations[0]) / "data", CASCADE)

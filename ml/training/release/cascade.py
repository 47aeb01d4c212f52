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


class ExportedPReLU(nn.Module):
    """PReLU as two rectifiers, which ONNX Runtime computes 1.2 to 1.7 times as fast as its own PRelu."""

    def __init__(self, slope: Tensor) -> None:
        super().__init__()
        self.slope = nn.Parameter(slope.detach())

    def forward(self, x: Tensor) -> Tensor:
        """Return ``max(x, 0) - slope * max(-x, 0)``."""
        slope = self.slope.view(1, -1, *[1] * (x.dim() - 2))
        return torch.relu(x) - slope * torch.relu(-x)


def export(name: str, source: Path, target: Path) -> None:
    """Write ``{name}.safetensors`` and ``{name}.onnx`` into ``target`` from ``source/{name}.pt``."""
    kind, side = NETWORKS[name]
    module = kind().eval()
    module.load_state_dict(torch.load(source / f"{name}.pt", map_location="cpu", weights_only=True))
    save_file(module.state_dict(), target / f"{name}.safetensors")
    for child, layer in list(module.named_children()):
        if isinstance(layer, nn.PReLU):
            setattr(module, child, ExportedPReLU(layer.weight))
    axes = {0: "n", 2: "h", 3: "w"} if name == "pnet" else {0: "n"}
    with warnings.catch_warnings():
        # The graph exporter that is announced as successor needs another package and gives the same graph.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            module,
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

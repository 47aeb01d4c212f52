"""The cascade's graphs compute what its networks do."""

from __future__ import annotations

import copy

import pytest
import torch
from safetensors.torch import load_file

from detector.networks import CASCADE
from detector.runtimes.onnx import OnnxRuntime
from training.release.cascade import NETWORKS, exported


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_as_exported_and_the_graph_in_the_package_compute_the_same(name: str) -> None:
    kind, side = NETWORKS[name]
    module = kind().eval()
    module.load_state_dict(load_file(CASCADE / f"{name}.safetensors"))
    size = (3, 3, side + 1, side + 6) if name == "pnet" else (3, 3, side, side)
    batch = 2.0 * torch.rand(size, generator=torch.Generator().manual_seed(4)) - 1.0
    networks = OnnxRuntime(1).cascade()
    graph = {"pnet": networks.proposal, "rnet": networks.refine, "onet": networks.output}[name]
    with torch.no_grad():
        expected = module(batch)
        rewritten = exported(copy.deepcopy(module)).eval()(batch)
    for one, other, packaged in zip(expected, rewritten, graph.run(batch.numpy()), strict=True):
        torch.testing.assert_close(other, one, atol=1e-5, rtol=0.0)
        torch.testing.assert_close(torch.from_numpy(packaged), one, atol=1e-5, rtol=0.0)

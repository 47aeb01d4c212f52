"""ONNX Runtime as networks run by it: batches are cut and gathered, and nothing depends on how."""

from __future__ import annotations

import numpy as np
import pytest

from detector.networks import CascadeNetworks
from detector.runtimes.onnx import OnnxRuntime


@pytest.fixture(scope="module")
def cascade() -> CascadeNetworks:
    return OnnxRuntime(threads=2).cascade()


@pytest.mark.parametrize(
    ("name", "count", "height", "width"),
    [("proposal", 7, 38, 65), ("proposal", 3, 153, 272), ("refine", 70, 24, 24), ("output", 19, 48, 48)],
)
def test_what_a_network_says_of_an_item_is_the_same_to_the_bit_in_any_batch(
    cascade: CascadeNetworks, name: str, count: int, height: int, width: int
) -> None:
    network = getattr(cascade, name)
    batch = np.random.default_rng(0).uniform(-1, 1, (count, 3, height, width)).astype(np.float32)
    together = network.run(batch)
    alone = [network.run(batch[i : i + 1]) for i in range(count)]
    for whole, parts in zip(together, zip(*alone, strict=True), strict=True):
        assert np.array_equal(whole, np.concatenate(parts))
    assert all(len(out) == 0 for out in network.run(batch[:0]))

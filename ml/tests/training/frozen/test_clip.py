from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from training.frozen import clip

WIDTH = 4


def _layer(number: int) -> list[str]:
    names = [f"self_attn/{part}_proj" for part in ("q", "k", "v", "out")]
    return [f"encoder/layers.{number}/{name}" for name in (*names, "mlp/fc1", "mlp/fc2")]


def _graph(missing: str = "") -> tuple[onnx.ModelProto, dict[str, np.ndarray]]:
    """Return a graph of one block as the package lays it out, and its matrices before they were quantised."""
    rng = np.random.default_rng(0)
    arrays = {
        "embeddings.class_embedding": rng.normal(size=WIDTH),
        "embeddings.patch_embedding.weight": rng.normal(size=(WIDTH, 3, 2, 2)),
        "embeddings.position_embedding.weight": rng.normal(size=(5, WIDTH)),
    }
    norms = ("pre_layrnorm", "post_layernorm", *(f"encoder.layers.0.layer_norm{place}" for place in (1, 2)))
    for name in norms:
        arrays |= {f"{name}.{part}": rng.normal(size=WIDTH) for part in ("weight", "bias")}
    given = [
        numpy_helper.from_array(array.astype(np.float32), f"vision_model.{name}")
        for name, array in arrays.items()
    ]
    matrices, nodes = {}, []
    for name in _layer(0):
        rows, columns = {"mlp/fc1": (WIDTH, 8), "mlp/fc2": (8, WIDTH)}.get(name[17:], (WIDTH, WIDTH))
        quantised = rng.integers(-100, 100, (rows, columns)).astype(np.int8)
        zero = rng.integers(-3, 3, columns).astype(np.int8)
        scale = rng.uniform(0.1, 1.0, columns).astype(np.float32)
        matrices[name] = ((quantised.astype(np.float32) - zero) * scale).T
        given += [
            numpy_helper.from_array(quantised, f"{name}_quantized"),
            numpy_helper.from_array(zero, f"{name}_zero_point"),
            numpy_helper.from_array(scale, f"{name}_scale"),
            numpy_helper.from_array(
                np.full(columns, len(given), np.float32), f"vision_model.{name.replace('/', '.')}.bias"
            ),
        ]
        if name != missing:
            inputs = ["x", f"{name}_quantized", "x_zero", f"{name}_zero_point"]
            nodes.append(
                helper.make_node(
                    "MatMulInteger", inputs, [f"{name}_out"], f"/vision_model/{name}/MatMul_quant"
                )
            )
    x = helper.make_tensor_value_info("x", TensorProto.UINT8, [None, WIDTH])
    return helper.make_model(helper.make_graph(nodes, "made-up", [x], [], given)), matrices


def test_matrices_come_back_as_they_were_before_they_were_quantised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip, "BLOCKS", 1)
    monkeypatch.setattr(clip, "WIDTH", WIDTH)
    graph, matrices = _graph()
    state = clip.state_of(graph)
    joined = np.concatenate([matrices[f"encoder/layers.0/self_attn/{letter}_proj"] for letter in "qkv"])
    np.testing.assert_allclose(state["blocks.0.attn.qkv.weight"].numpy(), joined, rtol=1e-6)
    np.testing.assert_allclose(
        state["blocks.0.mlp.fc2.weight"].numpy(), matrices["encoder/layers.0/mlp/fc2"], rtol=1e-6
    )
    assert state["pos_embed"].shape == (1, 5, WIDTH)
    with pytest.raises(KeyError, match="out_proj"):
        clip.state_of(_graph(missing="encoder/layers.0/self_attn/out_proj")[0])


def test_tokens_are_those_of_the_class_after_each_block() -> None:
    class Block(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + 1.0

    class Tower(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.blocks = torch.nn.Sequential(Block(), Block())

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            assert x.shape[1:] == (3, 224, 224)
            tokens = torch.zeros(len(x), 5, WIDTH)
            tokens[:, 0] = x.mean((1, 2, 3))[:, None]
            return self.blocks(tokens)

    crops = [np.full((32, 32, 3), level, np.uint8) for level in (0, 255)]
    tower = Tower()
    tokens = clip.class_tokens(tower, crops)
    assert tokens.shape == (2, 2, WIDTH)
    np.testing.assert_allclose(tokens[:, 1] - tokens[:, 0], 1.0, atol=2e-3)
    assert (tokens[1, 0] > tokens[0, 0]).all()
    # No hook is left behind.
    assert not tower.blocks[0]._forward_hooks


def test_a_wheel_without_the_graph_is_refused(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "other.whl", "w") as wheel:
        wheel.writestr("other/__init__.py", "")
    with pytest.raises(KeyError, match=r"clip_encoder\.int8\.onnx"):
        clip.load_clip(tmp_path / "other.whl")

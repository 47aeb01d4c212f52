from pathlib import Path

import pytest
import timm
import torch

from training.fitting.starts import own_weights


def test_shipped_starts_fit(weights: Path) -> None:
    b0 = timm.create_model("efficientnet_b0", num_classes=1)
    own_weights(b0, weights / "efficientnet_b0.photo-or-drawing.safetensors")
    v2 = timm.create_model("tf_efficientnetv2_b0", num_classes=1)
    own_weights(v2, weights / "tf_efficientnetv2_b0.in1k.safetensors")
    for model in (b0, v2):
        assert not model.get_classifier().weight.any()
        answer = model.eval()(torch.randn(2, 3, 96, 96, generator=torch.Generator().manual_seed(0)))
        assert torch.equal(answer, torch.zeros(2, 1))
        assert model.conv_stem.weight.std() > 0.05
    with pytest.raises(ValueError, match="does not fit"):
        own_weights(b0, weights / "tf_efficientnetv2_b0.in1k.safetensors")

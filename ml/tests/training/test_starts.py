from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import Tensor

from training.fitting.starts import own_weights, selected_channels


def _doubled(name: str, value: Tensor) -> Tensor:
    if name.endswith("num_batches_tracked"):
        return value.clone()
    for axis in range(min(2, value.ndim)):
        value = value.repeat_interleave(2, dim=axis)
    return value.contiguous()


def test_selection_finds_a_small_network_in_its_doubled_copy(tmp_path: Path) -> None:
    small = timm.create_model("test_efficientnet", num_classes=1)
    doubled = {name: _doubled(name, value) for name, value in small.state_dict().items()}
    save_file(doubled, tmp_path / "doubled.safetensors")
    other = timm.create_model("test_efficientnet", num_classes=1)
    selected_channels(other, tmp_path / "doubled.safetensors")
    for name, value in other.state_dict().items():
        if name.endswith("running_var"):
            torch.testing.assert_close(value, small.state_dict()[name] + 1e-3 - 1e-5)
        elif not name.startswith("classifier."):
            assert torch.equal(value, small.state_dict()[name]), name


def test_selection_refuses_a_narrower_network(tmp_path: Path) -> None:
    small = timm.create_model("test_efficientnet", num_classes=1)
    state = {
        name: value[:1].contiguous() if value.ndim else value for name, value in small.state_dict().items()
    }
    save_file(state, tmp_path / "narrow.safetensors")
    with pytest.raises(ValueError, match="cannot select"):
        selected_channels(small, tmp_path / "narrow.safetensors")


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

"""The closed form of Grad-CAM: the map comes out of the forward pass, and autograd agrees."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from detector.runtimes.torch import Scorer, scorer_of

ARCHITECTURES = ["efficientnet_b0", "tf_efficientnetv2_b0", "test_efficientnet"]


@pytest.fixture(scope="module", params=ARCHITECTURES)
def scorer(request: pytest.FixtureRequest) -> Scorer:
    torch.manual_seed(5)
    return Scorer(request.param, traces=2).eval()


@pytest.fixture(scope="module")
def batch() -> torch.Tensor:
    return torch.randn(3, 3, 128, 160, generator=torch.Generator().manual_seed(9))


def test_the_logits_are_the_classifiers(scorer: Scorer, batch: torch.Tensor) -> None:
    with torch.inference_mode():
        logits, _, _ = scorer(batch)
        assert torch.allclose(logits, scorer.backbone(batch), atol=1e-5)


def test_each_unrectified_map_sums_to_its_logit_without_the_bias(scorer: Scorer, batch: torch.Tensor) -> None:
    with torch.inference_mode():
        logits, maps, _ = scorer(batch)
    bias = scorer.backbone.get_classifier().bias
    assert maps.shape[1:] == (2, 4, 5)
    assert torch.allclose(maps.sum((2, 3)) + bias, logits, atol=1e-5)


def test_the_features_times_the_classifiers_weights_are_the_logits(
    scorer: Scorer, batch: torch.Tensor
) -> None:
    with torch.inference_mode():
        logits, _, features = scorer(batch)
        assert torch.allclose(scorer.backbone.get_classifier()(features), logits, atol=1e-5)


@pytest.mark.parametrize("trace", [0, 1])
def test_the_rectified_map_is_grad_cam_up_to_scale(scorer: Scorer, batch: torch.Tensor, trace: int) -> None:
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.image import scale_cam_image
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    with GradCAM(scorer.backbone, [scorer.backbone.bn2]) as oracle:
        expected = oracle(batch, [ClassifierOutputTarget(trace) for _ in batch])  # type: ignore[arg-type]
    with torch.inference_mode():
        ours = np.maximum(scorer(batch)[1][:, trace].numpy(), 0.0)
    assert (ours.max(axis=(1, 2)) > 0).all()
    # The package stretches each map to [0, 1], to the size of the input, and to [0, 1] again.
    assert scale_cam_image(scale_cam_image(ours, (160, 128))) == pytest.approx(expected, abs=1e-3)


def test_weights_say_how_many_traces_there_are() -> None:
    torch.manual_seed(5)
    two = Scorer("test_efficientnet", traces=2).eval()
    loaded = scorer_of("test_efficientnet", {k: v.half() for k, v in two.backbone.state_dict().items()})
    assert loaded.backbone.get_classifier().weight.shape[0] == 2
    assert scorer_of("test_efficientnet", Scorer("test_efficientnet").backbone.state_dict()).backbone(
        torch.zeros(1, 3, 64, 64)
    ).shape == (1, 1)

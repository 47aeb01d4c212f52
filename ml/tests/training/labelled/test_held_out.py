import numpy as np
import pytest
import torch

from detector.contracts import CropSpec
from training.fitting.held_out import HeldOutValidation
from training.labelled.pack import LabelledPack

SPEC = CropSpec(size=64, margin=0.02)


def test_validation_takes_each_held_out_kind_against_authentic_media(labelled: LabelledPack) -> None:
    validation = HeldOutValidation(labelled, SPEC)
    fake = labelled.records["fake"][validation.rows]
    perfect = np.where(fake, 3.0, -3.0)[:, None].repeat(2, axis=1).astype(np.float32)
    figures = validation.figures(perfect)
    assert figures["auc_held_out"] == figures["auc/gan"] == 1.0
    perfect[:, 0] *= -1.0
    figures = validation.figures(perfect)
    assert (figures["auc/blending/gan"], figures["auc/generation/gan"]) == (0.0, 1.0)
    assert set(labelled.records["held_out"][validation.rows]) == {"gan", "studio"}


def test_validation_asks_the_network_for_both_logits(labelled: LabelledPack) -> None:
    network = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(3, 2))
    figures = HeldOutValidation(labelled, SPEC).measure(network)
    assert 0.0 <= figures["auc_held_out"] <= 1.0
    assert figures["auc_held_out"] == pytest.approx(figures["auc/gan"])

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from detector.contracts import CropSpec
from detector.runtimes.torch import Scorer
from training.fitting.held_out import HeldOutValidation, table, two_logits
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


def test_a_head_of_larger_numbers_does_not_outvote_the_other(labelled: LabelledPack) -> None:
    validation = HeldOutValidation(labelled, SPEC)
    fake = labelled.records["fake"][validation.rows]
    rng = np.random.default_rng(0)
    # Its logits lie high and far apart, and say nothing.
    loud = rng.normal(40.0, 2.0, len(fake)).clip(38.0, 42.0)
    found = np.where(fake, 6.0, 0.0) + rng.normal(0.0, 0.1, len(fake))
    figures = validation.figures(np.stack([loud, found], 1).astype(np.float32))
    assert figures["auc/gan"] == 1.0
    assert figures["median/blending"] == pytest.approx(40.0, abs=2.0)
    assert figures["spread/generation"] < 0.3


def test_weights_get_a_row_of_every_kind(labelled: LabelledPack, tmp_path: Path) -> None:
    torch.manual_seed(0)
    two, one = (Scorer("test_efficientnet", traces=count).backbone.state_dict() for count in (2, 1))
    save_file(two, tmp_path / "two.safetensors")
    save_file(one, tmp_path / "one.safetensors")
    network = two_logits(tmp_path / "two.safetensors", "test_efficientnet")
    figures = HeldOutValidation(labelled, SPEC).measure(network)
    heading, _, row = table("two", figures).splitlines()
    assert heading == "| weights | gan | mean |"
    assert row == f"| two | {figures['auc/gan']:.3f} | {figures['auc_held_out']:.3f} |"
    with pytest.raises(ValueError, match="logit for each"):
        two_logits(tmp_path / "one.safetensors", "test_efficientnet")


@pytest.mark.parametrize(
    ("kept", "said"), [({"gan"}, "no authentic stills"), ({"studio"}, "no fakes"), (set(), "no fakes")]
)
def test_a_pack_that_lacks_a_side_to_validate_on_is_refused_at_once(
    labelled: LabelledPack, kept: set[str], said: str
) -> None:
    """Not at the first validation, after hundreds of steps."""
    held_out = labelled.records["held_out"]
    lacking = copy.copy(labelled)
    lacking.records = labelled.records | {"held_out": np.where(np.isin(held_out, list(kept)), held_out, "")}
    with pytest.raises(ValueError, match=said):
        HeldOutValidation(lacking, SPEC)


def test_validation_asks_the_network_for_both_logits(labelled: LabelledPack) -> None:
    network = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(3, 2))
    figures = HeldOutValidation(labelled, SPEC).measure(network)
    assert 0.0 <= figures["auc_held_out"] <= 1.0
    assert figures["auc_held_out"] == pytest.approx(figures["auc/gan"])

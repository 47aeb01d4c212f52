import pytest
import torch

from detector.contracts import Trace
from detector.runtimes.torch import Scorer
from training.labelled.heads import AUTHENTIC, HEADS, Targets, wanted, weights, widen

BLENDING, GENERATION = HEADS.index(Trace.BLENDING), HEADS.index(Trace.GENERATION)


def _targets(*faces: tuple[int, bool]) -> Targets:
    return Targets(torch.tensor([trace for trace, _ in faces]), torch.tensor([video for _, video in faces]))


def test_a_head_is_not_fitted_on_the_other_traces_fakes() -> None:
    targets = _targets((AUTHENTIC, False), (BLENDING, False), (GENERATION, False))
    each = weights(targets)
    assert each[1, GENERATION] == each[2, BLENDING] == 0.0
    assert each[0].gt(0.0).all()  # authentic faces are of both
    assert each[1, BLENDING] == each[0, BLENDING]
    labels = wanted(targets)
    assert labels[:, BLENDING].tolist() == [0.0, 1.0, 0.0]
    assert labels[:, GENERATION].tolist() == [0.0, 0.0, 1.0]


def test_authentic_faces_weigh_as_much_as_fakes_among_stills_and_among_clips() -> None:
    faces = [(AUTHENTIC, False)] * 3 + [(GENERATION, False)] + [(AUTHENTIC, True)] + [(GENERATION, True)] * 4
    each = weights(_targets(*faces))[:, GENERATION]
    assert each[:3].sum() == pytest.approx(each[3].item())
    assert each[4] == pytest.approx(each[5:].sum().item())
    assert each.sum() == pytest.approx(0.5)  # the other head's share


def test_a_kind_of_media_with_one_class_says_nothing() -> None:
    each = weights(_targets((AUTHENTIC, False), (AUTHENTIC, True), (BLENDING, True)))
    assert each[:, BLENDING].tolist() == [0.0, 0.25, 0.25]
    assert each[:, GENERATION].tolist() == [0.0, 0.0, 0.0]


def test_two_heads_begin_as_the_one_before_them() -> None:
    torch.manual_seed(0)
    backbone = Scorer("test_efficientnet").backbone.eval()
    picture = torch.randn(1, 3, 64, 64)
    before = backbone(picture)
    widen(backbone)
    assert torch.allclose(backbone(picture), before.expand(1, 2))

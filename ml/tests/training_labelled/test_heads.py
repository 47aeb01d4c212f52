import pytest
import torch

from training.labelled.heads import AUTHENTIC, HEADS, Targets, head_weights, heads_loss, joined
from training.labelled.manifest import Trace

BLENDING, GENERATION = HEADS.index(Trace.BLENDING), HEADS.index(Trace.GENERATION)


def _targets(*faces: tuple[int, bool]) -> Targets:
    return Targets(torch.tensor([trace for trace, _ in faces]), torch.tensor([video for _, video in faces]))


def test_a_head_is_not_fitted_on_the_other_traces_fakes() -> None:
    targets = _targets((AUTHENTIC, False), (BLENDING, False), (GENERATION, False))
    logits = torch.zeros(3, 2, requires_grad=True)
    heads_loss(logits, targets, 0.0).backward()
    assert logits.grad is not None
    assert logits.grad[1, GENERATION] == 0.0
    assert logits.grad[2, BLENDING] == 0.0
    assert logits.grad[0].gt(0.0).all()  # authentic faces are of both
    assert logits.grad[1, BLENDING] < 0.0
    assert logits.grad[2, GENERATION] < 0.0


def test_authentic_faces_weigh_as_much_as_fakes_among_stills_and_among_clips() -> None:
    faces = [(AUTHENTIC, False)] * 3 + [(GENERATION, False)] + [(AUTHENTIC, True)] + [(GENERATION, True)] * 4
    weights = head_weights(_targets(*faces), GENERATION)
    assert weights[:3].sum() == pytest.approx(1.0)
    assert weights[4] == pytest.approx(4.0)


def test_a_kind_of_media_with_one_class_says_nothing() -> None:
    weights = head_weights(_targets((AUTHENTIC, False), (AUTHENTIC, True), (BLENDING, True)), BLENDING)
    assert weights.tolist() == [0.0, 1.0, 1.0]


def test_a_batch_of_authentic_faces_has_a_loss_of_zero() -> None:
    logits = torch.ones(2, 2, requires_grad=True)
    loss = heads_loss(logits, _targets((AUTHENTIC, False), (AUTHENTIC, True)), 0.02)
    loss.backward()
    assert loss.item() == 0.0


def test_the_joined_logit_is_that_of_noisy_or() -> None:
    logits = torch.tensor([[0.3, -1.2], [-40.0, -45.0], [60.0, -3.0]])
    p = torch.sigmoid(logits[0].double())
    wanted = torch.logit(1.0 - (1.0 - p).prod())
    answers = joined(logits)
    assert answers[0].item() == pytest.approx(wanted.item(), rel=1e-5)
    assert answers[1].item() == pytest.approx(-40.0, abs=0.01)
    assert answers[2].item() == pytest.approx(60.0, abs=0.1)

"""Sharpness-aware minimisation: gradients are of perturbed weights, which are restored."""

import dataclasses
from pathlib import Path

import torch
from safetensors.torch import load_file
from tiny_run import TINY
from torch import nn

from training.fitting.sam import perturbed
from training.fitting.train import train
from training.photographs.pack import Pack


def test_the_gradient_is_that_of_the_perturbed_weights() -> None:
    line = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        line.weight.copy_(torch.tensor([[3.0, 4.0]]))
    (line.weight.square().sum() / 2).backward()
    with perturbed(line, 0.5):
        torch.testing.assert_close(line.weight.detach(), torch.tensor([[3.3, 4.4]]))
        assert line.weight.grad is None
        (line.weight.square().sum() / 2).backward()
    assert torch.equal(line.weight.detach(), torch.tensor([[3.0, 4.0]]))
    torch.testing.assert_close(line.weight.grad, torch.tensor([[3.3, 4.4]]))


def test_running_statistics_are_of_the_weights_that_are_kept() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    pictures = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    net(pictures).square().sum().backward()
    norm = net[1]
    assert isinstance(norm, nn.BatchNorm1d)
    before, momentum = norm.running_mean.clone(), norm.momentum
    with perturbed(net, 0.5):
        net(pictures)
        assert torch.equal(norm.running_mean, before)
    assert norm.momentum == momentum
    net(pictures)
    assert not torch.equal(norm.running_mean, before)


def test_a_run_with_sam_resumes_bit_equal(pack: Pack, tmp_path: Path) -> None:
    config = dataclasses.replace(TINY, sam_radius=0.05)
    plain, whole, halves = (tmp_path / name for name in ("plain", "whole", "halves"))
    assert train(TINY, pack, Path(), plain, workers=0)
    assert train(config, pack, Path(), whole, workers=0)
    assert not train(config, pack, Path(), halves, minutes=1e-9, workers=0)
    assert train(config, pack, Path(), halves, workers=0)
    without, expected, actual = (
        load_file(folder / "weights.safetensors") for folder in (plain, whole, halves)
    )
    assert all(value.equal(actual[name]) for name, value in expected.items())
    assert any(not value.equal(without[name]) for name, value in expected.items())

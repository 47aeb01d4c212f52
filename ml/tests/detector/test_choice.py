"""Which runtime is opened, and whether on CUDA: one answer for the engine and for what confines it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from detector.runtimes import choice
from detector.runtimes.choice import RuntimeUnavailableError, open_runtime, tries_cuda


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    return Machine(monkeypatch, tmp_path)


class Machine:
    """What is found on it is as it is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self._patch, self._folder = monkeypatch, folder

    def has(self, *, torch: bool, driver: bool, gpu: bool = False) -> None:
        device = self._folder / "driver"
        if driver:
            device.touch()
        self._patch.setattr(choice, "_DRIVERS", (self._folder / "absent", device))
        self._patch.setattr(choice, "_has_torch", lambda: torch)
        self._patch.setattr("detector.runtimes.torch.cuda_available", lambda: gpu)


@pytest.mark.parametrize(
    ("name", "device", "torch", "driver", "expected"),
    [
        ("auto", "auto", True, True, True),
        ("auto", "auto", True, False, False),
        ("auto", "auto", False, True, False),
        ("torch", "auto", True, True, True),
        ("torch", "auto", True, False, False),
        ("auto", "cuda", True, False, True),
        ("auto", "cpu", True, True, False),
        ("torch", "cpu", True, True, False),
        ("onnx", "auto", True, True, False),
    ],
)
def test_cuda_is_tried_where_it_may_be_there(
    machine: Machine, name: str, device: str, torch: bool, driver: bool, expected: bool
) -> None:
    machine.has(torch=torch, driver=driver)
    assert tries_cuda(name, device) is expected


@pytest.mark.parametrize("gpu", [False, True])
@pytest.mark.parametrize("driver", [False, True])
@pytest.mark.parametrize("device", ["auto", "cpu"])
@pytest.mark.parametrize("name", ["auto", "onnx", "torch"])
def test_what_is_opened_computes_on_cuda_only_where_that_is_tried(
    machine: Machine, name: str, device: str, driver: bool, gpu: bool
) -> None:
    machine.has(torch=True, driver=driver, gpu=gpu)
    opened = open_runtime(name, device)  # type: ignore[arg-type]
    assert (opened.device == "cuda") == (tries_cuda(name, device) and gpu)
    assert opened.name == ("torch" if name == "torch" or opened.device == "cuda" else "onnx")


def test_what_is_asked_for_and_not_there_is_refused(machine: Machine) -> None:
    machine.has(torch=True, driver=True)
    with pytest.raises(RuntimeUnavailableError, match="no CUDA device"):
        open_runtime("auto", "cuda")
    with pytest.raises(RuntimeUnavailableError, match="on the CPU"):
        open_runtime("onnx", "cuda")
    machine.has(torch=False, driver=False)
    for name, device in (("torch", "auto"), ("torch", "cpu"), ("auto", "cuda")):
        with pytest.raises(RuntimeUnavailableError, match="not installed"):
            open_runtime(name, device)  # type: ignore[arg-type]


def test_the_question_needs_the_standard_library_alone() -> None:
    """The analysing process asks before it is confined, and imports libraries afterwards."""
    code = (
        "import sys; from detector.runtimes.choice import tries_cuda; tries_cuda('auto', 'auto');"
        "print([name for name in ('numpy', 'torch', 'onnxruntime', 'cv2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

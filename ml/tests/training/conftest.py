"""A small pack of made-up "people": a public-domain portrait mirrored, stretched and tinted."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import torch

from training.photographs.autoencoder import Autoencoder
from training.photographs.landmarks import FaceMesh, MeshUnavailableError
from training.photographs.pack import DECODED, PIXELS, RECONSTRUCTED, RECORDS, RESTORED, Pack, Photo
from training.photographs.prepare import prepare
from training.photographs.reconstruct import reconstruct

# Networks this small gain nothing from threads, and lose much to those of other work on the machine.
torch.set_num_threads(1)

SHARED = Path(__file__).parents[4] / "shared" / "data"


def _people(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    portrait = skimage.data.astronaut()[:300, 60:360]
    people = []
    for index in range(count):
        width, height = 400 + 16 * index, 420
        person = cv2.resize(portrait[:, ::-1] if index % 2 else portrait, (width, height))
        tint = 1.0 - 0.25 * rng.random(3)
        people.append(np.clip(person * tint, 0, 255).astype(np.uint8))
    return people


@pytest.fixture(scope="session")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    lines = []
    for index, person in enumerate(_people(8)):
        name = f"{index}.png"
        cv2.imwrite(str(folder / name), cv2.cvtColor(person, cv2.COLOR_RGB2BGR))
        scale = np.asarray([person.shape[1], person.shape[0]]) / 300.0
        x, y, width, height = 121 * scale[0], 62 * scale[1], 88 * scale[0], 112 * scale[1]
        if index % 2:
            x = person.shape[1] - x - width
        entry = {"file": name, "source": "made", "licence": "public domain", "identity": f"person-{index}"}
        lines.append(json.dumps({**entry, "face_box": [x, y, width, height], "tier": "A"}))
    (folder / "manifest.jsonl").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="session")
def pack(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    try:
        FaceMesh()
    except MeshUnavailableError as error:
        pytest.skip(str(error))
    out = tmp_path_factory.mktemp("pack")
    assert prepare(photographs, out)["kept"] == 8
    torch.manual_seed(7)
    reconstruct(Pack(out), Autoencoder(4, (8, 8, 8, 8)).eval(), seed=0)
    # Generators would take minutes, and have tests of their own.
    for derived in (RESTORED, DECODED):
        shutil.copyfile(out / RECONSTRUCTED, out / derived)
    return Pack(out)


@pytest.fixture
def bare(pack: Pack, tmp_path: Path) -> Path:
    """A folder with the same photographs, without what networks made of them."""
    for name in (PIXELS, RECORDS):
        shutil.copyfile(pack.folder / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def photo(pack: Pack) -> Photo:
    return pack[0]


@pytest.fixture
def weights() -> Path:
    folder = SHARED / "weights"
    if not folder.is_dir():
        pytest.skip(f"no pretrained weights in {folder}")
    return folder

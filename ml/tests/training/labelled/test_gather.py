import hashlib
import json
import subprocess
from pathlib import Path

import cv2
import pytest

from detector.contracts import Detector, Image
from detector.model import open_detector
from detector.runtimes.onnx import OnnxRuntime
from training.labelled.gather import clone_missing, gather, read_list
from training.labelled.manifest import read_manifest

OWNER = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "uploadpack.allowFilter=true")


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *OWNER, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture(scope="module")
def detector() -> Detector:
    return open_detector("mtcnn", OnnxRuntime())


@pytest.fixture
def published(tmp_path: Path, portrait: Image) -> Path:
    """The folder of an owner's repository with a portrait and a picture without a face."""
    folder = tmp_path / "published" / "owner" / "faces"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "face.png"), cv2.cvtColor(portrait, cv2.COLOR_RGB2BGR))
    cv2.imwrite(str(folder / "wall.png"), portrait[:64, :64])
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "Faces")
    return folder


def listed(folder: Path, name: str, **changes: object) -> str:
    row = {
        "label": "real",
        "kind": "image",
        "dataset": "faces",
        "group": "astronaut",
        "source_repo": "owner/faces",
        "source_path": name,
        "commit": git(folder, "rev-parse", "HEAD"),
        "blob": git(folder, "rev-parse", f"HEAD:{name}"),
        "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
    }
    return json.dumps(row | changes)


def test_listed_files_are_cloned_and_their_faces_cut_once(
    published: Path, tmp_path: Path, detector: Detector, portrait: Image
) -> None:
    rows = [
        listed(published, "face.png"),
        listed(published, "face.png", cut=[130, 20, 220, 220], label="fake", made_by="method"),
        listed(published, "wall.png"),
        listed(published, "face.png", cut=[0, 0, 100, 100], sha256="0" * 64),
    ]
    path = tmp_path / "list.jsonl"
    path.write_text("\n".join(rows))
    files, repositories, out = read_list(path), tmp_path / "repositories", tmp_path / "out"
    clone_missing(files, repositories, base=f"file://{published.parents[1]}")
    said: list[str] = []
    assert gather(files, repositories, out, detector, said.append) == 2
    assert ["no face" in said[0], "not as listed" in said[1]] == [True, True]

    whole, part = read_manifest(out / "manifest.jsonl")
    assert (whole.fake, part.fake, part.method, whole.group) == (False, True, "method", "faces/astronaut")
    (one,), (other,) = whole.crops, part.crops
    assert one.face_px == pytest.approx(other.face_px, abs=4)
    crop = cv2.imread(str(one.file))
    assert crop.shape[0] == crop.shape[1] == pytest.approx(1.3 * one.face_px, abs=2)
    assert detector.detect([cv2.cvtColor(crop, cv2.COLOR_BGR2RGB)])[0]

    one.file.write_bytes(b"kept")
    assert gather(files, repositories, out, detector, said.append) == 2
    assert one.file.read_bytes() == b"kept"


def test_the_list_that_ships_names_every_part_once() -> None:
    files = read_list(Path(__file__).parents[3] / "training/configs/labelled/more.jsonl")
    assert len({file.name for file in files}) == len(files)
    stated = {name: {file.row.get(name) for file in files} for name in ("dataset", "group", "licence")}
    assert all(all(values) for values in stated.values())
    assert all(bool(file.row["made_by"]) == (file.row["label"] == "fake") for file in files)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"blob": "--help"}, "line 1: blob"),
        ({"source_repo": "../owner"}, "line 1: source_repo"),
        ({"cut": [0, 0, 5]}, "line 1: .* no part"),
    ],
)
def test_a_row_that_names_no_file_is_refused(
    published: Path, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    path = tmp_path / "list.jsonl"
    path.write_text(listed(published, "face.png", **changes))
    with pytest.raises(ValueError, match=said):
        read_list(path)

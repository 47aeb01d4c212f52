import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from labelled_collection import SPLIT, picture, write_collection

from detector.contracts import Trace
from training.labelled.manifest import read_manifest
from training.labelled.pack import LabelledPack, pack_labelled
from training.labelled.sampler import to_train_on
from training.labelled.split import HeldOut, Split, load_split


def _row(**changes: object) -> dict[str, object]:
    return {"label": "fake", "kind": "image", "crops": [{"crop": "a.webp", "face_px": 100}]} | changes


def _manifest(folder: Path, *rows: dict[str, object]) -> Path:
    file = folder / "manifest.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


def test_a_row_needs_only_label_kind_and_crops(tmp_path: Path) -> None:
    first, second = read_manifest(_manifest(tmp_path, _row(), _row()))
    assert (first.fake, first.kind, first.source, first.method) == (True, "image", tmp_path.name, "unknown")
    assert first.crops[0].file == tmp_path / "a.webp"
    assert first.group != second.group  # a file without a group is one of its own


def test_an_invalid_row_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line 2"):
        list(read_manifest(_manifest(tmp_path, _row(), _row(label="maybe"))))
    with pytest.raises(ValueError, match=r"line 1.*crops"):
        list(read_manifest(_manifest(tmp_path, {"label": "real", "kind": "image"})))
    exported = {"file": "files/image/real/a.jpg", "label": "real", "kind": "image", "split": "train"}
    with pytest.raises(ValueError, match=r"line 1.*finetune --labelled"):
        list(read_manifest(_manifest(tmp_path, exported)))


def test_the_same_group_of_two_sources_is_two_groups(tmp_path: Path) -> None:
    rows = read_manifest(_manifest(tmp_path, _row(dataset="a", group="1"), _row(dataset="b", group="1")))
    assert len({row.group for row in rows}) == 2


def test_a_rows_own_trace_goes_before_the_list_of_methods(tmp_path: Path) -> None:
    rows = [
        _row(made_by="swap"),
        _row(made_by="gan"),
        _row(made_by="gan", trace="blending"),
        _row(label="real"),
    ]
    traces = [SPLIT.trace(file) for file in read_manifest(_manifest(tmp_path, *rows))]
    assert traces == [Trace.BLENDING, Trace.GENERATION, Trace.BLENDING, None]


def test_a_held_out_method_is_held_out_of_every_source(labelled: LabelledPack) -> None:
    records = labelled.records
    assert set(records["held_out"][records["method"] == "gan"]) == {"gan"}
    assert set(records["held_out"][records["source"] == "studio"]) == {"studio"}
    mixed = (records["source"] == "mixed") & (records["method"] == "swap")
    assert set(records["held_out"][mixed]) == {""}
    assert "memes" not in records["source"]


def test_packed_crops_are_those_of_the_manifest(labelled: LabelledPack) -> None:
    stored = labelled[3]
    assert stored.rgb.shape == (180, 180, 3)
    assert stored.face_px == pytest.approx(180 / 1.3)
    difference = stored.rgb[..., ::-1].astype(float) - picture(180, 4)
    assert np.abs(difference).mean() < 4.0  # of WebP


def test_a_crop_that_is_not_square_is_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.webp"), picture(100, 0)[:80])
    split = Split((), frozenset(), frozenset())
    with pytest.raises(ValueError, match="100 x 80"):
        pack_labelled([_manifest(tmp_path, _row())], split, tmp_path / "out")


def test_several_manifests_are_one_pack(tmp_path: Path) -> None:
    manifests = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "a.webp"), picture(100, 0))
        manifests.append(_manifest(tmp_path / name, _row(group="1")))
    assert pack_labelled(manifests, Split((), frozenset(), frozenset()), tmp_path / "out") == 2
    records = LabelledPack(tmp_path / "out").records
    assert records["source"].tolist() == ["first", "second"]
    assert records["number"].tolist() == [0, 1]


def test_a_misspelt_source_is_refused(tmp_path: Path) -> None:
    split = Split((HeldOut("gan", frozenset({"gan-galery"}), frozenset()),), frozenset(), frozenset())
    with pytest.raises(ValueError, match="gan-galery"):
        pack_labelled([write_collection(tmp_path)], split, tmp_path / "out")


def test_a_split_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "split.toml"
    file.write_text('[held_out.gan]\nsource = ["a"]\n')
    with pytest.raises(ValueError, match="source"):
        load_split(file)


def test_kinds_can_be_left_out_one_at_a_time(tmp_path: Path) -> None:
    """What has no fakes is held out with each: without authentic media nothing can be validated."""
    more = HeldOut("swap", frozenset({"swaps"}), frozenset({"swap"}))
    split, manifest = dataclasses.replace(SPLIT, held_out=(*SPLIT.held_out, more)), write_collection(tmp_path)
    pack_labelled([manifest], split, tmp_path / "out", ["gan"])
    assert set(LabelledPack(tmp_path / "out").records["held_out"]) == {"", "gan", "studio"}
    with pytest.raises(ValueError, match="studios"):
        pack_labelled([manifest], split, tmp_path / "out", ["studios"])


def test_a_group_of_which_a_file_is_held_out_is_not_trained_on(labelled: LabelledPack) -> None:
    """Two swaps of the source "mixed" have the group of its held-out fakes, the third one has another."""
    records = labelled.records
    swaps = np.flatnonzero((records["source"] == "mixed") & (records["method"] == "swap"))
    trained = to_train_on(labelled)
    assert np.intersect1d(trained, swaps).tolist() == [swaps[2]]
    assert not set(records["group"][trained]) & set(records["group"][records["held_out"] != ""])
    assert len(to_train_on(labelled, everything=True)) == len(labelled)


def test_the_projects_split_can_be_read() -> None:
    split = load_split(Path(__file__).parents[3] / "training/configs/labelled/held_out.toml")
    names = {kind.name for kind in split.held_out}
    assert {
        "gan",
        "diffusion",
        "swap",
        "lipsync",
        "reenactment",
        "studio",
        "press",
        "selfies",
        "video",
    } <= names

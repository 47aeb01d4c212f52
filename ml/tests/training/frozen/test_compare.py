from itertools import product

import numpy as np
import pytest

from training.evaluation.comparisons import Comparison
from training.frozen import compare
from training.frozen.clip import BLOCKS, WIDTH
from training.frozen.faces import FaceRow
from training.frozen.kept import Kept

COMPARISONS = (
    Comparison("stills", "image", ("portraits",), ("gallery",)),
    Comparison("clips", "video", ("talks",), ("heads",)),
    Comparison("too few", "image", ("portraits",), ("gallery",), counted=False),
)


def _rows() -> list[FaceRow]:
    rows = []
    # Ten sources of each side, so that every fold of sources has both classes of both traces.
    for source, video, trace in product(range(20), (False, True), ("", "blending", "generation")):
        for face in range(2):
            name = f"{trace}-{video}-{source}"
            rows.append(FaceRow("training", f"{name}-{face}", name, name, bool(trace), video, trace))
    for video, held_out, file in product((False, True), ("studio", "gan", "swap"), range(12)):
        fake = held_out != "studio"
        if fake and video != (held_out == "swap"):
            continue
        trace = {"studio": "", "gan": "generation", "swap": "blending"}[held_out]
        for part in ("training", "held out"):
            name = f"{held_out}-{video}-{file}"
            rows += [FaceRow(part, name, held_out, name, fake, video, trace, held_out)] * 2
    for dataset, video, fake in (
        ("portraits", False, False),
        ("gallery", False, True),
        ("talks", True, False),
        ("heads", True, True),
    ):
        rows += [
            FaceRow("development", f"{dataset}-{n}", dataset, f"{dataset}-{n}", fake, video)
            for n in range(12)
        ]
    return rows


def _kept(shown: dict[str, float], block: int = 9) -> Kept:
    """Return noise in which, after one block, a fake of a kind lies so far along a direction of its own."""
    rng = np.random.default_rng(0)
    rows = _rows()
    tokens = rng.normal(size=(len(rows), BLOCKS, WIDTH)).astype(np.float16)
    for place, row in enumerate(rows):
        if row.fake:
            kind = row.held_out or row.trace or row.dataset
            tokens[place, block - 1, :40] += np.float16(shown.get(kind, 0.0))
    return Kept(rows, tokens, np.zeros((len(rows), 8, 8, 3), np.uint8))


@pytest.fixture
def few_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "BLOCKS", {"block 8": (8,), "blocks 8 to 9": (8, 9)})


@pytest.mark.usefixtures("few_blocks")
def test_heads_are_chosen_by_other_sources_and_join_with_our_own() -> None:
    kept = _kept({"blending": 1.0, "generation": 1.0, "gan": 1.0, "swap": 1.0, "gallery": 1.0, "heads": 1.0})
    fake = np.asarray([row.fake for row in kept.rows])
    ours = np.random.default_rng(1).normal(size=(len(kept.rows), 2))
    useless = np.where([[row.part == "training"] for row in kept.rows], np.nan, ours)
    useful = useless + 4.0 * fake[:, None]
    found = compare.compare(kept, {"useless": useless, "useful": useful}, COMPARISONS, lambda _: None)
    assert found.best.name.startswith("blocks 8 to 9")
    aucs = found.development.aucs(found.best.development)
    assert set(aucs) == {"stills", "clips"}
    assert min(*aucs.values(), *found.held_out.aucs(found.best.held_out).values()) > 0.9
    assert min(found.in_turn.values()) > 0.9
    by_name = {way.name: way for way in (*found.own, *found.clip, *found.joined)}
    blind = by_name["block 8, ridge"].development
    assert max(found.development.aucs(blind).values()) < 0.85
    joined = by_name["useless and CLIP, mean"].development
    assert np.mean(list(found.development.aucs(joined).values())) > 0.8
    # Fewer faces to train on tell less of the same media.
    fewer = by_name["blocks 8 to 9, ridge, half of the faces"].development
    assert len(fewer) == len(joined)
    assert 0.6 < found.development.aucs(fewer)["stills"] <= aucs["stills"]
    lines = list(compare.tables(found))
    assert lines[0].startswith(f"{found.faces} faces")
    assert any(line.startswith("| useful and CLIP, noisy-or | ") for line in lines)
    assert len({line.count("|") for line in lines[2:8]}) == 1


@pytest.mark.usefixtures("few_blocks")
def test_what_only_held_out_media_show_is_not_learned_from_them() -> None:
    kept = _kept({"gan": 2.0, "swap": 2.0})
    found = compare.compare(kept, {}, COMPARISONS, lambda _: None)
    # All of it is left out at once; in turn, one kind learns it from the other.
    assert max(found.held_out.aucs(found.best.held_out).values()) < 0.8
    assert min(found.in_turn.values()) > 0.9

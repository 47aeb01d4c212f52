"""The rules of data sets: splits that keep groups whole, one manifest per content, counts and differences."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepshield.domain.datasets import (
    Chosen,
    Split,
    SplitRule,
    counted,
    dealt,
    difference,
    group_key,
    manifest_lines,
    manifest_sha256,
)

pytestmark = pytest.mark.unit

KEYS = st.text("abÄ 1\0\u0301e", max_size=4) | st.sampled_from(
    ["ada", "Ada ", "clip 1", "a\0b", "\u00e9", "e\u0301"]
)


@st.composite
def files(draw: st.DrawFn) -> list[Chosen]:
    numbers = draw(st.lists(st.integers(0, 60), max_size=40))
    return [
        chosen(
            number,
            draw(st.sampled_from(["authentic", "manipulated", "generated"])),
            *draw(st.lists(KEYS, max_size=3)),
        )
        for number in numbers
    ]


@st.composite
def rules(draw: st.DrawFn) -> SplitRule:
    train = draw(st.floats(0, 1))
    validation = draw(st.floats(0, 1)) * (1 - train)
    return SplitRule(draw(st.integers()), train, validation, 1 - train - validation)


def chosen(number: int, label: str = "authentic", *keys: str) -> Chosen:
    return Chosen(
        sha256=hashlib.sha256(bytes([number])).hexdigest(),
        media_id=f"m{number}",
        media_type="image",
        size_bytes=number,
        ending=".jpg",
        label=label,
        kind=None if label == "authentic" else "face_swap",
        grade="double",
        label_revision=1,
        source="upload",
        keys=keys,
    )


@given(files(), rules())
def test_no_group_is_in_two_splits_and_files_that_share_a_key_are_one_group(
    given_files: list[Chosen], rule: SplitRule
) -> None:
    entries = {one.sha256: one for one in dealt(given_files, rule)}
    assert set(entries) == {one.sha256 for one in given_files}
    splits: dict[str, set[Split]] = {}
    for entry in entries.values():
        splits.setdefault(entry.group, set()).add(entry.split)
        assert rule.shares[entry.split] > 0
    assert all(len(one) == 1 for one in splits.values())
    taken = {one.sha256: one for one in sorted(given_files, key=lambda one: (one.sha256, one.media_id))}
    by_key: dict[str, set[str]] = {}
    for one in taken.values():
        for key in filter(None, map(group_key, one.keys)):
            by_key.setdefault(key, set()).add(entries[one.sha256].group)
    assert all(len(groups) == 1 for groups in by_key.values())


@given(files(), rules(), st.randoms())
def test_the_manifest_depends_on_the_content_alone(
    given_files: list[Chosen], rule: SplitRule, random: object
) -> None:
    once = list({one.sha256: one for one in given_files}.values())
    shuffled = list(once)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = dealt(once, rule), dealt(shuffled, rule)
    assert first == second
    text = b"".join(manifest_lines(first, "CC BY 4.0"))
    assert manifest_sha256(second, "CC BY 4.0") == hashlib.sha256(text).hexdigest()
    assert manifest_sha256(second, "CC0") != manifest_sha256(first, "CC BY 4.0") or not first
    assert [json.loads(line)["sha256"] for line in text.splitlines()] == sorted(one.sha256 for one in once)


def test_a_group_stays_in_its_split_when_a_later_version_has_more() -> None:
    rule = SplitRule(7, 0.5, 0.2, 0.3)
    before = dealt([chosen(n, "authentic", f"person {n % 9}") for n in range(30)], rule)
    after = dealt([chosen(n, "authentic", f"person {n % 9}") for n in range(60)], rule)
    split = {one.sha256: one.split for one in after}
    assert all(split[one.sha256] is one.split for one in before)


def test_shares_are_met_over_many_groups_and_refused_when_they_do_not_sum_to_one() -> None:
    rule = SplitRule(3, 0.6, 0.1, 0.3)
    found = [rule.split_of(f"g{number}") for number in range(20_000)]
    for split, share in rule.shares.items():
        assert found.count(split) / len(found) == pytest.approx(share, abs=0.015)
    for shares in ((0.5, 0.2, 0.2), (1.2, -0.2, 0.0)):
        with pytest.raises(ValueError, match="share"):
            SplitRule(0, *shares)


def test_counts_and_differences() -> None:
    rule = SplitRule()
    old = dealt([chosen(1), chosen(2, "manipulated"), chosen(3, "generated")], rule)
    new = dealt([chosen(1), chosen(2), chosen(4, "manipulated", "a"), chosen(5, "manipulated", "a")], rule)
    found = difference(old, new)
    assert [one.media_id for one in found.removed] == ["m3"]
    assert {one.media_id for one in found.added} == {"m4", "m5"}
    assert [(a.label, b.label) for a, b in found.relabelled] == [("manipulated", "authentic")]
    assert found.moved == []
    assert found.same == 1
    moved = difference(old, [replace(old[0], split=Split.TRAIN), *old[1:]])
    assert len(moved.moved) == 1
    assert moved.same == 2
    counts = counted(new)
    assert (counts["files"], counts["groups"], counts["real"], counts["fake"]) == (4, 3, 2, 2)
    assert counts["splits"]["test"] == {"files": 4, "groups": 3, "real": 2, "fake": 2}
    assert {"label": "manipulated", "kind": "face_swap", "source": "upload", "files": 2} in counts["cells"]

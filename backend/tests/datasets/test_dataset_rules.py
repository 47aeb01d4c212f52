"""The rules of data sets: splits that keep groups whole, one manifest per content, counts and differences."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import cache
from itertools import permutations

import pytest
from hypothesis import given, settings
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
from deepshield.domain.fingerprints import FramePrint, kept_keys, match, wanted_keys
from deepshield.domain.near_pairs import near_pairs

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


@cache
def _bits(*seed: int) -> int:
    return int.from_bytes(hashlib.sha256(repr(seed).encode()).digest(), "big")


@st.composite
def fingerprinted(draw: st.DrawFn) -> dict[str, list[FramePrint]]:
    """Files of which some show the same: a picture or film of four, some bits changed, turned, cut."""
    found = {}
    for number in range(draw(st.integers(0, 8))):
        film, form = draw(st.integers(0, 3)), draw(st.integers(0, 7))
        changed = draw(st.sampled_from([0, 1, 15, 31, 33]))
        first, frames = draw(st.integers(0, 4)), draw(st.sampled_from([0, 1, 1, 3, 4, 6]))
        prints = []
        for frame in range(first, first + frames):
            hashes = [_bits(film, frame, (form + turn) % 8) for turn in range(8)]
            change = sum(1 << (97 * place + 13 * number + 7 * frame) % 256 for place in range(changed))
            prints.append(FramePrint(frame, 90, "".join(f"{one ^ change:064x}" for one in hashes)))
        found[hashlib.sha256(bytes([number])).hexdigest()] = prints
    return found


@settings(max_examples=30, deadline=None, derandomize=True)
@given(fingerprinted(), rules())
def test_no_near_copies_are_in_two_splits_and_nothing_else_is_joined(
    prints: dict[str, list[FramePrint]], rule: SplitRule
) -> None:
    def near(one: str, other: str) -> bool:
        """As a search for one of them finds the other."""
        if not prints[one] or not wanted_keys("w", prints[one]) & kept_keys("w", prints[other]):
            return False
        return match(prints[one], [int(frame.hash, 16) for frame in prints[other]]) is not None

    alike = {frozenset(pair) for pair in permutations(prints, 2) if near(*pair)}
    pairs = near_pairs(prints)
    assert {frozenset(pair) for pair in pairs} <= alike
    files = [chosen(number) for number in range(len(prints))]
    entries = {one.sha256: one for one in dealt(files, rule, pairs)}
    for one, other in map(tuple, alike):
        assert entries[one].group == entries[other].group
        assert entries[one].split is entries[other].split
    joined = len(files) - len({entry.group for entry in entries.values()})
    assert joined == len(pairs), "no pair says what others have said"


def test_the_name_of_a_person_stays_that_of_a_group_with_near_copies() -> None:
    files = [chosen(1), chosen(2, "authentic", "Zoe"), chosen(3), chosen(4)]
    one, two, three, four = (file.sha256 for file in files)
    groups = {entry.sha256: entry.group for entry in dealt(files, SplitRule(), [(three, two), (one, three)])}
    assert groups == {one: "zoe", two: "zoe", three: "zoe", four: f"file:{four}"}

"""The query language: what it reads, what it refuses and where, and what it finds on both databases."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from service_parts import NOON, Clock
from sqlalchemy import select, update
from workspace_world import Person

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.queries import Group, Item, Not, Query, Term, Text
from deepshield.library.grammar import parse
from deepshield.persistence.measurement import Policy
from deepshield.persistence.repositories.media_fields import FIELDS
from deepshield.persistence.repositories.workspaces import ensure_personal
from deepshield.persistence.workbench import Medium, MediumTag, ReviewTask
from deepshield.resources import Resources

pytestmark = [pytest.mark.integration, pytest.mark.both_databases]

WORDS = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=12
)
TERMS = st.builds(
    Term,
    st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True),
    st.sampled_from([":", ">", ">=", "<", "<="]),
    WORDS,
)
ATOMS = st.one_of(st.builds(Text, WORDS), TERMS)
ITEMS = st.recursive(
    st.one_of(ATOMS, st.builds(Not, ATOMS)),
    lambda inner: st.builds(
        Group,
        st.lists(
            st.builds(Query, st.lists(inner, min_size=1, max_size=2).map(tuple)), min_size=1, max_size=3
        ).map(tuple),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ITEMS, max_size=4))
def test_what_is_printed_is_read_as_what_it_was(items: list[Item]) -> None:
    query = Query(tuple(items))
    assert parse(str(query)) == query


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_at_a_place_within_it(text: str) -> None:
    with suppress(DeepShieldError):
        assert isinstance(parse(text), Query)
        return
    with pytest.raises(DeepShieldError) as refused:
        parse(text)
    assert refused.value.code is Code.QUERY_INVALID
    assert 0 <= refused.value.details["position"] <= len(text)


@pytest.mark.parametrize(
    ("text", "position"),
    [("a OR b", 2), ("(a", 2), ("a)", 1), ("tag:", 4), ('a "b', 2), ("()", 1), ("-", 1), ("(" * 500, 8)],
)
def test_what_cannot_be_read_is_named_by_its_place(text: str, position: int) -> None:
    with pytest.raises(DeepShieldError) as refused:
        parse(text)
    assert (refused.value.code, refused.value.details["position"]) == (Code.QUERY_INVALID, position)


@pytest.fixture
def four(resources: Resources, clock: Clock, ada: Person) -> dict[str, str]:
    """Four files, by name: what is known of them differs."""
    base: dict[str, Any] = {
        "workspace_id": ada.id, "kind": "image", "content_type": "image/png", "size_bytes": 9,
        "first_at": NOON,
        "sent_by": ada.id,
    }  # fmt: skip
    rows: dict[str, dict[str, Any]] = {
        "swap.png": {
            "seen_at": NOON, "verdict": "manipulated", "score": 0.9, "people": 2, "faces": 2,
            "reasons": ["above_threshold"], "bundle": "b0", "bundle_version": "1.3.0",
            "bundle_sha256": "ab" * 32, "policy_id": "p",
            "c2pa": "trusted", "generator": "parameters", "label": "authentic", "label_grade": "double",
            "host": "img.example.org", "source_kind": "address", "held_at": NOON,
        },
        "100%_real.mp4": {
            "seen_at": NOON - timedelta(days=3), "verdict": "no_signs", "score": 0.3, "people": 1,
            "kind": "video",
            "content_type": "video/mp4", "reasons": ["below_threshold"], "label": "manipulated",
            "label_kind": "lipsync", "label_grade": "single", "source_kind": "upload",
            "sensitivity": "sensitive",
        },
        "band.png": {
            "seen_at": NOON - timedelta(days=40), "verdict": "inconclusive", "people": 1,
            "reasons": ["in_abstain_band", "too_blurred"], "sent_by": None,
        },
        "gone.png": {"seen_at": NOON - timedelta(days=400), "deleted_at": NOON},
    }  # fmt: skip
    ids = {}
    with resources.database.write() as session:
        ensure_personal(session, ada.id, NOON)
        for name, values in rows.items():
            ids[name] = str(uuid.uuid4())
            session.add(Medium(id=ids[name], sha256=uuid.uuid4().hex * 2, name=name, **{**base, **values}))
        session.flush()
        session.add(
            MediumTag(
                media_id=ids["swap.png"], tag="news desk", workspace_id=ada.id, tagged_by="-", tagged_at=NOON
            )
        )
        rule = {"threshold": 0.5, "abstain_low": 0.4, "abstain_high": 0.6, "smallest_face_px": 32.0,
                "least_frames": 3, "least_share": 0.01}  # fmt: skip
        session.add(
            Policy(
                id="p", workspace_id=ada.id, number=2, bundle_sha256="ab" * 32, bundle="b0",
                bundle_version="1", name="a", state="retired", author=ada.id, created_at=NOON, **rule,
            )
        )  # fmt: skip
        session.add(
            ReviewTask(
                id="t", workspace_id=ada.id, media_id=ids["band.png"], reason="in_band", priority=1,
                state="disputed", created_at=NOON,
            )
        )  # fmt: skip
    return ids


SWAP, REAL, BAND, GONE = "swap.png", "100%_real.mp4", "band.png", "gone.png"
FINDS = {
    "": [SWAP, REAL, BAND],
    "deleted:yes": [GONE],
    "verdict:manipulated": [SWAP],
    "-verdict:manipulated": [REAL, BAND],
    "verdict:any": [SWAP, REAL, BAND],
    "score:0.2..0.5": [REAL],
    "score:..0.5": [REAL],
    "score>0.5": [SWAP],
    "-score>0.5": [REAL, BAND],
    "score:none": [BAND],
    "policy:2": [SWAP],
    "policy:3": [],
    "policy:none": [REAL, BAND],
    "people>1": [SWAP],
    "people:1": [REAL, BAND],
    "person>=1": [SWAP, REAL, BAND],
    "faces:2": [SWAP],
    "label:any": [SWAP, REAL],
    "human:authentic": [SWAP],
    "label:lipsync": [REAL],
    "label:none": [BAND],
    "grade:double": [SWAP],
    "agree:no": [SWAP, REAL],
    "agree:yes": [],
    "kind:video": [REAL],
    "type:image": [SWAP, BAND],
    "bundle:1.3.0": [SWAP],
    "bundle:abababab": [SWAP],
    "reason:too_blurred": [BAND],
    "-reason:too_blurred": [SWAP, REAL],
    'tag:"News Desk"': [SWAP],
    "tag:none": [REAL, BAND],
    "source:address": [SWAP],
    "host:example.org": [SWAP],
    "host:ample.org": [],
    "generator:any": [SWAP],
    "c2pa:trusted": [SWAP],
    "owner:me": [SWAP, REAL],
    "held:yes": [SWAP],
    "held:no": [REAL, BAND],
    "sensitive:yes": [REAL],
    "consent:yes": [],
    "disputed:yes": [BAND],
    "task:in_band": [BAND],
    "task:none": [SWAP, REAL],
    "since:7d": [SWAP, REAL],
    "since:2026-05": [SWAP],
    "until:2026-04": [REAL, BAND],
    "until:2026-04-30 since:2026-04-30": [REAL],
    "swap": [SWAP],
    '"100%"': [REAL],
    "%": [REAL],
    "_": [REAL],
    "(verdict:inconclusive OR held:yes) -people>1": [BAND],
    "-(verdict:inconclusive OR held:yes)": [REAL],
    f"near:{uuid.UUID(int=0)}": [],
    "dataset:nothing@1": [],
}


def test_every_field_finds_what_it_says(ada: Person, four: dict[str, str]) -> None:
    tried = {term.field for text in FINDS for term in parse(text).terms()}
    assert tried >= set(FIELDS) - {"sha256"}
    for text, names in FINDS.items():
        answer = ada.ask("GET", "/media", params={"q": text})
        assert answer.status_code == 200, (text, answer.text)
        told = answer.json()
        assert [one["name"] for one in told["media"]] == names, text
        assert (told["total"], told["more"]) == (len(names), False)


@pytest.mark.parametrize(
    ("text", "position", "known"),
    [
        ("held:yes colour:red", 9, "verdict"),
        ("verdict:fake", 8, "manipulated"),
        ("verdict>fake", 8, "manipulated"),
        ("score:high", 6, "or none"),
        ("since:yesterday", 6, "or a time ago such as 7d"),
        ("until:2026-13", 6, "or a time ago such as 7d"),
        ("since:0001-01-01T00:00+14:00", 6, "or a time ago such as 7d"),
        ("policy:0", 7, "none"),
        ("owner:ada", 6, "me"),
    ],
)
def test_an_unknown_field_or_value_is_refused_with_what_is_known(
    ada: Person, text: str, position: int, known: str
) -> None:
    answer = ada.ask("GET", "/media", params={"q": text})
    error = answer.json()["error"]
    assert (answer.status_code, error["error_code"]) == (422, "QUERY_INVALID")
    assert error["details"]["position"] == position
    assert any(known.startswith(one) or one.startswith(known) for one in error["details"]["known"]), error


def test_a_count_ends_at_its_bound(
    resources: Resources, ada: Person, four: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepshield.persistence.repositories import media_listing

    monkeypatch.setattr(media_listing, "COUNTED", 2)
    told = ada.ask("GET", "/media").json()
    assert (told["total"], told["more"]) == (2, True)
    with resources.database.write() as session:
        session.execute(update(Medium).where(Medium.name == SWAP).values(deleted_at=NOON))
        assert session.scalar(select(Medium.id).where(Medium.name == SWAP))
    told = ada.ask("GET", "/media").json()
    assert (told["total"], told["more"]) == (2, False)

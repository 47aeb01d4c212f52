"""Content Credentials: what counts as trusted, and that what does not hold is never taken for it."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from media_factory import Clip
from PIL import Image
from signing import IPTC, Authority, Stamper, created, manifest, picture, signed, signed_outside_validity

from deepshield.cli.self_statements import signed_sentence
from deepshield.provenance.credentials import Trust, read_credentials
from deepshield.provenance.reading import read_provenance
from deepshield.provenance.trust_lists import parse
from deepshield.result_provenance import (
    AiUse,
    CredentialState,
    Provenance,
    SignedRecord,
    TimeSource,
    TrustListKind,
)

pytestmark = pytest.mark.unit

Read = Callable[..., SignedRecord]
TODAY = date.today()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def read(authority: Authority, tmp_path: Path) -> Read:
    """Read a file's credentials, by default with the authority on the list of signers."""

    def call(content: bytes, *kinds: TrustListKind, seconds: float = 5.0) -> SignedRecord:
        path = tmp_path / "file"
        path.write_bytes(content)
        lists = [parse(authority.pem, kind, TODAY) for kind in kinds]
        return read_credentials(path, Trust.of(lists), seconds)

    return call


SIGNERS, STAMPS, INTERIM = TrustListKind.SIGNERS, TrustListKind.TIME_STAMPS, TrustListKind.INTERIM


@pytest.mark.parametrize(
    ("kind", "mime"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
        ("HEIC", "image/heic"),
    ],
)
def test_a_still_by_a_signer_of_the_list_is_trusted(
    read: Read, authority: Authority, kind: str, mime: str
) -> None:
    found = read(signed(picture(kind), authority.signer(), mime=mime), SIGNERS)
    assert found.state is CredentialState.TRUSTED
    assert (found.trust_list, found.trust_lists, found.problems) == (SIGNERS, [SIGNERS], [])
    assert (found.signer, found.issuer) == ("Example Generator", "Example Generator Ltd")
    assert (found.tool, found.signed_at, found.time_source) == ("Example Tool 1.2", None, None)
    assert [(one.action, one.software) for one in found.actions] == [("c2pa.created", "Model 1")]
    assert found.ai is not None
    assert (found.ai.use, found.ai.state, found.ai.signer) == (
        AiUse.MADE,
        CredentialState.TRUSTED,
        "Example Generator",
    )


@pytest.mark.parametrize(("ending", "mime"), [("mp4", "video/mp4"), ("mov", "video/quicktime")])
def test_so_is_a_video(read: Read, authority: Authority, tmp_path: Path, ending: str, mime: str) -> None:
    content = signed(
        Clip(frames=3).write(tmp_path / f"clip.{ending}").read_bytes(), authority.signer(), mime=mime
    )
    found = read(content, SIGNERS)
    assert found.state is CredentialState.TRUSTED
    assert found.ai is not None
    changed = read(_flip(content, content.index(b"mdat") + 40), SIGNERS)
    assert (changed.state, changed.ai) == (CredentialState.INVALID, None)


@pytest.mark.parametrize(("kind", "mime"), [("HEIC", "image/heic"), ("AVIF", "image/avif")])
def test_a_still_in_boxes_that_was_changed_is_invalid(
    read: Read, authority: Authority, kind: str, mime: str
) -> None:
    content = signed(picture(kind), authority.signer(), mime=mime)
    found = read(_flip(content, content.index(b"mdat") + 40), SIGNERS)
    assert (found.state, found.ai) == (CredentialState.INVALID, None)


@pytest.mark.parametrize("kinds", [(), (STAMPS,)])
def test_a_signer_of_no_list_of_signers_is_unknown(
    read: Read, authority: Authority, kinds: tuple[TrustListKind, ...]
) -> None:
    found = read(signed(picture(), authority.signer()), *kinds)
    assert found.state is CredentialState.UNKNOWN_SIGNER
    assert found.trust_list is None
    assert found.ai is not None
    assert found.ai.state is CredentialState.UNKNOWN_SIGNER


def test_the_older_list_is_said_apart(read: Read, authority: Authority) -> None:
    found = read(signed(picture(), authority.signer()), INTERIM)
    assert (found.state, found.trust_list) == (CredentialState.TRUSTED, INTERIM)


def test_an_authority_on_the_list_of_stamps_too_is_found_among_the_signers(
    read: Read, authority: Authority
) -> None:
    content = signed(picture(), authority.signer("Generator"))
    content = signed(picture(), authority.signer(), parent=content)
    for _ in range(8):  # the library searches the lists in no order
        found = read(content, SIGNERS, STAMPS)
        assert (found.state, found.trust_list) == (CredentialState.TRUSTED, SIGNERS)
        assert found.ingredients[0].state is CredentialState.TRUSTED


def test_a_strangers_root_does_not_help(read: Read) -> None:
    found = read(signed(picture(), Authority("Stranger").signer()), SIGNERS)
    assert found.state is CredentialState.UNKNOWN_SIGNER


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        (lambda content: _flip(content, len(content) - 100), "assertion.dataHash.mismatch"),
        (lambda content: _flip(content, content.index(b"trainedAlg")), "assertion.hashedURI.mismatch"),
        (lambda content: _flip(content, content.index(b"Example Generator")), "claimSignature.mismatch"),
    ],
)
def test_one_changed_byte_makes_it_invalid(
    read: Read, authority: Authority, changed: Callable[[bytes], bytes], problem: str
) -> None:
    found = read(changed(signed(picture(), authority.signer())), SIGNERS)
    assert found.state is CredentialState.INVALID
    assert problem in found.problems
    assert (found.ai, found.trust_list) == (None, None)


def test_saving_the_file_again_removes_it(read: Read, authority: Authority) -> None:
    made = io.BytesIO()
    Image.open(io.BytesIO(signed(picture(), authority.signer()))).save(made, "JPEG")
    assert read(made.getvalue(), SIGNERS).state is CredentialState.NONE


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIC"])
def test_a_file_without_a_record_has_none(read: Read, kind: str) -> None:
    found = read(picture(kind), SIGNERS)
    assert (found.state, found.problems, found.signer) == (CredentialState.NONE, [], None)


@pytest.mark.parametrize(
    "valid", [(timedelta(days=-30), timedelta(days=-1)), (timedelta(days=1), timedelta(days=30))]
)
def test_a_certificate_outside_its_time_is_invalid(
    read: Read, authority: Authority, valid: tuple[timedelta, timedelta]
) -> None:
    found = read(signed_outside_validity(picture(), authority, valid), SIGNERS)
    assert found.state is not CredentialState.TRUSTED
    assert found.problems
    assert found.ai is None or found.ai.state is not CredentialState.TRUSTED


@pytest.mark.skipif(shutil.which("openssl") is None, reason="OpenSSL makes the stamps")
def test_a_time_counts_as_trusted_by_a_stamp_of_the_list_alone(authority: Authority, tmp_path: Path) -> None:
    stamper, path = Stamper(tmp_path), tmp_path / "file"
    try:
        path.write_bytes(signed(picture(), authority.signer(), stamped_by=stamper.url))
    finally:
        stamper.close()
    signers, stamps = parse(authority.pem, SIGNERS, TODAY), parse(stamper.pem, STAMPS, TODAY)
    unknown, known = (read_credentials(path, Trust.of(lists)) for lists in ([signers], [signers, stamps]))
    assert unknown.signed_at == known.signed_at
    assert (known.signed_at or "").startswith(datetime.now(UTC).strftime("%Y-%m-%dT"))
    assert (unknown.time_source, known.time_source) == (TimeSource.UNTRUSTED_STAMP, TimeSource.TRUSTED_STAMP)
    assert (unknown.state, known.state) == (CredentialState.TRUSTED, CredentialState.TRUSTED)


def test_what_a_parent_says_of_its_making_is_true_of_the_file(read: Read, authority: Authority) -> None:
    made = signed(picture(), authority.signer("Generator"))
    found = read(signed(picture(), authority.signer("Editor"), parent=made), SIGNERS)
    assert (found.state, found.signer) == (CredentialState.TRUSTED, "Editor")
    assert found.ai is not None
    assert (found.ai.use, found.ai.signer, found.ai.state) == (
        AiUse.MADE,
        "Generator",
        CredentialState.TRUSTED,
    )
    assert [(one.depth, one.title, one.signer, one.state) for one in found.ingredients] == [
        (1, "parent.jpg", "Generator", CredentialState.TRUSTED)
    ]


EDITED: dict[str, Any] = {
    "action": "c2pa.edited",
    "digitalSourceType": f"{IPTC}compositeWithTrainedAlgorithmicMedia",
}
OPENED: dict[str, Any] = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}


def test_a_picture_of_a_camera_that_a_model_edited_was_not_made_by_it(
    read: Read, authority: Authority
) -> None:
    taken = {"action": "c2pa.created", "digitalSourceType": f"{IPTC}digitalCapture"}
    filled = {"action": "c2pa.edited", "digitalSourceType": f"{IPTC}trainedAlgorithmicMedia"}
    found = read(signed(picture(), authority.signer(), manifest([taken, filled])), SIGNERS)
    assert signed_sentence(found) == "Edited with AI, says its signed record (Example Generator Ltd)."


def test_a_picture_made_by_a_model_and_edited_by_another_was_made(read: Read, authority: Authority) -> None:
    made = signed(picture(), authority.signer("Generator"))
    found = read(signed(picture(), authority.signer(), manifest([OPENED, EDITED]), parent=made), SIGNERS)
    assert signed_sentence(found) == "Made with AI, says its signed record (Generator Ltd)."


def test_that_a_file_was_made_of_another_is_the_word_of_who_signed_it(
    read: Read, authority: Authority
) -> None:
    """A stranger can name any file as the parent of any picture, and have a known program save it."""
    made = signed(picture(), authority.signer("Generator"))
    strangers = signed(picture(), Authority("Stranger").signer(), manifest([OPENED, EDITED]), parent=made)
    found = read(signed(picture(), authority.signer(), parent=strangers), SIGNERS)
    assert found.state is CredentialState.TRUSTED
    assert found.ai is not None
    assert (found.ai.use, found.ai.signer) == (AiUse.MADE, "Generator")
    assert (found.ai.state, signed_sentence(found)) == (CredentialState.UNKNOWN_SIGNER, None)

    own = signed(picture(), authority.signer("Editor"), manifest([OPENED, EDITED]), parent=strangers)
    assert signed_sentence(read(own, SIGNERS)) == "Edited with AI, says its signed record (Editor Ltd)."


def test_traces_are_looked_for_in_the_record_of_an_unknown_signer_alone(
    authority: Authority, tmp_path: Path
) -> None:
    path, content = tmp_path / "file", signed(picture(), authority.signer("OpenAI"))
    known, unknown = Trust.of([parse(authority.pem, SIGNERS, TODAY)]), Trust.of([])
    found = []
    for held, trust in ((content, known), (_flip(content, len(content) - 100), known), (content, unknown)):
        path.write_bytes(held)
        said = read_provenance(path, trust)
        found.append((said.credentials.state, [hint.rule for hint in said.hints]))
    assert found == [
        (CredentialState.TRUSTED, []),
        (CredentialState.INVALID, []),
        (CredentialState.UNKNOWN_SIGNER, ["iptc-trained", "generators-issuing"]),
    ]


def test_the_record_is_handed_on_before_the_metadata_are_read(authority: Authority, tmp_path: Path) -> None:
    path, early = tmp_path / "file", list[Provenance]()
    path.write_bytes(signed(picture(), authority.signer()))
    found = read_provenance(path, Trust.of([parse(authority.pem, SIGNERS, TODAY)]), early.append)
    assert [(one.credentials, one.metadata.unreadable) for one in early] == [(found.credentials, ["file"])]


def test_a_changed_parent_makes_the_file_invalid(read: Read, authority: Authority) -> None:
    made = signed(picture(), authority.signer("Generator"))
    content = signed(picture(), authority.signer("Editor"), parent=made)
    found = read(_flip(content, content.index(b"trainedAlg")), SIGNERS)
    assert found.state is CredentialState.INVALID
    assert "ingredient.manifest.mismatch" in found.problems
    assert found.ai is None


def test_trust_that_only_the_file_itself_asserts_does_not_count(read: Read) -> None:
    """Who made the file had a list with the stranger on it, and the record says so of its parent."""
    stranger = Authority("Stranger")
    made = signed(picture(), stranger.signer("Generator"))
    content = signed(picture(), stranger.signer(), parent=made, trusted_by_its_signer=stranger)
    found = read(content, SIGNERS)
    assert found.state is CredentialState.UNKNOWN_SIGNER
    assert [one.state for one in found.ingredients] == [CredentialState.UNKNOWN_SIGNER]
    assert found.ai is not None
    assert found.ai.state is CredentialState.UNKNOWN_SIGNER


def test_trust_of_today_counts_where_the_maker_had_found_it_too(read: Read, authority: Authority) -> None:
    made = signed(picture(), authority.signer("Generator"))
    content = signed(picture(), authority.signer(), parent=made, trusted_by_its_signer=authority)
    found = read(content, SIGNERS)
    assert [one.state for one in found.ingredients] == [CredentialState.TRUSTED]


def test_a_record_kept_elsewhere_is_named_and_not_fetched(read: Read, authority: Authority) -> None:
    found = read(signed(picture(), authority.signer(), kept_at="http://127.0.0.1:9/x.c2pa"), SIGNERS)
    assert (found.state, found.remote_url) == (CredentialState.NONE, "http://127.0.0.1:9/x.c2pa")


def test_captures_say_nothing_of_ai(read: Read, authority: Authority) -> None:
    found = read(signed(picture(), authority.signer(), created(f"{IPTC}digitalCapture")), SIGNERS)
    assert (found.state, found.ai) == (CredentialState.TRUSTED, None)
    assert found.actions[0].source_type == "digitalCapture"


def test_reading_that_takes_too_long_ends(read: Read, authority: Authority) -> None:
    found = read(signed(picture(), authority.signer()), SIGNERS, seconds=0)
    assert (found.state, found.problems) == (CredentialState.UNREADABLE, ["timeout"])


def test_long_and_hidden_text_is_cut_and_cleaned(read: Read, authority: Authority) -> None:
    sly = "Camera\u202egpj.\x1b[31m " + "x" * 5000
    actions = [{"action": "c2pa.created", "digitalSourceType": f"{IPTC}digitalCapture"}]
    actions += [{"action": "c2pa.edited", "softwareAgent": {"name": sly}}] * 50
    found = read(signed(picture(), authority.signer(), manifest(actions)), SIGNERS)
    assert (len(found.actions), found.actions_left_out) == (32, 19)
    software = found.actions[1].software
    assert software is not None
    assert software.startswith("Cameragpj.[31m xxx")
    assert software.endswith("…")
    assert len(software) == 160


def _flip(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]

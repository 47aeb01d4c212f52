"""`deepshield label`: what is known of a file becomes a label, on the server."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import review_world as review
from review_world import Newsroom
from sqlalchemy import select
from typer.testing import CliRunner

from deepshield.cli import label as command
from deepshield.cli.app import app
from deepshield.persistence.workbench import Label, Medium, Review
from deepshield.resources import Resources

pytestmark = pytest.mark.api


def test_a_file_that_is_known_is_labelled(
    service: Resources, room: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "load_settings", lambda: service.settings)
    media_id, _ = review.put_up(service, room.sender)[1], None
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"what the file has")
    with service.database.write() as session:
        medium = session.get(Medium, media_id)
        assert medium is not None
        medium.sha256 = hashlib.sha256(path.read_bytes()).hexdigest()

    def call(*arguments: str) -> Any:
        return CliRunner().invoke(app, ["label", *arguments])

    by = ("--by", f"{room.ada.id}@example.org")
    done = call(str(path), "--as", "manipulated", "--kind", "lipsync", *by, "--note", "Ours.")
    assert done.output == "manipulated (lipsync), revision 1\n", done.output
    assert call(medium.sha256.upper(), "--as", "authentic", *by).output == "authentic, revision 2\n"
    stranger = call(str(path), "--as", "authentic", "--by", f"{room.stranger.id}@example.org")
    assert (stranger.exit_code, "None of this account's workspaces" in stranger.output) == (1, True)
    assert call("clip", "--as", "authentic", *by).exit_code == 2
    with service.database.read() as session:
        first = session.scalars(select(Label).order_by(Label.revision)).first()
        reviews = {one.id: one for one in session.scalars(select(Review))}
    assert first is not None
    stands_on = reviews[first.reviews[0]]
    assert (stands_on.reader, stands_on.blind, stands_on.note) == (room.ada.id, False, "Ours.")

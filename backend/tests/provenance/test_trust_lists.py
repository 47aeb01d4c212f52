"""Trust lists: what is installed, what is refused, and when a newer one should be there."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from service_parts import MakeResources, Run
from signing import Authority, picture, signed

from deepshield.operations.checkup import examine
from deepshield.provenance.credentials import read_credentials
from deepshield.provenance.trust import TrustFolder
from deepshield.provenance.trust_lists import TrustList, TrustListError, install, installed, parse
from deepshield.result_provenance import CredentialState, TrustListKind

pytestmark = pytest.mark.integration

TODAY = date.today()
SIGNERS = TrustListKind.SIGNERS


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_a_list_comes_back_as_it_was_installed(authority: Authority, tmp_path: Path) -> None:
    comments = b"# A list\r\n" + authority.pem + b"\nAnother:\n" + Authority("Other").pem
    new = parse(comments, SIGNERS, TODAY)
    assert len(new.certificates) == 2
    assert new.next_update == TODAY + timedelta(days=90)
    install(tmp_path / "trust", new)
    assert installed(tmp_path / "trust") == [new]
    assert installed(tmp_path / "nothing") == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no certificates"),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "certificate 1 of .* damaged",
        ),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERT", "no certificates"),
        (b"x" * (9 * 2**20), "larger than 8 MiB"),
    ],
)
def test_what_is_no_list_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(TrustListError, match=words):
        parse(content, SIGNERS, TODAY)


def test_a_list_that_is_cut_off_or_out_of_date_is_refused(authority: Authority) -> None:
    with pytest.raises(TrustListError, match="cut off"):
        parse(authority.pem + authority.pem[:100], SIGNERS, TODAY)
    with pytest.raises(TrustListError, match="has expired"):
        parse(authority.pem, SIGNERS, TODAY + timedelta(days=4000))
    with pytest.raises(TrustListError, match="should have been replaced"):
        parse(authority.pem, SIGNERS, TODAY, TODAY - timedelta(days=1))


def test_a_damaged_or_misnamed_file_is_said(authority: Authority, tmp_path: Path) -> None:
    file = install(tmp_path, parse(authority.pem, SIGNERS, TODAY))
    file.rename(tmp_path / "interim.json")
    with pytest.raises(TrustListError, match="of the kind signers"):
        installed(tmp_path)
    (tmp_path / "interim.json").write_text("{}")
    with pytest.raises(TrustListError, match="no trust list"):
        installed(tmp_path)


def test_a_new_list_counts_from_the_next_file_on(authority: Authority, tmp_path: Path) -> None:
    folder, path = TrustFolder(tmp_path / "trust"), tmp_path / "file"
    path.write_bytes(signed(picture(), authority.signer()))
    assert read_credentials(path, folder.current()).state is CredentialState.UNKNOWN_SIGNER
    file = install(tmp_path / "trust", parse(authority.pem, SIGNERS, TODAY))
    assert folder.current() is folder.current()
    assert read_credentials(path, folder.current()).state is CredentialState.TRUSTED
    file.write_text("damaged")
    os.utime(file, (1, 1))
    assert read_credentials(path, folder.current()).state is CredentialState.UNKNOWN_SIGNER


def test_the_command_installs_and_lists(run: Run, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "list.pem").write_bytes(authority.pem)
    done = run("provenance", "trust-list", "list.pem", "--next-update", "2099-01-31", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 certificates in data/trust/signers.json; replace the list by 2099-01-31" in done.stdout
    assert json.loads((tmp_path / "data/trust/signers.json").read_text())["kind"] == "signers"
    assert "signers: 1 certificates" in run("provenance", "lists", cwd=tmp_path).stdout
    refused = run("provenance", "trust-list", __file__, cwd=tmp_path)
    assert (refused.returncode, "no certificates" in refused.stderr) == (2, True)


def test_doctor_warns_of_no_list_and_of_an_old_one(
    make_resources: MakeResources, authority: Authority, tmp_path: Path
) -> None:
    resources = make_resources(provenance={"trust_dir": str(tmp_path)})

    def finding() -> tuple[bool | None, str]:
        found = next(one for one in examine(resources) if one.subject == "trust lists")
        return found.ok, found.detail

    assert finding() == (
        None,
        "no list of signers is installed: every signer is shown as unknown (docs/provenance.md)",
    )
    new = parse(authority.pem, SIGNERS, resources.clock().date())
    install(tmp_path, new)
    assert finding() == (True, f"signers until {new.next_update}")
    install(tmp_path, TrustList(**{**new.model_dump(), "next_update": date(2020, 1, 1)}))
    ok, words = finding()
    assert (ok, "to be replaced: signers since 2020-01-01" in words) == (None, True)
    (tmp_path / "signers.json").write_text("{")
    assert finding()[0] is False

"""Somebody who uses the service through its proxy."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
from composed import ROOT, Stack, until
from stack import FINAL, answered

SAMPLES = ROOT / "frontend" / "public" / "samples"
PASSWORD = "correct horse battery"


class Account:
    """Somebody who has registered."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.http = stack.client()
        answer = self.http.post(
            "/api/auth/register", json={"email": f"{name}@example.com", "password": PASSWORD}
        )
        assert answer.status_code == 200, answer.text

    def upload(self, name: str, salt: bytes = b"") -> str:
        """Send a sample; ``salt`` makes it a file that was never seen. Tries again while nobody answers."""
        kind, content_type = ("video", "video/mp4") if name.endswith(".mp4") else ("image", "image/jpeg")
        content = (SAMPLES / name).read_bytes() + salt

        def send() -> httpx.Response:
            return self.http.post(f"/api/analyze-{kind}", files={"file": (name, content, content_type)})

        return str(until(lambda: answered(send), 120, f"{name} is taken").json()["job_id"])

    def everything(self) -> dict[str, tuple[Any, dict[str, str]]]:
        """Wait for all jobs; return the result of each, and the SHA-256 of each of its files, all fetched."""
        told: dict[str, tuple[Any, dict[str, str]]] = {}
        rows = self.http.get("/api/jobs/me", params={"limit": 100}).json()
        assert len(rows["jobs"]) == rows["total"]
        for row in rows["jobs"]:
            answer = self.ended(row["job_id"])
            files = {one["name"]: self.checksum(one) for one in answer["artifacts"]}
            told[row["job_id"]] = ([answer["state"], answer["result"]], files)
        return told

    def checksum(self, artifact: dict[str, Any]) -> str:
        """Fetch a file and return its SHA-256, which has to be the one that the service names."""
        got = self.http.get(artifact["url"])
        assert got.status_code == 200, artifact
        found = hashlib.sha256(got.content).hexdigest()
        assert found == artifact["sha256"], artifact
        return found

    def ended(self, job_id: str, seconds: float = 180) -> dict[str, Any]:
        """Wait for the end of a job."""

        def final() -> dict[str, Any] | None:
            answer = answered(lambda: self.http.get(f"/api/results/{job_id}"))
            return dict(answer.json()) if answer is not None and answer.json()["state"] in FINAL else None

        return until(final, seconds, f"{job_id} ends")

    def completed(self, job_id: str) -> dict[str, Any]:
        """Wait for a job that has to come to a result, and fetch all its files."""
        answer = self.ended(job_id)
        assert answer["state"] == "COMPLETED", answer
        for artifact in answer["artifacts"]:
            self.checksum(artifact)
        return answer

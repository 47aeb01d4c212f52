"""Sending files and addresses to a DeepShield service, and waiting for results."""

from __future__ import annotations

import base64
import random
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, overload

import httpx

from deepshield_client.errors import ApiError, JobFailedError, NoAnswerError
from deepshield_client.models import ResultAnswer, UploadAccepted, UploadState

PART_BYTES = 8 * 1024 * 1024
"""Bytes per request: what a broken line costs."""
_TRIES = 6
_LONGEST_PAUSE = 15.0
_FIRST_POLL, _LONGEST_POLL = 0.3, 5.0
_PASSING = frozenset({409, 429, 502, 503, 504})
_TUS = {"Tus-Resumable": "1.0.0"}
_BYTES = {**_TUS, "Content-Type": "application/offset+octet-stream"}


class DeepShield:
    """A service at ``url``, such as ``https://deepshield.example.org``; ``key`` is an API key of an account.

    Requests that fail for a passing reason are sent again, with growing pauses. Every method raises
    `ApiError` for a refused request and `NoAnswerError` when the service cannot be reached.
    """

    def __init__(self, url: str, key: str | None = None, *, timeout: float = 60.0) -> None:
        headers = {"Accept": "application/json", **({"X-API-Key": key} if key else {})}
        self._http = httpx.Client(base_url=f"{url.rstrip('/')}/api", headers=headers, timeout=timeout)
        self._secrets: dict[str, str] = {}

    @overload
    def analyze(
        self, source: str | Path, *, wait: Literal[True] = True, timeout: float = ..., reuse: bool = ...
    ) -> ResultAnswer: ...

    @overload
    def analyze(
        self, source: str | Path, *, wait: Literal[False], timeout: float = ..., reuse: bool = ...
    ) -> UploadAccepted: ...

    def analyze(
        self, source: str | Path, *, wait: bool = True, timeout: float = 600.0, reuse: bool = True
    ) -> ResultAnswer | UploadAccepted:
        """Analyse a file, or what is at an http address; return its result, or its job with ``wait=False``.

        A large file is sent in parts and goes on after a broken line. ``reuse=False`` analyses again what
        the account has sent before. Raises as `wait`.
        """
        text = str(source)
        is_address = isinstance(source, str) and text.startswith(("http://", "https://"))
        job = self._send_address(text, reuse) if is_address else self._send_file(Path(source), reuse)
        if job.owner_secret is not None:
            self._secrets[job.job_id] = job.owner_secret
        return self.wait(job.job_id, timeout=timeout) if wait else job

    def wait(self, job_id: str, *, timeout: float = 600.0) -> ResultAnswer:
        """Return a job once it is COMPLETED, asking less and less often.

        Raises `JobFailedError` when it fails or is cancelled, `NoAnswerError` after ``timeout`` seconds.
        """
        end, pause = time.monotonic() + timeout, _FIRST_POLL
        while True:
            job = self.result(job_id)
            if job.state == "COMPLETED":
                return job
            if job.state in ("FAILED", "CANCELLED"):
                raise JobFailedError(job_id, job.error)
            if time.monotonic() + pause > end:
                raise NoAnswerError(
                    f"The analysis {job_id} has not ended in {timeout:g} seconds; it goes on."
                )
            time.sleep(pause)
            pause = min(_LONGEST_POLL, pause * 1.5)

    def result(self, job_id: str) -> ResultAnswer:
        """Return a job as it is now, with its result once it is COMPLETED."""
        return ResultAnswer.model_validate(self.request("GET", f"/results/{job_id}").json())

    def delete(self, job_id: str) -> None:
        """Delete a job with its files; of a job without an account, one that this client has sent."""
        secret = self._secrets.pop(job_id, None)
        self.request("DELETE", f"/jobs/{job_id}", headers={"X-Owner-Secret": secret} if secret else {})

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send any request of the API (``path`` is below /api) with httpx's options; return its answer."""
        return self._tried(lambda: self._http.request(method, path, **options))

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send_address(self, url: str, reuse: bool) -> UploadAccepted:
        once = {"Idempotency-Key": str(uuid.uuid4())}
        body, query = {"file_url": url}, {"reuse": reuse}
        answer = self.request("POST", "/analyze-url", json=body, params=query, headers=once)
        return UploadAccepted.model_validate(answer.json())

    def _send_file(self, path: Path, reuse: bool) -> UploadAccepted:
        size = path.stat().st_size
        name = base64.b64encode(path.name.encode()).decode()
        with path.open("rb") as file:
            first = file.read(PART_BYTES)
            headers = {
                **_BYTES,
                "Upload-Length": str(size),
                "Upload-Metadata": f"filename {name}",
                "Idempotency-Key": str(uuid.uuid4()),
            }
            begun = self.request("POST", "/uploads", content=first, params={"reuse": reuse}, headers=headers)
            state = UploadState.model_validate(begun.json())
            place, offset = f"/uploads/{state.upload_id}", state.offset
            while offset < size:
                offset = self._send_part(place, file, offset)
        state = UploadState.model_validate(self.request("GET", place).json()) if state.job is None else state
        assert state.job is not None, "a whole file has a job"
        return state.job

    def _send_part(self, place: str, file: Any, offset: int) -> int:
        """Send the bytes from ``offset`` on; return the next offset, which a broken line is asked for."""

        def send() -> httpx.Response:
            nonlocal offset
            file.seek(offset)
            headers = {**_BYTES, "Upload-Offset": str(offset)}
            try:
                answer = self._http.patch(place, content=file.read(PART_BYTES), headers=headers)
            except httpx.TransportError:
                if not (asked := self._http.get(place)).is_success or _offset(asked) == offset:
                    raise
            else:
                if answer.status_code != httpx.codes.CONFLICT:
                    return answer
                if not (asked := self._http.get(place)).is_success or _offset(asked) == offset:
                    return answer
            offset = _offset(asked)
            return asked

        return _offset(self._tried(send))

    def _tried(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        pause = 0.5
        for left in reversed(range(_TRIES)):
            try:
                answer = send()
            except httpx.TransportError as error:
                if not left:
                    raise NoAnswerError(f"The service cannot be reached: {error}") from error
                seconds = pause
            else:
                if answer.is_success:
                    return answer
                refusal = ApiError(answer)
                if not left or not self._may_pass(refusal):
                    raise refusal
                seconds = max(pause, refusal.retry_after or 0.0)
            time.sleep(seconds * random.uniform(1.0, 1.2))  # noqa: S311 - apart from other clients
            pause = min(_LONGEST_PAUSE, pause * 2)
        raise AssertionError("the last try returns or raises")

    @staticmethod
    def _may_pass(refusal: ApiError) -> bool:
        """Return whether the same request may soon succeed: not where a day's quota is used."""
        soon = refusal.retry_after is None or refusal.retry_after <= _LONGEST_PAUSE
        return refusal.again and refusal.status in _PASSING and soon


def _offset(answer: httpx.Response) -> int:
    return int(answer.headers["Upload-Offset"])

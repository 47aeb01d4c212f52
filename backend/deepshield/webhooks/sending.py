"""One request to an endpoint, which may be anybody's server: nothing of it is trusted and little is read."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

import httpcore

from deepshield.domain.errors import DeepShieldError
from deepshield.intake.addresses import AddressPolicy
from deepshield.intake.pinned import PinnedBackend, trusted
from deepshield.intake.urls import parse_url

_MOST_READ = 16 * 1024  # bytes of an answer, which is read only to end the request in order
_BROKEN = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, or why there was none."""

    status: int | None
    problem: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the endpoint took the message. A redirect is not followed, and none."""
        return self.status is not None and 200 <= self.status < 300


def post(url: str, headers: Mapping[str, str], body: bytes, policy: AddressPolicy, seconds: float) -> Answer:
    """Send a body within ``seconds``; what goes wrong is an answer too."""
    try:
        target = parse_url(url)
        sent = {"Host": target.host_header, "Content-Length": str(len(body)), **headers}
        with (
            httpcore.ConnectionPool(
                ssl_context=trusted(), network_backend=PinnedBackend(policy, seconds)
            ) as pool,
            pool.stream("POST", target.url, headers=list(sent.items()), content=body) as response,
        ):
            _end(response)
            return Answer(response.status)
    except DeepShieldError as error:
        return Answer(None, error.message)
    except httpcore.TimeoutException:
        return Answer(None, f"No answer within {seconds:g} seconds.")
    except _BROKEN as error:
        return Answer(None, f"The request failed: {type(error).__name__}.")


def _end(response: httpcore.Response) -> None:
    """Read on after the status, so that the request ends in order; one that does not has its status too."""
    read = 0
    with contextlib.suppress(*_BROKEN):
        for chunk in response.iter_stream():
            read += len(chunk)
            if read > _MOST_READ:
                return

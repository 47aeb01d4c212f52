"""Asking the resolver, where there is one, which file is behind a post of social media.

Its answer is believed as little as any address: the file that it names is fetched under the same rules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import httpcore

from deepshield.domain.clock import now
from deepshield.domain.custody import Resolution
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.intake.fetch import OnProgress, Rules
from deepshield.intake.urls import Target

_TIMEOUTS = {"connect": 5.0, "read": 10.0, "write": 5.0, "pool": 5.0}  # a space comes each second
_LONGEST_ANSWER = 64 * 1024
_HEADERS = frozenset({"User-Agent", "Referer", "Accept-Language", "Cookie"})
_LONGEST_HEADER = 4096
_REASONS = {
    "no_file": "No video that can be fetched was found behind this post.",
    "signed_in": "The platform shows this post only to people who are signed in.",
    "unreachable": "The platform did not hand out this post.",
    "too_slow": "The platform answers too slowly.",
}


@dataclass(frozen=True, slots=True)
class Resolved:
    """The address of the file behind a post, and the headers that its server wants."""

    resolution: Resolution
    headers: Mapping[str, str]


def resolve(page: Target, rules: Rules, on_progress: OnProgress) -> Resolved:
    """Return the file behind ``page``, which `FetchSettings.resolves`.

    ``on_progress`` is called each second; what it raises ends the wait. Raises `DeepShieldError`:
    POST_NOT_RESOLVED, RESOLVER_UNAVAILABLE, and INVALID_URL for a file that is never connected to.
    """
    answer, at = _asked(page.url, rules, on_progress), now()
    failed = answer.get("failed")
    if failed is not None:
        if failed not in _REASONS:
            raise DeepShieldError(Code.RESOLVER_UNAVAILABLE)
        raise DeepShieldError(Code.POST_NOT_RESOLVED, _REASONS[failed], reason=failed)
    found, by = answer.get("found"), answer.get("by")
    if not isinstance(found, dict) or not isinstance(found.get("url"), str) or not isinstance(by, str):
        raise DeepShieldError(Code.RESOLVER_UNAVAILABLE)
    file = rules.follow(page, found["url"])
    resolution = Resolution(page.url, file.url, _plain(by), _plain(str(found.get("extractor") or "")), at)
    return Resolved(resolution, _headers(found.get("headers")))


def _asked(page: str, rules: Rules, on_progress: OnProgress) -> Mapping[str, object]:
    asked = json.dumps({"page": page, "max_bytes": rules.limits.max_bytes}).encode()
    address = f"{str(rules.hosts.resolver_url).rstrip('/')}/resolve"
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(asked)))]
    said = b""
    try:
        with (
            httpcore.ConnectionPool() as pool,
            pool.stream(
                "POST", address, headers=headers, content=asked, extensions={"timeout": _TIMEOUTS}
            ) as response,
        ):
            for data in response.iter_stream():
                on_progress(0, None)
                said += data
                if response.status != 200 or len(said) > _LONGEST_ANSWER:
                    break
            answer = json.loads(said) if response.status == 200 else None
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError):
        answer = None
    if not isinstance(answer, dict):
        raise DeepShieldError(Code.RESOLVER_UNAVAILABLE)
    return answer


def _headers(named: object) -> Mapping[str, str]:
    if not isinstance(named, dict):
        return {}
    return {
        name: value
        for name, value in named.items()
        if name in _HEADERS and isinstance(value, str) and len(value) <= _LONGEST_HEADER
        if value.isascii() and value.isprintable()
    }


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isprintable())[:64]

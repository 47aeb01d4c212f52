"""What an OpenID provider says of itself: endpoints and keys, fetched with limits and kept for an hour."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import jwt

from deepshield.domain.clock import Clock, now
from deepshield.settings import OidcSettings

_KEPT_FOR = timedelta(hours=1)
_KEYS_AGAIN_AFTER = timedelta(minutes=1)
"""An unknown key has the keys fetched again, but not more often: anybody can invent a key's name."""
_SECONDS = 5.0  # without a byte
_SECONDS_IN_ALL = 10.0
_NOT_AGAIN_FOR = timedelta(seconds=10)
"""After a failure, so that a provider that hangs does not keep a thread per visitor waiting."""
_LARGEST = 256 * 1024  # bytes
_DISCOVERY = "/.well-known/openid-configuration"


class ProviderError(Exception):
    """The provider does not answer, or not as OpenID Connect says; the message says how."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The parts of a provider's configuration that are used."""

    authorization: str
    token: str
    keys: str
    takes_basic: bool  # the client's secret in the Authorization header


class Provider:
    """The provider of the settings. One per process; safe to share between threads."""

    def __init__(self, settings: OidcSettings, clock: Clock = now) -> None:
        self.settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._endpoints: tuple[datetime, Endpoints] | None = None
        self._keys: tuple[datetime, list[dict[str, Any]]] | None = None
        self._failed: tuple[datetime, ProviderError] | None = None

    def endpoints(self) -> Endpoints:
        """Return the provider's endpoints; raises `ProviderError`."""
        with self._lock:
            if self._endpoints is None or self._endpoints[0] < self._clock() - _KEPT_FOR:
                self._endpoints = self._clock(), self._discovered()
            return self._endpoints[1]

    def keys(self, key_id: str | None) -> list[dict[str, Any]]:
        """Return the keys that may have signed with this name (None: no name); raises `ProviderError`."""
        url = self.endpoints().keys
        with self._lock:
            age = None if self._keys is None else self._clock() - self._keys[0]
            found = [] if self._keys is None else _named(self._keys[1], key_id)
            if age is None or age > _KEPT_FOR or (not found and age > _KEYS_AGAIN_AFTER):
                listed = _fetched("GET", url).get("keys")
                if not isinstance(listed, list):
                    raise ProviderError("its keys are no list")
                usable = [
                    each for each in listed if isinstance(each, dict) and each.get("use", "sig") == "sig"
                ]
                self._keys = self._clock(), usable
                found = _named(usable, key_id)
            return found

    def redeem(self, code: str, verifier: str, redirect_uri: str) -> str:
        """Return the ID token for an authorization code; raises `ProviderError`."""
        endpoints = self.endpoints()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        client, secret = self.settings.credentials()
        auth = httpx.BasicAuth(_quoted(client), _quoted(secret)) if endpoints.takes_basic else None
        if auth is None:
            form |= {"client_id": client, "client_secret": secret}
        token = _fetched("POST", endpoints.token, data=form, auth=auth).get("id_token")
        if not isinstance(token, str):
            raise ProviderError("its answer has no ID token")
        return token

    def _discovered(self) -> Endpoints:
        if self._failed is not None and self._failed[0] > self._clock() - _NOT_AGAIN_FOR:
            raise self._failed[1]
        try:
            return self._discover()
        except ProviderError as error:
            self._failed = self._clock(), error
            raise

    def _discover(self) -> Endpoints:
        issuer = self.settings.issuer or ""
        found = _fetched("GET", issuer.rstrip("/") + _DISCOVERY)
        # Section 4.3 of OpenID Connect Discovery: the issuer has to be exactly the one that was asked.
        if found.get("issuer") != issuer:
            raise ProviderError(f"it names itself {found.get('issuer')!r}, OIDC_ISSUER is {issuer!r}")
        methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Endpoints(
            authorization=_address(found, "authorization_endpoint", issuer),
            token=_address(found, "token_endpoint", issuer),
            keys=_address(found, "jwks_uri", issuer),
            takes_basic="client_secret_basic" in methods,
        )


def parsed(key: dict[str, Any]) -> jwt.PyJWK | None:
    """Return a key of the provider's; None for one of a kind that is not known."""
    try:
        return jwt.PyJWK(key)
    except jwt.PyJWTError:
        return None


def _named(keys: list[dict[str, Any]], key_id: str | None) -> list[dict[str, Any]]:
    return [key for key in keys if key_id is None or key.get("kid") in (key_id, None)]


def _address(found: Mapping[str, Any], name: str, issuer: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise ProviderError(f"its configuration has no {name}")
    if issuer.startswith("https:") and not value.startswith("https:"):
        raise ProviderError(f"its {name} is not https")
    return value


def _quoted(text: str) -> str:
    """Return a client's id or secret as RFC 6749 (2.3.1) wants it in the Authorization header."""
    return str(httpx.QueryParams({"v": text})).removeprefix("v=")


def _fetched(method: str, url: str, **options: Any) -> dict[str, Any]:
    """Return a JSON object of the provider's; redirects are not followed."""
    end = time.monotonic() + _SECONDS_IN_ALL
    try:
        with (
            httpx.Client(timeout=_SECONDS, headers={"Accept": "application/json"}) as client,
            client.stream(method, url, **options) as response,
        ):
            body = b""
            for piece in response.iter_bytes():
                body += piece
                if len(body) > _LARGEST:
                    raise ProviderError(f"its answer has more than {_LARGEST} bytes")
                if time.monotonic() > end:
                    raise ProviderError(f"its answer takes more than {_SECONDS_IN_ALL:.0f} s")
            if response.status_code != httpx.codes.OK:
                raise ProviderError(f"{method} {url} was answered with {response.status_code}")
        answer = json.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ProviderError(f"{method} {url}: {type(error).__name__}") from error
    if not isinstance(answer, dict):
        raise ProviderError(f"{url} is no JSON object")
    return answer

"""People of a demo: accounts that use the public API, as any program does."""

from __future__ import annotations

import secrets
from typing import Any, Self

import httpx

from deepshield.demo.folder import Account, DemoError

_TIMEOUT_SECONDS = 60.0
_PASSWORD_BYTES = 12


class Person:
    """Somebody who is signed in."""

    def __init__(self, client: httpx.Client, account: Account, user_id: str) -> None:
        self.account, self.id = account, user_id
        self._client = client

    @classmethod
    def register(cls, origin: str, email: str, role: str) -> Person:
        """Open an account with a random password; raises `DemoError`."""
        client = httpx.Client(base_url=f"{origin}/api", timeout=_TIMEOUT_SECONDS, trust_env=False)
        account = Account(email, secrets.token_urlsafe(_PASSWORD_BYTES), role)
        credentials = {"email": email, "password": account.password}
        try:
            opened = _asked(client, "POST", "/auth/register", json=credentials)
        except DemoError:
            client.close()
            raise
        client.headers["Authorization"] = f"Bearer {opened['access_token']}"
        return cls(client, account, opened["user"]["id"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def enter(self, workspace_id: str) -> None:
        """Let all requests from now on be about a workspace."""
        self._client.headers["X-Workspace"] = workspace_id

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """Send a request to the API and return its answer, JSON; raises `DemoError` when it is refused."""
        return _asked(self._client, method, path, **options)


def _asked(client: httpx.Client, method: str, path: str, **options: Any) -> Any:
    try:
        answer = client.request(method, path, **options)
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise DemoError(f"The service does not answer {method} {path}: {error}") from error
    if answer.is_error:
        raise DemoError(f"{method} {path} was refused: {told['error']['message']}")
    return told

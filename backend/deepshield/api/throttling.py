"""What throttled routes ask for: the process's count of tries and the address that asks."""

from __future__ import annotations

import functools
from threading import Lock
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from deepshield.accounts.throttle import Throttle
from deepshield.api.client import TrustedProxies
from deepshield.api.deps import SettingsOf

_MAKING = Lock()


def get_throttle(connection: HTTPConnection, settings: SettingsOf) -> Throttle:
    """Return the application's one throttle, made when it is first asked for."""
    state = connection.app.state
    with _MAKING:
        if not hasattr(state, "throttle"):
            state.throttle = Throttle(settings)
    throttle: Throttle = state.throttle
    return throttle


def get_client_address(connection: HTTPConnection, settings: SettingsOf) -> str:
    """Return the address that asks, as trusted proxies tell it."""
    return _proxies(settings.trusted.proxies).client_address(connection.scope)


@functools.lru_cache(maxsize=8)
def _proxies(trusted: tuple[str, ...]) -> TrustedProxies:
    return TrustedProxies(trusted)


ThrottleOf = Annotated[Throttle, Depends(get_throttle)]
ClientAddress = Annotated[str, Depends(get_client_address)]

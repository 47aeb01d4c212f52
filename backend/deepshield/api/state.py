"""The state of one API process, in one frozen object."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.requests import HTTPConnection

from deepshield.accounts.provider.endpoints import Provider
from deepshield.accounts.sessions import logins_alive
from deepshield.accounts.throttle import Throttle
from deepshield.api.events import ProgressHub
from deepshield.api.http.client import TrustedProxies
from deepshield.api.readiness import Readiness
from deepshield.api.rendered import RenderedResults
from deepshield.jobs import lookup
from deepshield.jobs.queue_places import QueuePlaces
from deepshield.keys.opening import SeenKeys, keys_alive
from deepshield.resources import Resources
from deepshield.workspaces.activity import ChainCheck
from deepshield.workspaces.standing import still_in


@dataclass(frozen=True, slots=True)
class ApiState:
    """The opened resources, and what all requests of the process share."""

    resources: Resources
    readiness: Readiness
    rendered: RenderedResults
    places: QueuePlaces
    hub: ProgressHub
    throttle: Throttle
    seen_keys: SeenKeys
    chain: ChainCheck
    proxies: TrustedProxies
    provider: Provider | None

    @classmethod
    def of(cls, resources: Resources) -> ApiState:
        """Make the state of a process around its resources."""
        places = QueuePlaces(resources)
        return cls(
            resources=resources,
            readiness=Readiness(resources),
            rendered=RenderedResults(),
            places=places,
            hub=ProgressHub(
                lambda ids: lookup.revisions(resources, ids),
                logins_alive=lambda credentials: credentials_alive(resources, credentials),
                waiting_before=places.before,
            ),
            throttle=Throttle(resources.settings),
            seen_keys=SeenKeys(),
            chain=ChainCheck(resources),
            proxies=TrustedProxies(resources.settings.trusted.proxies),
            provider=Provider(resources.settings.oidc) if resources.settings.oidc.enabled else None,
        )

    def keep_in(self, app: FastAPI) -> ApiState:
        """Let the application's requests find this state; return it."""
        app.state.api = self
        return self


def credentials_alive(resources: Resources, credentials: Collection[str]) -> frozenset[str]:
    """Return those of some credentials that still count: `auth.Caller.credential_in`."""
    parts = {one: one.split(" ") for one in credentials}
    ids = {part[0] for part in parts.values()}
    pairs = {(part[1], part[2]) for part in parts.values() if len(part) > 1}
    alive = logins_alive(resources, ids) | keys_alive(resources, ids)
    members = still_in(resources, pairs) if pairs else frozenset()
    return frozenset(
        one
        for one, part in parts.items()
        if part[0] in alive and (len(part) == 1 or (part[1], part[2]) in members)
    )


def state_of(connection: HTTPConnection) -> ApiState:
    """Return the state of the process that serves a request."""
    state: ApiState = connection.app.state.api
    return state

"""Dependencies of routes: parts of the process's state, the client's address, a well-formed job id.

All are coroutines, because a plain function as a dependency costs a change of threads per request.
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header, Path, Query
from starlette.requests import HTTPConnection, Request

from deepshield.accounts.devices import Device, device_of
from deepshield.accounts.provider.endpoints import Provider
from deepshield.accounts.throttle import Throttle
from deepshield.api.events import ProgressHub
from deepshield.api.http import csrf
from deepshield.api.readiness import Readiness
from deepshield.api.rendered import RenderedResults
from deepshield.api.schemas.base import JOB_ID
from deepshield.api.state import state_of
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.jobs.lookup import owned
from deepshield.jobs.queue_places import QueuePlaces
from deepshield.resources import Resources
from deepshield.settings import Settings
from deepshield.workspaces.activity import ChainCheck

_JOB_ID = re.compile(r"[0-9A-Za-z-]{1,36}", re.ASCII)


async def get_resources(connection: HTTPConnection) -> Resources:
    """Return what the process opened at its start."""
    return state_of(connection).resources


async def get_settings(connection: HTTPConnection) -> Settings:
    """Return the settings of the process."""
    return state_of(connection).resources.settings


async def get_hub(connection: HTTPConnection) -> ProgressHub:
    """Return the process's one watcher of jobs."""
    return state_of(connection).hub


async def get_readiness(connection: HTTPConnection) -> Readiness:
    """Return the process's readiness check."""
    return state_of(connection).readiness


async def get_rendered(connection: HTTPConnection) -> RenderedResults:
    """Return the process's cache of rendered results."""
    return state_of(connection).rendered


async def get_places(connection: HTTPConnection) -> QueuePlaces:
    """Return the process's view of the queues."""
    return state_of(connection).places


async def get_chain(connection: HTTPConnection) -> ChainCheck:
    """Return the process's check of the audit log."""
    return state_of(connection).chain


async def get_throttle(connection: HTTPConnection) -> Throttle:
    """Return the process's throttle of attempts to sign in."""
    return state_of(connection).throttle


async def get_provider(connection: HTTPConnection) -> Provider:
    """Return the OpenID provider; raises NOT_FOUND where none is set up."""
    provider = state_of(connection).provider
    if provider is None:
        raise DeepShieldError(Code.NOT_FOUND, "No sign-in service is set up here. Sign in with a password.")
    return provider


async def get_client_address(connection: HTTPConnection) -> str:
    """Return the client's address, which trusted proxies report where there are any."""
    return state_of(connection).proxies.client_address(connection.scope)


async def get_device(
    connection: HTTPConnection, address: Annotated[str, Depends(get_client_address)]
) -> Device:
    """Return what a login that this request opens keeps of where it comes from."""
    return device_of(address, connection.headers.get("user-agent", ""))


async def get_job_id(
    job_id: Annotated[
        str,
        Path(description="The id that the upload was answered with.", examples=[JOB_ID]),
    ],
) -> str:
    """Return the id; a malformed one is refused like an unknown one."""
    if not _JOB_ID.fullmatch(job_id):
        owned(None)
    return job_id


OWNER_SECRET = "X-Owner-Secret"  # noqa: S105 - the header's name


async def get_owner_secret(
    owner_secret: Annotated[
        str | None,
        Header(
            alias=OWNER_SECRET,
            description="For a file that was sent without an account: the upload's `owner_secret`.",
        ),
    ] = None,
) -> str | None:
    """Return the secret that the request has; never read from an address, which logs and histories keep."""
    return owner_secret


WORKSPACE = "X-Workspace"


async def get_wanted_workspace(
    header: Annotated[
        str | None,
        Header(
            alias=WORKSPACE,
            description="The id of the workspace that the request is about; without it the personal one.",
        ),
    ] = None,
    query: Annotated[
        str | None,
        Query(alias="workspace", description=f"The same as `{WORKSPACE}`, for what cannot send headers."),
    ] = None,
) -> str | None:
    """Return the id of the workspace that the request names, which is no secret; the header precedes."""
    return header or query or None


async def get_by_own_page(connection: HTTPConnection) -> bool:
    """Return whether the web app itself loads a picture, as browsers say; programs say nothing.

    Over plain HTTP no browser says whose page it is. A picture in a page is asked for as one there too, and
    another site's page gets none (``Cross-Origin-Resource-Policy``).
    """
    site = connection.headers.get("sec-fetch-site")
    if site is None:
        return connection.headers.get("accept", "").startswith("image/")
    return site == "same-origin"


ChainOf = Annotated[ChainCheck, Depends(get_chain)]
ResourcesOf = Annotated[Resources, Depends(get_resources)]
SettingsOf = Annotated[Settings, Depends(get_settings)]
Hub = Annotated[ProgressHub, Depends(get_hub)]
Rendered = Annotated[RenderedResults, Depends(get_rendered)]
Places = Annotated[QueuePlaces, Depends(get_places)]
ReadinessOf = Annotated[Readiness, Depends(get_readiness)]
ProviderOf = Annotated[Provider, Depends(get_provider)]
DeviceOf = Annotated[Device, Depends(get_device)]
ThrottleOf = Annotated[Throttle, Depends(get_throttle)]
ClientAddress = Annotated[str, Depends(get_client_address)]
JobId = Annotated[str, Depends(get_job_id)]
WantedWorkspace = Annotated[str | None, Depends(get_wanted_workspace)]
OwnerSecret = Annotated[str | None, Depends(get_owner_secret)]
ByOwnPage = Annotated[bool, Depends(get_by_own_page)]


async def refuse_cross_site(request: Request, settings: SettingsOf) -> None:
    """Raise CROSS_SITE_REQUEST for a change that another site's page requests with somebody's cookie."""
    csrf.refuse_cross_site(request, settings)


async def refuse_foreign_page(request: Request, settings: SettingsOf) -> None:
    """Raise CROSS_SITE_REQUEST for a change that another site's page requests, with or without a cookie.

    For login and registration, which another site could use to sign a visitor in to an account of its own.
    """
    csrf.refuse_foreign_page(request, settings)

"""What routes ask for: the opened resources, the settings, and a job id that can be one.

All of them are coroutines, since a plain function as a dependency costs a change of thread per request.
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Path
from starlette.requests import HTTPConnection

from deepshield.api.events import ProgressHub
from deepshield.api.readiness import Readiness
from deepshield.api.rendered import RenderedResults
from deepshield.jobs.lookup import owned
from deepshield.resources import Resources
from deepshield.settings import Settings

_JOB_ID = re.compile(r"[0-9A-Za-z-]{1,36}", re.ASCII)


async def get_resources(connection: HTTPConnection) -> Resources:
    """Return what the process opened at its start."""
    resources: Resources = connection.app.state.resources
    return resources


async def get_settings(connection: HTTPConnection) -> Settings:
    """Return the settings that the application was made with."""
    settings: Settings = connection.app.state.settings
    return settings


async def get_hub(connection: HTTPConnection) -> ProgressHub:
    """Return the process's one watcher of jobs."""
    hub: ProgressHub = connection.app.state.hub
    return hub


async def get_readiness(connection: HTTPConnection) -> Readiness:
    """Return what knows whether the service is ready."""
    readiness: Readiness = connection.app.state.readiness
    return readiness


async def get_rendered(connection: HTTPConnection) -> RenderedResults:
    """Return the process's last written results."""
    rendered: RenderedResults = connection.app.state.rendered
    return rendered


async def get_job_id(
    job_id: Annotated[
        str,
        Path(
            description="The id that the upload was answered with.",
            examples=["0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11"],
        ),
    ],
) -> str:
    """Refuse what cannot be an id, with the words for an id that is not known."""
    if not _JOB_ID.fullmatch(job_id):
        owned(None)
    return job_id


ResourcesOf = Annotated[Resources, Depends(get_resources)]
SettingsOf = Annotated[Settings, Depends(get_settings)]
Hub = Annotated[ProgressHub, Depends(get_hub)]
Rendered = Annotated[RenderedResults, Depends(get_rendered)]
ReadinessOf = Annotated[Readiness, Depends(get_readiness)]
JobId = Annotated[str, Depends(get_job_id)]

"""What the law says about manipulated media, per country. The same for everybody: caches may keep it."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Header, Path, Response

from deepshield.api.deps import ResourcesOf
from deepshield.api.documented import Responses, failures
from deepshield.api.http.conditions import is_known
from deepshield.api.schemas.base import Answer
from deepshield.api.schemas.law import Law, LawList
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.law.files import countries
from deepshield.resources import Resources

router = APIRouter(prefix="/law", tags=["law"])

_CACHED = "public, max-age=3600"
_ANSWERS: Responses = {
    304: {"description": "The answer that `If-None-Match` names still holds."},
    **failures(Code.VALIDATION_ERROR),
}

Known = Annotated[str | None, Header(alias="If-None-Match", description="The ETag of an earlier answer.")]


@router.get("", summary="Countries with a summary of the law", response_model=LawList, responses=_ANSWERS)
def list_law(known: Known = None) -> Response:
    """Return the countries, and what is to be said above any of them."""
    return _answer(LawList.of(list(countries().values())), known)


@router.get(
    "/{iso}",
    summary="What the law of one country says",
    response_model=Law,
    responses={**_ANSWERS, **failures(Code.NOT_FOUND)},
)
def get_law(
    iso: Annotated[str, Path(description="ISO 3166, or EU.", examples=["DE"])],
    resources: ResourcesOf,
    known: Known = None,
) -> Response:
    """Return a country's facts as they read today; a draft or what is unresolved says so in its text."""
    country = countries().get(iso.upper())
    if country is None:
        raise DeepShieldError(Code.NOT_FOUND, "There is no entry for this country. /api/law lists all.")
    return _answer(Law.on(country, _today(resources)), known)


def _today(resources: Resources) -> date:
    return resources.clock().date()


def _answer(answer: Answer, known: str | None) -> Response:
    body = answer.model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": _CACHED}
    if is_known(known, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)

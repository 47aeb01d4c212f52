"""Signing in through the OpenID provider: a browser leaves, comes back, and proves what is left."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

from deepshield.accounts.provider import flow
from deepshield.api.deps import (
    ClientAddress,
    DeviceOf,
    ProviderOf,
    ResourcesOf,
    ThrottleOf,
    refuse_foreign_page,
)
from deepshield.api.documented import SECOND_FACTOR, THROTTLED, failures
from deepshield.api.login_cookie import signed_in
from deepshield.api.schemas.accounts import TokenAnswer
from deepshield.api.schemas.sign_in import ProviderProof
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.settings import Settings

router = APIRouter(prefix="/auth/oidc", tags=["accounts"])

_COOKIE = "deepshield_oidc"
_PATH = "/api/auth/oidc"
_Given = Annotated[str | None, Query(max_length=4096)]


@router.get(
    "/start",
    summary="Leave for the sign-in service",
    responses=failures(Code.NOT_FOUND, Code.VALIDATION_ERROR),
    status_code=303,
    response_class=RedirectResponse,
)
def get_start(
    resources: ResourcesOf,
    provider: ProviderOf,
    next_page: Annotated[str | None, Query(alias="next", max_length=4096)] = None,
) -> RedirectResponse:
    """Redirect to the provider; the sign-in ends at `next`, a path of the web app."""
    try:
        leaving = flow.leave(resources, provider, next_page)
    except DeepShieldError as error:
        return _to_login(resources.settings, flow.own_path(next_page), problem=error.code.value)
    response = RedirectResponse(leaving.url, 303)
    _keep(response, resources.settings, leaving.cookie)
    return response


@router.get(
    "/callback",
    summary="Come back from the sign-in service",
    responses=failures(Code.NOT_FOUND, Code.VALIDATION_ERROR),
    status_code=303,
    response_class=RedirectResponse,
)
def get_callback(
    request: Request,
    resources: ResourcesOf,
    provider: ProviderOf,
    device: DeviceOf,
    code: _Given = None,
    state: _Given = None,
) -> RedirectResponse:
    """Sign in and redirect to the page of before, or to the sign-in page with what is missing or wrong.

    `?problem=` names the code of a refusal, `?proof=` what `POST /api/auth/oidc/finish` needs: `link`
    the password of the account that has this address, `code` the second factor.
    """
    cookie = request.cookies.get(_COOKIE)
    try:
        arrived = flow.come_back(resources, provider, cookie=cookie, code=code, state=state, device=device)
    except DeepShieldError as error:
        page = flow.page_after(resources, cookie)
        return _to_login(resources.settings, page, problem=error.code.value)
    if arrived.opened is None:
        assert arrived.step is not None
        response = _to_login(resources.settings, arrived.next, proof=arrived.step.value)
        _keep(response, resources.settings, arrived.cookie)
        return response
    response = RedirectResponse(arrived.next, 303)
    _forget(response, resources.settings)
    signed_in(response, resources.settings, arrived.opened)
    return response


@router.post(
    "/finish",
    summary="Finish a sign-in through the sign-in service",
    response_model_exclude_none=True,
    dependencies=[Depends(refuse_foreign_page)],
    responses=failures(
        *THROTTLED,
        *SECOND_FACTOR,
        Code.CROSS_SITE_REQUEST,
        Code.INVALID_CREDENTIALS,
        Code.NOT_FOUND,
        Code.PROVIDER_REFUSED,
        Code.SIGN_IN_EXPIRED,
    ),
)
def post_finish(
    proof: ProviderProof,
    request: Request,
    response: Response,
    resources: ResourcesOf,
    _: ProviderOf,
    throttle: ThrottleOf,
    address: ClientAddress,
    device: DeviceOf,
) -> TokenAnswer:
    """Sign in with what the provider's answer left open; the browser's cookie says whose sign-in it is."""
    opened = flow.finish(
        resources,
        throttle,
        cookie=request.cookies.get(_COOKIE),
        password=proof.password,
        code=proof.code,
        address=address,
        device=device,
    )
    _forget(response, resources.settings)
    return signed_in(response, resources.settings, opened)


def _to_login(settings: Settings, page: str, **why: str) -> RedirectResponse:
    response = RedirectResponse(f"/login/?{urlencode({**why, 'next': page})}", 303)
    if "problem" in why:
        _forget(response, settings)
    return response


def _keep(response: Response, settings: Settings, cookie: str) -> None:
    # Lax, whatever the login's cookie is: the provider's answer is a navigation from another site.
    response.set_cookie(
        _COOKIE,
        cookie,
        max_age=int(flow.LASTS.total_seconds()),
        path=_PATH,
        secure=settings.saas.auth_cookie_secure,
        samesite="lax",
        httponly=True,
    )


def _forget(response: Response, settings: Settings) -> None:
    response.delete_cookie(
        _COOKIE, path=_PATH, secure=settings.saas.auth_cookie_secure, samesite="lax", httponly=True
    )

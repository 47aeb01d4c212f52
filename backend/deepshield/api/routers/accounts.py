"""Accounts: register, read with today's use, delete."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from deepshield.accounts.closing import close_account
from deepshield.accounts.quota import todays_allowance
from deepshield.accounts.registration import register
from deepshield.accounts.second_factor import is_missing
from deepshield.api.auth import CurrentLogin, MaybeLogin
from deepshield.api.deps import (
    ClientAddress,
    DeviceOf,
    ResourcesOf,
    ThrottleOf,
    refuse_cross_site,
    refuse_foreign_page,
)
from deepshield.api.documented import PROVING, THROTTLED, VISITORS_TOO, failures
from deepshield.api.login_cookie import clear_cookie, signed_in
from deepshield.api.schemas.accounts import (
    Confirmation,
    Credentials,
    Deleted,
    Limits,
    MeAnswer,
    TokenAnswer,
    Use,
)
from deepshield.api.schemas.workspaces import Workspace
from deepshield.domain.errors import not_signed_in
from deepshield.domain.failures import Code
from deepshield.workspaces.changing import workspaces_of

router = APIRouter(prefix="/auth", tags=["accounts"])


@router.post(
    "/register",
    summary="Open an account",
    response_model_exclude_none=True,
    dependencies=[Depends(refuse_foreign_page)],
    responses=failures(
        *THROTTLED, Code.FORBIDDEN, Code.CROSS_SITE_REQUEST, Code.EMAIL_IN_USE, Code.WEAK_PASSWORD
    ),
)
def post_register(
    credentials: Credentials,
    response: Response,
    resources: ResourcesOf,
    throttle: ThrottleOf,
    address: ClientAddress,
    device: DeviceOf,
) -> TokenAnswer:
    """Open a free account and sign in to it.

    409 EMAIL_IN_USE says that an address has an account; tries are limited per address of the network.
    """
    opened = register(
        resources,
        throttle,
        email=credentials.email,
        password=credentials.password,
        address=address,
        device=device,
    )
    return signed_in(response, resources.settings, opened)


@router.get(
    "/me",
    summary="My account and today's use",
    responses=failures(Code.UNAUTHORIZED, Code.KEY_NOT_ACCEPTED, Code.VALIDATION_ERROR),
    openapi_extra=VISITORS_TOO,
)
def get_me(login: MaybeLogin, resources: ResourcesOf, optional: bool = False) -> MeAnswer | None:
    """Return who is signed in and what is left of the day's quota.

    With ``optional``, that nobody is signed in is an answer (null) and no error.
    """
    if login is None:
        if optional:
            return None
        raise not_signed_in()
    allowance = todays_allowance(resources, login.owner)
    return MeAnswer(
        id=login.owner.id,
        email=login.email,
        tier=login.owner.tier,
        second_factor_missing=is_missing(resources, login.owner.id),
        limits=Limits(free_daily_uploads=resources.settings.saas.free_limit),
        usage=Use.model_validate(allowance),
        workspaces=[Workspace.of(one) for one in workspaces_of(resources, login.owner)],
    )


@router.delete(
    "/me",
    summary="Delete my account",
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(*PROVING, Code.LAST_ADMIN, Code.HELD),
)
def delete_me(
    confirmation: Confirmation,
    login: CurrentLogin,
    response: Response,
    resources: ResourcesOf,
    throttle: ThrottleOf,
    address: ClientAddress,
) -> Deleted:
    """Delete the account with its logins, jobs, results and files. This cannot be undone.

    What it has sent to shared workspaces stays there without its name. 409 LAST_ADMIN names the workspaces
    that would be left without an admin.
    """
    close_account(
        resources,
        throttle,
        login,
        password=confirmation.password,
        code=confirmation.code,
        address=address,
    )
    clear_cookie(response, resources.settings)
    return Deleted()

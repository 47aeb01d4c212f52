"""The second factor: codes of an authenticator app beside the password."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from deepshield.accounts import second_factor
from deepshield.api.auth import CurrentLogin
from deepshield.api.deps import ClientAddress, ResourcesOf, ThrottleOf, refuse_cross_site
from deepshield.api.documented import PROVING, SIGNED_IN, THROTTLED, failures
from deepshield.api.schemas.accounts import Confirmation
from deepshield.api.schemas.sign_in import (
    FirstCode,
    RecoveryCodes,
    SecondFactorAnswer,
    SecondFactorBegun,
    SecondFactorOff,
)
from deepshield.domain.failures import Code

router = APIRouter(prefix="/auth/second-factor", tags=["accounts"], dependencies=[Depends(refuse_cross_site)])


@router.get("", summary="My second factor", responses=failures(Code.UNAUTHORIZED, Code.KEY_NOT_ACCEPTED))
def get_second_factor(login: CurrentLogin, resources: ResourcesOf) -> SecondFactorAnswer:
    """Return whether the second factor is on and how many recovery codes are left."""
    found = second_factor.standing(resources, login)
    return SecondFactorAnswer(
        enabled=found.since is not None,
        since=found.since,
        recovery_codes_left=found.recovery_codes_left,
        has_password=found.has_password,
    )


@router.post("", summary="Begin a second factor", responses=failures(*PROVING, Code.CONFLICT))
def post_second_factor(
    confirmation: Confirmation,
    login: CurrentLogin,
    resources: ResourcesOf,
    throttle: ThrottleOf,
    address: ClientAddress,
) -> SecondFactorBegun:
    """Make a secret for an authenticator app. Nothing changes until a code of it is confirmed."""
    begun = second_factor.begin(resources, throttle, login, password=confirmation.password, address=address)
    return SecondFactorBegun(secret=begun.secret, otpauth_uri=begun.uri, qr_svg=begun.qr_svg)


@router.post(
    "/confirm",
    summary="Turn the second factor on",
    responses=failures(*THROTTLED, *SIGNED_IN, Code.SECOND_FACTOR_WRONG, Code.CONFLICT),
)
def post_confirm(
    first: FirstCode, login: CurrentLogin, resources: ResourcesOf, throttle: ThrottleOf
) -> RecoveryCodes:
    """Turn the second factor on with a code of the app; the answer has recovery codes, this once."""
    return RecoveryCodes(recovery_codes=second_factor.turn_on(resources, throttle, login, first.code))


@router.post(
    "/recovery-codes", summary="Make new recovery codes", responses=failures(*PROVING, Code.CONFLICT)
)
def post_recovery_codes(
    confirmation: Confirmation,
    login: CurrentLogin,
    resources: ResourcesOf,
    throttle: ThrottleOf,
    address: ClientAddress,
) -> RecoveryCodes:
    """Make ten recovery codes, shown this once; the earlier ones count no longer."""
    codes = second_factor.renew_recovery_codes(
        resources,
        throttle,
        login,
        password=confirmation.password,
        code=confirmation.code,
        address=address,
    )
    return RecoveryCodes(recovery_codes=codes)


@router.delete("", summary="Turn the second factor off", responses=failures(*PROVING))
def delete_second_factor(
    confirmation: Confirmation,
    login: CurrentLogin,
    resources: ResourcesOf,
    throttle: ThrottleOf,
    address: ClientAddress,
) -> SecondFactorOff:
    """Turn the second factor off, with the password and a code; succeeds also where it is off."""
    second_factor.turn_off(
        resources,
        throttle,
        login,
        password=confirmation.password,
        code=confirmation.code,
        address=address,
    )
    return SecondFactorOff()

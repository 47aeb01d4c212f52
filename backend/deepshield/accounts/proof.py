"""Taking the code of a second factor: a one-time code (RFC 6238) or a recovery code, each once.

A one-time code has 6 digits and counts for 30 seconds; the one before and the one after are taken too, since
clocks differ.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime

import pyotp
from sqlalchemy.orm import Session

from deepshield.accounts.throttle import Throttle
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.persistence.repositories import audit, second_factors
from deepshield.persistence.tables import SecondFactor
from deepshield.resources import Resources
from deepshield.secret import UnreadableSecretError, unseal
from deepshield.settings import Settings

SECONDS = 30
PURPOSE = "second factors"
_AROUND = (0, -1, 1)  # steps
_ONE_TIME = re.compile(r"[0-9]{6}", re.ASCII)


def prove(resources: Resources, throttle: Throttle, user_id: str, code: str | None) -> None:
    """Take the code of an account whose second factor is on; others need none.

    Raises SECOND_FACTOR_REQUIRED without a code, SECOND_FACTOR_WRONG for a wrong one and for one that was
    taken before, RATE_LIMITED after too many.
    """
    with resources.database.read() as session:
        factor = second_factors.find(session, user_id)
    if factor is None or factor.confirmed_at is None:
        return
    if code is None:
        raise DeepShieldError(Code.SECOND_FACTOR_REQUIRED)
    throttle.admit_code(user_id)
    now = resources.clock()
    with resources.database.write() as session:
        taken = _take(session, resources.settings, factor, code, now)
        if not taken:
            audit.record(session, "second_factor.refused", now, subject=user_id)
    if not taken:
        raise DeepShieldError(Code.SECOND_FACTOR_WRONG)
    throttle.code_taken(user_id)


def step_of(settings: Settings, factor: SecondFactor, code: str, now: datetime) -> int | None:
    """Return the step of 30 seconds that a one-time code is of; None for a wrong one.

    None too when the service's secret has been changed since, so that recovery codes alone count.
    """
    try:
        codes = pyotp.TOTP(unseal(settings, PURPOSE, factor.secret), interval=SECONDS)
    except UnreadableSecretError:
        return None
    given, present = plain(code), int(now.timestamp()) // SECONDS
    if not _ONE_TIME.fullmatch(given):
        return None
    steps = (present + around for around in _AROUND)
    return next((step for step in steps if hmac.compare_digest(codes.generate_otp(step), given)), None)


def plain(code: str) -> str:
    """Return a code without the spaces and dashes that people type into it, in capitals."""
    return re.sub(r"[\s-]", "", code).upper()


def hash_of(recovery_code: str) -> str:
    """Return the hash by which a recovery code is known, however it is spaced."""
    return hashlib.sha256(plain(recovery_code).encode()).hexdigest()


def _take(session: Session, settings: Settings, factor: SecondFactor, code: str, now: datetime) -> bool:
    step = step_of(settings, factor, code, now)
    if step is not None:
        return second_factors.take_step(session, factor.user_id, step)
    if not second_factors.take_recovery_code(session, factor.user_id, hash_of(code), now):
        return False
    left = second_factors.recovery_codes_left(session, factor.user_id)
    audit.record(session, "recovery_code.used", now, subject=factor.user_id, details={"left": left})
    return True

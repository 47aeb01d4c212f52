"""One spelling per e-mail address, so that an address is one account."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from deepshield.domain.errors import Code, DeepShieldError

LONGEST = 320


def normalise(address: str) -> str:
    """Return the address in lower case and Unicode's NFC; raises VALIDATION_ERROR for an invalid one.

    The part before the @ is lowered too: few hosts distinguish capitals there, and many people type them
    inconsistently. Nothing is sent or looked up.
    """
    try:
        found = validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise DeepShieldError(Code.VALIDATION_ERROR, "This is not an e-mail address.") from error
    return found.lower()

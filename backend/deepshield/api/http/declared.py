"""What a request says of its body before the body comes."""

from __future__ import annotations

from starlette.requests import HTTPConnection


def declared_bytes(request: HTTPConnection) -> int | None:
    """Return the length that a request declares of its body; None when it declares none."""
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() else None


def sender_waits(request: HTTPConnection) -> bool:
    """Return whether the client sends the body only once it is asked to (RFC 9110, section 10.1.1)."""
    return request.headers.get("expect", "").strip().lower() == "100-continue"

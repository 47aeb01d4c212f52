"""The log: one line per event, as JSON or for a console, with request id and job id where there are any.

Personal data is not logged: no addresses, file names, e-mail addresses or tokens. Lines of other libraries
pass through the same formatter.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from deepshield.settings import LogSettings

_HIDDEN = ("authorization", "cookie", "password", "secret", "token", "email", "filename")
_MASK = "[hidden]"
# These log every request or message a second time, with its query or its content.
_QUIET = {
    "uvicorn.access": logging.CRITICAL,
    "alembic": logging.WARNING,
    "botocore": logging.WARNING,
    "urllib3": logging.WARNING,
}


def configure(settings: LogSettings) -> None:
    """Send this process' logs to standard error, in the format and from the level of the settings."""
    shared: Sequence[Processor] = (
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        _hide,
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendering(settings))
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)


def _rendering(settings: LogSettings) -> list[Processor]:
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if settings.format == "json":
        return [drop, structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
    # The default prints local variables with a traceback, which may contain secrets.
    plain = structlog.dev.plain_traceback
    return [drop, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _hide(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Mask values that must not be logged, in case a caller passes them."""
    for key in event:
        if any(word in key.lower() for word in _HIDDEN):
            event[key] = _MASK
    return event

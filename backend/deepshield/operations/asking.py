"""What the API of this machine answers when it is asked over HTTP.

Nothing of the database is imported here: engines of containers ask every few seconds in a process of its own.
"""

from __future__ import annotations

import http.client
import json
from typing import Any

_ANSWER_SECONDS = 2.0


def api_is_ready(host: str, port: int) -> bool:
    """Tell whether the API says that it can do its work."""
    return _get(host, port, "/api/health/ready")[0] == http.client.OK


def model_name(host: str, port: int) -> str:
    """Return the name and version of the model that the API says results come from."""
    told = _get(host, port, "/api/health")[1]
    return f"{told.get('model_id') or 'bundle'} {told.get('model_version') or ''}".strip()


def _get(host: str, port: int, path: str) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return 0, {}
    finally:
        connection.close()

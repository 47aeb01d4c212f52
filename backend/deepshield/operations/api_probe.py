"""Probing the API of this machine over HTTP.

The database is not imported here: container engines start this in a process of its own every few seconds.
"""

from __future__ import annotations

import http.client
import json
from typing import Any

_TIMEOUT_SECONDS = 2.0


def api_is_ready(host: str, port: int) -> bool:
    """Return whether the API reports that it is ready."""
    return _get(host, port, "/api/health/ready")[0] == http.client.OK


def model_name(host: str, port: int) -> str:
    """Return the name and version of the model that the API reports."""
    answer = _get(host, port, "/api/health")[1]
    return f"{answer.get('model_id') or 'bundle'} {answer.get('model_version') or ''}".strip()


def _get(host: str, port: int, path: str) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return 0, {}
    finally:
        connection.close()

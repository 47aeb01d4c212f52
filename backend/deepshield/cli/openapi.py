"""`deepshield openapi`: the OpenAPI document, from which the web app's client is generated."""

from __future__ import annotations

import json

import typer

from deepshield.api.app import create_app
from deepshield.settings import Settings


def openapi() -> None:
    """Print the OpenAPI document of a service with default settings, whatever the environment says.

    Starts and opens nothing. The same code prints the same bytes: keys are sorted, the text is ASCII.
    """
    defaults = Settings.model_construct()  # reads neither the environment nor .env
    typer.echo(json.dumps(create_app(defaults).openapi(), indent=1, sort_keys=True))

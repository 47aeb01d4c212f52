"""Reading the countries' files, which are part of the package."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import yaml

from deepshield.law.shape import Country


@cache
def countries() -> Mapping[str, Country]:
    """Return every country by its ISO code, sorted by its English name; read once.

    Raises pydantic's ValidationError for a file that is not of the shape, ValueError for one named otherwise
    than its country.
    """
    found = {}
    for file in files("deepshield.law").joinpath("data").iterdir():
        if not file.name.endswith(".yaml"):
            continue
        country = read(file.read_text(encoding="utf-8"))
        if file.name != f"{country.iso}.yaml":
            raise ValueError(f"{file.name} is about {country.iso}")
        found[country.iso] = country
    return MappingProxyType(dict(sorted(found.items(), key=lambda item: item[1].name.en)))


def read(text: str) -> Country:
    """Read one country's file; raises pydantic's ValidationError."""
    return Country.model_validate(yaml.safe_load(text))

"""Addresses of the media that a page names for others to show: Open Graph and Twitter's player."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Literal

from deepshield.domain.errors import DeepShieldError
from deepshield.intake.urls import Target

LARGEST = 512 * 1024  # bytes of a page that are looked at; what is named is named in its head
_MOST = 8
_MOST_NAMED = 64
_BEGINS = re.compile(
    rb"\s*(<\?xml\b[^>]{0,200}\?>\s*)?(<!--.{0,400}?-->\s*){0,4}"
    rb"<(!doctype\s+html|html|head|meta|title|body|script|link|style|base)\b",
    re.IGNORECASE | re.DOTALL,
)
_NAMES: dict[str, Literal["video", "image"]] = {
    "og:video": "video",
    "og:video:url": "video",
    "og:video:secure_url": "video",
    "twitter:player:stream": "video",
    "og:image": "image",
    "og:image:url": "image",
    "og:image:secure_url": "image",
    "twitter:image": "image",
}


@dataclass(frozen=True, slots=True)
class Named:
    """The address of a file that a page names."""

    url: str
    kind: Literal["video", "image"]


def is_page(head: bytes) -> bool:
    """Return whether a file that begins with ``head`` is an HTML page."""
    return _BEGINS.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def named_in(page: bytes, base: Target) -> list[Named]:
    """Return the addresses that a page names, videos first; those that are never fetched are left out."""
    reader = _Reader()
    reader.feed(page[:LARGEST].decode("utf-8", "replace"))
    found = dict.fromkeys(_usable(reader.named, base))
    return sorted(found, key=lambda one: one.kind == "image")[:_MOST]


def _usable(named: list[tuple[str, str]], base: Target) -> Iterator[Named]:
    for name, address in named:
        try:
            target = base.follow(address)
        except DeepShieldError:
            continue
        if target != base:
            yield Named(target.url, _NAMES[name])


class _Reader(HTMLParser):
    """Collects the metadata; what is damaged is skipped, as browsers do."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.named: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta" or len(self.named) >= _MOST_NAMED:
            return
        found = dict(attrs)
        name = (found.get("property") or found.get("name") or "").strip().lower()
        content = (found.get("content") or "").strip()
        if name in _NAMES and content:
            self.named.append((name, content))

"""The process that reads one page: `python -m deepshield.resolver.child`, a request in, an answer out (JSON).

Of what a page says only the address of a file and a few headers are handed on.
"""

from __future__ import annotations

import importlib
import json
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

from deepshield.domain.errors import DeepShieldError
from deepshield.intake.addresses import AddressPolicy
from deepshield.intake.urls import LONGEST, parse_url
from deepshield.resolver.confinement import confine

HEADERS = ("User-Agent", "Referer", "Accept-Language", "Cookie")
LONGEST_HEADER = 4096
_SOCKET_SECONDS = 15
# One file that HTTP hands out as it is: with sound or, where the platform keeps that apart, without. A
# detector of manipulated faces needs no sound.
_PLAIN = "[protocol~='^https?$'][filesize<=?{most}]"
_SIGNED_IN = ("--cookies", "--username", "sign in", "log in", "login")


def main() -> None:
    """Read the request from the standard input and write the answer to the standard output."""
    request = json.loads(sys.stdin.buffer.read(16_384))
    page, proxy, most = str(request["page"]), request.get("proxy"), int(request["max_bytes"])
    library = importlib.import_module("yt_dlp")
    importlib.import_module("yt_dlp.extractor.lazy_extractors")
    confine(None if proxy is None else _address(proxy))
    sys.stdout.write(json.dumps(look_up(library, page, proxy, most)))


def look_up(library: Any, page: str, proxy: str | None, most: int) -> dict[str, Any]:
    """Return ``found`` with address, headers and extractor, or ``failed`` with one of the known reasons."""
    try:
        if not AddressPolicy().may_be_public(parse_url(page).host):
            return {"failed": "no_file"}
    except DeepShieldError:
        return {"failed": "no_file"}
    plain = _PLAIN.format(most=most)
    options = {
        "format": f"bv*{plain}/b{plain}",
        "format_sort": ["res:1080", "ext:mp4:m4a"],
        "logger": _Silent(),
        "quiet": True,
        "noprogress": True,
        "cachedir": False,
        "noplaylist": True,
        "playlist_items": "1",
        "socket_timeout": _SOCKET_SECONDS,
        "extractor_retries": 0,
        "retries": 0,
        "proxy": "" if proxy is None else proxy,
    }
    try:
        with library.YoutubeDL(options) as reader:
            info = reader.extract_info(page, download=False)
    except library.utils.DownloadError as error:
        return {"failed": _reason(library, error)}
    found = _first(info)
    return {"failed": "no_file"} if found is None else {"found": found}


def _first(info: Any) -> dict[str, Any] | None:
    """Return of a post, or of the first file of a post with several, what the answer has."""
    entries = info.get("entries") if isinstance(info, dict) else None
    chosen = next(iter(entries), None) if entries is not None else info
    if not isinstance(chosen, dict):
        return None
    url = chosen.get("url")
    if not isinstance(url, str) or len(url) > LONGEST:
        return None
    said = {**(chosen.get("http_headers") or {}), **_cookies(chosen.get("cookies"))}
    headers = {name: str(said[name]) for name in HEADERS if len(str(said.get(name) or "")) in _LENGTHS}
    return {"url": url, "headers": headers, "extractor": str(chosen.get("extractor") or "")[:64]}


_LENGTHS = range(1, LONGEST_HEADER + 1)


def _cookies(jar: object) -> dict[str, str]:
    """Return the header of the library's own text of cookies: `name=value; Domain=...; Path=...; ...`."""
    if not isinstance(jar, str):
        return {}
    pairs, attributes = [], {"domain", "path", "expires", "secure", "version", "httponly", "samesite"}
    for part in jar.split("; "):
        name, equal, _ = part.partition("=")
        if equal and name.lower() not in attributes:
            pairs.append(part)
    return {"Cookie": "; ".join(pairs)} if pairs else {}


def _reason(library: Any, error: Any) -> str:
    cause = error.exc_info[1] if error.exc_info else None
    inner = getattr(cause, "cause", None)
    failed = library.networking.exceptions.RequestError
    if isinstance(cause, failed) or isinstance(inner, failed):
        return "unreachable"
    said = str(error).lower()
    return "signed_in" if any(word in said for word in _SIGNED_IN) else "no_file"


def _address(proxy: str) -> tuple[str, int]:
    parts = urlsplit(proxy)
    port = parts.port or 80
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    return str(found[0][4][0]), port


class _Silent:
    """Takes what the library would print: it may hold addresses and names."""

    def debug(self, message: str) -> None:
        """Take a line."""

    info = warning = error = debug


if __name__ == "__main__":
    main()

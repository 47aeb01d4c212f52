"""Where a login comes from, in words by which its owner recognises it, and no more than these."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

_PREFIXES = {4: 24, 6: 48}  # bits of an address that are kept: about a provider's district, no household

# The first that a User-Agent contains counts: most browsers name others too, for old sites' sake.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-", "Python"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Device:
    """A login's network, browser and system; None for what is not known."""

    network: str | None = None
    browser: str | None = None
    system: str | None = None


UNKNOWN = Device()


def device_of(address: str, user_agent: str) -> Device:
    """Return what is kept of a request's address and User-Agent."""
    return Device(_network(address), _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent))


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for mark, name in names if mark in user_agent), None)


def _network(address: str) -> str | None:
    """Return an address's network (/24 or /48); None for what is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    known = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ipaddress.ip_network((int(known), _PREFIXES[known.version]), strict=False))

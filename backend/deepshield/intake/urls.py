"""Parsing the URL of a file to be fetched, and refusing URLs that are never fetched."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from deepshield.domain.errors import Code, DeepShieldError

LONGEST = 2048
_PORTS = {"http": 80, "https": 443}
_FIRST_USER_PORT = 1024  # services below it use other protocols than HTTP


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed URL; ``host`` is in ASCII, ``path`` includes the query and never has a line end."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The Host header's value."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def url(self) -> str:
        """The URL as text."""
        return f"{self.scheme}://{self.host_header}{self.path}"

    def follow(self, location: str) -> Target:
        """Return the target of a redirect; raises as `parse_url`, also for a redirect from https to http."""
        target = parse_url(urljoin(self.url, location))
        if self.scheme == "https" and target.scheme == "http":
            raise _invalid("The address leads from https to http.")
        return target


def parse_url(url: str) -> Target:
    """Parse a URL; raises `DeepShieldError` INVALID_URL for anything but a plain http or https URL."""
    # The standard library drops some of these characters and other programs do not, so that the two would
    # disagree about the host.
    if len(url) > LONGEST or any(ord(character) <= 32 or character in "\\\x7f" for character in url):
        raise _invalid("This is no usable address.")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".").encode("idna").decode("ascii").lower()
    except ValueError as error:
        raise _invalid("This is no usable address.") from error
    if parts.scheme not in _PORTS:
        raise _invalid("Only http and https addresses are fetched.")
    if "@" in parts.netloc:
        raise _invalid("An address with a user name or password is not fetched.")
    if not host or "%" in host:
        raise _invalid("The address names no host.")
    port = _PORTS[parts.scheme] if port is None else port
    if port not in _PORTS.values() and port < _FIRST_USER_PORT:
        raise _invalid("Files are not fetched from this port.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
        f"?{_query(parts.query)}" if parts.query else ""
    )
    return Target(parts.scheme, host, port, path)


def _query(query: str) -> str:
    return quote(query, safe="/%:@!$&'()*+,;=~-._?")


def _invalid(message: str) -> DeepShieldError:
    return DeepShieldError(Code.INVALID_URL, message)

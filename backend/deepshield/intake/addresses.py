"""Which hosts a file may be fetched from: only those whose every address is public.

A name is resolved once, and the connection is made to the address that was checked. A name that resolves to
another address the second time (DNS rebinding) is therefore no way around the check.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deepshield.domain.errors import Code, DeepShieldError

Resolve = Callable[[str, int], Sequence[str]]

# Refused in addition to what `is_global` excludes: networks for benchmarks, documentation and relays, and
# addresses that contain an IPv4 address (RFC 6890; IANA's special-purpose registries, 2024).
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
        *("192.88.99.0/24", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
_UNICAST_V6 = ipaddress.ip_network("2000::/3")  # all that is assigned (RFC 4291, section 2.4)


def is_public(address: str) -> bool:
    """Return whether ``address`` is a public unicast address; False for text that is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if parsed.version == 6 and parsed not in _UNICAST_V6:
        return False
    in_list = any(parsed in network for network in _NOT_PUBLIC if network.version == parsed.version)
    return parsed.is_global and not in_list


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host name, or of an address in any notation; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Chooses the address to connect to; tests replace the two functions."""

    resolve: Resolve = resolve
    permits: Callable[[str], bool] = is_public

    def may_be_public(self, host: str) -> bool:
        """Return whether a host may be asked for: a name, or a permitted address in any notation."""
        name = host.strip("[]")
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except (OSError, UnicodeError):
            return name != "localhost" and not name.endswith((".localhost", ".local", ".internal"))
        return all(self.permits(str(entry[4][0])) for entry in found)

    def address_of(self, host: str, port: int) -> str:
        """Return the checked address of a host.

        Raises `DeepShieldError`: URL_NOT_REACHABLE when it has none, INVALID_URL when any is not permitted.
        """
        try:
            addresses = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise DeepShieldError(Code.URL_NOT_REACHABLE, "The address's host is not known.") from error
        if not addresses:
            raise DeepShieldError(Code.URL_NOT_REACHABLE, "The address's host is not known.")
        if not all(self.permits(address) for address in addresses):
            raise DeepShieldError(Code.INVALID_URL, "Files are fetched from public addresses only.")
        return addresses[0]

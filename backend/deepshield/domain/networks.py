"""Which addresses count as one client."""

from __future__ import annotations

import ipaddress


def network_of(address: str) -> str:
    """Return an IPv6 address's /64, which usually belongs to one customer; other addresses unchanged.

    An IPv4 address that is mapped into IPv6 is the IPv4 address.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))

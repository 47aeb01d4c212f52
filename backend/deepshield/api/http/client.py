"""The client's address: the peer's, or the one that a trusted proxy reports."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TrustedProxies:
    """The proxies whose ``X-Forwarded-For`` is trusted; others' is ignored."""

    def __init__(self, proxies: Iterable[str]) -> None:
        """Take addresses and networks; raises ValueError for anything else."""
        self._networks: tuple[Network, ...] = tuple(
            ipaddress.ip_network(proxy, strict=False) for proxy in proxies
        )

    def client_address(self, scope: Scope) -> str:
        """Return the nearest address that is no trusted proxy; "unknown" for a peer without one."""
        peer = (scope.get("client") or ("unknown",))[0]
        hops = [peer, *reversed(_forwarded_for(scope))]
        for hop, before in zip(hops, [*hops[1:], None], strict=True):
            # An unreadable hop ends the chain, since its sender could have written anything.
            if before is None or not self._trusts(hop) or _address(before) is None:
                return hop
        return peer

    def _trusts(self, hop: str) -> bool:
        address = _address(hop)
        return address is not None and any(
            address.version == network.version and address in network for network in self._networks
        )


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _forwarded_for(scope: Scope) -> list[str]:
    values = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return [part.strip() for part in b",".join(values).decode("latin-1").split(",") if part.strip()]

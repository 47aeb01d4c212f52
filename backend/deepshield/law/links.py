"""`python -m deepshield.law.links`: whether the addresses of all countries' files answer.

For a machine with a network, by hand or in a scheduled job; nothing of the service calls it.
"""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError

from deepshield.law.files import countries
from deepshield.law.shape import Country

_SECONDS = 20.0
_AT_ONCE = 4
_AGENT = "Mozilla/5.0 (compatible; DeepShield link check)"

Check = Callable[[str], str | None]
"""Returns what is wrong with an address, or None."""


def addresses(of: Iterable[Country]) -> Iterator[tuple[str, str]]:
    """Yield the ISO code and the address of every link, each address once."""
    seen = set()
    for country in of:
        links = [link.url for link in country.official] + [link.url for link in country.help]
        for address in links:
            if address not in seen:
                seen.add(address)
                yield country.iso, address


def answers(address: str) -> str | None:
    """Fetch an address; return what is wrong, None where it answers with success, redirects followed."""
    request = urllib.request.Request(address, headers={"User-Agent": _AGENT})  # noqa: S310 - https alone
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310
            return None
    except HTTPError as error:
        return f"status {error.code}"
    except OSError as error:
        return str(error)


def check(links: Iterable[tuple[str, str]], ask: Check = answers) -> list[str]:
    """Ask for every link, a few at once; return a line for each that does not answer."""
    links = list(links)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(ask, [address for _, address in links])
        return [
            f"{iso}  {address}  {trouble}"
            for (iso, address), trouble in zip(links, found, strict=True)
            if trouble is not None
        ]


def main() -> int:
    """Print what does not answer; return 1 where there is any."""
    links = list(addresses(countries().values()))
    troubles = check(links)
    lines = [*troubles, f"{len(links) - len(troubles)} of {len(links)} answer"]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m deepshield.resolver`: serve until it is stopped; `--health` asks one that runs."""

from __future__ import annotations

import argparse
import signal
import sys
import urllib.request

from deepshield.resolver.server import Resolver


def main() -> int:
    """Serve, or return 0 when the one that runs here is well."""
    parser = argparse.ArgumentParser(prog="python -m deepshield.resolver", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--proxy", default="", help="outgoing HTTP proxy; it has to refuse addresses inside")
    parser.add_argument("--health", action="store_true", help="ask the one that runs on this machine")
    asked = parser.parse_args()
    if asked.health:
        with urllib.request.urlopen(f"http://127.0.0.1:{asked.port}/health", timeout=5) as answer:
            return 0 if answer.status == 200 else 1
    with Resolver((asked.host, asked.port), asked.proxy or None) as server:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print(f"the resolver listens on {asked.host}:{server.server_address[1]}", flush=True)
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())

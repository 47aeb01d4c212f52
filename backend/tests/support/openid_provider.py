"""An OpenID provider on 127.0.0.1 that signs with keys of its own, and can be told to do it wrongly."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "deepshield", "the client's secret & more"
Claims = dict[str, Any]


class SigningKey:
    """An RSA key with a name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def sign(self, claims: Claims) -> str:
        return jwt.encode(claims, self.private, "RS256", {"kid": self.name})

    def published(self) -> dict[str, Any]:
        shape: dict[str, Any] = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**shape, "kid": self.name, "use": "sig", "alg": "RS256"}


@dataclass
class OpenIdProvider:
    """``user`` are the claims of whoever signs in; ``spoil`` and ``sign`` change what is answered."""

    url: str = ""
    user: Claims = field(default_factory=dict)
    key: SigningKey = field(default_factory=lambda: SigningKey("first"))
    spoil: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[[Claims], str] | None = None
    configuration: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # paths
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorise(self, url: str) -> str:
        """Do what a browser and a user do at the authorization endpoint; return where it sends them."""
        query = dict(parse_qsl(urlsplit(url).query))
        assert url.startswith(f"{self.url}/authorise?")
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        assert query["client_id"] == CLIENT
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe()
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def answer(self, path: str, form: dict[str, list[str]], authorization: str) -> tuple[int, Any]:
        """Answer a request of the service."""
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorise",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                **self.configuration,
            }
        if path == "/keys":
            return 200, {"keys": [self.key.published()]}
        if path == "/token":
            return self._redeem(form, authorization)
        return 404, {}

    def _redeem(self, form: dict[str, list[str]], authorization: str) -> tuple[int, Any]:
        pair = urlencode({"": CLIENT})[1:] + ":" + urlencode({"": SECRET})[1:]
        asked = self._codes.pop(form["code"][0], None)
        if authorization != f"Basic {base64.b64encode(pair.encode()).decode()}" or asked is None:
            return 401, {"error": "invalid_client"}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"][0].encode()).digest())
        if challenge.decode().rstrip("=") != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"][0] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.user,
        }
        sign = self.sign or self.key.sign
        return 200, {"token_type": "Bearer", "access_token": "-", "id_token": sign(self.spoil(claims))}


@contextmanager
def providing() -> Iterator[OpenIdProvider]:
    """Serve in threads until the block ends."""
    provider = OpenIdProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(parse_qs(body))

        def _answer(self, form: dict[str, list[str]]) -> None:
            status, answer = provider.answer(self.path, form, self.headers.get("Authorization", ""))
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

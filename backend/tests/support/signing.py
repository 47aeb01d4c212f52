"""Files with Content Credentials, signed by an authority that tests make; nothing uses the network."""

from __future__ import annotations

import io
import json
import subprocess
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import c2pa
import numpy as np
import pillow_heif
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
MADE_WITH_AI = f"{IPTC}trainedAlgorithmicMedia"
_USUAL = (timedelta(days=-1), timedelta(days=300))


@dataclass(frozen=True)
class Signer:
    """A key with its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    root: x509.Certificate


class Authority:
    """A root that issues certificates for signing."""

    def __init__(self, name: str = "Test root") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.root = (
            _certificate(name, name, self._key.public_key(), (timedelta(days=-900), timedelta(days=900)))
            .add_extension(x509.BasicConstraints(True, None), True)
            .add_extension(_usage(signs_certificates=True), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), False)
            .sign(self._key, hashes.SHA256())
        )
        self._name = name

    @property
    def pem(self) -> bytes:
        """The root, as a trust list has it."""
        return self.root.public_bytes(Encoding.PEM)

    def signer(
        self,
        name: str = "Example Generator",
        valid: tuple[timedelta, timedelta] = _USUAL,
        key: ec.EllipticCurvePrivateKey | None = None,
        purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
    ) -> Signer:
        """Return a new signer, whose certificate is valid from now plus the first to now plus the second."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _certificate(name, self._name, key.public_key(), valid)
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(_usage(signs_certificates=False), True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), purpose == ExtendedKeyUsageOID.TIME_STAMPING)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False)
            .sign(self._key, hashes.SHA256())
        )
        return Signer(key, certificate, self.root)


class Stamper:
    """An authority of time stamps (RFC 3161) on a port of this machine; OpenSSL makes its answers."""

    def __init__(self, folder: Path) -> None:
        authority = Authority("Stamp root")
        self.pem, self._folder = authority.pem, folder
        signer = authority.signer("Stamper", purpose=ExtendedKeyUsageOID.TIME_STAMPING)
        key = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "key.pem").write_bytes(key)
        (folder / "cert.pem").write_bytes(signer.certificate.public_bytes(Encoding.PEM))
        (folder / "root.pem").write_bytes(authority.pem)
        (folder / "serial").write_text("01")
        (folder / "tsa.cnf").write_text(
            f"[tsa]\ndefault_tsa=t\n[t]\nserial={folder}/serial\nsigner_cert={folder}/cert.pem\n"
            f"certs={folder}/root.pem\nsigner_key={folder}/key.pem\nsigner_digest=sha256\n"
            "default_policy=1.2.3.4\ndigests=sha256,sha384,sha512\n"
        )
        stamper = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                answer = stamper._answer(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-type", "application/timestamp-reply")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, query: bytes) -> bytes:
        (self._folder / "query").write_bytes(query)
        config, file = self._folder / "tsa.cnf", self._folder / "query"
        command = ["openssl", "ts", "-reply", "-config", str(config), "-queryfile", str(file)]
        return subprocess.run(command, capture_output=True, check=True).stdout


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """Return a small still of that format."""
    pixels = np.random.default_rng(7).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    made, image = io.BytesIO(), Image.fromarray(pixels)
    if kind == "HEIC":
        pillow_heif.from_pillow(image).save(made, **options)
    else:
        image.save(made, kind, **options)
    return made.getvalue()


def created(source_type: str = MADE_WITH_AI, **more: Any) -> dict[str, Any]:
    """Return a manifest of a file that a generator made."""
    action = {
        "action": "c2pa.created",
        "digitalSourceType": source_type,
        "softwareAgent": {"name": "Model 1"},
    }
    return manifest([action], **more)


def manifest(actions: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return a manifest with those actions."""
    return {
        "claim_generator_info": [{"name": "Example Tool", "version": "1.2"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
        **more,
    }


def signed(
    content: bytes,
    signer: Signer,
    said: dict[str, Any] | None = None,
    *,
    parent: bytes | None = None,
    trusted_by_its_signer: Authority | None = None,
    kept_at: str | None = None,
    mime: str = "image/jpeg",
    stamped_by: str | None = None,
) -> bytes:
    """Return the file with a signed record.

    ``parent`` is a file that it was made of, checked with the root ``trusted_by_its_signer``; ``kept_at``
    leaves the record out and names an address instead; ``stamped_by`` is the address of a `Stamper`.
    """
    key = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = signer.certificate.public_bytes(Encoding.PEM) + signer.root.public_bytes(Encoding.PEM)
    native = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain, key, stamped_by))
    return _built(content, native, said, parent, trusted_by_its_signer, kept_at, mime)


def signed_outside_validity(
    content: bytes, authority: Authority, valid: tuple[timedelta, timedelta]
) -> bytes:
    """Return a file signed by a certificate that is not valid now, which the library refuses to sign with.

    It is handed a valid one of the same length, which is exchanged in what is signed and in the file.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    while True:
        good, bad = authority.signer(key=key), authority.signer(key=key, valid=valid)
        shown, meant = (one.certificate.public_bytes(Encoding.DER) for one in (good, bad))
        if len(shown) == len(meant):
            break

    def sign(data: bytes) -> bytes:
        assert shown in data
        r, s = decode_dss_signature(key.sign(data.replace(shown, meant), ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    chain = good.certificate.public_bytes(Encoding.PEM) + good.root.public_bytes(Encoding.PEM)
    native = c2pa.Signer.from_callback(sign, c2pa.C2paSigningAlg.ES256, chain.decode())
    return _built(content, native, None, None, None, None, "image/jpeg").replace(shown, meant)


def _built(
    content: bytes,
    native: Any,
    said: dict[str, Any] | None,
    parent: bytes | None,
    authority: Authority | None,
    kept_at: str | None,
    mime: str,
) -> bytes:
    trust = {"trust_anchors": authority.pem.decode()} if authority else {}
    settings = {
        "version": 1,
        "trust": trust,
        "builder": {"thumbnail": {"enabled": False}},
        "verify": {"verify_after_sign": False, "verify_trust": True, "ocsp_fetch": False},
    }
    if parent is not None:
        opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}
        said = manifest([opened]) if said is None else said
    with c2pa.Context.from_dict(settings) as context:
        builder = c2pa.Builder(json.dumps(created() if said is None else said), context=context)
        if parent is not None:
            ingredient = {"title": "parent.jpg", "relationship": "parentOf", "label": "parent"}
            builder.add_ingredient(json.dumps(ingredient), mime, io.BytesIO(parent))
        if kept_at is not None:
            builder.set_no_embed()
            builder.set_remote_url(kept_at)
        made = io.BytesIO()
        builder.sign(native, mime, io.BytesIO(content), made)
    return made.getvalue()


def _certificate(
    name: str, issuer: str, key: ec.EllipticCurvePublicKey, valid: tuple[timedelta, timedelta]
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + valid[0])
        .not_valid_after(now + valid[1])
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"{common} Ltd"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )

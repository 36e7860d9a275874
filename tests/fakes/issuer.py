"""A simulated Google sign-in over real HTTP: token endpoint and keys, with an identity that the test chooses."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from google.auth import crypt, jwt


def _key_and_certificate() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


class Issuer:
    """What the next sign-in will say. `claims` are laid over those of an honest token."""

    def __init__(self) -> None:
        self.key, self.certificate = _key_and_certificate()
        self.signing_key = self.key  # a test may sign with another one
        self.claims: dict[str, Any] = {}
        self.pending: dict[str, dict[str, str]] = {}
        self.endpoint = ""
        self.fails = False

    def consent(self, location: str) -> dict[str, str]:
        """The person presses "allow" on the page at `location`: what comes back in the query."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = f"code-{len(self.pending)}"
        self.pending[code] = query
        return {"code": code, "state": query["state"]}

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        asked = self.pending.pop(form["code"], None)
        if asked is None or form["client_secret"] != "sign-in secret" or asked["redirect_uri"] != form["redirect_uri"]:
            return None
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return None
        now = int(time.time())
        honest = {
            "iss": "https://accounts.google.com", "aud": asked["client_id"], "sub": "1001", "hd": "district.example",
            "email": "bo@district.example", "email_verified": True, "nonce": asked["nonce"], "iat": now,
            "exp": now + 3600,
        }  # fmt: skip
        claims = {name: value for name, value in (honest | self.claims).items() if value is not None}
        signer = crypt.RSASigner.from_string(self.signing_key, "key-1")
        return {"id_token": jwt.encode(signer, claims).decode(), "access_token": "unused"}


@contextmanager
def issuer_running() -> Iterator[Issuer]:
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(200, {"key-1": issuer.certificate})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            token = None if issuer.fails else issuer.token({k: v[0] for k, v in parse_qs(body).items()})
            self.answer(200 if token else 400, token or {"error": "invalid_grant"})

        def answer(self, status: int, body: dict[str, Any]) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    issuer.endpoint = f"http://127.0.0.1:{server.server_port}"
    yield issuer
    server.shutdown()
    server.server_close()

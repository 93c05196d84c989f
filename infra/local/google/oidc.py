"""The issuer of Google's OIDC tokens: signs what Cloud Scheduler sends, and publishes the keys to check it with.

Right and wrong tokens are minted on demand, so that a door can be shown every kind of forged one. Google publishes its
keys twice: as certificates by key id (``/oauth2/v1/certs``) and as a JWK set (``/oauth2/v3/certs``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from functools import cached_property
from typing import Any

import jwt
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://accounts.google.com"
_LIFETIME = 3600
_AN_HOUR_OF_CACHE = {"Cache-Control": "public, max-age=3600, must-revalidate, no-transform"}


class SigningKey:
    """One RSA key with the certificate that publishes it."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        der = self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.kid = hashlib.sha1(der, usedforsecurity=False).hexdigest()

    @cached_property
    def certificate(self) -> str:
        """Self-signed, in PEM, as Google's are."""
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "federated-signon.system.gserviceaccount.com")])
        now = dt.datetime.now(dt.UTC)
        unsigned = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=16))
        )
        return unsigned.sign(self.private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    @cached_property
    def jwk(self) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(self.private.public_key()))
        return {"kid": self.kid, "alg": "RS256", "use": "sig", "kty": "RSA", "n": public["n"], "e": public["e"]}


class Issuer:
    """Signs with the newest of its keys; the one before stays published after a rotation."""

    def __init__(self, service_account: str) -> None:
        self.service_account = service_account
        self._newer: list[SigningKey] = []

    @cached_property
    def _first(self) -> SigningKey:
        return SigningKey()  # made when it is first needed: it costs a tenth of a second

    @cached_property
    def _foreign(self) -> SigningKey:
        return SigningKey()

    @property
    def published(self) -> list[SigningKey]:
        return [self._first, *self._newer][-2:]

    def rotate(self) -> None:
        """Signs with a fresh key from now on."""
        self._newer.append(SigningKey())

    def mint(
        self,
        audience: str,
        *,
        email: str = "",
        issuer: str = ISSUER,
        age: int = 0,
        email_verified: bool = True,
        foreign_key: bool = False,
    ) -> str:
        """A service account's token of an hour. `age` seconds ago (negative: in the future); `foreign_key` signs under
        the right key id with a key that was never published."""
        email = email or self.service_account
        issued = int(time.time()) - age
        subject = str(int(hashlib.sha256(email.encode()).hexdigest(), 16))[:21]
        claims = {
            "iss": issuer,
            "aud": audience,
            "azp": subject,
            "sub": subject,
            "email": email,
            "email_verified": email_verified,
            "iat": issued,
            "exp": issued + _LIFETIME,
        }
        signing = self.published[-1]
        key = self._foreign if foreign_key else signing
        return jwt.encode(claims, key.private, algorithm="RS256", headers={"kid": signing.kid})

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/oauth2/v1/certs", self._certificates), web.get("/oauth2/v3/certs", self._jwk_set)]

    async def _certificates(self, _request: web.Request) -> web.Response:
        found = {key.kid: key.certificate for key in self.published}
        return web.json_response(found, headers=_AN_HOUR_OF_CACHE)

    async def _jwk_set(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [key.jwk for key in self.published]}, headers=_AN_HOUR_OF_CACHE)

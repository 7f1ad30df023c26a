"""A strict SMART authorization server in memory, written from the standards and sharing no code with the client.

It is an httpx transport: discovery, the authorization endpoint (`sign_in`, what a browser would do), token,
introspection, revocation, keys and one Patient. Every request is held against the checks of Inferno's client suite and
the stricter ones of the standards; a broken one is refused and named in `broken`. `tamper` changes what arrives at one
stage, so that a test can prove that a check bites.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from joserfc import jwk, jws, jwt

BASE = "https://ehr.example/fhir"
AUTH = "https://auth.ehr.example"
REDIRECT = "https://app.example/callback"
CLIENT = "app-1"
SECRET = "s3cret:with/odd+signs%"
LAUNCH = "launch-handle-1"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

ISSUER_KEY = jwk.RSAKey.generate_key(2048)

Fields = dict[str, Any]
Tamper = Callable[[Fields], None]


class Refused(Exception):  # noqa: N818 - named for what happened
    """A request that breaks a check; the check's name."""


@dataclass
class StrictServer:
    """One registered client of one kind: "public", "basic", "asymmetric" or "backend"."""

    kind: str = "public"
    jwks: dict[str, Any] = field(default_factory=lambda: {"keys": []})
    now: datetime = NOON
    capabilities: list[str] = field(
        default_factory=lambda: ["launch-ehr", "launch-standalone", "permission-v2", "authorize-post"]
    )
    configuration: Fields = field(default_factory=dict)  # changes the smart-configuration; None takes a member out
    answer: Fields = field(default_factory=dict)  # changes the token answer; None takes a member out
    claims: Fields = field(default_factory=dict)  # changes the id_token; None takes a claim out
    tamper: dict[str, Tamper] = field(default_factory=dict)  # "authorize", "token", "headers", "assertion"
    replies: dict[str, list[httpx.Response | Exception]] = field(default_factory=dict)  # queued answers for one path
    rotates: bool = True

    broken: list[str] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    requests: list[httpx.Request] = field(default_factory=list)
    codes: dict[str, Fields] = field(default_factory=dict)
    live_tokens: set[str] = field(default_factory=set)
    refresh_tokens: set[str] = field(default_factory=set)
    spent: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    issued: int = 0

    # What a browser does

    def sign_in(self, method: str, url: str, form: Fields | None = None) -> list[tuple[str, str]]:
        """Answer an authorization request as a person who agrees; the parameters of the redirect."""
        asked = dict(form) if form else dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        assert method == "POST" or not form
        self._tampered("authorize", asked)
        self._check("response-type", asked.get("response_type") == "code")
        self._check("client-id", asked.get("client_id") == CLIENT)
        self._check("redirect-uri", asked.get("redirect_uri") == REDIRECT)
        self._check("state", len(asked.get("state", "").strip()) >= 22)
        self._check("aud", asked.get("aud") == BASE)
        self._check("challenge", len(asked.get("code_challenge", "")) == 43)
        self._check("challenge-method", asked.get("code_challenge_method") == "S256")
        scopes = asked.get("scope", "").split()
        self._check("scope", bool(scopes))
        if "launch/patient" in scopes:
            self._check("standalone", "launch" not in asked)
        else:
            self._check("launch", "launch" in scopes and asked.get("launch") == LAUNCH)
        code = f"code-{len(self.codes) + 1}"
        self.codes[code] = asked
        return [("code", code), ("state", asked["state"])]

    # What the client does

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request of the client."""
        self.requests.append(request)
        path = request.url.path
        if self.replies.get(path):
            reply = self.replies[path].pop(0)
            if isinstance(reply, Exception):
                raise reply
            return reply
        here = f"{request.url.scheme}://{request.url.host}"
        try:
            if here == "https://ehr.example":
                return self._fhir(request)
            if here == AUTH:
                return {
                    "/token": self._token,
                    "/keys": self._keys,
                    "/introspect": self._introspect,
                    "/revoke": self._revoke,
                }[path](request)
        except Refused as check:
            error = "invalid_client" if str(check) in _CLIENT_CHECKS else "invalid_grant"
            return httpx.Response(400, json={"error": error, "error_description": f"broken: {check}"})
        raise AssertionError(f"nobody should ask {request.url}")

    def client(self) -> httpx.AsyncClient:
        """A client whose every request ends here."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self.handle))

    def asked(self, path: str) -> list[httpx.Request]:
        """The requests to one path."""
        return [request for request in self.requests if request.url.path == path]

    def forms(self, path: str = "/token") -> list[dict[str, str]]:
        """The forms that were posted to one path."""
        return [dict(parse_qsl(request.content.decode())) for request in self.asked(path)]

    # The endpoints

    def _fhir(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/fhir/.well-known/smart-configuration":
            self._check("accept-json", request.headers["accept"] == "application/json")
            return httpx.Response(200, json=self.smart_configuration())
        if request.url.path == "/fhir/metadata":
            return httpx.Response(404)
        headers: Fields = {"authorization": request.headers.get("authorization", "")}
        self._tampered("fhir", headers)
        scheme, _, token = headers["authorization"].partition(" ")
        try:
            self._check("bearer", scheme == "Bearer" and token in self.live_tokens)
        except Refused:
            return httpx.Response(401)
        return httpx.Response(200, json={"resourceType": "Patient", "id": "p1"})

    def smart_configuration(self) -> Fields:
        """What `.well-known/smart-configuration` says."""
        return changed(
            {
                "issuer": AUTH,
                "jwks_uri": f"{AUTH}/keys",
                "authorization_endpoint": f"{AUTH}/authorize",
                "token_endpoint": f"{AUTH}/token",
                "introspection_endpoint": f"{AUTH}/introspect",
                "revocation_endpoint": f"{AUTH}/revoke",
                "grant_types_supported": ["authorization_code", "client_credentials"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
                "code_challenge_methods_supported": ["S256"],
                "capabilities": self.capabilities,
            },
            self.configuration,
        )

    def _keys(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"keys": [issuer_key()]})

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = self._authenticated(request)
        grant = form.get("grant_type")
        if self.kind == "backend":
            self._check("grant-type", grant == "client_credentials")
            self._check("backend-scope", form.get("scope", "").startswith("system/"))
            return self._give(form["scope"], refresh=False)
        if grant == "refresh_token":
            return self._refresh(form)
        self._check("grant-type", grant == "authorization_code")
        asked = self.codes.pop(form.get("code", ""), None)
        self._check("code", asked is not None)
        assert asked is not None
        self._check("token-redirect-uri", form.get("redirect_uri") == asked["redirect_uri"])
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        self._check("verifier", _base64url(digest) == asked["code_challenge"])
        scopes = asked["scope"]
        return self._give(scopes, refresh="offline_access" in scopes or "online_access" in scopes, asked=asked)

    def _refresh(self, form: Fields) -> httpx.Response:
        given = form.get("refresh_token", "")
        self._check("refresh-token-once", given not in self.spent)
        self._check("refresh-token", given in self.refresh_tokens)
        if self.rotates:
            self.refresh_tokens.discard(given)
            self.spent.add(given)
        return self._give("launch patient/Observation.rs offline_access", refresh=self.rotates)

    def _give(self, scope: str, *, refresh: bool, asked: Fields | None = None) -> httpx.Response:
        self.issued += 1
        token = f"access-{self.issued}"
        self.live_tokens.add(token)
        answer: Fields = {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": scope}
        if refresh:
            answer["refresh_token"] = f"refresh-{self.issued}"
            self.refresh_tokens.add(answer["refresh_token"])
        if self.kind != "backend":
            answer["patient"] = "p1"
        if asked and "openid" in scope:
            answer["id_token"] = self.id_token(asked.get("nonce"))
        return httpx.Response(200, json=changed(answer, self.answer))

    def id_token(self, nonce: str | None) -> str:
        """A signed statement of who signed in, changed as `claims` says."""
        moment = int(self.now.timestamp())
        claims = {
            "iss": AUTH,
            "aud": CLIENT,
            "sub": "nurse-7",
            "iat": moment,
            "exp": moment + 3600,
            "fhirUser": "Practitioner/7",
            "nonce": nonce,
        }
        return sign(changed(claims, self.claims))

    def _introspect(self, request: httpx.Request) -> httpx.Response:
        token = self._authenticated(request).get("token", "")
        if token not in self.live_tokens:
            return httpx.Response(200, json={"active": False})
        return httpx.Response(200, json={"active": True, "scope": "launch", "client_id": CLIENT, "patient": "p1"})

    def _revoke(self, request: httpx.Request) -> httpx.Response:
        token = self._authenticated(request).get("token", "")
        self.live_tokens.discard(token)
        self.refresh_tokens.discard(token)
        return httpx.Response(200)

    # Who is asking

    def _authenticated(self, request: httpx.Request) -> Fields:
        self._check("form-post", request.method == "POST")
        self._check("form-post", request.headers["content-type"] == "application/x-www-form-urlencoded")
        form: Fields = dict(parse_qsl(request.content.decode(), strict_parsing=True))
        headers: Fields = {"authorization": request.headers.get("authorization")}
        self._tampered("token", form)
        self._tampered("headers", headers)
        if self.kind == "public":
            self._check("public-client-id", form.get("client_id") == CLIENT)
            self._check("public-no-secret", headers["authorization"] is None and "client_secret" not in form)
        elif self.kind == "basic":
            expected = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            self._check("basic", headers["authorization"] == expected)
            self._check("client-id-in-body-of-public-only", "client_id" not in form)
        else:
            self._check("client-id-in-body-of-public-only", "client_id" not in form)
            self._check_assertion(form)
        return form

    def _check_assertion(self, form: Fields) -> None:
        self._check("assertion-type", form.get("client_assertion_type") == JWT_BEARER)
        assertion = form.get("client_assertion", "")
        header = json.loads(base64.urlsafe_b64decode(assertion.partition(".")[0] + "=="))
        keys = [key for key in self.jwks["keys"] if key["kid"] == header.get("kid")]
        self._check("kid", len(keys) == 1)
        self._check("algorithm", header.get("alg") in ("RS384", "ES384") and header["alg"] == keys[0]["alg"])
        self._check("key-is-public", not {"d", "p", "q", "dp", "dq", "qi", "k"} & keys[0].keys())
        public: Any = (jwk.RSAKey if keys[0]["kty"] == "RSA" else jwk.ECKey).import_key(keys[0])
        claims = _signed_claims(assertion, public, header["alg"])
        self._check("signature", claims is not None)
        assert claims is not None
        merged = {**claims, **{f"header:{name}": value for name, value in header.items()}}
        self._tampered("assertion", merged)
        moment = self.now.timestamp()
        self._check("typ", merged.get("header:typ") == "JWT")
        self._check("iss", merged.get("iss") == CLIENT)
        self._check("sub", merged.get("sub") == CLIENT)
        self._check("assertion-aud", merged.get("aud") == f"{AUTH}/token")
        self._check("exp", isinstance(merged.get("exp"), int) and moment < merged["exp"] <= moment + 300)
        self._check("jti", bool(merged.get("jti")) and merged["jti"] not in self.seen)
        self.seen.add(merged["jti"])

    def _tampered(self, stage: str, fields: Fields) -> None:
        if stage in self.tamper:
            self.tamper[stage](fields)

    def _check(self, name: str, holds: bool) -> None:
        if not holds:
            self.broken.append(name)
            raise Refused(name)
        self.held.add(name)


_CLIENT_CHECKS = {"public-client-id", "public-no-secret", "basic", "client-id-in-body-of-public-only"} | {
    *("assertion-type", "kid", "algorithm", "signature", "typ", "iss", "sub", "assertion-aud", "exp", "jti"),
    "key-is-public",
}


def _signed_claims(assertion: str, key: Any, alg: str) -> Fields | None:
    try:
        return dict(json.loads(jws.deserialize_compact(assertion, key, algorithms=[alg]).payload))
    except Exception:  # whatever is wrong with it, it is not signed
        return None


def sign(claims: Fields, header: Fields | None = None, key: Any = ISSUER_KEY) -> str:
    """A JWT of the issuer, with the header that is given."""
    header = header or {"alg": "RS256", "kid": "issuer-1", "typ": "JWT"}
    return jwt.encode(header, claims, key, algorithms=[header["alg"]], default_type=None)


def issuer_key(**changes: Any) -> Fields:
    """The public key of the issuer, as its JWKS holds it."""
    return changed({**ISSUER_KEY.as_dict(private=False), "kid": "issuer-1", "use": "sig", "alg": "RS256"}, changes)


def changed(fields: Fields, changes: Fields) -> Fields:
    """The fields with some replaced and, where the change says None, taken out."""
    merged = {**fields, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def later(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def with_query(url: str, **fields: str) -> str:
    """The address with parameters."""
    return f"{url}?{urlencode(fields)}"


def _base64url(some: bytes) -> str:
    return base64.urlsafe_b64encode(some).rstrip(b"=").decode()

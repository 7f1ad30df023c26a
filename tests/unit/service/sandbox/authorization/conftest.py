"""An EHR with two patients, a clock that stands still, and an app that behaves: each test spoils one thing."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from starlette.applications import Starlette

from service.sandbox.authorization.clients import Client
from service.sandbox.ehr import Ehr, create_ehr

BASE = "http://ehr.example/fhir"
TOKEN_URL = "http://ehr.example/auth/token"
CALLBACK = "http://127.0.0.1:8000/callback"
LAUNCH = "http://127.0.0.1:8000/launch"
JWKS_URL = "http://127.0.0.1:8000/.well-known/jwks.json"
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPE = "launch openid fhirUser offline_access patient/*.rs patient/Appointment.cu"
VERIFIER = "v" * 43
SECRET = "correct horse"
KEYS = KeySet(
    [
        RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
        ECKey.generate_key("P-384", {"kid": "ec", "alg": "ES384", "use": "sig"}),
    ]
)
PUBLIC_KEYS = KEYS.as_dict(private=False)

Json = dict[str, Any]


@dataclass
class Clock:
    """A clock that goes only when told to."""

    now: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def go(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


@dataclass
class Http:
    """A browser, or an app's HTTP client, that follows no redirect by itself."""

    app: Starlette

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://ehr.example") as client:
                return await client.request(method, path, **more)

        return asyncio.run(ask())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)


@dataclass
class App:
    """A well-behaved client of the EHR. What a test wants otherwise, it says: `None` leaves a parameter out."""

    ehr: Ehr
    http: Http
    clock: Clock
    client: Client
    state: str = field(default_factory=lambda: uuid.uuid4().hex)

    def begin(self, patient: str | None = "ann", **context: Any) -> str:
        """A launch handle, as the EHR makes it when somebody clicks."""
        return self.ehr.authority.memory.begin_launch(self.client.id, self.ehr.context(patient, **context))

    def request(self, launch: str | None = "new", **changes: str | None) -> dict[str, str]:
        parameters = {
            "response_type": "code",
            "client_id": self.client.id,
            "redirect_uri": CALLBACK,
            "launch": self.begin() if launch == "new" else launch,
            "scope": SCOPE,
            "state": self.state,
            "aud": BASE,
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            "nonce": "a-nonce",
            **changes,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    def authorize(self, launch: str | None = "new", **changes: str | None) -> dict[str, str]:
        """What the app is told at its redirect_uri."""
        return told(self.http.get("/auth/authorize", params=self.request(launch, **changes)))

    def code(self, launch: str | None = "new", **changes: str | None) -> str:
        return self.authorize(launch, **changes)["code"]

    def assertion(self, *, alg: str = "ES384", header: Json | None = None, key: Any = None, **claims: Any) -> str:
        signer = key or next(key for key in KEYS.keys if key.kid == ("rsa" if alg.startswith("RS") else "ec"))
        now = int(self.clock.now.timestamp())
        content = {
            "iss": self.client.id,
            "sub": self.client.id,
            "aud": TOKEN_URL,
            "exp": now + 300,
            "jti": uuid.uuid4().hex,
            **claims,
        }
        kept = {name: value for name, value in content.items() if value is not None}
        head = {"alg": alg, "kid": signer.kid, "typ": "JWT", **(header or {})}
        return jwt.encode(
            {name: value for name, value in head.items() if value is not None},
            kept,
            signer,
            algorithms=[alg],
            default_type=None,
        )

    def authentication(self) -> tuple[dict[str, str], dict[str, str]]:
        """Form fields and headers that say who the client is."""
        match self.client.authentication:
            case "public":
                return {"client_id": self.client.id}, {}
            case "confidential-symmetric":
                return {}, {"Authorization": basic(self.client.id, SECRET)}
        return {"client_assertion_type": BEARER, "client_assertion": self.assertion()}, {}

    def post(self, path: str, form: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        fields, own = self.authentication()
        kept = {name: value for name, value in {**fields, **form}.items() if value is not None}
        return self.http.post(path, data=kept, headers=own if headers is None else headers)

    def exchange(self, code: str | None, headers: dict[str, str] | None = None, **changes: Any) -> Any:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return self.post("/auth/token", {**form, **changes}, headers)

    def refresh(self, token: str, **changes: Any) -> Any:
        return self.post("/auth/token", {"grant_type": "refresh_token", "refresh_token": token, **changes})

    def token(self, launch: str | None = "new", **changes: str | None) -> Json:
        """A whole launch."""
        answer = self.exchange(self.code(launch, **changes))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fhir(self, token: str, path: str, method: str = "GET", **more: Any) -> Any:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/fhir+json",
            **more.pop("headers", {}),
        }
        return self.http.request(method, f"/fhir/{path}".rstrip("/"), headers=headers, **more)


def told(answer: Any) -> dict[str, str]:
    """The query with which the browser is sent back."""
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    return {name: value for name, (value,) in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def chart(patient: str) -> Json:
    def about(kind: str, **elements: Any) -> Json:
        subject = {"subject": {"reference": f"Patient/{patient}"}}
        return {"resourceType": kind, "id": f"{patient}-{kind.lower()}", **subject, **elements}

    lab = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}
    resources = [
        {
            "resourceType": "Patient",
            "id": patient,
            "name": [{"family": patient.title()}],
            "birthDate": "{{today-9000d}}",
        },
        {"resourceType": "Medication", "id": "aspirin", "code": {"text": "aspirin 81 MG"}},
        about(
            "MedicationRequest",
            status="active",
            intent="order",
            medicationReference={"reference": "Medication/aspirin"},
        ),
        about("Observation", status="final", code={"text": "weight"}),
        about("Observation", status="final", code={"text": "A1c"}, category=[{"coding": [lab]}])
        | {"id": f"{patient}-lab"},
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}


@pytest.fixture(scope="session")
def charts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("charts")
    for patient in ("ann", "bob"):
        (folder / f"{patient}.json").write_text(json.dumps(chart(patient)))
    return sorted(folder.iterdir())


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def published():
    """What stands behind the clients' JWKS URLs; a test may change it."""
    return {JWKS_URL: PUBLIC_KEYS}


@pytest.fixture
def ehr(charts, clock, published):
    async def fetch(url: str) -> bytes:
        try:
            return json.dumps(published[url]).encode()
        except KeyError:
            raise OSError(url) from None

    ehr = create_ehr("http://ehr.example", charts=charts, now=clock, fetch=fetch, slow_seconds=0.2)
    yield ehr
    ehr.store.close()


@pytest.fixture
def http(ehr):
    return Http(ehr.app)


@pytest.fixture
def register(ehr, http, clock):
    """An app that is registered in the given way."""

    def registered(name: str = "app", **way: Any) -> App:
        known = {} if way.get("backend") else {"redirect_uris": (CALLBACK,), "launch_url": LAUNCH}
        client = Client(name, **{**known, **way})
        ehr.register(client)
        return App(ehr, http, clock, client)

    return registered


WAYS = {
    "public": {},
    "symmetric": {"secret": SECRET},
    "asymmetric": {"jwks": PUBLIC_KEYS},
    "asymmetric-url": {"jwks_url": JWKS_URL},
}


@pytest.fixture
def symmetric():
    """How a client with a secret is registered."""
    return WAYS["symmetric"]


@pytest.fixture
def asymmetric():
    """How a client with given keys is registered."""
    return WAYS["asymmetric"]


@pytest.fixture(name="told")
def _told():
    """Read the query with which the browser is sent back."""
    return told


@pytest.fixture
def app(register):
    """A public app."""
    return register()


@pytest.fixture(params=WAYS)
def any_app(request, register):
    """An app of each kind in turn."""
    return register(**WAYS[request.param])

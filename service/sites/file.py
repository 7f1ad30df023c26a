"""The keys of one site in sites.toml; in the environment each is PICKUPDAY_SITE_ and the key in capitals."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from service.programmes import DEFAULT
from smart_launch import Algorithm, ScopeLanguage

# Ask for the least: what is read, what an enrolment writes, and who does it. docs/ehr-setup.md says what each is for.
DEFAULT_SCOPES = (
    "openid",
    "fhirUser",
    "online_access",
    "patient/Patient.r",
    "patient/MedicationRequest.rs",
    "patient/MedicationDispense.rs",
    "patient/Medication.r",
    "patient/Encounter.rs",
    "patient/Condition.rs",
    "patient/Observation.rs",
    "patient/Coverage.rs",
    "patient/Organization.r",
    "patient/Location.r",
    "patient/Appointment.crus",
    "patient/CommunicationRequest.crus",
    "patient/Consent.crus",
    "patient/CarePlan.crus",
    "patient/Task.crus",
    "patient/DocumentReference.crus",
    "patient/Provenance.crs",
)
BACKEND_SCOPES = tuple(
    f"system/{kind}.crus"
    for kind in (
        "Appointment",
        "CommunicationRequest",
        "Consent",
        "CarePlan",
        "Task",
        "DocumentReference",
        "Provenance",
    )
)


def _known_zone(name: str | None) -> str | None:
    if name is not None:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("not a time zone of the IANA database, such as America/New_York") from None
    return name


def _origin(text: str) -> str:
    """An origin as frame-ancestors takes it: https://ehr.example, https://*.ehr.example."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
        raise ValueError(f"{text!r} is no origin, such as https://ehr.example")
    if any(sign in text for sign in " ;,'\"\\") or not text.isascii():
        raise ValueError(f"{text!r} holds a character that no origin may hold")
    return f"{parts.scheme}://{parts.netloc}"


Origins = tuple[Annotated[str, AfterValidator(_origin)], ...]
Zone = Annotated[str | None, AfterValidator(_known_zone)]
Codes = tuple[Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")], ...]


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QuirkEntry(_Keys):
    """What one server does in its own way."""

    refresh_with_scope: bool = Field(False, description="send `scope` with a refresh")
    scopes_verbatim: bool = Field(False, description="send the scopes exactly as written, translated into no version")
    openid_issuer: str | None = Field(None, description="`iss` of id_tokens, where discovery does not say")
    assertion_audience: str | None = Field(None, description="`aud` of assertions, where it is not the token URL")
    style_origins: Origins = Field((), description="where a smart_style_url may point, besides the server itself")
    public_base: str = Field("", description="the FHIR base that the server names in links, where it is another one")
    medication_request_intents: Codes = Field((), description="intents to ask for, where the server insists on some")


class WriteEntry(_Keys):
    """Another FHIR server that takes the pickups, and knows the patients by the same ids."""

    base: str = Field(description="its FHIR base")
    auth: Literal["none", "backend"] = Field("none", description="backend: SMART Backend Services; none: this machine")
    client_id: str | None = Field(None, description="the client id registered there, for backend")
    algorithm: Algorithm = Field("ES384", description="RS384 or ES384")
    scopes: tuple[str, ...] = Field(BACKEND_SCOPES, description="system scopes to ask for")

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.auth == "backend" and not self.client_id:
            raise ValueError('auth = "backend" needs client_id')
        if self.auth == "none" and urlsplit(self.base).hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError('auth = "none" is for a server on this machine; use auth = "backend"')
        return self


class SiteEntry(_Keys):
    """One site."""

    issuer: str = Field(description="the FHIR base, letter by letter as the server sends it in `iss`")
    client_id: str = Field(description="the client id that the server gave this app")
    label: str = Field("", description="what people call the site; default: its name")
    auth: Literal["public", "client_secret_basic", "private_key_jwt"] = Field(
        "private_key_jwt", description="how the app proves itself"
    )
    algorithm: Algorithm = Field("ES384", description="RS384 or ES384, for private_key_jwt")
    client_secret: str = Field("", description="the secret, for client_secret_basic; better in a file")
    client_secret_file: str = Field("", description="a file that holds the secret")
    scopes: tuple[str, ...] = Field(DEFAULT_SCOPES, description="scopes to ask for, without launch")
    scope_language: ScopeLanguage | None = Field(None, description="v1 or v2, where the server declares it wrongly")
    redirect: str = Field("", description="the redirect URI; default: /callback, or /callback/NAME with several sites")
    programme: str = Field(DEFAULT, description="a shipped programme or a TOML file")
    programmes: tuple[str, ...] = Field(
        (), description="further programmes that can be chosen on the page, each a shipped one or a TOML file"
    )
    timezone: Zone = Field(None, description="the pharmacy's time zone, where the programme has none")
    frame_ancestors: Origins = Field((), description="origins that frame the page; default: that of the issuer")
    standalone: bool = Field(True, description="whether the app may be started without the EHR")
    quirks: QuirkEntry = Field(default_factory=lambda: QuirkEntry.model_validate({}), description="a table, see below")
    write: WriteEntry | None = Field(None, description="a table, see below; default: the launching server")

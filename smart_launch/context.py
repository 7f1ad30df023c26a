"""The launch context: for whom, at which visit and in which surroundings the app was launched."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from smart_launch.addresses import origin, resolve
from smart_launch.discovery import Endpoints
from smart_launch.errors import AddressRefused, clean
from smart_launch.reading import Json, text
from smart_launch.sites import Site

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")  # FHIR R4, datatype id
_REFERENCE = re.compile(
    r"(?:https?://[\x21-\x7e]+/)?[A-Z][A-Za-z]{1,63}/[A-Za-z0-9\-.]{1,64}(?:/_history/[\x21-\x7e]+)?"
)
_TOKEN_MEMBERS = ("access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token")
_CONTEXT_MEMBERS = ("patient", "encounter", "fhirContext", "need_patient_banner", "intent", "tenant")
_KNOWN = frozenset((*_TOKEN_MEMBERS, *_CONTEXT_MEMBERS, "smart_style_url", "appContext"))


@dataclass(frozen=True, slots=True)
class ContextItem:
    """One entry of `fhirContext`: a thing that was in view when the app was launched, such as an imaging study."""

    reference: str | None = field(repr=False)
    canonical: str | None = None
    kind: str | None = None  # `type`
    role: str = "launch"


@dataclass(frozen=True, slots=True)
class LaunchContext:
    """What the server said of the launch. None means that it said nothing; `notes` say what could not be used."""

    patient: str | None = field(repr=False, default=None)
    encounter: str | None = field(repr=False, default=None)
    fhir_context: tuple[ContextItem, ...] = field(repr=False, default=())
    need_patient_banner: bool | None = None
    intent: str | None = None
    tenant: str | None = None
    style_url: str | None = None  # of an allowed origin only
    app_context: str | None = field(repr=False, default=None)  # from a CDS Hooks card, as it is
    unknown: tuple[str, ...] = ()  # names of parameters that this package does not know
    notes: tuple[str, ...] = ()

    @property
    def shows_patient_banner(self) -> bool:
        """Whether the app must show whose record this is: always, unless the server says that it does so itself."""
        return self.need_patient_banner is not False


def read_context(answer: Json, site: Site, endpoints: Endpoints) -> LaunchContext:
    """Read the context of a token answer. Nothing in it stops a launch: what cannot be used is left out with a note."""
    notes: list[str] = []

    def identifier(name: str, kind: str) -> str | None:
        value = answer.get(name)
        if value is None:
            return None
        bare = value.removeprefix(f"{kind}/") if isinstance(value, str) else ""
        if _ID.fullmatch(bare) and bare.strip("."):
            return bare
        notes.append(
            f"The server named {'a' if kind == 'Patient' else 'an'} {kind.lower()} in a way that is no FHIR id."
        )
        return None

    banner = answer.get("need_patient_banner")
    context = LaunchContext(
        patient=identifier("patient", "Patient"),
        encounter=identifier("encounter", "Encounter"),
        fhir_context=_items(answer.get("fhirContext"), notes),
        need_patient_banner={"true": True, "false": False}.get(str(banner).lower()),
        intent=_short(answer, "intent", 200),
        tenant=_short(answer, "tenant", 200),
        style_url=_style(answer, site, endpoints, notes),
        app_context=text(answer, "appContext"),
        unknown=tuple(sorted(clean(name, 60) for name in answer if name not in _KNOWN)),
    )
    return replace(context, notes=tuple(notes))


def context_from_stored(found: Json) -> LaunchContext:
    """Read what `context_to_store` gave; what is not there stays unsaid."""
    items = found.get("fhir_context")
    banner = found.get("need_patient_banner")
    return LaunchContext(
        patient=text(found, "patient"),
        encounter=text(found, "encounter"),
        fhir_context=_items(items, []),
        need_patient_banner=banner if isinstance(banner, bool) else None,
        intent=text(found, "intent"),
        tenant=text(found, "tenant"),
        style_url=text(found, "style_url"),
        app_context=text(found, "app_context"),
    )


def context_to_store(context: LaunchContext) -> dict[str, object]:
    """The context as JSON values; notes and unknown names are not kept."""
    return {
        "patient": context.patient,
        "encounter": context.encounter,
        "fhir_context": [
            {"reference": item.reference, "canonical": item.canonical, "type": item.kind, "role": item.role}
            for item in context.fhir_context
        ],
        "need_patient_banner": context.need_patient_banner,
        "intent": context.intent,
        "tenant": context.tenant,
        "style_url": context.style_url,
        "app_context": context.app_context,
    }


def _items(found: object, notes: list[str]) -> tuple[ContextItem, ...]:
    items: list[ContextItem] = []
    for entry in found if isinstance(found, list) else ():
        if isinstance(entry, str):  # drafts of SMART 2.0 had bare references
            entry = {"reference": entry}
        reference = text(entry, "reference") if isinstance(entry, dict) else None
        canonical = text(entry, "canonical") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not (canonical or (reference and _REFERENCE.fullmatch(reference))):
            notes.append("An entry of the server's fhirContext names nothing that can be read.")
            continue
        items.append(ContextItem(reference, canonical, text(entry, "type"), text(entry, "role") or "launch"))
    return tuple(items)


def _style(answer: Json, site: Site, endpoints: Endpoints, notes: list[str]) -> str | None:
    """The style sheet, where it comes from the server itself or from an origin that the site allows."""
    address = text(answer, "smart_style_url")
    if address is None:
        return None
    allowed = {origin(known) for known in (site.issuer, endpoints.authorization, endpoints.token) if known}
    try:
        style = resolve(site.issuer, address, loopback=site.allow_loopback)
        if origin(style) in allowed | set(site.quirks.style_origins):
            return style
    except AddressRefused:
        pass
    notes.append("The server's style sheet is not used: it comes from an address that is not allowed.")
    return None


def _short(answer: Json, name: str, longest: int) -> str | None:
    value = text(answer, name)
    return clean(value, longest) if value else None

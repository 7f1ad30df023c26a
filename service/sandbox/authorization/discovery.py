"""What the authorization server says of itself: smart-configuration, openid-configuration, CapabilityStatement."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from service.sandbox.authorization.assertions import ALGORITHMS
from service.sandbox.authorization.authority import Authority
from service.sandbox.authorization.scopes import NOT_RESOURCES
from service.sandbox.faults import FOREIGN, Fault

_CAPABILITIES = (
    "launch-ehr",
    "launch-standalone",
    "authorize-post",
    "client-public",
    "client-confidential-symmetric",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-banner",
    "context-style",
    "context-ehr-patient",
    "context-ehr-encounter",
    "context-standalone-patient",
    "permission-offline",
    "permission-online",
    "permission-patient",
    "permission-user",
    "permission-v1",
    "permission-v2",
)
_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"


class Discovery:
    """Answers the well-known addresses under the FHIR base."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    async def smart_configuration(self, _: Request) -> Response:
        """Answer `.well-known/smart-configuration`."""
        faults = self._authority.faults
        if Fault.DISCOVERY_SLOW in faults:
            await self._authority.slow_down()
        if Fault.DISCOVERY_MISSING in faults:
            return JSONResponse({"detail": "Not found"}, 404)
        if Fault.DISCOVERY_REDIRECT in faults:
            return RedirectResponse(f"{FOREIGN}/.well-known/smart-configuration", 302)
        if Fault.DISCOVERY_PAGE in faults:
            return HTMLResponse("<!doctype html><title>Welcome</title><p>Welcome to our patient portal.")
        document = smart_configuration(self._authority)
        if Fault.DISCOVERY_RELATIVE in faults:
            document = {
                name: value.replace(self._authority.origin, "..", 1) if name.endswith(("_endpoint", "_uri")) else value
                for name, value in document.items()
            }
        if Fault.DISCOVERY_HUGE in faults:
            document["padding"] = " " * 20_000_000
        return JSONResponse(document)

    async def openid_configuration(self, _: Request) -> Response:
        """Answer `.well-known/openid-configuration`."""
        document = smart_configuration(self._authority)
        del document["capabilities"]
        extra = {"subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"]}
        return JSONResponse(document | extra)

    async def jwks(self, _: Request) -> Response:
        """Answer with the public keys that sign id_tokens."""
        return JSONResponse(self._authority.identity.jwks)

    async def style(self, _: Request) -> Response:
        """Answer with the EHR's colours and measures (SMART styling)."""
        return JSONResponse(STYLE)


def smart_configuration(authority: Authority) -> dict[str, Any]:
    """The document (SMART App Launch 2.2, conformance)."""
    return {
        "issuer": authority.base,
        "jwks_uri": authority.at("/auth/jwks.json"),
        "authorization_endpoint": authority.authorize_url,
        "token_endpoint": authority.token_url,
        "introspection_endpoint": authority.at("/auth/introspect"),
        "revocation_endpoint": authority.at("/auth/revoke"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "scopes_supported": [*NOT_RESOURCES, "patient/*.cruds", "user/*.cruds", "system/*.cruds"],
        "capabilities": list(_CAPABILITIES),
    }


def security(authority: Authority) -> dict[str, Any]:
    """What the CapabilityStatement says of authorization (the way before smart-configuration)."""
    addresses = {
        "authorize": authority.authorize_url,
        "token": authority.token_url,
        "introspect": authority.at("/auth/introspect"),
        "revoke": authority.at("/auth/revoke"),
    }
    uris = [{"url": name, "valueUri": address} for name, address in addresses.items()]
    return {
        "extension": [{"url": _OAUTH_URIS, "extension": uris}],
        "service": [{"coding": [{"system": _SERVICE, "code": "SMART-on-FHIR"}], "text": "SMART App Launch 2.2"}],
    }


STYLE = {
    "color_background": "#f4f6f8",
    "color_error": "#b3261e",
    "color_highlight": "#0b5cad",
    "color_modal_backdrop": "#0009",
    "color_success": "#1b6e3c",
    "color_text": "#1d2733",
    "dim_border_radius": "6px",
    "dim_font_size": "16px",
    "dim_spacing_size": "16px",
    "font_family_body": "system-ui, sans-serif",
    "font_family_heading": "system-ui, sans-serif",
}

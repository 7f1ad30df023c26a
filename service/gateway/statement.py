"""The server's CapabilityStatement, boiled down to what decides a rung of the ladder."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

import msgspec

from service.use_cases.ports import Capabilities, ResourceCapability


class _Coded(msgspec.Struct, gc=False):
    code: str = ""


class _Named(msgspec.Struct, gc=False):
    name: str = ""


class _Resource(msgspec.Struct, gc=False):
    type: str = ""
    interaction: list[_Coded] = []
    searchParam: list[_Named] = []  # noqa: N815 - FHIR's name
    searchInclude: list[str] = []  # noqa: N815 - FHIR's name
    conditionalCreate: bool = False  # noqa: N815 - FHIR's name


class _Rest(msgspec.Struct, gc=False):
    mode: str = "server"
    resource: list[_Resource] = []
    interaction: list[_Coded] = []


class _Software(msgspec.Struct, gc=False):
    name: str | None = None
    version: str | None = None


class _Statement(msgspec.Struct, gc=False):
    resourceType: Literal["CapabilityStatement"]  # noqa: N815 - FHIR's name
    fhirVersion: str | None = None  # noqa: N815 - FHIR's name
    software: _Software | None = None
    rest: list[_Rest] = []


def read_statement(data: bytes) -> Capabilities | None:
    """What the statement declares; None where the data is no CapabilityStatement that can be read."""
    try:
        statement = msgspec.json.decode(data, type=_Statement)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    rest = next((rest for rest in statement.rest if rest.mode == "server"), _Rest())
    system = {interaction.code for interaction in rest.interaction}
    software = statement.software or _Software()
    return Capabilities(
        known=True,
        fhir_version=statement.fhirVersion,
        software=software.name,
        software_version=software.version,
        transaction="transaction" in system,
        resources=MappingProxyType({resource.type: _capability(resource) for resource in rest.resource}),
    )


def _capability(resource: _Resource) -> ResourceCapability:
    return ResourceCapability(
        interactions=frozenset(interaction.code for interaction in resource.interaction),
        search_params=frozenset(param.name for param in resource.searchParam),
        includes=frozenset(resource.searchInclude),
        conditional_create=resource.conditionalCreate,
    )

"""The settings of the application: limits with their defaults, each changed by one environment variable.

Field `max_pages` is `PICKUPDAY_MAX_PAGES`. A value that cannot be meant stops the program; it is never replaced in
silence.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from mappings.limits import Limits
from service.errors import SettingsError

PREFIX = "PICKUPDAY_"


def variable(field: str) -> str:
    """The environment variable that sets a field: "max_pages" -> "PICKUPDAY_MAX_PAGES"."""
    return PREFIX + field.upper()


def _split(value: object) -> object:
    """A list as it is written in an environment variable: "order, plan"."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Bytes = Annotated[int, Field(ge=1_000)]
Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, le=600)]
Codes = Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")], ...], BeforeValidator(_split)]


class Settings(BaseModel):
    """All settings. The descriptions are what the documentation prints."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_file_bytes: Bytes = Field(50_000_000, description="largest chart, from a file or from a server, in bytes")
    max_entries: Count = Field(20_000, description="most resources in one chart, from a file or from a server")
    max_depth: Count = Field(64, description="deepest nesting of JSON in a resource")
    max_string: Count = Field(1_000_000, description="longest string in a resource, in bytes")
    max_response_bytes: Bytes = Field(20_000_000, description="largest answer of a server, in bytes after unpacking")
    max_pages: Count = Field(200, description="most pages of one search")
    page_size: Annotated[int, Field(ge=1, le=1_000)] = Field(100, description="resources asked for per page (_count)")
    requests_at_once: Annotated[int, Field(ge=1, le=16)] = Field(6, description="requests to one server side by side")
    connect_seconds: Seconds = Field(5.0, description="patience for a connection")
    read_seconds: Seconds = Field(30.0, description="patience for the next piece of an answer")
    request_seconds: Seconds = Field(120.0, description="patience for one whole answer, however it trickles in")
    max_attempts: Annotated[int, Field(ge=1, le=10)] = Field(
        3, description="most times one request is sent, where sending it again is safe; 1: never again"
    )
    retry_seconds: Seconds = Field(30.0, description="most time for one request with all its repetitions and pauses")
    retry_pause_seconds: Seconds = Field(0.5, description="pause before the first repetition; it doubles each time")
    max_retry_after_seconds: Seconds = Field(
        20.0, description="longest wait that a server may ask for (Retry-After); one that asks for more is given up"
    )
    allow_http: bool = Field(False, description="plain http to other hosts than this machine; chart data in the clear")
    public_base: str = Field(
        "",
        description="the FHIR base that a server behind a proxy names in its links; such a link is followed under the "
        "base that was given, and nothing is ever sent to this one",
    )
    medication_request_intents: Codes = Field(
        (),
        description="intents to ask for in every search for MedicationRequest, as athenaOne wants it; empty: ask for "
        "all without naming them, and name all where the server insists",
    )
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s/?#@]+(/[^\s?#@]*)?)?$")] = Field(
        "", description="the address under which browsers reach this app, such as https://pickupday.example.org"
    )
    sites: str = Field("", description="the file that lists the sites (sites.toml)")
    database: str = Field(
        "", description="where sessions are kept: sqlite:////path/to/file or postgresql://...; empty: the state folder"
    )
    session_minutes: Annotated[int, Field(ge=5, le=1_440)] = Field(
        480, description="longest life of a session, in minutes"
    )
    idle_minutes: Annotated[int, Field(ge=1, le=480)] = Field(
        30, description="a session ends after so many minutes without a request"
    )
    dev_loopback: bool = Field(
        False,
        description="development: plain http and this machine are allowed for listed issuers, and no other address is "
        "bound",
    )
    log_level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = Field(
        "WARNING", description="DEBUG, INFO, WARNING or ERROR; no level shows names, ids or addresses"
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings with every PICKUPDAY_ variable applied that names one. Raises SettingsError naming the variable."""
        environ = os.environ if environ is None else environ
        given = {name: environ[variable(name)] for name in cls.model_fields if environ.get(variable(name))}
        try:
            return cls.model_validate(given)
        except ValidationError as refused:
            first = refused.errors(include_url=False)[0]
            field = str(first["loc"][0])
            raise SettingsError(
                f"{variable(field)}={environ[variable(field)]} cannot be used ({cls.model_fields[field].description}): "
                f"{first['msg']}"
            ) from None

    @property
    def chart_limits(self) -> Limits:
        """The bounds that the mapping keeps to."""
        return Limits(self.max_file_bytes, self.max_entries, self.max_depth, self.max_string)

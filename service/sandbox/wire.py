"""HTTP at the edge of the server: what comes in, within limits, and what goes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from service.sandbox.access import Access
from service.sandbox.bundles import Pages, etag, http_date, location, version_of
from service.sandbox.fhir_json import Resource, decode, encode
from service.sandbox.interactions import Done
from service.sandbox.outcome import FhirError, operation_outcome
from service.sandbox.query import Pair
from service.sandbox.store import Store, Version

FHIR_JSON = "application/fhir+json"
MAX_BODY = 20_000_000  # bytes
_FORM = "application/x-www-form-urlencoded"
_TAKEN = {FHIR_JSON, "application/json", "application/json+fhir"}
_GIVEN = {FHIR_JSON, "application/json", "application/*", "*/*"}
_FORMATS = {FHIR_JSON, "application/json", "json"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request, with its body read and its server at hand."""

    store: Store
    pages: Pages
    base: str  # "http://127.0.0.1:8080/fhir"
    path: Mapping[str, str]  # what stands in the address: type, name, number
    query: tuple[Pair, ...]
    headers: Mapping[str, str]
    body: bytes
    started: str  # the day this server was started
    access: Access  # what the caller may do
    security: Resource | None  # how a client gets access

    @property
    def type(self) -> str:
        """The resource type in the address."""
        return self.path["type"]

    @property
    def id(self) -> str:
        """The resource id in the address."""
        return self.path["id"]

    @property
    def strict(self) -> bool:
        """Whether the client wants unknown parameters refused."""
        return "handling=strict" in self._preferences

    @property
    def returns(self) -> str | None:
        """What a write is answered with: "minimal", "representation", "OperationOutcome", or as the server likes."""
        return next((each.partition("=")[2] for each in self._preferences if each.startswith("return=")), None)

    @property
    def if_match(self) -> str | None:
        """The version number that an update must meet."""
        header = self.headers.get("if-match")
        return None if header is None else version_of(header)

    @property
    def resource(self) -> Resource:
        """The body as a JSON object. 415 where it says that it is something else."""
        if _media_type(self.headers) not in _TAKEN:
            raise FhirError(415, f"The body must be {FHIR_JSON}, in UTF-8 and uncompressed.")
        return decode(self.body)

    @property
    def form(self) -> tuple[Pair, ...]:
        """The parameters of a POST _search."""
        if self.body and _media_type(self.headers) != _FORM:
            raise FhirError(415, f"The body of a search must be {_FORM}.")
        try:
            return pairs(self.body.decode())
        except UnicodeDecodeError:
            raise FhirError(400, "The form is not UTF-8.") from None

    @property
    def _preferences(self) -> list[str]:
        return [each.strip() for each in re.split("[,;]", self.headers.get("prefer", ""))]


def pairs(query: str) -> tuple[Pair, ...]:
    """The parameters of a query string, in order, without anything dropped."""
    try:
        return tuple(parse_qsl(query, keep_blank_values=True, max_num_fields=1000))
    except ValueError:
        raise FhirError(400, "The query has more than 1,000 parameters.") from None


def refuse_other_formats(request: Request) -> None:
    """406 for a client that takes no JSON."""
    wanted = request.query_params.get("_format")
    if wanted is not None:
        acceptable = wanted.partition(";")[0].strip().replace(" ", "+") in _FORMATS
    else:
        ranges = (each.partition(";")[0].strip().lower() for each in request.headers.get("accept", "*/*").split(","))
        acceptable = any(each in _GIVEN for each in ranges)
    if not acceptable:
        raise FhirError(406, f"This server answers in {FHIR_JSON} only.")


async def read_body(request: Request) -> bytes:
    """The whole body. 413 once it is larger than a Bundle of ours can be, 415 where it is compressed."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise FhirError(415, "Compressed bodies are not taken.")
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise FhirError(413, f"The body is larger than {MAX_BODY:,} bytes.")
        parts.append(part)
    return b"".join(parts)


def answer(content: Resource, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A FHIR answer."""
    return Response(encode(content), status, headers, media_type=f"{FHIR_JSON}; charset=utf-8")


def refused(error: FhirError, headers: Mapping[str, str] | None = None) -> Response:
    """The OperationOutcome of an error, with its status."""
    return answer(error.outcome, error.status, {**error.headers, **(headers or {})})


def shown(version: Version) -> Response:
    """One resource that was read."""
    return answer(version.resource, 200, _version_headers(version))


def written(done: Done, call: Call) -> Response:
    """The answer to a create, update or delete."""
    if done.status == 204:
        return Response(status_code=204)
    version = done.version
    headers = {**_version_headers(version), "Location": f"{call.base}/{location(version)}"}
    if call.returns == "minimal":
        return Response(status_code=done.status, headers=headers)
    if call.returns == "OperationOutcome":
        outcome = operation_outcome("information", "informational", f"{version.reference} is stored.")
        return answer(outcome, done.status, headers)
    return answer(version.resource, done.status, headers)


def _version_headers(version: Version) -> dict[str, str]:
    return {"ETag": etag(version), "Last-Modified": http_date(version.updated)}


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()

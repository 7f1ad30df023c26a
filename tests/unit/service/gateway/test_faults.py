"""Every fault on the wire, what the person reads, and whether it is tried again: docs/wire.md says it, this runs it.

`PICKUPDAY_WRITE_SNAPSHOTS=1 make test` writes the tables of docs/wire.md anew; what changed is then read in the diff.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import httpx
import pytest
import respx

from service.config import Settings, variable
from service.gateway import Gateway
from service.use_cases.ports import ServerError

ROOT = Path(__file__).parents[4]
GATEWAY = ROOT / "service" / "gateway"
DOCUMENT = ROOT / "docs" / "wire.md"
BUNDLE = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [{}]}).encode()
JSON = {"content-type": "application/fhir+json"}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "diagnostics": "No such code"}]}


def status(number: int, **headers: str) -> httpx.Response:
    return httpx.Response(number, headers={name.replace("_", "-"): value for name, value in headers.items()})


FAULTS: dict[str, httpx.Response | Exception] = {
    "400": status(400),
    "401": status(401),
    "403": status(403),
    "404": status(404),
    "408": status(408),
    "409": status(409),
    "410": status(410),
    "412": status(412),
    "422, with an OperationOutcome": httpx.Response(422, json=OUTCOME),
    "423": status(423),
    "429": status(429),
    "429, `Retry-After: 3`": status(429, retry_after="3"),
    "429, `Retry-After: 120`": status(429, retry_after="120"),
    "500": status(500),
    "501": status(501),
    "502": status(502),
    "503": status(503),
    "503, `Retry-After:` a date 5 s ahead": status(503, retry_after="Mon, 02 Mar 2026 12:00:05 GMT"),
    "503, `Retry-After:` a date a day ahead": status(503, retry_after="Tue, 03 Mar 2026 12:00:00 GMT"),
    "504": status(504),
    "302, a redirect": status(302, location="https://elsewhere.example/"),
    "307, a redirect": status(307, location="https://elsewhere.example/"),
    "200 with a web page": httpx.Response(200, html="<form>password</form>"),
    "200 with XML": httpx.Response(200, content=b"<Bundle/>", headers={"content-type": "application/fhir+xml"}),
    "200 with more than `PICKUPDAY_MAX_RESPONSE_BYTES`": httpx.Response(200, content=b" " * 2000, headers=JSON),
    "200 with damaged gzip": httpx.Response(
        200, stream=httpx.ByteStream(gzip.compress(b"{}")[:-4]), headers={**JSON, "content-encoding": "gzip"}
    ),
    "nobody listens": httpx.ConnectError("[Errno 111] Connection refused"),
    "no connection in time": httpx.ConnectTimeout("timed out"),
    "a certificate that nobody vouches for": httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] unknown issuer"),
    "the connection breaks off": httpx.ReadError("reset by peer"),
    "a body shorter than announced": httpx.RemoteProtocolError("peer closed connection without the complete body"),
    "silence, or a slow drip": httpx.ReadTimeout("timed out"),
}


def repeat(fault: httpx.Response | Exception) -> Callable[[httpx.Request], httpx.Response]:
    """The same fault, however often it is asked for."""

    def answer(request: httpx.Request) -> httpx.Response:
        if isinstance(fault, Exception):
            raise fault
        return fault

    return answer


def page(ehr, *resources: dict, following: str = "", self_link: str = "") -> httpx.Response:
    following = following.replace("BASE", ehr.base)
    return httpx.Response(
        200, json=ehr.page("MedicationRequest", *resources, following=following, self_link=self_link or "")
    )


PAGES: dict[str, Callable[..., list[httpx.Response]]] = {
    "`next` on another host": lambda ehr: [page(ehr, following="https://evil.example/x?u=BASE")],
    "`next` with another scheme": lambda ehr: [page(ehr, following="http://ehr.example/fhir/MedicationRequest?page=2")],
    "`next` on another port": lambda ehr: [page(ehr, following="https://ehr.example:8443/fhir/MedicationRequest")],
    "`next` outside of the base path": lambda ehr: [page(ehr, following="https://ehr.example/admin")],
    "`next` with a climbing path": lambda ehr: [page(ehr, following="BASE/../admin")],
    "`next` with a user name": lambda ehr: [page(ehr, following="https://ehr.example@evil.example/fhir")],
    "`next` that leads back": lambda ehr: [page(ehr, following="BASE/MedicationRequest?page=2")] * 2,
    "`next` that is gone (410)": lambda ehr: [page(ehr, following="BASE/MedicationRequest?page=2"), status(410)],
    "`next` that is not there (404)": lambda ehr: [
        page(ehr, following="BASE/MedicationRequest?page=2"),
        status(404),
    ],
    "more pages than `PICKUPDAY_MAX_PAGES`": lambda ehr: [
        page(ehr, following=f"BASE/MedicationRequest?page={number}") for number in range(4)
    ],
    "more resources than `PICKUPDAY_MAX_ENTRIES`": lambda ehr: [page(ehr, *[ehr.request("r1")] * 9)],
    "more bytes than `PICKUPDAY_MAX_FILE_BYTES`": lambda ehr: [page(ehr, ehr.request("r1", note="x" * 5000))],
    "JSON that is cut short": lambda ehr: [httpx.Response(200, content=b'{"resourceType": "Bun', headers=JSON)],
    "another patient's records": lambda ehr: [page(ehr, ehr.request("r1", patient="p2"))],
    "the patient left out of the search": lambda ehr: [
        page(ehr, self_link="https://ehr.example/fhir/MedicationRequest")
    ],
    "an error among the matches": lambda ehr: [page(ehr, ehr.request("r1"), OUTCOME)],
    "an entry without a resource": lambda ehr: [page(ehr, {"resourceType": None})],
}


class Document:
    """The tables of docs/wire.md, compared line by line with what the tests saw, or written anew from it."""

    writes_anew = bool(os.environ.get("PICKUPDAY_WRITE_SNAPSHOTS"))

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen: dict[str, list[str]] = {}

    def lines(self, table: str) -> list[str]:
        found = re.search(
            f"<!-- {table} -->\n.*?\n.*?\n(.*?)\n<!-- end of {table} -->", self.path.read_text(), re.DOTALL
        )
        assert found is not None
        return found[1].splitlines()

    def check(self, table: str, *cells: str) -> None:
        """The line stands in the table."""
        line = f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
        self.seen.setdefault(table, []).append(line)
        assert self.writes_anew or line in self.lines(table)

    def write(self) -> None:
        text = self.path.read_text()
        for table, lines in self.seen.items():
            rows = re.compile(f"(<!-- {table} -->\n.*?\n.*?\n).*?(<!-- end of {table} -->)", re.DOTALL)
            text = rows.sub(lambda found, lines=lines: found[1] + "\n".join(lines) + "\n" + found[2], text)
        self.path.write_text(text)


@pytest.fixture(scope="module")
def document() -> Iterator[Document]:
    document = Document(DOCUMENT)
    yield document
    if document.writes_anew:
        document.write()


def ask_in_vain(ehr, route: respx.Route, question: Callable[[Gateway], Coroutine[None, None, object]]) -> ServerError:
    """The error that a question ends with; nothing was sent anywhere else, and nobody waited longer than allowed."""
    with pytest.raises(ServerError) as failed:
        ehr.ask(question)
    assert len(ehr.router.calls) == route.call_count
    assert ehr.time.passed <= ehr.settings.retry_seconds
    return failed.value


def search(gateway: Gateway) -> Coroutine[None, None, object]:
    return gateway.search("MedicationRequest", {"patient": "p1"})


def often(route: respx.Route) -> str:
    return f"yes, {route.call_count} times in all" if route.call_count > 1 else "no"


@pytest.mark.parametrize("name", FAULTS)
def test_what_a_person_reads_when_a_read_fails(ehr, document, name):
    ehr.settings = Settings(max_response_bytes=1000)
    route = ehr.router.get("/MedicationRequest").mock(side_effect=repeat(FAULTS[name]))
    error = ask_in_vain(ehr, route, search)
    assert not error.maybe_written
    document.check("reading", name, str(error), often(route))


@pytest.mark.parametrize("name", FAULTS)
def test_what_a_person_reads_when_a_write_fails(ehr, document, name):
    ehr.settings = Settings(max_response_bytes=1000)
    route = ehr.router.post("").mock(side_effect=repeat(FAULTS[name]))
    error = ask_in_vain(ehr, route, lambda gateway: gateway.transaction(BUNDLE))
    assert route.call_count == 1 or not error.maybe_written
    document.check("writing", name, str(error), often(route))


@pytest.mark.parametrize("name", PAGES)
def test_what_a_person_reads_when_a_page_is_not_to_be_trusted(ehr, document, name):
    ehr.settings = Settings(max_pages=4, max_entries=8, max_file_bytes=5000)
    route = ehr.router.get("/MedicationRequest").mock(side_effect=PAGES[name](ehr))
    error = ask_in_vain(ehr, route, search)
    assert ehr.time.pauses == []
    document.check("paging", name, str(error))


def settings_of_the_wire() -> list[str]:
    """The settings that the gateway reads."""
    source = "\n".join(path.read_text() for path in sorted(GATEWAY.glob("*.py")))
    return [name for name in Settings.model_fields if re.search(rf"\b{name}\b", source)]


@pytest.mark.parametrize("name", settings_of_the_wire())
def test_each_setting_of_the_wire_is_documented_with_its_default(document, name):
    field = Settings.model_fields[name]
    default = "false" if field.default is False else f"{field.default:,}" if field.default else "-"
    document.check("settings", f"`{variable(name)}`", default, str(field.description))


@pytest.mark.parametrize(
    ("table", "count"),
    [
        ("reading", len(FAULTS)),
        ("writing", len(FAULTS)),
        ("paging", len(PAGES)),
        ("settings", len(settings_of_the_wire())),
    ],
)
def test_a_table_says_nothing_that_no_test_has_seen(document, table, count):
    assert document.writes_anew or len(document.lines(table)) == count

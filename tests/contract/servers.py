"""One FHIR server under test, and the smallest resources of each kind that it takes.

Everything carries the test's own `name` in its identifiers: the servers are shared and never emptied.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

SYSTEM = "https://pickupday.example/fhir/test"
STRICT = {"Prefer": "handling=strict"}
WHOLE = {"Prefer": "return=representation"}

Json = dict[str, Any]


@dataclass(frozen=True)
class Server:
    """A server, the release of FHIR it speaks, and a client that speaks FHIR JSON to it."""

    kind: str  # "sandbox", "hapi"
    base: str
    release: str  # "R4", "R5"
    client: httpx.Client = field(repr=False)

    def get(self, path: str, params: Any = None, **headers: str) -> httpx.Response:
        return self.client.get(f"{self.base}/{path}", params=params, headers=headers)

    def post(self, path: str, resource: Json, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"{self.base}/{path}".rstrip("/"), json=resource, headers=named)

    def put(self, path: str, resource: Json, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.put(f"{self.base}/{path}", json=resource, headers=named)

    def create(self, resource: Json) -> Json:
        """Store it and return it as the server holds it."""
        answer = self.post(resource["resourceType"], resource, **WHOLE)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def search(self, kind: str, params: Any) -> Json:
        """One page, with everything understood."""
        answer = self.get(kind, params, **STRICT)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def found(self, kind: str, params: Any) -> list[str]:
        """The ids of all matches, sorted, over all pages."""
        page, ids = self.search(kind, params), []
        while True:
            ids += [entry["resource"]["id"] for entry in page.get("entry", []) if entry["search"]["mode"] == "match"]
            following = link(page, "next")
            if following is None:
                return sorted(ids)
            page = self.client.get(following).json()

    def transaction(self, *entries: Json) -> httpx.Response:
        return self.post("", {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)})

    def patient(self, name: str) -> str:
        """The reference of a new patient."""
        return f"Patient/{self.create(patient(name))['id']}"

    def request(self, patient: str, name: str, **changes: Any) -> Json:
        """A MedicationRequest of this release."""
        return {
            "resourceType": "MedicationRequest",
            "identifier": [identifier(name)],
            "status": "active",
            "intent": "order",
            "subject": {"reference": patient},
            **(changes if {"medicationReference", "medication"} & changes.keys() else {**self.medicine(), **changes}),
        }

    def medicine(self) -> Json:
        concept = {"text": "lisinopril 20 MG Oral Tablet"}
        return {"medicationCodeableConcept": concept} if self.release == "R4" else {"medication": {"concept": concept}}

    def medication_at(self, reference: str) -> Json:
        pointing = {"reference": reference}
        return {"medicationReference": pointing} if self.release == "R4" else {"medication": {"reference": pointing}}


def link(page: Json, relation: str) -> str | None:
    return next((each["url"] for each in page["link"] if each["relation"] == relation), None)


def fresh_name() -> str:
    return f"test-{uuid.uuid4().hex[:16]}"


def fresh_urn() -> str:
    return f"urn:uuid:{uuid.uuid4()}"


def identifier(name: str) -> Json:
    return {"system": SYSTEM, "value": name}


def token(name: str) -> str:
    return f"{SYSTEM}|{name}"


def patient(name: str, **changes: Any) -> Json:
    return {"resourceType": "Patient", "identifier": [identifier(name)], **changes}


def appointment(patient: str, name: str, start: str = "2027-03-02T09:00:00-05:00", **changes: Any) -> Json:
    end = f"{start[:14]}15:00{start[19:]}"
    return {
        "resourceType": "Appointment",
        "identifier": [identifier(name)],
        "status": "proposed",
        "start": start,
        "end": end,
        "participant": [{"actor": {"reference": patient}, "status": "needs-action"}],
        **changes,
    }


def call(patient: str, name: str, **changes: Any) -> Json:
    return {
        "resourceType": "CommunicationRequest",
        "identifier": [identifier(name)],
        "status": "active",
        "intent": "plan",  # R5 requires it, R4 ignores it
        "subject": {"reference": patient},
        **changes,
    }


def posted(resource: Json, url: str | None = None, if_none_exist: str | None = None) -> Json:
    request = {"method": "POST", "url": resource["resourceType"]}
    if if_none_exist:
        request["ifNoneExist"] = f"identifier={token(if_none_exist)}"
    return {"fullUrl": url or fresh_urn(), "resource": resource, "request": request}


def replaced(resource: Json, if_match: str | None = None) -> Json:
    request = {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}
    if if_match:
        request["ifMatch"] = f'W/"{if_match}"'
    return {"resource": resource, "request": request}


def receipts(answer: httpx.Response) -> list[Json]:
    """The `response` of every entry of a transaction that was done."""
    assert answer.status_code == 200, answer.text
    assert answer.json()["type"] == "transaction-response"
    return [entry["response"] for entry in answer.json()["entry"]]


def placed(receipt: Json) -> str:
    """ "Appointment/12" out of the location of a receipt."""
    return "/".join(receipt["location"].split("/_history/")[0].split("/")[-2:])


def refusal(answer: httpx.Response) -> str:
    """What an OperationOutcome says is wrong."""
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome", answer.text
    errors = [issue for issue in outcome["issue"] if issue["severity"] in ("error", "fatal")]
    assert errors, answer.text
    return " ".join(issue.get("diagnostics") or issue["details"]["text"] for issue in errors)

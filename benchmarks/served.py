"""A lean record with what servers send around the elements that matter: nothing of it changes what the record means.

Modelled on the shape of the specification's examples and of vendors' published sample responses: meta with version,
time and profile; a narrative; identifiers; extensions; the drug in several code systems; names beside references;
encounter, recorder, reason and route.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

Json = dict[str, Any]

_PROFILE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
_SNOMED = "http://snomed.info/sct"


def as_served(raw: bytes) -> bytes:
    """The record as a server would send it; the decoration differs from record to record as ids and times do."""
    lean: Json = json.loads(raw)
    own = sha256(f"{lean['resourceType']}/{lean['id']}".encode()).hexdigest()
    served = {"resourceType": lean["resourceType"], "id": lean["id"], "meta": _meta(lean, own), "text": _text(lean)}
    served |= {"extension": _extensions(own), "identifier": _identifiers(own), **lean, "meta": served["meta"]}
    _name_the_drug(served)
    for pointer in ("subject", "requester", "location"):
        if "reference" in served.get(pointer, {}):
            served[pointer] = {**served[pointer], "type": served[pointer]["reference"].partition("/")[0]}
    if served["resourceType"] != "Medication":
        served["note"] = [{"text": "Counselled on use and storage; no questions."}]
        served["substitution"] = {"wasSubstituted": False}
        for instruction in served.get("dosageInstruction", ()):
            instruction |= _way_of_taking()
    if served["resourceType"] == "MedicationRequest":
        del served["substitution"]
        encounter = {"reference": f"Encounter/{own[:12]}", "display": "Office visit"}
        recorder = {"reference": f"Practitioner/{own[12:20]}", "display": "Feld, Marcus, MD"}
        served |= {"encounter": encounter, "recorder": recorder, "priority": "routine", "reasonCode": [_reason()]}
        served["substitution"] = {"allowedBoolean": True}
    return json.dumps(served, separators=(",", ":"), ensure_ascii=False).encode()


def _meta(lean: Json, own: str) -> Json:
    version = lean.get("meta", {}).get("versionId", "1")
    updated = f"2026-10-{int(own[:2], 16) % 28 + 1:02}T{int(own[2:4], 16) % 24:02}:14:{int(own[4:6], 16) % 60:02}.000Z"
    profile = [_PROFILE + lean["resourceType"].lower()]
    return {"versionId": version, "lastUpdated": updated, "source": f"#{own[:16]}", "profile": profile}


def _text(lean: Json) -> Json:
    rows = "".join(
        f"<tr><td><b>{name}</b></td><td>{str(value)[:90].translate(_SAFE)}</td></tr>" for name, value in lean.items()
    )
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><table>{rows}</table></div>'}


_SAFE = str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;"})


def _extensions(own: str) -> list[Json]:
    base = "https://ehr.example/fhir/StructureDefinition/"
    return [
        {"url": f"{base}order-source", "valueCodeableConcept": {"coding": [{"code": "7", "display": "e-prescribed"}]}},
        {"url": f"{base}order-number", "valueString": own[:10]},
    ]


def _identifiers(own: str) -> list[Json]:
    kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PLAC"}]}
    return [
        {"use": "usual", "type": kind, "system": "urn:oid:2.16.840.1.113883.19.5.1", "value": own[:12]},
        {"use": "secondary", "system": "https://pharmacy.example/rx", "value": own[12:20]},
    ]


def _name_the_drug(served: Json) -> None:
    concept = served.get("medicationCodeableConcept")
    if not concept:
        return
    name = concept.get("text") or next((coding["display"] for coding in concept["coding"] if "display" in coding), "")
    code = str(int(sha256(name.encode()).hexdigest()[:8], 16))
    local = [
        {"system": "http://hl7.org/fhir/sid/ndc", "code": code.zfill(11)[:11]},
        {"system": "urn:oid:2.16.840.1.113883.6.68", "code": code[:8]},
        {"system": "https://ehr.example/medication", "code": code[:6], "display": name.upper(), "userSelected": True},
    ]
    served["medicationCodeableConcept"] = {"coding": [*concept.get("coding", ()), *local], "text": name}


def _way_of_taking() -> Json:
    route = {"system": _SNOMED, "code": "26643006", "display": "Oral route"}
    method = {"system": _SNOMED, "code": "421521009", "display": "Swallow"}
    return {"route": {"coding": [route], "text": "Oral"}, "method": {"coding": [method]}}


def _reason() -> Json:
    coding = [
        {"system": _SNOMED, "code": "38341003", "display": "Hypertensive disorder"},
        {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10", "display": "Essential (primary) hypertension"},
    ]
    return {"coding": coding, "text": "High blood pressure"}

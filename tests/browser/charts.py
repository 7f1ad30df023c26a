"""Charts that stretch the page: none, one, forty medicines, very long names, a script that runs from right to left."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Json = dict[str, Any]
LONG = "hydrochlorothiazide with losartan potassium and a remarkably long description of its salt form 12.5 MG / 50 MG"


def write_charts(folder: Path, today: date) -> list[Path]:
    """One file for each patient; the file's name is the patient's id."""
    made = []
    for name, (person, medicines) in _PATIENTS.items():
        patient = {"resourceType": "Patient", "id": name, "active": True, **person}
        rows = [row for number, label in enumerate(medicines) for row in _medicine(name, number, label, today)]
        bundle = {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": one} for one in (patient, *rows)],
        }
        made.append(folder / f"{name}.json")
        made[-1].write_text(json.dumps(bundle), encoding="utf-8")
    return made


def _person(family: str, given: str, born: str | None = "1948-05-02") -> Json:
    return {"name": [{"family": family, "given": [given]}], **({"birthDate": born} if born else {})}


_PATIENTS: dict[str, tuple[Json, list[str]]] = {
    "nothing-prescribed": (_person("Empty", "Ella"), []),
    "one-medicine": (_person("Single", "Sam"), ["lisinopril 20 MG Oral Tablet"]),
    "forty-medicines": (
        _person("Many", "Max"),
        [f"lisinopril {number + 1} MG Oral Tablet" for number in range(4)]
        + [
            f"{name} {dose} MG Oral Tablet"
            for name in ("amlodipine", "atorvastatin", "sertraline", "metformin", "losartan", "simvastatin")
            for dose in (1, 2, 4, 8, 16, 32)
        ],
    ),
    "long-names": (
        _person("Wolfeschlegelsteinhausenbergerdorff-Vandenbergenstrasse", "Hubert Blaine Maximilian Ferdinand"),
        [f"{LONG} Oral Tablet", "levothyroxine sodium 0.1 MG Oral Tablet", "lisinopril 20 MG Oral Tablet"],
    ),
    "right-to-left": (
        _person("الفارسي", "ليلى"),
        ["lisinopril 20 MG Oral Tablet", "metformin hydrochloride 500 MG Oral Tablet"],
    ),
    "no-birth-date": (
        _person("Ageless", "Ana", None),
        ["lisinopril 20 MG Oral Tablet", "amlodipine 5 MG Oral Tablet"],
    ),
}


def _medicine(patient: str, number: int, label: str, today: date) -> list[Json]:
    """A prescription filled every 30 days, each medicine on a day of its own."""
    key = f"{patient}-{number}"
    tablets = {"value": 30, "unit": "tablet", "system": "http://unitsofmeasure.org", "code": "{tablet}"}
    common = {"subject": {"reference": f"Patient/{patient}"}, "medicationCodeableConcept": {"text": label}}
    request = {
        "resourceType": "MedicationRequest",
        "id": key,
        "status": "active",
        "intent": "order",
        "authoredOn": str(today - timedelta(days=150)),
        "dosageInstruction": [
            {
                "text": "Take 1 tablet by mouth once daily",
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {**tablets, "value": 1}}],
            }
        ],
        "dispenseRequest": {"numberOfRepeatsAllowed": 11, "quantity": tablets},
        **common,
    }
    fills = [
        {
            "resourceType": "MedicationDispense",
            "id": f"{key}-{fill}",
            "status": "completed",
            "authorizingPrescription": [{"reference": f"MedicationRequest/{key}"}],
            "quantity": tablets,
            "daysSupply": {"value": 30, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"},
            "whenHandedOver": str(today - timedelta(days=(7 * number) % 27 + 1 + 30 * fill)),
            **common,
        }
        for fill in range(3)
    ]
    return [request, *fills]

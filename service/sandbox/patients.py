"""What the EHR's own pages show of a patient: a line in the list, a banner, the medicines of the chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.sandbox.fhir_json import Resource
from service.sandbox.indexing import elements
from service.sandbox.matching import matches
from service.sandbox.query import read_search
from service.sandbox.store import Store

_MOST = 500


@dataclass(frozen=True, slots=True)
class Person:
    """One patient as the banner shows it. `story` is empty where nobody wrote one."""

    id: str
    name: str  # "Delgado, Rosa"
    born: str  # as the chart has it: "1949-04-12", "1961"
    age: int | None
    sex: str
    died: str
    story: str

    @property
    def age_in_words(self) -> str:
        """How old, as a list says it."""
        if self.died:
            return "deceased"
        return f"born {self.born or 'unknown'}" if self.age is None else f"{self.age} years"


@dataclass(frozen=True, slots=True)
class Medicine:
    """One prescription as the chart page lists it."""

    name: str
    sig: str
    status: str
    written: str
    last_dispensed: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One appointment as the chart page lists it: what apps wrote shows up here."""

    day: str
    what: str
    status: str


class Patients:
    """Reads people from the store. `today` is what ages are counted to."""

    def __init__(self, store: Store, stories: Mapping[str, str], today: date) -> None:
        self._store = store
        self._stories = stories
        self._today = today

    def everybody(self) -> list[Person]:
        """All patients: those with a story first, in the order of the stories, then by name."""
        order = {name: place for place, name in enumerate(self._stories)}
        found = [self._person(resource) for resource in self._search("Patient")]
        return sorted(found, key=lambda each: (order.get(each.id, len(order)), each.name))

    def find(self, patient: str) -> Person | None:
        """One patient by id."""
        version = self._store.current("Patient", patient)
        return None if version is None or version.body is None else self._person(version.resource)

    def medicines(self, patient: str) -> list[Medicine]:
        """The patient's prescriptions, active ones first, each with its last dispense."""
        last: dict[str, str] = {}
        for dispense in self._search("MedicationDispense", patient):
            day = _text(dispense, "whenHandedOver")[:10]
            for request in elements(dispense, "authorizingPrescription.reference"):
                last[str(request)] = max(day, last.get(str(request), ""))
        found = [self._medicine(request, last) for request in self._search("MedicationRequest", patient)]
        return sorted(found, key=lambda each: (each.status != "active", each.name.casefold()))

    def visits(self, patient: str) -> list[Visit]:
        """The patient's appointments, the earliest first."""
        found = self._search("Appointment", patient)
        shown = [Visit(_text(one, "start")[:10], _text(one, "description"), _text(one, "status")) for one in found]
        return sorted(shown, key=lambda each: each.day)

    def current_encounter(self, patient: str) -> str | None:
        """The id of an encounter that goes on, if there is one."""
        found = [each for each in self._search("Encounter", patient) if each.get("status") == "in-progress"]
        return str(found[-1]["id"]) if found else None

    def _search(self, kind: str, patient: str | None = None) -> list[Resource]:
        search = read_search(kind, [("patient", f"Patient/{patient}")] if patient else [], strict=True)
        found = (self._store.current(kind, name) for name in matches(self._store, search)[:_MOST])
        return [version.resource for version in found if version is not None and version.body is not None]

    def _person(self, resource: Resource) -> Person:
        born, name = _text(resource, "birthDate"), next(elements(resource, "name"), None)
        given = " ".join(str(each) for each in elements(name, "given"))
        full = ", ".join(filter(None, (_text(name, "family"), given))) or _text(name, "text") or "No name"
        return Person(
            id=str(resource["id"]),
            name=full,
            born=born,
            age=self._age(born),
            sex=_text(resource, "gender"),
            died=_text(resource, "deceasedDateTime")[:10] or ("yes" if resource.get("deceasedBoolean") is True else ""),
            story=self._stories.get(str(resource["id"]), ""),
        )

    def _age(self, born: str) -> int | None:
        try:
            day = date.fromisoformat(born)
        except ValueError:
            return None
        return self._today.year - day.year - ((self._today.month, self._today.day) < (day.month, day.day))

    def _medicine(self, request: Resource, last: Mapping[str, str]) -> Medicine:
        reference = f"MedicationRequest/{request['id']}"
        return Medicine(
            name=self._medicine_name(request),
            sig=next((str(text) for text in elements(request, "dosageInstruction.text")), ""),
            status=_text(request, "status") or "unknown",
            written=_text(request, "authoredOn")[:10],
            last_dispensed=last.get(reference, ""),
        )

    def _medicine_name(self, request: Resource) -> str:
        concept: Any = request.get("medicationCodeableConcept")
        pointed = _text(request, "medicationReference.reference")
        if concept is None and pointed:
            version = self._store.current(*pointed.split("/", 1)) if pointed.startswith("Medication/") else None
            inside = (each for each in elements(request, "contained") if f"#{_text(each, 'id')}" == pointed)
            medication = version.resource if version is not None and version.body is not None else next(inside, None)
            concept = next(elements(medication, "code"), None)
        shown = _text(concept, "text") or _text(concept, "coding.display")
        return shown or _text(request, "medicationReference.display") or "A medicine without a name"


def _text(resource: Any, path: str) -> str:  # noqa: ANN401 - any JSON
    """The first text at the path; empty where there is none."""
    found = next(elements(resource, path), "")
    return found if isinstance(found, str) else ""

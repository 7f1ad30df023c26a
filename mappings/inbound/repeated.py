"""What records repeat word for word (drug, dosage, amounts), decoded and understood once and remembered by its bytes.

A chart holds ten fills of one medicine that differ in id and date only, and the charts of a clinic share drugs, sigs
and quantities. Nothing that says who a patient is stands among these elements.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from mappings.inbound import models
from mappings.inbound.medicine import drug_by_concept, medicine_by
from pickupday.drugs import DrugFacts

E = TypeVar("E")
T = TypeVar("T")

_MOST_REMEMBERED: Final = 16_384
_MOST_DRUGS: Final = 64  # "1 tablet daily" is said of many
_LONGEST_REMEMBERED: Final = 4_096  # bytes; what is longer is no phrase that anyone repeats
_APART: Final = b"\0"  # no JSON text holds it
_A_PERIOD: Final = msgspec.json.Decoder(models.Period)
_BOUNDS: Final = b'"boundsPeriod"'
_PERIOD: Final = re.compile(rb"\s*:\s*(\{[^{}\\]*\})")
_TAKEN_OUT: Final = b"\1"  # no JSON text holds that either
_NO_ASK: Final = models.DispenseRequest()
_REPEATED: Final[dict[type[models.Resource], msgspec.json.Decoder[Any]]] = {
    models.MedicationRequest: msgspec.json.Decoder(models.RepeatedByRequest),
    models.MedicationDispense: msgspec.json.Decoder(models.RepeatedByDispense),
    models.Medication: msgspec.json.Decoder(models.RepeatedByMedication),
}
_known: dict[bytes, Said[Any]] = {}


class Said(Generic[E]):
    """The repeated elements of one or more records; `drug` is the one they name, None where they name none.

    `medicine` is what those of a Medication tell of it.
    """

    __slots__ = ("_last", "_understood", "drug", "elements", "medicine")

    def __init__(self, elements: E) -> None:
        self.elements = elements
        concept: models.Concept | None = getattr(elements, "medication_codeable_concept", None)
        self.drug = drug_by_concept(concept) if concept is not None else None
        self.medicine = medicine_by(elements) if isinstance(elements, models.RepeatedByMedication) else None
        self._last: tuple[DrugFacts, ZoneInfo, Any] | None = None
        self._understood: dict[tuple[int, int], tuple[DrugFacts, ZoneInfo, Any]] = {}  # by what cannot go while kept

    def understood(self, drug: DrugFacts, zone: ZoneInfo, read: Callable[[E, DrugFacts, ZoneInfo], T]) -> T:
        """What `read` makes of the elements for this drug in this zone; a record asks with the same `read` always."""
        last = self._last
        if last is None or last[0] is not drug or last[1] is not zone:
            which = id(drug), id(zone)
            last = self._understood.get(which)
            if last is None:
                if len(self._understood) >= _MOST_DRUGS:
                    self._understood.clear()
                last = self._understood[which] = (drug, zone, read(self.elements, drug, zone))
            self._last = last
        understood: T = last[2]
        return understood


NOTHING: Final[Said[None]] = Said(None)


def said_in(resource: models.Resource, raw: bytes) -> tuple[Said[Any], models.Period | None]:
    """What `raw`, of which `resource` is the rest, says in its repeated elements. Raises as decoding does.

    The period of an only dosage instruction differs from patient to patient, so that it comes beside them.
    """
    words_of = _WORDS.get(type(resource))
    if words_of is None:
        return NOTHING, None
    words = words_of(resource)
    said = _known.get(words)
    if said is not None:
        return said, None
    without, period = _words_without_period(words)
    said = _known.get(without)
    if said is not None:
        return said, _A_PERIOD.decode(period)
    elements = _REPEATED[type(resource)].decode(raw)
    taken = _take_period(elements) if period else None
    return _remember(without if taken else words, Said(elements)), taken


def _words_without_period(words: bytes) -> tuple[bytes, bytes]:
    """The words apart from the only boundsPeriod in them, and that; nothing is taken out where there are more."""
    at = words.find(_BOUNDS)
    # a key stands after { or , and never inside a text, where its quotes would be escaped
    if at > 0 and words[at - 1] in b"{, \t\r\n" and words.find(_BOUNDS, at + 1) < 0:
        found = _PERIOD.match(words, at + len(_BOUNDS))
        if found:
            return words[:at] + _TAKEN_OUT + words[found.end() :], found[1]
    return words, b""


def _take_period(elements: object) -> models.Period | None:
    """Take the period out of the only instruction; None where there are more, or other bounds beside it."""
    instructions: list[models.DosageInstruction] | None = getattr(elements, "dosage_instruction", None)
    if instructions is None or len(instructions) != 1 or instructions[0].timing is None:
        return None
    repeat = instructions[0].timing.repeat
    if repeat is None or repeat.bounds_period is None or repeat.bounds_duration or repeat.bounds_range:
        return None
    period, repeat.bounds_period = repeat.bounds_period, None
    return period


def _remember(words: bytes, said: Said[Any]) -> Said[Any]:
    if len(words) <= _LONGEST_REMEMBERED:
        if len(_known) >= _MOST_REMEMBERED:
            _known.clear()
        _known[words] = said
    return said


def alike(one: models.Resource, other: models.Resource) -> bool:
    """Whether two records are the same apart from their repeated elements."""
    return _without_repeated(one) == _without_repeated(other)


def _of_dispense(handed: models.MedicationDispense) -> bytes:
    return _APART.join(
        (
            b"D",
            handed.medication_codeable_concept,
            handed.quantity,
            handed.days_supply,
            handed.dosage_instruction,
            handed.type,
            handed.category,
        )
    )


def _of_request(written: models.MedicationRequest) -> bytes:
    asked = written.dispense_request or _NO_ASK
    return _APART.join(
        (
            b"R",
            written.medication_codeable_concept,
            written.dosage_instruction,
            written.category,
            written.course_of_therapy_type,
            asked.quantity,
            asked.initial_fill,
            asked.expected_supply_duration,
        )
    )


def _of_medication(medicine: models.Medication) -> bytes:
    return _APART.join((b"M", medicine.code, medicine.form, medicine.ingredient))


_WORDS: Final[dict[type[models.Resource], Callable[[Any], bytes]]] = {
    models.MedicationDispense: _of_dispense,
    models.MedicationRequest: _of_request,
    models.Medication: _of_medication,
}


def _without_repeated(resource: models.Resource) -> list[object]:
    kept: list[object] = []
    for name in resource.__struct_fields__:
        value = getattr(resource, name)
        if isinstance(value, models.DispenseRequest):
            value = [getattr(value, inner) for inner in value.__struct_fields__]
            kept += [inner for inner in value if not isinstance(inner, msgspec.Raw)]
        elif not isinstance(value, msgspec.Raw):
            kept.append(value)
    return kept

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
_PERIOD: Final = re.compile(rb'"boundsPeriod"\s*:\s*(\{[^{}\\]*\})')
_BEFORE_A_KEY: Final = (b"{", b",", b" ", b"\t", b"\r", b"\n")  # inside a text a backslash would stand there
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

    `medicine` is what those of a Medication tell of it; `dated` are the dosage instructions whose period is left out.
    """

    __slots__ = ("_last", "_understood", "dated", "drug", "elements", "medicine")

    def __init__(self, elements: E, dated: tuple[int, ...] = ()) -> None:
        self.elements = elements
        self.dated = dated
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


def said_in(resource: models.Resource, raw: bytes) -> tuple[Said[Any], tuple[models.Period, ...]]:
    """What `raw`, of which `resource` is the rest, says in its repeated elements. Raises as decoding does.

    The periods of dosage instructions differ from patient to patient, so that they come beside them.
    """
    words_of = _WORDS.get(type(resource))
    if words_of is None:
        return NOTHING, ()
    words = words_of(resource)
    said = _known.get(words)
    if said is not None:
        return said, ()
    without, periods = _apart_from_periods(words)
    said = _known.get(without)
    if said is not None:
        return said, tuple(map(_A_PERIOD.decode, periods))
    elements = _REPEATED[type(resource)].decode(raw)
    dated = _without_periods(elements, len(periods)) if periods else ()
    if not dated:
        return _remember(words, Said(elements)), ()
    return _remember(without, Said(elements, dated)), tuple(map(_A_PERIOD.decode, periods))


def _apart_from_periods(words: bytes) -> tuple[bytes, list[bytes]]:
    """The words without the values of boundsPeriod, and these; all stay where one of them is no plain object."""
    if _BOUNDS not in words:
        return words, []
    parts = _PERIOD.split(words)
    around, periods = parts[::2], parts[1::2]
    if words.count(_BOUNDS) != len(periods) or not all(part[-1:] in _BEFORE_A_KEY for part in around[:-1]):
        return words, []
    return _TAKEN_OUT.join(around), periods


def _without_periods(elements: object, expected: int) -> tuple[int, ...]:
    """Empty the periods of the instructions; which had one. None where not all are theirs, or have bounds beside."""
    instructions: list[models.DosageInstruction] = getattr(elements, "dosage_instruction", None) or []
    repeats = {
        index: instruction.timing.repeat
        for index, instruction in enumerate(instructions)
        if instruction.timing and instruction.timing.repeat and instruction.timing.repeat.bounds_period
    }
    if len(repeats) != expected or any(repeat.bounds_duration or repeat.bounds_range for repeat in repeats.values()):
        return ()
    for repeat in repeats.values():
        repeat.bounds_period = None
    return tuple(repeats)


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

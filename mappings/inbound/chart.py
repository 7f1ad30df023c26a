"""A chart as bytes to one patient's `MedicationHistory`, plus everything that could not be taken over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import msgspec

from mappings.inbound import models
from mappings.inbound.circumstances import circumstances
from mappings.inbound.contained import contained_dispenses, medicine_in, remember_contained
from mappings.inbound.dispenses import dispense
from mappings.inbound.entries import Records, read_records
from mappings.inbound.files import RawEntry, UnreadableChartError, list_entries
from mappings.inbound.guard import refuse_file, too_many_entries, without_byte_order_mark
from mappings.inbound.outcomes import note_outcomes
from mappings.inbound.ownership import Owner, owner_named, whose_chart
from mappings.inbound.patients import stay
from mappings.inbound.prescriptions import prescription
from mappings.inbound.reading import Reading
from mappings.inbound.telecoms import first_phone
from mappings.issues import MappingIssue
from mappings.limits import Limits
from pickupday.findings import Severity
from pickupday.history import MedicationHistory, ToldCount

_DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Chart:
    """What was read. `history` is None where nothing may be planned; then at least one issue is fatal and says why."""

    history: MedicationHistory | None
    issues: tuple[MappingIssue, ...]


def read_bundle(
    data: bytes,
    *,
    patient: str | None = None,
    zone: ZoneInfo,
    limits: Limits = _DEFAULT_LIMITS,
    told_counts: Iterable[ToldCount] = (),
) -> Chart:
    """The history of one patient from a file: a Bundle of any type, or one array of resources.

    `patient` is an id ("123" or "Patient/123"); it may be left out where the file is about one patient only. Records of
    other patients are left out and said so.
    """
    refused = refuse_file(data, limits)
    if refused:
        return Chart(None, (refused,))
    reading = Reading(zone, limits)
    try:
        records = read_records(list_entries(without_byte_order_mark(data), reading), reading)
        owner = whose_chart(records, patient, reading)
        if owner is not None:
            _note_outcomes_and_places(records, reading)
            history = _history(records, owner, reading, told_counts, dispenses_known=None)
            history = replace(history, circumstances=circumstances(records.others, owner, reading))
            owner.report(reading)
            return _chart(history, reading)
    except UnreadableChartError:
        pass
    return _chart(None, reading)


def read_resources(
    resources: Iterable[bytes | msgspec.Raw],
    *,
    patient: str,
    zone: ZoneInfo,
    limits: Limits = _DEFAULT_LIMITS,
    told_counts: Iterable[ToldCount] = (),
    bases: Iterable[str] = (),
    dispenses_known: bool = True,
    unread: Mapping[str, str] | None = None,
) -> Chart:
    """The history of one patient from what a server returned, one raw resource each.

    Nothing that a server returns is believed to be this patient's: a record of another patient is fatal. With `bases`,
    the addresses by which the server is known, absolute references to other servers are told apart. `dispenses_known`
    is False where the server has no MedicationDispense or did not give it out; `unread` names the types beside the
    medicines that could not be had, each with the reason in one sentence.
    """
    reading = Reading(zone, limits)
    try:
        records = read_records(_bounded(resources, reading), reading)
        owner = owner_named(records, patient, bases, reading)
        if owner is not None:
            _note_outcomes_and_places(records, reading)
            history = _history(records, owner, reading, told_counts, dispenses_known=dispenses_known)
            history = replace(history, circumstances=circumstances(records.others, owner, reading, unread))
            return _chart(history, reading)
    except UnreadableChartError:
        pass
    return _chart(None, reading)


def _bounded(resources: Iterable[bytes | msgspec.Raw], reading: Reading) -> Iterable[RawEntry]:
    for number, raw in enumerate(resources):
        if number >= reading.limits.max_entries:
            reading.issues.append(too_many_entries(reading.limits))
            raise UnreadableChartError
        yield RawEntry(number, bytes(raw))


def _chart(history: MedicationHistory | None, reading: Reading) -> Chart:
    if any(issue.fatal for issue in reading.issues):
        history = None
    return Chart(history, tuple(reading.issues))


def _note_outcomes_and_places(records: Records, reading: Reading) -> None:
    note_outcomes(records, reading)
    for pharmacy in records.of(models.Organization):
        reading.name_place(pharmacy.key, pharmacy.resource.name, first_phone(pharmacy.resource.telecom))
    for place in records.of(models.Location):
        reading.name_place(place.key, place.resource.name)
    for medication in records.of(models.Medication):
        reading.medicines[medication.key] = medicine_in(medication)
    for written in records.of(models.MedicationRequest):
        if written.resource.contained:
            remember_contained(written.resource.contained, written.key, reading)
    for handed in records.of(models.MedicationDispense):
        if handed.resource.contained:
            remember_contained(handed.resource.contained, handed.key, reading)


def _history(
    records: Records,
    owner: Owner,
    reading: Reading,
    told_counts: Iterable[ToldCount],
    *,
    dispenses_known: bool | None,
) -> MedicationHistory:
    """Everything of this patient. `dispenses_known` None: known when the chart has any fill at all."""
    encounters = owner.own(records.of(models.Encounter), reading)
    spent = (stay(encounter.resource, encounter.key, reading) for encounter in encounters)
    stays = tuple(days for days in spent if days is not None)
    hospital = frozenset(days.key for days in stays)
    prescriptions = []
    dispenses = []
    for written in owner.own(records.of(models.MedicationRequest), reading):
        prescriptions.append(prescription(written, reading))
        if not written.resource.contained:
            continue
        dispenses += [
            dispense(inner, reading, container=written.key, hospital_stays=hospital)
            for inner in contained_dispenses(written.resource.contained, written.key, reading)
            if owner.may_own(inner, reading)
        ]
    authorizing = frozenset(written.key for written in prescriptions)
    dispenses += [
        dispense(handed, reading, hospital_stays=hospital)
        for handed in owner.own(records.of(models.MedicationDispense), reading, authorizing)
    ]
    if dispenses_known is None:
        dispenses_known = bool(dispenses) or bool(records.by_type.get("MedicationDispense"))
        if not dispenses_known:
            reading.note(
                "no-dispenses",
                Severity.WARNING,
                "The chart has no MedicationDispense at all, so that every run-out is unknown or estimated.",
                next_step="Tell how many units are left of each medicine.",
            )
    return MedicationHistory(
        patient=owner.patient,
        prescriptions=tuple(prescriptions),
        dispenses=tuple(dispenses),
        stays=stays,
        told_counts=tuple(told_counts),
        dispenses_known=dispenses_known,
        places=reading.places,
        numbers=reading.numbers,
    )

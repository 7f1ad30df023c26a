"""Whose chart this is, and which records are that person's. Nothing is believed without its own subject."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from mappings.inbound import models
from mappings.inbound.entries import Records
from mappings.inbound.guard import fatal
from mappings.inbound.patients import patient as patient_of
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading, key_in
from mappings.inbound.record import R, Record
from pickupday.findings import Severity
from pickupday.history import Patient

_USUAL_PORT: Final = re.compile(r":(?:80|443)(?=/|$)")


@dataclass(slots=True)
class Owner:
    """The patient of the chart.

    `bases` are the server addresses that an absolute reference to this patient may have, none where they are unknown.
    `others` are the other patients that the file is about too; their records are counted, not reported one by one.
    `strict` makes any record of another patient fatal, as it is for what a server returned.
    """

    patient: Patient
    bases: tuple[str, ...]
    others: frozenset[str] = frozenset()
    strict: bool = False
    left_out: int = 0
    known_as: set[str | None] = field(default_factory=set)  # references that are known to lead to the patient

    def own(
        self, records: Iterable[Record[R]], reading: Reading, authorizing: frozenset[str] = frozenset()
    ) -> Iterator[Record[R]]:
        """The records that are this patient's. Without a subject, a fill of one of their prescriptions is theirs."""
        known_as = self.known_as
        for record in records:
            subject = _subject(record)
            if subject is not None and subject.reference in known_as:
                yield record
                continue
            whose = reading.key_of(subject, record.key)
            theirs = whose == self.patient.key and self._same_server(subject, reading)
            if theirs and subject is not None and subject.reference and subject.reference[0] != "#":
                self.known_as.add(subject.reference)
            if theirs or (whose is None and _authorized_by(record, authorizing, reading)):
                yield record
            else:
                self._leave_out(record, whose, reading)

    def may_own(self, record: Record[models.Resource], reading: Reading) -> bool:
        """Whether a contained record is this patient's: its container is, unless it names another subject itself."""
        subject = _subject(record)
        whose = reading.key_of(subject, record.key)
        if whose is None or (whose == self.patient.key and self._same_server(subject, reading)):
            return True
        self._leave_out(record, whose, reading)
        return False

    def report(self, reading: Reading) -> None:
        """Say how many records of the other patients in the file were left out."""
        if self.left_out:
            reading.note(
                "other-patients",
                Severity.INFORMATION,
                f"{self.left_out} records of {len(self.others)} other patients are in the file; they are left alone.",
            )

    def _same_server(self, subject: models.Reference | None, reading: Reading) -> bool:
        reference = subject.reference if subject else None
        if not self.bases or not reference or "://" not in reference or reference in reading.keys:
            return True
        return _bare(reference).startswith(tuple(f"{_bare(base)}/patient/" for base in self.bases))

    def _leave_out(self, record: Record[models.Resource], whose: str | None, reading: Reading) -> None:
        resource_type = type(record.resource).__name__
        path = f"{resource_type}.subject"
        if whose is None:
            reading.note(
                "no-subject",
                Severity.ERROR,
                f"This {resource_type} does not say whose it is; it is left out.",
                resource=record.key,
                path=path,
                missing=True,
            )
        elif self.strict:
            reading.issues.append(
                fatal(
                    "wrong-patient",
                    f"The server returned a {resource_type} of another patient; nothing of this answer can be trusted.",
                    resource=record.key,
                    path=path,
                    next_step="Report this to whoever runs the server.",
                )
                if whose != self.patient.key
                else fatal(
                    "wrong-server",
                    f"This {resource_type} is of a patient on another server, who has the same id there.",
                    resource=record.key,
                    path=path,
                    next_step="If that address is this server's own, as behind a proxy, set it as its public base.",
                )
            )
        elif whose in self.others:
            self.left_out += 1
        else:
            reading.note(
                "wrong-patient",
                Severity.ERROR,
                f"This {resource_type} is another patient's; it is left out.",
                resource=record.key,
                path=path,
            )


def _bare(address: str) -> str:
    """An address without what one and the same server may write in several ways: scheme, usual port, case."""
    return _USUAL_PORT.sub("", address.partition("://")[2].rstrip("/").lower())


def _subject(record: Record[models.Resource]) -> models.Reference | None:
    subject: models.Reference | None = getattr(record.resource, "subject", None)
    return subject


def _authorized_by(record: Record[models.Resource], authorizing: frozenset[str], reading: Reading) -> bool:
    links = getattr(record.resource, "authorizing_prescription", None) or ()
    return any(reading.key_of(link, record.key) in authorizing for link in links)


def owner_named(records: Records, patient: str, bases: Iterable[str], reading: Reading) -> Owner | None:
    """The patient asked for from a server; without their Patient resource, or with another's, nothing goes on."""
    key = _asked_for(patient)
    found = {record.key: record for record in records.of(models.Patient)}
    for other in found.keys() - {key}:
        reading.issues.append(
            fatal(
                "wrong-patient",
                "The server returned another patient; nothing of this answer can be trusted.",
                resource=other,
                path="Patient.id",
                next_step="Report this to whoever runs the server.",
            )
        )
    if key not in found:
        reading.issues.append(fatal("patient-not-found", "The server did not return this patient.", resource=key))
        return None
    return _owner(found[key], tuple(bases), reading, strict=True)


def whose_chart(records: Records, patient: str | None, reading: Reading) -> Owner | None:
    """The patient that a file is about: the one asked for, else the only one in it."""
    found = {record.key: record for record in records.of(models.Patient)}
    key = _asked_for(patient, reading) if patient is not None else None
    if key is None:
        if len(found) > 1:
            shown = ", ".join(sorted(found)[:10]) + (", ..." if len(found) > 10 else "")
            reading.issues.append(
                fatal(
                    "several-patients",
                    f"The file is about {len(found)} patients: {shown}.",
                    next_step="Say which one is meant with --patient ID.",
                )
            )
            return None
        subjects = _subjects(records, reading)
        if found:
            key = next(iter(found))
        elif len(subjects) == 1:
            key = next(iter(subjects))
        else:
            reading.issues.append(
                fatal(
                    "no-patient",
                    f"The file has no Patient, and its records are of {len(subjects)} patients."
                    if subjects
                    else "The file has no Patient and no record of one.",
                    path="Bundle.entry",
                    next_step="Add the Patient resource to the file.",
                )
            )
            return None
    if key in found:
        full_url = records.full_urls.get(key, "")
        suffix = f"/{key}"
        bases = (full_url.removesuffix(suffix),) if "://" in full_url and full_url.endswith(suffix) else ()
        return _owner(found[key], bases, reading, others=frozenset(found.keys() - {key}))
    return _unseen(key, records, frozenset(found), reading)


def _unseen(key: str, records: Records, others: frozenset[str], reading: Reading) -> Owner | None:
    """A patient whose records are in the file while the Patient resource is not."""
    if key not in _subjects(records, reading):
        reading.issues.append(
            fatal(
                "patient-not-found",
                "The file has neither this patient nor any record of theirs.",
                resource=key,
                next_step=f"Patients in the file: {', '.join(sorted(others)[:10]) or 'none'}.",
            )
        )
        return None
    reading.note(
        "patient-unseen",
        Severity.ERROR,
        "The file lacks the Patient resource, so that nobody can see whether this patient is alive and active.",
        resource=key,
        path="Patient",
        missing=True,
        next_step="Add the Patient resource to the file.",
    )
    return Owner(Patient(key), (), others)


def _subjects(records: Records, reading: Reading) -> set[str]:
    requests, dispenses = records.of(models.MedicationRequest), records.of(models.MedicationDispense)
    owned: chain[Record[models.Resource]] = chain(requests, dispenses)
    return {key for record in owned if (key := reading.key_of(_subject(record), record.key)) is not None}


def _owner(
    record: Record[models.Patient],
    bases: tuple[str, ...],
    reading: Reading,
    *,
    others: frozenset[str] = frozenset(),
    strict: bool = False,
) -> Owner:
    return Owner(patient_of(record.resource, record.key, record.flaw, reading), bases, others, strict)


def _asked_for(patient: str, reading: Reading | None = None) -> str:
    """The evidence key of "123", "Patient/123", an absolute address or a fullUrl of the file."""
    if reading is not None and patient in reading.keys:
        return reading.keys[patient]
    return (key_in(patient) if "/" in patient else None) or f"Patient/{plain(patient) or ''}"

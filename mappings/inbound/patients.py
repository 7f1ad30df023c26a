"""Patient and hospital stays."""

from __future__ import annotations

import re
from typing import Final

from mappings.codes import INPATIENT_CLASSES
from mappings.inbound import models
from mappings.inbound.dates import local_date
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading
from mappings.inbound.telecoms import phones
from pickupday.findings import Severity
from pickupday.history import InpatientStay, Patient

_STATE: Final = re.compile(r"(?:US-)?([A-Za-z]{2})")
_HOME_COUNTRY: Final = frozenset({"", "US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA"})
_NAME_ORDER: Final = {"official": 0, "usual": 1, None: 2}
_ADDRESS_ORDER: Final = {"home": 0, None: 1}
_NOT_A_STAY: Final = frozenset({"cancelled", "entered-in-error", "planned"})


def patient(record: models.Patient, key: str, flaw: str | None, reading: Reading) -> Patient:
    """The person. Not planned for: who is deceased, inactive or replaced, or has a record not to be interpreted."""
    return Patient(
        key=key,
        name=_name(record.name),
        birth_date=local_date(record.birth_date, reading, key, "Patient.birthDate"),
        gender=plain(record.gender),
        language=_language(record),
        state=_state(record.address),
        do_not_plan=_reason_not_to_plan(record, flaw, reading),
        phones=phones(record.telecom),
    )


def _reason_not_to_plan(record: models.Patient, flaw: str | None, reading: Reading) -> str | None:
    if record.deceased_boolean or record.deceased_date_time:
        return "deceased"
    if record.active is False:
        return "the patient record is inactive"
    for link in record.link or ():
        if link.type == "replaced-by":
            return f"the patient record is replaced by {reading.key_of(link.other) or 'another one'}"
    if record.modifier_extension or record.implicit_rules:
        return "the patient record has a modifier that is not understood"
    return f"the patient record cannot be read ({flaw})" if flaw and _matters(flaw) else None


def _matters(flaw: str) -> bool:
    """Whether a malformed element might have said that this person must not be planned for."""
    return any(element in flaw for element in ("deceased", "active", "link", "modifierExtension", "implicitRules"))


def _name(names: list[models.HumanName] | None) -> str | None:
    current = [name for name in names or () if name.use not in ("old", "maiden", "temp")]
    for name in sorted(current, key=lambda name: _NAME_ORDER.get(name.use, 3)):
        shown = plain(name.text or " ".join(filter(None, (*(name.given or ()), name.family))))
        if shown:
            return shown
    return None


def _language(record: models.Patient) -> str | None:
    spoken = sorted(record.communication or (), key=lambda language: not language.preferred)
    for language in spoken:
        for coding in (language.language.coding or ()) if language.language else ():
            if coding.code:
                return plain(coding.code)
    return plain(record.language)


def _state(addresses: list[models.Address] | None) -> str | None:
    """The two-letter US state of the home address."""
    current = [address for address in addresses or () if address.use not in ("old", "temp", "billing")]
    for address in sorted(current, key=lambda address: _ADDRESS_ORDER.get(address.use, 2)):
        found = _STATE.fullmatch((address.state or "").strip())
        if found and (address.country or "").strip().upper() in _HOME_COUNTRY:
            return found[1].upper()
    return None


def stay(encounter: models.Encounter, key: str, reading: Reading) -> InpatientStay | None:
    """The days in hospital of one Encounter, None for visits and for stays that did not happen."""
    if encounter.class_ is None or encounter.class_.code not in INPATIENT_CLASSES or encounter.status in _NOT_A_STAY:
        return None
    period = encounter.period or models.Period()
    start = local_date(period.start, reading, key, "Encounter.period.start")
    end = local_date(period.end, reading, key, "Encounter.period.end")
    if start is None or (end is not None and end < start):
        reading.note(
            "stay-without-dates",
            Severity.WARNING,
            "This hospital stay has no usable dates, so that no day of it can be counted.",
            resource=key,
            path="Encounter.period",
            missing=True,
        )
        return None
    return InpatientStay(key, start, end)

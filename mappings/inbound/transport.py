"""Condition and Observation to `TransportRecord`: only the listed codes, and only what they state for sure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from mappings.codes import (
    ACTIVE_CONDITION,
    CONDITION_CLINICAL,
    CONDITION_VERIFICATION,
    ICD_10_CM,
    LOINC,
    SNOMED_CT,
    TRANSPORT_ANSWERS_NO,
    TRANSPORT_ANSWERS_YES,
    TRANSPORT_CONDITIONS,
    TRANSPORT_QUESTION,
)
from mappings.inbound.circumstance_models import Condition, Observation
from mappings.inbound.dates import local_date
from mappings.inbound.models import Concept
from mappings.inbound.plain_text import plain
from mappings.inbound.reading import Reading, code_in
from pickupday.circumstances import Says, TransportRecord

_ANSWERED: Final = frozenset({"final", "amended", "corrected"})
_MODIFIED: Final = "A record of transportation has a modifier that is not understood."
_SYSTEM_NAMES: Final = {SNOMED_CT: "SNOMED CT", ICD_10_CM: "ICD-10-CM", LOINC: "LOINC"}
_ICD_WITHOUT_DOT: Final = {code.replace(".", ""): code for code in TRANSPORT_CONDITIONS[ICD_10_CM]}


def transport_condition(record: Condition, key: str, reading: Reading) -> TransportRecord | None:
    """What one Condition states; None where it is about something else, or was entered in error."""
    what = _named(record.code, TRANSPORT_CONDITIONS)
    verification = code_in(record.verification_status, CONDITION_VERIFICATION)
    if what is None or verification == "entered-in-error":
        return None
    begun = record.onset_date_time or (record.onset_period.start if record.onset_period else None)
    on = None
    for text, path in ((record.recorded_date, "recordedDate"), (begun, "onset[x]")):
        on = on or local_date(text, reading, key, f"Condition.{path}")
    if record.modifier_extension or record.implicit_rules:
        return TransportRecord(key, what, Says.UNSETTLED, on, doubt=_MODIFIED)
    clinical = code_in(record.clinical_status, CONDITION_CLINICAL)
    if verification == "refuted" or _has_ended(record) or (clinical and clinical not in ACTIVE_CONDITION):
        return TransportRecord(key, what, Says.NO, on)
    if clinical is None:
        missing = "Condition.clinicalStatus"
        doubt = "A condition of transportation does not say whether it is active."
        return TransportRecord(key, what, Says.UNSETTLED, on, doubt=doubt, missing=missing)
    if verification not in (None, "confirmed"):
        doubt = f"A condition of transportation is not confirmed ({verification})."
        return TransportRecord(key, what, Says.UNSETTLED, on, doubt=doubt, missing="Condition.verificationStatus")
    return TransportRecord(key, what, Says.YES, on)


def transport_answer(record: Observation, key: str, reading: Reading) -> TransportRecord | None:
    """What one answer to the screening question states; None where another question was asked, or none answered."""
    answers = [record.value_codeable_concept] if _asks(record.code) else []
    answers += [one.value_codeable_concept for one in record.component or () if _asks(one.code)]
    if not answers or record.status in ("entered-in-error", "cancelled"):
        return None
    on = _answered_on(record, key, reading)
    yes = [what for answer in answers if (what := _named(answer, {LOINC: TRANSPORT_ANSWERS_YES})) is not None]
    no = [what for answer in answers if (what := _named(answer, {LOINC: TRANSPORT_ANSWERS_NO})) is not None]
    what = "; ".join(yes or no) or "screening question without a yes or no"
    doubt: str | None = None
    missing: str | None = None
    if record.modifier_extension or record.implicit_rules:
        doubt = _MODIFIED
    elif record.status not in _ANSWERED:
        doubt, missing = f"A screening answer is not final ({plain(record.status, 40)}).", "Observation.status"
    elif bool(yes) == bool(no):
        doubt, missing = "The screening question was not answered with yes or no.", "Observation.value[x]"
    elif on is None:
        doubt, missing = "A screening answer does not say of which day it is.", "Observation.effective[x]"
    says = Says.UNSETTLED if doubt else Says.YES if yes else Says.NO
    return TransportRecord(key, what, says, on, True, doubt, missing)


def _answered_on(record: Observation, key: str, reading: Reading) -> date | None:
    period = record.effective_period
    text = record.effective_date_time or record.effective_instant or ((period.end or period.start) if period else None)
    if text is None:
        return local_date(record.issued, reading, key, "Observation.issued")
    return local_date(text, reading, key, "Observation.effective[x]")


def _asks(code: Concept | None) -> bool:
    return any(one.system == LOINC and one.code == TRANSPORT_QUESTION for one in (code.coding if code else None) or ())


def _named(concept: Concept | None, codes: Mapping[str, frozenset[str]]) -> str | None:
    """The words of a concept that has one of the codes, with that code; None for any other concept."""
    for coding in (concept.coding if concept else None) or ():
        system, code = coding.system or "", coding.code or ""
        if system == ICD_10_CM:
            code = _ICD_WITHOUT_DOT.get(code.replace(".", ""), code)
        if code in codes.get(system, ()):
            words = plain((concept.text if concept else None) or coding.display)
            return f"{words} ({_SYSTEM_NAMES[system]} {code})" if words else f"{_SYSTEM_NAMES[system]} {code}"
    return None


def _has_ended(record: Condition) -> bool:
    others = (record.abatement_age, record.abatement_period, record.abatement_range)
    return bool(record.abatement_date_time or record.abatement_string or any(bytes(one) for one in others))

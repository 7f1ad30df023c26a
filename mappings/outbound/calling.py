"""How a confirmation call is wanted: at what time of day, at which number, in which language.

R4's CommunicationRequest has no element for a number to call or for a language to speak. The time is its occurrence;
number and language are said in a note for whoever calls, and the patient's own words stand in the payload as well.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from mappings.outbound.narrative import one_line
from mappings.outbound.planned import Calling, EnrolmentPlan, PlannedPickup
from mappings.outbound.resource import Json
from mappings.outbound.spanish_call import SPANISH, SPANISH_TITLE, spanish_script

LANGUAGE_NAMES = {
    "en": "English",
    "es": "Spanish",
    "ar": "Arabic",
    "de": "German",
    "fr": "French",
    "ht": "Haitian Creole",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "so": "Somali",
    "tl": "Tagalog",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
"""ISO 639-1 in words."""


def language_name(code: str) -> str:
    """A BCP 47 tag in words: Spanish for es-MX; one that is not known as it is written."""
    return LANGUAGE_NAMES.get(base_language(code), one_line(code))


def base_language(code: str) -> str:
    """The language of a BCP 47 tag: es for es-MX."""
    return code.lower().replace("_", "-").partition("-")[0]


def call_note(calling: Calling, pickup: PlannedPickup) -> str:
    """What the caller must know: "Phone: 555-0100. Language: Spanish."; empty where nothing is to be said."""
    if pickup.at_enrolment:
        return ""
    said = [pickup.call_remark] if pickup.call_remark else []
    if calling.phone:
        said.append(f"Phone: {one_line(calling.phone)}.")
    if calling.language and (calling.asked or base_language(calling.language) != "en"):
        said.append(f"Language: {language_name(calling.language)}.")
    return " ".join(said)


def call_between(plan: EnrolmentPlan, pickup: PlannedPickup) -> tuple[datetime, datetime] | None:
    """The two instants between which the call is wanted; None where any time of the day will do."""
    if pickup.at_enrolment or pickup.call_between is None:
        return None
    start, end = (_local(datetime.combine(pickup.call, at), plan.zone) for at in pickup.call_between)
    return start, end


def occurrence(plan: EnrolmentPlan, pickup: PlannedPickup) -> Json:
    """CommunicationRequest.occurrence[x]: the day of the call, or a period where a time of day was asked for."""
    between = call_between(plan, pickup)
    if between is None:
        return {"occurrenceDateTime": pickup.call.isoformat()}
    start, end = (moment.isoformat(timespec="seconds") for moment in between)
    return {"occurrencePeriod": {"start": start, "end": end}}


def translated_payload(plan: EnrolmentPlan, pickup: PlannedPickup) -> list[Json]:
    """The call script in the patient's language, where that is not English and we have it."""
    spoken = plan.calling.language
    if pickup.at_enrolment or not spoken or base_language(spoken) != SPANISH:
        return []
    script = spanish_script(pickup, plan.pharmacy)
    attachment = {
        "contentType": "text/plain; charset=utf-8",
        "language": SPANISH,
        "data": b64encode(script.encode()).decode("ascii"),
        "title": SPANISH_TITLE,
    }
    return [{"contentAttachment": attachment}]


def say_between(start: time, end: time) -> str:
    """Two times of one day: 9:00 to 12:00."""
    return f"{start.hour}:{start:%M} to {end.hour}:{end:%M}"


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment with the offset of that day; one that a clock change skips is the same instant as clocks show it."""
    return moment.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)

"""Options that several commands share, and what they mean together: which programme, which zone, which day."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from mappings.issues import MappingIssue
from pickupday.history import ToldCount
from service import clock
from service.config import Settings
from service.errors import BadArgument
from service.programmes import PharmacyProgramme
from service.store.identifier_key import identifier_key
from service.use_cases import visiting
from service.use_cases.propose import Wishes
from service.use_cases.show import Site
from service.use_cases.visiting import visiting_hours as visiting_hours


class Format(StrEnum):
    """How a plan is printed."""

    TABLE = "table"
    JSON = "json"
    FHIR = "fhir"


class PlainFormat(StrEnum):
    """How an enrolment is printed."""

    TABLE = "table"
    JSON = "json"


def read_date(text: str) -> date:
    """A calendar day as 2026-11-23; anything else is a usage error."""
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-23") else date.fromisoformat("-")
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it as 2026-11-23") from None


def read_told_count(text: str) -> tuple[str, Fraction]:
    """`MEDICINE=UNITS`: how many units of a medicine are left at home."""
    medicine, equals, units = text.rpartition("=")
    try:
        told = (medicine.strip(), Fraction(units.strip())) if len(units) <= 12 and "e" not in units.lower() else None
    except (ValueError, ZeroDivisionError):
        told = None
    if not equals or told is None or not told[0] or not 0 <= told[1] <= 100_000:
        raise typer.BadParameter(f"{text!r} is no count; write it as metformin=42")
    return told


_FHIR_BASE = typer.Option("--fhir-base", metavar="URL", help="Base URL of the FHIR R4 server.")
_PATIENT = typer.Option("--patient", metavar="ID", help="The patient's id: 123 or Patient/123.")
FhirBase = Annotated[str, _FHIR_BASE]
PatientId = Annotated[str, _PATIENT]
AnyFhirBase = Annotated[str | None, _FHIR_BASE]
AnyPatientId = Annotated[str | None, _PATIENT]
Today = Annotated[
    date | None,
    typer.Option(parser=read_date, metavar="DATE", help="Plan as if it were this day; default: the pharmacy's today."),
]
ProgrammeName = Annotated[
    str, typer.Option("--programme", metavar="NAME|FILE", help="A shipped programme or a TOML file of your own.")
]
PayerKey = Annotated[
    str | None,
    typer.Option("--payer", metavar="KEY", help="Who pays: one of the programme's [[payers]]; default: its own."),
]
TimeZone = Annotated[
    str | None, typer.Option("--timezone", metavar="ZONE", help="The pharmacy's time zone, such as America/New_York.")
]
OnHand = Annotated[
    list[str] | None,
    typer.Option("--on-hand", metavar="MEDICINE=UNITS", help="Units left at home, as told today. Repeatable."),
]
StillTaken = Annotated[
    list[str] | None,
    typer.Option(
        "--still-taken",
        metavar="MEDICINE",
        help="Say yes to a medicine that a rule only asks about: its therapy id or record, or ID=CODE for each further "
        "clinical question (restart-review, ask-first). Repeatable.",
    ),
]


def read_wishes(
    settings: Settings,
    programme: PharmacyProgramme,
    today: date | None,
    timezone: str | None,
    on_hand: list[str] | None,
    still_taken: list[str] | None = None,
) -> tuple[Wishes, tuple[MappingIssue, ...]]:
    """Put the options together. The second value says where a default was taken that a person should know of."""
    zone, doubts = choose_zone(programme, timezone)
    day = today or clock.today_in(zone)
    counts = tuple(ToldCount(medicine, units, day) for medicine, units in map(read_told_count, on_hand or ()))
    return (
        Wishes(
            today=day,
            zone=zone,
            programme=programme.search,
            rules=programme.rules,
            told_counts=counts,
            limits=settings.chart_limits,
            confirmed=frozenset(still_taken or ()),
            programme_name=programme.name,
        ),
        doubts,
    )


def choose_zone(programme: PharmacyProgramme, timezone: str | None) -> tuple[ZoneInfo, tuple[MappingIssue, ...]]:
    """The pharmacy's zone: the programme's, else the one given, else this machine's, which is said."""
    try:
        given = ZoneInfo(timezone) if timezone is not None else None
    except (KeyError, ValueError, OSError):
        raise BadArgument(f"--timezone {timezone}: not a time zone of the IANA database") from None
    return visiting.choose_zone(programme, given)


def agreed_words(programme: PharmacyProgramme, consent: str | None, language: str) -> str:
    """The words that the patient agreed to: those given, else the programme's in that language ("es" for "es-MX")."""
    words = consent or programme.consent.get(language) or programme.consent.get(language.partition("-")[0])
    if not words:
        known = ", ".join(sorted(programme.consent)) or "none"
        raise BadArgument(
            f"--consent TEXT is needed: programme {programme.name} has no wording in {language} (it has: {known})"
        )
    return words


def read_site(programme: PharmacyProgramme, zone: ZoneInfo) -> Site:
    """What this installation writes under: its identifier key, the pharmacy's zone and visiting hours."""
    return Site(identifier_key(), zone, hours=visiting_hours(programme), pharmacy=programme.pharmacy)

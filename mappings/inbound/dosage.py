"""Dosage instructions as units per day: by the structured dosage, else by a plain sig that can be parsed, else none.

Where structure and text both give a number and the numbers differ, the structured one is used and the conflict noted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from mappings.inbound.constructing import constructor
from mappings.inbound.dates import local_date
from mappings.inbound.doses import dose_of, in_counted_units
from mappings.inbound.exact_numbers import exact
from mappings.inbound.models import DosageInstruction, Period, Repeat, RepeatedByDispense, RepeatedByRequest
from mappings.inbound.plain_text import plain
from mappings.inbound.quantities import days, quantity
from mappings.inbound.reading import Reading
from mappings.inbound.repeated import Said
from mappings.inbound.sig import Sig, read_sig
from mappings.inbound.timing import Frequency, frequency_of
from mappings.inbound.units import counted_unit, days_in
from pickupday.drugs import DrugFacts, Kind
from pickupday.findings import Severity
from pickupday.history import Dosage, Quantity


@dataclass(frozen=True, slots=True)
class Use:
    """The instructions of one record and what they come to together; `daily_use_missing` names what the sum lacks.

    `each` holds several instructions as they are one by one, before it is known that they follow one another.
    """

    dosages: tuple[Dosage, ...] = ()
    daily_use: Quantity | None = None
    daily_use_source: str | None = None
    daily_use_missing: str | None = None
    unreadable: str | None = None
    each: tuple[Dosage, ...] = ()


_a_dosage = constructor(Dosage)
_a_use = constructor(Use)


def use_of(
    instructions: list[DosageInstruction] | None, drug: DrugFacts, reading: Reading, resource: str, resource_type: str
) -> Use:
    """All instructions of a request or dispense, and the units a day that they come to when they apply together."""
    if not instructions:
        return Use(daily_use_missing=f"{resource_type}.dosageInstruction")
    dosages = [
        _dosage(instruction, drug, reading, resource, f"{resource_type}.dosageInstruction[{index}]")
        for index, instruction in enumerate(instructions)
    ]
    unreadable = None
    for index, instruction in enumerate(instructions):
        if instruction.modifier_extension or (instruction.timing and instruction.timing.modifier_extension):
            unreadable = f"modifierExtension in {resource_type}.dosageInstruction[{index}]"
    if len(dosages) == 1:
        only = dosages[0]
        return Use((only,), only.daily_use, only.source if only.daily_use else None, only.missing, unreadable)
    return replace(_together(dosages, instructions, resource_type), unreadable=unreadable, each=tuple(dosages))


def _together(dosages: list[Dosage], instructions: list[DosageInstruction], resource_type: str) -> Use:
    """Several instructions: added up where they apply at the same time; one after the other the dose changes."""
    path = f"{resource_type}.dosageInstruction"
    if not _at_times_of_one_day(instructions, dosages) and _follow_each_other(dosages):
        varying = tuple(replace(dosage, varies=True) for dosage in dosages)
        return Use(varying, daily_use_missing=f"{path} (the instructions follow one another)")
    for index, dosage in enumerate(dosages):
        if dosage in dosages[:index]:
            return Use(tuple(dosages), daily_use_missing=f"{path} (the same instruction twice)")
        if dosage.daily_use is None:
            return Use(tuple(dosages), daily_use_missing=dosage.missing)
    if len({dosage.as_needed for dosage in dosages}) > 1:
        return Use(tuple(dosages), daily_use_missing=f"{path} (partly as needed)")
    uses = [dosage.daily_use for dosage in dosages if dosage.daily_use]
    if len({use.unit for use in uses}) > 1:
        return Use(tuple(dosages), daily_use_missing=f"{path} (doses in different units)")
    total = Quantity(sum((use.value for use in uses), Fraction(0)), uses[0].unit)
    sources = dict.fromkeys(dosage.source for dosage in dosages if dosage.source)
    return Use(tuple(dosages), total, f"{', '.join(sources)} ({len(dosages)} instructions added)")


def _follow_each_other(dosages: list[Dosage]) -> bool:
    sequences = {dosage.sequence for dosage in dosages}
    if None not in sequences and len(sequences) > 1:
        return True
    dated = sorted((dosage.start, dosage.end) for dosage in dosages if dosage.start and dosage.end)
    return len(dated) == len(dosages) and any(before[1] < after[0] for before, after in pairwise(dated))


def _at_times_of_one_day(instructions: list[DosageInstruction], dosages: list[Dosage]) -> bool:
    """Whether each instruction has times of the day of its own and all hold equally long: then they are no steps.

    Many systems number "1 tablet in the morning" and "2 tablets in the evening" as a sequence.
    """
    named: list[str] = []
    for instruction, dosage in zip(instructions, dosages, strict=True):
        repeat = instruction.timing.repeat if instruction.timing else None
        times = set((repeat.when or repeat.time_of_day or ()) if repeat else ())
        if not times and dosage.text:
            times = set(read_sig(dosage.text).moments)
        if not times or dosage.varies:
            return False
        named += sorted(_TIMES_OF_DAY.get(time, time) for time in times)
    terms = {(dosage.start, dosage.end, dosage.bounded_days) for dosage in dosages}
    return len(set(named)) == len(named) and len(terms) == 1


_TIMES_OF_DAY = {
    **dict.fromkeys(("MORN", "MORN.early", "MORN.late", "CM", "ACM", "PCM", "WAKE"), "morning"),
    **dict.fromkeys(("NOON", "CD", "ACD", "PCD"), "noon"),
    **dict.fromkeys(("AFT", "AFT.early", "AFT.late"), "afternoon"),
    **dict.fromkeys(("EVE", "EVE.early", "EVE.late", "CV", "ACV", "PCV"), "evening"),
    **dict.fromkeys(("NIGHT", "HS"), "night"),
}
"""FHIR's EventTiming codes by the words that sigs use."""


def _dosage(instruction: DosageInstruction, drug: DrugFacts, reading: Reading, resource: str, path: str) -> Dosage:
    """One instruction."""
    text = plain(instruction.text or instruction.patient_instruction)
    sig = read_sig(text) if text else Sig()
    repeat = instruction.timing.repeat if instruction.timing else None
    structured, source, missing = _structured(instruction, drug, reading, resource, path)
    told = _told(text, drug.kind, drug.strength) if text else None
    if structured is not None and told is not None and not _same(structured, told):
        reading.note(
            "dosage-disagrees",
            Severity.WARNING,
            f'The sig "{text}" means {_shown(told)} a day, the structured dosage {_shown(structured)}; '
            "the structured one is used.",
            resource=resource,
            path=path,
            next_step="Ask the prescriber which one is meant.",
        )
    elif structured is None and told is not None:
        structured, source, missing = told, "parsed sig", None
    if sig.varies:
        structured, source, missing = None, None, f"{path} (the dose changes)"
    if structured is not None:
        _check_maximum(instruction, structured, drug, reading, resource, path)
    bounds = _bounds(repeat, reading, resource, f"{path}.timing.repeat") if repeat else _Bounds()
    return Dosage(
        text=text,
        daily_use=structured,
        source=source,
        missing=missing,
        as_needed=bool(instruction.as_needed_boolean or instruction.as_needed_codeable_concept or sig.as_needed),
        varies=sig.varies,
        sequence=instruction.sequence,
        start=bounds.start,
        end=bounds.end,
        bounded_days=bounds.days if bounds.days is not None else sig.bounded_days,
    )


def _structured(
    instruction: DosageInstruction, drug: DrugFacts, reading: Reading, resource: str, path: str
) -> tuple[Quantity | None, str | None, str | None]:
    """Units a day, where from, and what is missing for them, by doseAndRate and timing."""
    frequency = frequency_of(instruction.timing)
    dose = dose_of(instruction.dose_and_rate, drug, reading, resource, f"{path}.doseAndRate")
    for element, code, missing in (
        ("timing", "timing-disagrees", frequency.missing),
        ("doseAndRate", "doses-disagree", dose.missing),
    ):
        if missing and "disagree" in missing:
            reading.note(
                code,
                Severity.WARNING,
                f"The {element} contradicts itself, so that nothing can be computed from it.",
                resource=resource,
                path=f"{path}.{element}",
                missing=True,
                next_step="Ask the prescriber what is meant.",
            )
    if frequency.unusable:
        element = f"{path}.{frequency.missing}".partition(" (")[0]
        reading.note(
            "timing-unusable",
            Severity.WARNING,
            "The timing says how often in a way that cannot be, so that it is not used.",
            resource=resource,
            path=element,
            missing=True,
            next_step="Ask the prescriber what is meant.",
        )
    if dose.amount is None:
        return None, None, f"{path}.{dose.missing}"
    if frequency.per_day is None:
        return None, None, f"{path}.{frequency.missing}"
    source = f"{frequency.source}, {dose.converted}" if dose.converted else frequency.source
    return _times(dose.amount, frequency), source, None


def _times(dose: Quantity, frequency: Frequency) -> Quantity:
    return Quantity(dose.value * (frequency.per_day or 0), dose.unit)


@lru_cache(maxsize=8_192)
def _told(text: str, kind: Kind, strength: str | None) -> Quantity | None:
    """Units a day by the text alone."""
    sig = read_sig(text)
    if sig.daily is None:
        return None
    converted, _ = in_counted_units(Quantity(sig.daily, counted_unit(sig.unit, kind)), kind, strength)
    return converted


def _same(one: Quantity, other: Quantity) -> bool:
    return one.value == other.value or (one.unit != other.unit and "" not in (one.unit, other.unit))


def _check_maximum(
    instruction: DosageInstruction, use: Quantity, drug: DrugFacts, reading: Reading, resource: str, path: str
) -> None:
    """Note a daily use above `maxDosePerPeriod`: one of the two is wrong."""
    most = instruction.max_dose_per_period
    if most is None or most.numerator is None or most.denominator is None or most.denominator.value is None:
        return
    path = f"{path}.maxDosePerPeriod"
    numerator = quantity(most.numerator, drug.kind, reading, resource, f"{path}.numerator")
    per = most.denominator
    length = exact(per.value) if per.value is not None and per.value.is_finite() else None
    unit_days = Fraction(1, 24) if (per.code or per.unit) in ("h", "hour", "hours") else days_in(per.unit, per.code)
    if numerator is None or not length or unit_days is None:
        return
    allowed, _ = in_counted_units(numerator, drug.kind, drug.strength)
    if allowed and allowed.unit == use.unit and use.value > allowed.value / (length * unit_days):
        reading.note(
            "dose-above-maximum",
            Severity.WARNING,
            f"The dosage comes to {_shown(use)} a day, above the maximum that is stated with it.",
            resource=resource,
            path=path,
            next_step="Ask the prescriber which one is meant.",
        )


@dataclass(frozen=True, slots=True)
class _Bounds:
    start: date | None = None
    end: date | None = None
    days: int | None = None


def during(
    periods: tuple[Period, ...],
    said: Said[RepeatedByRequest] | Said[RepeatedByDispense],
    use: Use,
    reading: Reading,
    resource: str,
    resource_type: str,
) -> Use:
    """The use of what is said, when the instructions that it names hold for these periods."""
    dosages = list(use.each or use.dosages)
    for index, period in zip(said.dated, periods, strict=True):
        path = f"{resource_type}.dosageInstruction[{index}].timing.repeat"
        bounds = _bounds(Repeat(bounds_period=period), reading, resource, path)
        only = dosages[index]
        dosages[index] = _a_dosage(  # by position, in the order of Dosage
            only.text,
            only.daily_use,
            only.source,
            only.missing,
            only.as_needed,
            only.varies,
            only.sequence,
            bounds.start,
            bounds.end,
            only.bounded_days,
        )
    if use.each:
        together = _together(dosages, said.elements.dosage_instruction or [], resource_type)
        return replace(together, unreadable=use.unreadable, each=use.each)
    return _a_use(tuple(dosages), use.daily_use, use.daily_use_source, use.daily_use_missing, use.unreadable)


def _bounds(repeat: Repeat, reading: Reading, resource: str, path: str) -> _Bounds:
    """From when to when the instruction holds, and for how many days where it says so."""
    start = end = None
    if repeat.bounds_period:
        start = local_date(repeat.bounds_period.start, reading, resource, f"{path}.boundsPeriod.start")
        end = local_date(repeat.bounds_period.end, reading, resource, f"{path}.boundsPeriod.end")
    length = days(repeat.bounds_duration, reading, resource, f"{path}.boundsDuration")
    if length is None and repeat.bounds_range:
        length = days(repeat.bounds_range.high, reading, resource, f"{path}.boundsRange.high")
    whole = None if length is None else -(-length.numerator // length.denominator)
    if whole is not None and start is not None and end is None:
        end = start + timedelta(days=whole - 1)
    if start and end and end < start:
        reading.note(
            "impossible-period",
            Severity.WARNING,
            "The period ends before it starts.",
            resource=resource,
            path=f"{path}.boundsPeriod",
        )
    return _Bounds(start, end, whole)


def _shown(amount: Quantity) -> str:
    value = amount.value
    number = str(value) if value.denominator <= 100 else f"{float(value):.3f}"
    return f"{number} {amount.unit}".rstrip()

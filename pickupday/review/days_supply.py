"""How many days one dispense lasts: the sources in their order, the source kept, never a guess."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from pickupday.drugs import DrugFacts, Kind
from pickupday.findings import Finding, Severity
from pickupday.history import Dispense, Prescription, Quantity
from pickupday.rules import Rules
from pickupday.wording import say_amount, say_number

STATED = "daysSupply"
EXPECTED = "expectedSupplyDuration"

IN_USE_DAYS = 28
"""Days for which an opened package of insulin or drops is used at most, where the drug's own are not known."""

_COUNTED_SINGLY = frozenset({"", "{tablet}", "{capsule}", "{pill}", "{caplet}", "{each}"})


@dataclass(frozen=True, slots=True)
class DaysSupply:
    """The days that one dispense lasts and where they come from; `days` is None and `missing` says what would help."""

    days: int | None
    source: str
    missing: str | None
    findings: tuple[Finding, ...]


def same_unit(one: Quantity, other: Quantity, kind: Kind) -> bool:
    """Whether two amounts can be compared: equal units, or both counted singly for a tablet or capsule."""
    if one.unit == other.unit:
        return True
    return kind is Kind.SOLID_ORAL and one.unit in _COUNTED_SINGLY and other.unit in _COUNTED_SINGLY


def judge_days(dispense: Dispense, prescription: Prescription | None, rules: Rules) -> DaysSupply:
    """Find the days' supply of a dispense: the first usable source wins, every doubt about it is a finding."""
    sources = tuple(_sources(dispense, prescription))
    findings = [
        _unusable(dispense, source, value, rules)
        for source, value in sources
        if source == STATED and not _usable(value, rules)
    ]
    usable = [(source, value) for source, value in sources if _usable(value, rules)]
    if not usable:
        missing = "daysSupply" if dispense.stated_days is None else "daysSupply (a usable one)"
        return DaysSupply(None, "", missing, (*findings, _abstention(dispense, prescription, missing)))
    source, value = usable[0]
    days = int(value)
    if source == STATED and value != days:
        findings.append(
            Finding(
                "days-supply-fractional",
                Severity.INFORMATION,
                f"A dispense of {dispense.drug.label} states {say_number(value)} days; {days} whole days are counted.",
                dispense.key,
            )
        )
    findings += [
        _disagreement(dispense, source, value, other, contradicting)
        for other, contradicting in sources
        if other != source
        and abs(contradicting - value) >= rules.days_tolerance
        and not (other == STATED and not _usable(contradicting, rules))
    ]
    return DaysSupply(days, source, None, tuple(findings))


def _sources(dispense: Dispense, prescription: Prescription | None) -> Iterator[tuple[str, Fraction]]:
    """Every source of a number of days, in the order of trust: stated, expected, structured dosage, parsed sig."""
    if dispense.stated_days is not None:
        yield STATED, dispense.stated_days
    handed = dispense.quantity
    if handed is None:
        return
    if prescription is not None:
        asked, expected = prescription.quantity, prescription.expected_supply_days
        if expected and asked and asked.value > 0 and same_unit(handed, asked, dispense.drug.kind):
            yield EXPECTED, expected * handed.value / asked.value
    if any(dosage.as_needed for dosage in (*dispense.dosages, *(prescription.dosages if prescription else ()))):
        return  # what may be taken at most says nothing about how long it lasts
    uses = [(dispense.daily_use, dispense.daily_use_source)]
    if prescription is not None:
        uses.append((prescription.daily_use, prescription.daily_use_source))
    known = [(use, name or "dosage") for use, name in uses if use is not None and use.value > 0]
    known.sort(key=lambda one: "sig" in one[1])  # stable: structured dosage before a parsed sig
    for use, name in known[:1]:
        if same_unit(handed, use, dispense.drug.kind):
            yield from _in_use(dispense.drug, handed, name, handed.value / use.value)


def in_use_days(drug: DrugFacts) -> int | None:
    """For how many days an opened package of this drug is used at most; None where there is no such limit."""
    if drug.in_use_days is not None:
        return drug.in_use_days
    return IN_USE_DAYS if drug.kind in (Kind.INSULIN, Kind.DROPS) else None


def _in_use(drug: DrugFacts, handed: Quantity, source: str, days: Fraction) -> Iterator[tuple[str, Fraction]]:
    """Worked out days of insulin and drops, at most 28 (or the label's) for each package.

    None where that limit matters and the size of a package is not known.
    """
    most = in_use_days(drug)
    if most is None or days <= most:
        yield source, days
    elif drug.package is not None and handed.unit == "mL":
        longest = Fraction(most * ceil(handed.value / drug.package))
        yield (source, days) if days <= longest else (f"{source}, {most} days for each opened package", longest)


def _usable(value: Fraction, rules: Rules) -> bool:
    return 1 <= value <= rules.longest_days


def _unusable(dispense: Dispense, source: str, value: Fraction, rules: Rules) -> Finding:
    return Finding(
        "days-supply-unusable",
        Severity.WARNING,
        f"A dispense of {dispense.drug.label} states {say_number(value)} days ({source}); "
        f"only 1 to {rules.longest_days} can be meant, so that is not used.",
        dispense.key,
        missing="daysSupply",
    )


def _disagreement(dispense: Dispense, source: str, value: Fraction, other: str, against: Fraction) -> Finding:
    return Finding(
        f"days-supply-disagrees-with-{'expected' if other == EXPECTED else 'dosage'}",
        Severity.WARNING,
        f"The dispense of {dispense.drug.label} on {dispense.handed_over or dispense.prepared} "
        f"lasts {_about(value)} days by {source}, "
        f"but {_about(against)} days by {other}; {source} is used.",
        dispense.key,
        next_step="Ask how it is really taken, or count what is left.",
    )


def _about(value: Fraction) -> str:
    return say_number(value) if value.denominator == 1 else f"about {float(value):.1f}"


def _abstention(dispense: Dispense, prescription: Prescription | None, missing: str) -> Finding:
    """Name the missing field, and what was looked for in its place."""
    instead: list[str] = []
    if dispense.quantity is None:
        instead.append("quantity")
    else:
        use = dispense.daily_use or (prescription.daily_use if prescription else None)
        if use is not None and not same_unit(dispense.quantity, use, dispense.drug.kind):
            instead.append(f"dosage in the unit of the {say_amount(dispense.quantity)} dispensed")
        elif use is not None and in_use_days(dispense.drug) is not None:
            most = in_use_days(dispense.drug)
            instead.append(f"size of one package, which is used for {most} days at most once opened,")
        else:
            named = dispense.daily_use_missing or (prescription.daily_use_missing if prescription else None)
            instead.append(named or "dosageInstruction")
    return Finding(
        "days-supply-unknown",
        Severity.ERROR,
        f"It is not known how long a dispense of {dispense.drug.label} lasts: "
        f"there is no {missing}, and no {' or '.join(instead)} to work it out from.",
        dispense.key,
        missing=missing,
        next_step="Ask the pharmacy for the days' supply, or enter a count of what is left.",
    )

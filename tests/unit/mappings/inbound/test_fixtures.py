"""The scenario folders: what each chart comes to, and what is said about each unusable one."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mappings.inbound import Chart, read_bundle
from mappings.validation import problems_of
from pickupday.history import Dispense, Prescription, Quantity
from pickupday.review.therapies import review

FIXTURES = Path(__file__).parents[4] / "fixtures"
CASES = sorted(FIXTURES.glob("cases/1?-*/input.json"))
INVALID = sorted(FIXTURES.glob("invalid/*.json"))
NEW_YORK = ZoneInfo("America/New_York")


def amount(quantity: Quantity | None) -> str | None:
    return f"{quantity.value} {quantity.unit}".strip() if quantity else None


def use(record: Prescription | Dispense) -> str:
    return (
        f"{amount(record.daily_use)} a day: {record.daily_use_source}"
        if record.daily_use
        else (f"unknown: {record.daily_use_missing}")
    )


def drug(record: Prescription | Dispense) -> str:
    known = record.drug
    return ", ".join(part or "?" for part in (known.ingredient, known.strength, known.form, known.schedule.value))


def prescription(written: Prescription) -> dict[str, Any]:
    said = {
        "key": written.key,
        "drug": drug(written),
        "use": use(written),
        "quantity": amount(written.quantity),
        "repeats": written.repeats,
        "expected_days": str(written.expected_supply_days) if written.expected_supply_days else None,
        "valid": f"{written.valid_from} to {written.valid_to}" if written.valid_from else None,
        "performer": written.performer,
        "varies": any(dosage.varies for dosage in written.dosages),
        "as_needed": any(dosage.as_needed for dosage in written.dosages),
        "bounded_days": [dosage.bounded_days for dosage in written.dosages if dosage.bounded_days],
        "unreadable": written.unreadable,
    }
    return {name: value for name, value in said.items() if value}


def dispense(handed: Dispense) -> dict[str, Any]:
    said = {
        "key": handed.key,
        "drug": drug(handed),
        "prescriptions": list(handed.prescriptions),
        "handed_over": str(handed.handed_over) if handed.handed_over else None,
        "prepared": str(handed.prepared) if handed.prepared else None,
        "quantity": amount(handed.quantity),
        "days": str(handed.stated_days) if handed.stated_days else None,
        "unreadable": handed.unreadable,
    }
    return {name: value for name, value in said.items() if value}


def summary(chart: Chart) -> dict[str, Any]:
    issues = [
        " ".join(filter(None, ("FATAL" if issue.fatal else "", issue.code, issue.resource, issue.path)))
        for issue in chart.issues
    ]
    history = chart.history
    if history is None:
        return {"issues": issues}
    return {
        "patient": {
            "key": history.patient.key,
            "name": history.patient.name,
            "do_not_plan": history.patient.do_not_plan,
        },
        "prescriptions": [prescription(written) for written in history.prescriptions],
        "dispenses": [dispense(handed) for handed in history.dispenses],
        "issues": issues,
    }


def expected(file: Path) -> Any:
    return json.loads(file.read_text("utf-8"))


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.parent.name)
def test_a_case_comes_to_the_expected_history(file: Path) -> None:
    assert summary(read_bundle(file.read_bytes(), zone=NEW_YORK)) == expected(file.with_name("expected.history.json"))


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.parent.name)
def test_a_case_is_valid_r4(file: Path) -> None:
    broken = [problem for problem in problems_of(expected(file)) if not problem.endswith("(dom-3)")]
    assert broken == []  # fills that are contained and pointed at by nothing: so some servers send them


def judged(chart: Chart) -> dict[str, Any]:
    """What is read of a chart, with the therapies that would be planned and the codes of those that would not."""
    if chart.history is None:
        return summary(chart)
    reviewed = review(chart.history, date(2026, 2, 25))
    planned = [f"{therapy.id} runs out {therapy.run_out}" for therapy in reviewed.therapies]
    left_out = [f"{line.code}: {', '.join(line.keys)}" for line in reviewed.not_planned]
    found = [f"{finding.code} {finding.about}" for finding in reviewed.findings]
    return {**summary(chart), "planned": planned, "not_planned": left_out, "findings": found}


@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_an_unusable_chart_is_answered_with_what_is_wrong(file: Path) -> None:
    chart = read_bundle(file.read_bytes(), zone=NEW_YORK)
    assert judged(chart) == expected(FIXTURES / "cases/20-unusable-charts/expected.json")[file.stem]
    assert all(issue.message.isprintable() for issue in chart.issues)


def test_there_are_cases() -> None:
    assert len(CASES) >= 6
    assert len(INVALID) >= 20

"""A planned chart as JSON: the solved plan (plan_format.py) with the chart's evidence beside it.

Amounts are exact: whole numbers and finite decimals as numbers, anything else as a string "1/7". Dates are ISO dates.
Without a plan the plan's own keys are absent, `reason` says why, and everything known about the chart is still there.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from mappings.issues import MappingIssue
from pickupday.back_test import back_test
from pickupday.drugs import DrugFacts
from pickupday.findings import Finding
from pickupday.history import Patient, Quantity
from pickupday.planner.plan_format import plan_to_json
from pickupday.review.supply import JudgedFill
from pickupday.review.therapies import NotPlanned, OngoingTherapy, UnitLedger
from service.use_cases.candidate_format import candidate_to_json
from service.use_cases.figures_format import figures_to_json
from service.use_cases.propose import PlannedChart

Json = dict[str, object]


def planned_chart_to_json(chart: PlannedChart) -> Json:
    """Everything `pickupday plan` knows of a chart, in the published format."""
    proposal = chart.proposal
    plan = proposal.plan if proposal is not None else None
    document: Json = dict(plan_to_json(plan)) if plan is not None else {"format": 1}
    document["reason"] = chart.reason
    document["patient"] = patient_to_json(chart.history.patient) if chart.history is not None else None
    if proposal is not None:
        left_out = [therapy_left_out_to_json(one) for one in proposal.review.not_planned if one.therapy]
        document["therapies"] = [therapy_to_json(one) for one in proposal.review.therapies] + left_out
        document["not_planned"] = [not_planned_to_json(one) for one in proposal.review.not_planned]
        document["figures"] = figures_to_json(proposal.figures, back_test(proposal))
    else:
        document |= {"therapies": [], "not_planned": [], "figures": None}
    candidate = proposal.candidate if proposal is not None else None
    document["candidate"] = candidate_to_json(candidate) if candidate is not None else None
    findings = proposal.review.findings if proposal is not None else ()
    document["issues"] = [issue_to_json(one) for one in chart.issues] + [finding_to_json(one) for one in findings]
    return document


def number(value: Fraction | None) -> int | float | str | None:
    """An exact amount for JSON: 30, 2.5, or "1/7" where no decimal is exact."""
    if value is None:
        return None
    if value.denominator == 1:
        return int(value)
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    return float(decimal) if Fraction(str(float(decimal))) == value else f"{value.numerator}/{value.denominator}"


def day(value: date | None) -> str | None:
    """A date for JSON."""
    return value.isoformat() if value is not None else None


def quantity(value: Quantity | None) -> Json | None:
    """An amount with its unit."""
    return {"value": number(value.value), "unit": value.unit} if value is not None else None


def patient_to_json(patient: Patient) -> Json:
    """Who the chart is about."""
    return {
        "resource": patient.key,
        "name": patient.name,
        "birth_date": day(patient.birth_date),
        "do_not_plan": patient.do_not_plan,
    }


def therapy_to_json(therapy: OngoingTherapy) -> Json:
    """One planned therapy with its dispenses, run-out, window and ledger."""
    return {
        "id": therapy.id,
        "planned": True,
        **drug_to_json(therapy.drug),
        "pharmacy": therapy.pharmacy,
        "prescriptions": [one.key for one in therapy.prescriptions],
        "daily_use": quantity(therapy.daily_use),
        "usual_days": therapy.usual_days,
        "max_days": therapy.problem.max_days,
        "short_fill_allowed": therapy.problem.short_fill_allowed,
        "run_out": day(therapy.run_out),
        "run_out_source": therapy.run_out_source,
        "window": {"earliest": day(therapy.earliest), "run_out": day(therapy.run_out)},
        "dispenses": [fill_to_json(one) for one in therapy.fills],
        "ledger": [ledger_to_json(one) for one in therapy.ledgers],
        "reasons": list(therapy.reasons),
    }


def therapy_left_out_to_json(line: NotPlanned) -> Json:
    """One therapy of the chart that is not planned, as far as it is known; why stands under `not_planned`."""
    return {
        "id": line.therapy,
        "planned": False,
        **(drug_to_json(line.drug) if line.drug is not None else {"label": line.label}),
        "prescriptions": list(line.keys),
        "run_out": day(line.run_out),
        "window": None,
        "dispenses": [fill_to_json(one) for one in line.fills],
        "ledger": [ledger_to_json(one) for one in line.ledgers],
        "reasons": [line.reason],
    }


def drug_to_json(drug: DrugFacts) -> Json:
    """What is known of a drug, and from where; null = not known."""
    return {
        "label": drug.label,
        "ingredient": drug.ingredient,
        "strength": drug.strength,
        "form": drug.form,
        "schedule": drug.schedule.value,
        "kind": drug.kind.value,
        "package": number(drug.package),
        "facts_source": drug.source,
    }


def fill_to_json(fill: JudgedFill) -> Json:
    """One dispense that counts, with the source of its days' supply and the days it covers (`covers_to` exclusive)."""
    return {
        "resource": fill.dispense.key,
        "date": day(fill.on),
        "quantity": quantity(fill.units),
        "days_supply": fill.days,
        "days_supply_source": fill.days_source,
        "covers_from": day(fill.covers_from),
        "covers_to": day(fill.covers_to),
        "prescription": fill.prescription,
    }


def ledger_to_json(ledger: UnitLedger) -> Json:
    """One prescription's account in units; `remaining` null = unknown."""
    return {
        "prescription": ledger.prescription,
        "authorized": quantity(ledger.authorized),
        "dispensed": quantity(ledger.dispensed),
        "remaining": number(ledger.remaining),
        "overdrawn": ledger.overdrawn,
        "expires": day(ledger.expires),
        "expires_source": ledger.expires_source,
    }


def not_planned_to_json(line: NotPlanned) -> Json:
    """One medicine that is left out, why, and what to do."""
    return {
        "label": line.label,
        "therapy": line.therapy or None,
        "resources": list(line.keys),
        "code": line.code,
        "reason": line.reason,
        "next_step": line.next_step,
        "missing": line.missing,
        "ask": line.ask,
    }


def issue_to_json(issue: MappingIssue) -> Json:
    """One data problem of the chart and where it stands."""
    return {
        "code": issue.code,
        "severity": issue.severity.value,
        "message": issue.message,
        "resource": issue.resource or None,
        "path": issue.path or None,
        "missing": issue.missing,
        "next_step": issue.next_step,
        "fatal": issue.fatal,
    }


def finding_to_json(finding: Finding) -> Json:
    """One thing the review noticed, in the same shape as a data problem."""
    kind = finding.about.partition("/")[0]
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "resource": finding.about or None,
        "path": f"{kind}.{finding.missing}" if kind and finding.missing else None,
        "missing": finding.missing,
        "next_step": finding.next_step,
        "fatal": False,
    }

"""From a medication history to therapies: what is ongoing and can be planned, and what is not, and why.

`review` is the whole way: dispenses that count, prescriptions that are orders, chains of the two, their supply, the
rules that speak against planning, and the therapy as the search sees it. Nothing of a chart disappears: each
prescription is in a therapy or in a not-planned line, each dispense counts or has a finding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pickupday.findings import Finding, Severity
from pickupday.history import MedicationHistory, Prescription
from pickupday.review.chains import tie_chains
from pickupday.review.dispensing import Dispensing, sort_dispenses
from pickupday.review.eligibility import COURSE, SUPPLY, Verdict, answers_about, object_to, settle
from pickupday.review.evidence import weigh
from pickupday.review.ledger import UnitLedger
from pickupday.review.long_fills import ask_for_longer_fills
from pickupday.review.medicine import Medicine, judge
from pickupday.review.objections import Objection, Setting
from pickupday.review.ongoing import NotPlanned, OngoingTherapy, plan_medicine
from pickupday.review.prescribing import refuse
from pickupday.review.siblings import find_duplicates, replacement_of
from pickupday.review.strands import attribute
from pickupday.review.supply import JudgedFill
from pickupday.review.told import match_counts
from pickupday.rules import Rules

__all__ = ["HOSPITAL_STAY", "JudgedFill", "NotPlanned", "OngoingTherapy", "Review", "UnitLedger", "review"]


_OF_THE_PLANNED_ONLY = frozenset({"expiry-unknown", "ledger-unknown"})
"""What is of no use to know of a medicine that nobody is going to fill."""


HOSPITAL_STAY = "hospital-stay"
"""Code of the finding that asks what changed at discharge before any fill."""


@dataclass(frozen=True, slots=True)
class Review:
    """A history judged on one day: what is planned, what is not and why, and what a person should know."""

    therapies: tuple[OngoingTherapy, ...]
    not_planned: tuple[NotPlanned, ...]
    findings: tuple[Finding, ...]


def review(
    history: MedicationHistory, today: date, rules: Rules | None = None, *, confirmed: Iterable[str] = ()
) -> Review:
    """Judge a history on one day.

    `confirmed`: therapies (id or key) to which a person said yes where a rule asks, or "id=code" for a yes to the one
    question of that code ("lamotrigine-100-mg-oral-tablet=restart-review").
    """
    rules = rules if rules is not None else Rules()
    yes = frozenset(confirmed)
    dispensing = sort_dispenses(history.dispenses, today, rules)
    orders, refused = _read_prescriptions(history, dispensing, yes)
    strands, doubts = attribute(orders, {key: line.code for line in refused for key in line.keys}, dispensing)
    chains = tie_chains(strands)
    told, miscounts = match_counts(history.told_counts, chains, today)
    medicines = [judge(chain, told.get(chain.id), today, rules) for chain in chains]
    setting = Setting(today, rules, history.dispenses_known, places=history.places)
    findings = [*dispensing.findings, *doubts, *miscounts, *_ask_after_hospital(history, today, rules)]
    therapies: list[OngoingTherapy] = []
    lines = list(refused)
    answers = {one.chain.id: answers_about(one.chain, yes) for one in medicines}
    objections = {one.chain.id: object_to(one, setting, COURSE) for one in medicines}
    in_force = [one for one in medicines if settle(objections[one.chain.id], answers[one.chain.id]).standing is None]
    lasting = [one for one in in_force if weigh(one, rules).enough]
    setting = replace(setting, pickup_pharmacy=_pickup_pharmacy(lasting, today, rules))
    for medicine in medicines:
        of_course, replaced = objections[medicine.chain.id], _replaced(medicine, lasting, setting)
        verdict = settle((*of_course, *replaced, *object_to(medicine, setting, SUPPLY)), answers[medicine.chain.id])
        outcome = plan_medicine(medicine, setting, history.patient.do_not_plan, _name_question(medicine, verdict))
        if isinstance(outcome, NotPlanned):
            lines.append(outcome)
            findings += _findings_of_unplanned(medicine, outcome)
        else:
            therapies.append(outcome)
            findings += [*_findings_of_planned(medicine, setting), *_say_lifted(medicine, verdict)]
            findings += ask_for_longer_fills(medicine, outcome, setting)
    replaced_ids = {line.therapy for line in lines if line.code == "replaced"}
    findings += find_duplicates([one for one in in_force if one.chain.id not in replaced_ids], today, rules)
    return Review(
        therapies=tuple(sorted(therapies, key=lambda one: one.id)),
        not_planned=tuple(sorted(lines, key=lambda line: (line.label.casefold(), line.code, line.keys))),
        findings=tuple(sorted(findings, key=lambda one: (one.about, one.code, one.message))),
    )


def _read_prescriptions(
    history: MedicationHistory, dispensing: Dispensing, yes: frozenset[str]
) -> tuple[list[Prescription], list[NotPlanned]]:
    """Separate orders from what is no therapy at all."""
    named = {key for one in dispensing.handed_over for key in one.dispense.prescriptions}
    orders: list[Prescription] = []
    lines: list[NotPlanned] = []
    for prescription in history.prescriptions:
        refusal = refuse(prescription, dispensed=prescription.key in named)
        if refusal is None or (refusal.ask and prescription.key in yes):
            orders.append(prescription)
        else:
            lines.append(
                NotPlanned(
                    prescription.drug.label,
                    (prescription.key,),
                    refusal.code,
                    refusal.reason,
                    refusal.next_step,
                    None,
                    refusal.ask,
                    drug=prescription.drug,
                )
            )
    return orders, lines


def _pickup_pharmacy(lasting: list[Medicine], today: date, rules: Rules) -> str | None:
    """Where most long-term medicines come from, of equals the one used last; None where no pharmacy is known.

    A single fill elsewhere, of an antibiotic or by mail order, must not take the other medicines out of the plan.
    """
    known = [one for one in lasting if one.chain.pharmacy is not None]
    votes: dict[str, list[date]] = {}
    for one in [one for one in known if not one.has_lapsed(today, rules)] or known:
        votes.setdefault(one.chain.pharmacy or "", []).append(one.fills[-1].on if one.fills else date.min)
    return max(votes, key=lambda pharmacy: (len(votes[pharmacy]), max(votes[pharmacy]), pharmacy), default=None)


def _ask_after_hospital(history: MedicationHistory, today: date, rules: Rules) -> list[Finding]:
    """A stay in the last 30 days asks what changed before any fill."""
    findings: list[Finding] = []
    for stay in history.stays:
        if stay.start > today or (stay.end is not None and stay.end < today - timedelta(days=rules.discharge_days)):
            continue
        what = f"ended on {stay.end}" if stay.end is not None else f"began on {stay.start} and has not ended"
        findings.append(
            Finding(
                HOSPITAL_STAY,
                Severity.WARNING,
                f"A hospital stay {what}.",
                stay.key,
                missing=None if stay.end is not None else "period.end",
                next_step="Ask what changed at discharge before any fill.",
            )
        )
    return findings


def _replaced(medicine: Medicine, lasting: list[Medicine], setting: Setting) -> list[Objection]:
    newer = replacement_of(medicine, lasting, setting.today, setting.rules)
    if newer is None:
        return []
    return [
        Objection(
            "replaced",
            f"It was followed by {newer.chain.drug.label}"
            + (
                f" at {setting.place(newer.chain.pharmacy)}."
                if newer.chain.pharmacy != medicine.chain.pharmacy
                else "."
            ),
            "If both are taken, say so and both are planned.",
            ask=True,
        )
    ]


def _name_question(medicine: Medicine, verdict: Verdict) -> Objection | None:
    """What stands against planning; where another question was already answered, with the name of this one."""
    standing = verdict.standing
    if standing is None or not standing.clinical or not verdict.lifted:
        return standing
    how = f'Then say yes to "{medicine.chain.id}={standing.code}".'
    return replace(standing, next_step=f"{standing.next_step} {how}")


def _say_lifted(medicine: Medicine, verdict: Verdict) -> list[Finding]:
    """A yes lifts a clinical question but not the danger: it stays on the plan."""
    return [
        Finding(
            "planned-on-a-yes",
            Severity.WARNING,
            f"{medicine.chain.drug.label} is planned because a person said yes. {one.reason}",
            medicine.chain.keys[-1],
            next_step=one.next_step,
        )
        for one in verdict.lifted
        if one.clinical
    ]


def _findings_of_planned(medicine: Medicine, setting: Setting) -> list[Finding]:
    """An older dispense of unknown days leaves nothing out of the plan: it is planned with less supply."""
    found = [*medicine.findings, *_doubt_identity(medicine), *_doubt_first_fill(medicine, setting)]
    found += _doubt_dosage(medicine)
    return [replace(one, severity=Severity.WARNING) if one.code == "days-supply-unknown" else one for one in found]


def _findings_of_unplanned(medicine: Medicine, line: NotPlanned) -> list[Finding]:
    """What is known of a medicine that no plan rests on: a doubt is information, unless it is the reason."""
    return [
        one
        if one.severity is Severity.ERROR and (line.missing is not None or one.code == "told-count-unusable")
        else replace(one, severity=Severity.INFORMATION)
        for one in medicine.findings
        if one.code not in _OF_THE_PLANNED_ONLY
    ]


def _doubt_first_fill(medicine: Medicine, setting: Setting) -> list[Finding]:
    if setting.dispenses_known or medicine.fills or medicine.told is not None:
        return []
    return [
        Finding(
            "first-fill-assumed",
            Severity.WARNING,
            f"{medicine.chain.drug.label} is planned as a new start; no dispenses are known here, so it may have been "
            "filled already.",
            medicine.chain.keys[0],
            missing="MedicationDispense",
            next_step="Ask, and enter a count of what is left.",
        )
    ]


def _doubt_dosage(medicine: Medicine) -> list[Finding]:
    """How it is taken is not known, and it is planned by the days that the chart states: nothing checks them."""
    if medicine.dosing.use is not None:
        return []
    label, texts = medicine.chain.drug.label, [one.text for one in medicine.dosing.dosages if one.text]
    how = f'"{texts[0]}" was not understood' if texts else "the chart does not say it"
    return [
        Finding(
            "dosage-not-understood",
            Severity.WARNING,
            f"How {label} is taken is not known ({how}); it is planned by the days that a fill is said to last.",
            medicine.chain.keys[-1],
            missing=medicine.dosing.missing,
            next_step="Ask how it is taken.",
        )
    ]


def _doubt_identity(medicine: Medicine) -> list[Finding]:
    if medicine.chain.drug.ingredient is not None:
        return []
    return [
        Finding(
            "drug-known-by-name-only",
            Severity.WARNING,
            f"Only the name of {medicine.chain.drug.label} is known, not its ingredient: "
            "another name of the same medicine would be taken for another medicine.",
            medicine.chain.keys[-1],
            missing="Medication.ingredient",
        )
    ]

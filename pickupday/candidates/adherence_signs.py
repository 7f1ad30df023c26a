"""The criterion "not adherent": a PDC below 0.80, a late refill, or a lapse, each from the dispenses alone."""

from __future__ import annotations

from datetime import date, timedelta

from pickupday.adherence import OBSERVED_DAYS, Pdc, adherence, days_away, spells_without, supplies_of
from pickupday.candidates.criterion import Criterion, Evidence, Status, Thresholds
from pickupday.history import MedicationHistory
from pickupday.review.supply import lay_out
from pickupday.review.therapies import OngoingTherapy, Review
from pickupday.wording import say_count

CODE, TITLE = "not-adherent", "not adherent"
_SIGNS_TOLD = 3  # so many in the sentence, all of them in the evidence


def not_adherent(reviewed: Review, history: MedicationHistory, today: date, thresholds: Thresholds) -> Criterion:
    """Met by any one sign in the past year; not met only where the PDC of at least one medicine could be worked out."""
    if not history.dispenses_known:
        return Criterion(
            CODE,
            TITLE,
            Status.CANNOT_TELL,
            "No dispenses are known here, so adherence cannot be seen.",
            missing="MedicationDispense",
            next_step="Ask how often doses are missed.",
        )
    measured = {one.id: _pdc_of(one, reviewed, history, today) for one in reviewed.therapies}
    signs: dict[str, Evidence] = {}
    for therapy in reviewed.therapies:
        pdc = measured[therapy.id]
        if pdc.value is not None and pdc.value < thresholds.adherent:
            said = f"PDC of {therapy.drug.label} {float(pdc.value):.2f} ({pdc.covered_days} of {pdc.days} days)"
            key = therapy.fills[-1].dispense.key if therapy.fills else therapy.prescriptions[-1].key
            signs.setdefault(said, Evidence(key, None, said))
        for sign in _late_refills(therapy, reviewed, history, today, thresholds):
            signs.setdefault(sign.value, sign)
    signs |= {sign.value: sign for sign in _lapses(reviewed)}
    unmeasured = [one for one in reviewed.therapies if measured[one.id].value is None]
    if signs:
        told = list(signs)[:_SIGNS_TOLD]
        more = f" And {len(signs) - len(told)} more." if len(signs) > len(told) else ""
        return Criterion(CODE, TITLE, Status.MET, "; ".join(told) + f".{more}", tuple(signs.values()))
    left = ", ".join(f"{one.drug.label} ({measured[one.id].reason})" for one in unmeasured)
    if len(unmeasured) < len(reviewed.therapies):
        values = [pdc.value for pdc in measured.values() if pdc.value is not None]
        known = f"The lowest PDC is {float(min(values)):.2f}, no refill was {thresholds.late_days} days late or more."
        evidence = tuple(
            Evidence(one.fills[-1].dispense.key, one.fills[-1].on, f"PDC of {one.drug.label} {float(value):.2f}")
            for one in reviewed.therapies
            if (value := measured[one.id].value) is not None and one.fills
        )
        return Criterion(
            CODE, TITLE, Status.NOT_MET, known + (f" No PDC can be given for {left}." if left else ""), evidence
        )
    why = f"No PDC can be given for {left}." if left else "There is no ongoing medicine with dispenses to judge by."
    return Criterion(
        CODE,
        TITLE,
        Status.CANNOT_TELL,
        why,
        missing="two fills on different days, 91 days of history",
        next_step="Ask how often doses are missed.",
    )


def _pdc_of(therapy: OngoingTherapy, reviewed: Review, history: MedicationHistory, today: date) -> Pdc:
    return adherence(therapy.id, supplies_of(therapy, reviewed.therapies, reviewed.not_planned), history.stays, today)


def _late_refills(
    therapy: OngoingTherapy, reviewed: Review, history: MedicationHistory, today: date, thresholds: Thresholds
) -> list[Evidence]:
    """Refills of the past year handed over after the supply had ended, and the one that is due and was not made."""
    fills = supplies_of(therapy, reviewed.therapies, reviewed.not_planned)
    laid = fills if fills == therapy.fills else lay_out(fills)
    if not laid:
        return []
    start = today - timedelta(days=OBSERVED_DAYS)
    away = days_away(history.stays, laid[0].on, today)
    supplies = [(one.on, (one.covers_to - one.covers_from).days) for one in laid]
    label, found = therapy.drug.label, list[Evidence]()
    for spell in spells_without(supplies, start, today, away):
        if spell.days < thresholds.late_days:
            continue
        if spell.refilled is not None:
            key = next(one.dispense.key for one in laid if one.on >= spell.refilled)
            said = f"{label} refilled {say_count(spell.days, 'day')} late on {spell.refilled}"
            found.append(Evidence(key, spell.refilled, said))
        elif therapy.told is None:
            said = f"{label} not refilled since its supply ended on {spell.start}"
            found.append(Evidence(laid[-1].dispense.key, spell.start, said))
    if therapy.told is not None and (today - therapy.run_out).days >= thresholds.late_days:
        said = f"{label} not refilled since its supply ended on {therapy.run_out}, by the count that was told"
        found.append(Evidence(laid[-1].dispense.key, therapy.run_out, said))
    return found


def _lapses(reviewed: Review) -> list[Evidence]:
    """Medicines whose supply ended long ago with nothing dispensed since, also where it is a question of its own."""
    words = {"lapsed": "lapsed: its supply ended", "restart-review": "not refilled since its supply ended"}
    return [
        Evidence(one.keys[-1], one.run_out, f"{one.label} {words[one.code]} on {one.run_out}")
        for one in reviewed.not_planned
        if one.code in words and one.run_out is not None
    ]

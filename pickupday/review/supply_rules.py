"""Rules on whether the next fill can be planned now: under way, elsewhere, unknown, lapsed, to be asked about."""

from __future__ import annotations

from pickupday.drugs import AskFirst
from pickupday.review.evidence import weigh
from pickupday.review.medicine import Medicine, estimate_run_out
from pickupday.review.objections import Objection, Setting
from pickupday.wording import say_count


def not_shown_long_term(medicine: Medicine, setting: Setting) -> Objection | None:
    """Too few signs of long-term use."""
    evidence = weigh(medicine, setting.rules)
    if evidence.enough:
        return None
    found = " ".join(evidence.signs) or "None was found."
    return Objection(
        "not-shown-long-term",
        f"Two signs of long-term use are needed, one of them steady or long fills. {found}",
        "Ask whether it is taken long-term.",
        ask=True,
    )


def being_filled(medicine: Medicine, setting: Setting) -> Objection | None:
    """A fill is in progress: a second one would double it."""
    if not medicine.chain.being_filled:
        return None
    return Objection(
        "being-filled",
        f"A fill is under way ({', '.join(one.key for one in medicine.chain.being_filled)}), which blocks another.",
        "Plan again when it has been handed over.",
    )


def another_pharmacy(medicine: Medicine, setting: Setting) -> Objection | None:
    """Dispensed elsewhere: another pharmacy's medicines cannot be collected here."""
    here, there = setting.pickup_pharmacy, medicine.chain.pharmacy
    if here is None or there is None or here == there:
        return None
    return Objection(
        "another-pharmacy",
        f"It is dispensed elsewhere ({setting.place(there)}).",
        "If the patient wants, transfer it to the pharmacy of the other medicines.",
    )


def supply_unknown(medicine: Medicine, setting: Setting) -> Objection | None:
    """The last dispense, or one that may be the last, does not say how long it lasts, when it was or what it was."""
    unclear = medicine.unknown
    if unclear is None:
        return None
    return Objection(unclear.code, unclear.reason, unclear.next_step, missing=unclear.missing)


def only_estimated(medicine: Medicine, setting: Setting) -> Objection | None:
    """The server has no dispenses: an estimate is shown, but nothing is planned on it. A new start is filled now."""
    if setting.dispenses_known or medicine.fills or medicine.told is not None or is_new_start(medicine, setting):
        return None
    usual = medicine.chain.current
    days = usual.expected_supply_days if usual is not None else None
    if days is None and usual is not None and usual.quantity is not None and medicine.dosing.use is not None:
        days = usual.quantity.value / medicine.dosing.use.value
    estimate = estimate_run_out(medicine, int(days), setting.today) if days is not None and days >= 1 else None
    shown = f" Were every fill made on time, it would end on {estimate} (an estimate)." if estimate is not None else ""
    return Objection(
        "supply-estimated",
        f"No dispenses are known here, so what is left is not known.{shown}",
        "Enter a count of what is left.",
        missing="MedicationDispense",
        ask=True,
    )


def is_new_start(medicine: Medicine, setting: Setting) -> bool:
    """Whether the prescription was written in the last 30 days: it may never have been filled."""
    written = medicine.written
    return written is not None and (setting.today - written).days <= setting.rules.new_start_days


def never_dispensed(medicine: Medicine, setting: Setting) -> Objection | None:
    """Prescribed long ago (or nobody knows when) and never dispensed: asked. A new start is filled now."""
    if medicine.fills or medicine.has_some_left or medicine.unknown is not None:
        return None
    if is_new_start(medicine, setting):
        return None
    written = medicine.written
    since = f"since {written}" if written is not None else "on a day that is not known"
    return Objection(
        "never-dispensed",
        f"It was prescribed ({since}) and never dispensed.",
        "Ask whether it is taken and where it was filled.",
        missing=None if written is not None else "authoredOn",
        ask=True,
    )


def restart(medicine: Medicine, setting: Setting) -> Objection | None:
    """Restarting after a gap of more than five days can harm, also where some was left over."""
    if not medicine.chain.drug.restart_harm:
        return None
    out, missed = medicine.days_out(setting.today), medicine.days_missed
    if max(out, missed) <= setting.rules.restart_gap_days:
        return None
    if missed > out:
        reason = (
            f"By its dispenses the supply ended {say_count(missed, 'day')} before the count, yet some was left: "
            "doses were missed, and restarting this medicine after a gap can harm."
        )
    else:
        reason = f"The supply ended {say_count(out, 'day')} ago; restarting this medicine after such a gap can harm."
    return Objection(
        "restart-review",
        reason,
        "Clinician review before restart.",
        ask=True,
        clinical=True,
    )


def lapsed(medicine: Medicine, setting: Setting) -> Objection | None:
    """Supply ended long ago and nothing was dispensed since: still taking it?"""
    if not medicine.has_lapsed(setting.today, setting.rules):
        return None
    return Objection(
        "lapsed",
        f"The supply ended on {medicine.ended} and nothing was dispensed since.",
        "Ask: still taking it?",
        ask=True,
    )


_ASK_FIRST = {
    AskFirst.WARFARIN: ("Warfarin is planned on a stable dose only.", "Ask whether the dose is stable."),
    AskFirst.REMS: ("It is under a safety programme (REMS).", "Ask whether the programme allows the fill."),
    AskFirst.LABORATORY: ("Its fills depend on laboratory results.", "Ask whether the results are in."),
    AskFirst.ORAL_CHEMOTHERAPY: ("It is oral chemotherapy.", "Ask the oncology clinic before each fill."),
    AskFirst.WEEKLY_METHOTREXATE: (
        "Methotrexate is dangerous if taken daily instead of weekly.",
        "Confirm the interval.",
    ),
}


def ask_first(medicine: Medicine, setting: Setting) -> Objection | None:
    """Drugs about which a person is asked before they are planned at all."""
    why = medicine.chain.drug.ask_first
    if why is None:
        return None
    reason, next_step = _ASK_FIRST[why]
    return Objection("ask-first", reason, next_step, ask=True, clinical=True)

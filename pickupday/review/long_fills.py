"""What stands between a medicine and a 90-day pickup: the prescription, the payer, or that nobody knows."""

from __future__ import annotations

from pickupday.drugs import Schedule
from pickupday.findings import Finding, Severity
from pickupday.review.medicine import Medicine
from pickupday.review.objections import Setting
from pickupday.review.ongoing import OngoingTherapy
from pickupday.review.sizes import prescribed_days
from pickupday.wording import say_count

LONG_CYCLE_DAYS = 84
"""Cycles of 84 and 90 days are what people call 90 days."""


def ask_for_longer_fills(medicine: Medicine, therapy: OngoingTherapy, setting: Setting) -> list[Finding]:
    """Say what a 90-day pickup of this medicine needs where the programme offers one and one fill is too small for it.

    A limit of the payer that is not known counts as not allowed.
    """
    wanted, longest = setting.rules.wanted_fill_days, therapy.problem.max_days
    if wanted < LONG_CYCLE_DAYS or longest >= wanted or therapy.drug.schedule is not Schedule.NOT_CONTROLLED:
        return []
    asked, payer = prescribed_days(medicine, therapy.daily_use, setting.rules), setting.rules.payer_longest_days
    if asked > longest and (payer is None or payer > longest):
        return []  # new or changed: 30 days at a time for now, whatever is prescribed
    why, next_step = what_longer_fills_need(payer, wanted)
    return [
        Finding(
            "ninety-days-not-possible" if next_step is None else "ninety-day-prescription-needed",
            Severity.INFORMATION,
            f"{therapy.drug.label} is filled for at most {say_count(longest, 'day')} at a time: {why}.",
            medicine.chain.keys[-1],
            next_step=next_step,
        )
    ]


def what_longer_fills_need(payer: int | None, wanted: int) -> tuple[str, str | None]:
    """Why a fill of `wanted` days is not possible where less is prescribed, and the next step where there is one.

    `payer` is the longest fill that the payer takes, None where that is not known.
    """
    if payer is not None and payer < wanted:
        return f"the payer takes at most {say_count(payer, 'day')} at a time", None
    if payer is None:
        why = "whether the payer takes more is not known, which counts as not allowed"
        return why, f"Ask the payer, then the prescriber for a {wanted}-day prescription."
    need = f"a {wanted}-day fill needs a {wanted}-day prescription"
    return need, f"Ask the prescriber for a {wanted}-day prescription."

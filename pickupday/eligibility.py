"""Why a medicine is not planned: the rules of PLANNING in the order in which they are asked.

Every rule gives a code, a reason, the next step, and the missing field where one is missing. `ask` marks the rules that
a person's yes lifts.
"""

from __future__ import annotations

from pickupday.course_rules import (
    amount_unknown,
    antibiotic,
    as_needed,
    bounded,
    ended,
    on_hold,
    schedule_two,
    starts_later,
    status_unknown,
    taper,
)
from pickupday.medicine import Medicine
from pickupday.objections import Objection, Rule, Setting
from pickupday.supply_rules import (
    another_pharmacy,
    ask_first,
    being_filled,
    lapsed,
    never_dispensed,
    not_shown_long_term,
    only_estimated,
    restart,
    supply_unknown,
)

COURSE: tuple[Rule, ...] = (
    ended,
    on_hold,
    status_unknown,
    schedule_two,
    as_needed,
    taper,
    antibiotic,
    starts_later,
    bounded,
    amount_unknown,
)
"""What the medicine is: only what passes can replace an older strength of the same drug."""

SUPPLY: tuple[Rule, ...] = (
    being_filled,
    another_pharmacy,
    supply_unknown,
    only_estimated,
    never_dispensed,
    not_shown_long_term,
    restart,
    lapsed,
    ask_first,
)
"""Whether the next fill can be planned now."""


def object_to(medicine: Medicine, setting: Setting, rules: tuple[Rule, ...], *, confirmed: bool) -> Objection | None:
    """The first rule that speaks against planning; a person's yes (`confirmed`) passes the rules that only ask."""
    for rule in rules:
        objection = rule(medicine, setting)
        if objection is not None and not (confirmed and objection.ask):
            return objection
    return None

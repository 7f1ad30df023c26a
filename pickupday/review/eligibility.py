"""Why a medicine is not planned: the rules in the order in which they are asked.

Every rule gives a code, a reason, the next step, and the missing field where one is missing. `ask` marks the rules that
a person's yes lifts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pickupday.review.chains import Chain
from pickupday.review.course_rules import (
    amount_unknown,
    antibiotic,
    as_needed,
    bounded,
    controlled_apart,
    ended,
    on_hold,
    schedule_two,
    starts_later,
    status_unknown,
    taper,
    unnamed,
)
from pickupday.review.medicine import Medicine
from pickupday.review.objections import Objection, Rule, Setting
from pickupday.review.supply_rules import (
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
    unnamed,
    on_hold,
    status_unknown,
    schedule_two,
    controlled_apart,
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


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person said yes to of one medicine: plainly, and to single questions by their code."""

    plainly: bool
    codes: frozenset[str] = frozenset()
    spent: bool = False  # the plain yes has already answered whether a reported medicine is taken


@dataclass(frozen=True, slots=True)
class Verdict:
    """What still speaks against planning, and the questions that a person's yes has lifted."""

    standing: Objection | None
    lifted: tuple[Objection, ...]


def answers_about(chain: Chain, confirmed: frozenset[str]) -> Answers:
    """Find what was said of one medicine: its id or key is a plain yes, `id=code` a yes to that question."""
    names = (chain.id, *chain.keys)
    codes = {said[len(name) + 1 :] for name in names for said in confirmed if said.startswith(f"{name}=")}
    return Answers(
        plainly=not confirmed.isdisjoint(names),
        codes=frozenset(codes),
        spent=any(one.reported for one in chain.prescriptions),
    )


def object_to(medicine: Medicine, setting: Setting, rules: tuple[Rule, ...]) -> tuple[Objection, ...]:
    """All that speaks against planning, in the order in which it is asked."""
    objections = (rule(medicine, setting) for rule in rules)
    return tuple(one for one in objections if one is not None)


def settle(objections: Sequence[Objection], answers: Answers) -> Verdict:
    """Lift what was answered, and no more: a yes to "still taking it?" is no clinician's review.

    A plain yes answers the questions on whether the medicine is taken, all being one; where there is none of them it
    answers the first clinical one. Every further clinical question needs a yes by its code.
    """
    asked = [one for one in objections if one.ask and one.code not in answers.codes]
    of_use = [one for one in asked if not one.clinical]
    first = [] if answers.spent else asked[:1]
    plainly = (of_use or first) if answers.plainly else []
    lifted = tuple(one for one in objections if one.ask and (one in plainly or one.code in answers.codes))
    return Verdict(next((one for one in objections if one not in lifted), None), lifted)

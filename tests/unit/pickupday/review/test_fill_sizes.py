"""30 or 90 days at a time: what is possible for one medicine, and why the rest is not."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pickupday.drugs import Kind, Schedule
from pickupday.errors import ProblemError
from pickupday.problem import EveryDays, Preferences, Programme
from pickupday.proposal import propose_plan
from pickupday.review.fill_sizes import FillSize, other_sizes
from pickupday.review.therapies import review
from pickupday.rules import Exclusion, Rules

UNKNOWN_PAYER = (
    "whether the payer takes more is not known, which counts as not allowed. "
    "Ask the payer, then the prescriber for a 90-day prescription."
)


def history(make, days=30, units=None, **changes):
    prescription = make.prescription(**changes)
    units = make.amount(days if units is None else units)
    fills = [
        make.dispense(-days * number - 5, days=days, quantity=units, drug=prescription.drug) for number in range(3)
    ]
    return make.history([prescription], fills)


def sizes(make, rules=None, **changes):
    rules = rules if rules is not None else Rules()
    (therapy,) = review(history(make, **changes), make.today, rules).therapies
    return other_sizes(therapy, rules)


def test_a_prescription_of_ninety_days_that_is_filled_monthly_can_be_filled_for_ninety(make):
    assert sizes(make, quantity=make.amount(90)) == (FillSize(90),)


def test_a_prescription_that_is_filled_for_ninety_days_can_be_filled_monthly(make):
    assert sizes(make, days=90, quantity=make.amount(90)) == (FillSize(30),)


def test_more_than_is_prescribed_needs_a_prescription_and_a_payer_that_takes_it(make):
    assert sizes(make) == (FillSize(90, UNKNOWN_PAYER),)
    allowed, refused = Rules(payer_longest_days=90), Rules(payer_longest_days=34)
    needs = "a 90-day fill needs a 90-day prescription. Ask the prescriber for a 90-day prescription."
    assert sizes(make, allowed) == (FillSize(90, needs),)
    assert sizes(make, refused) == (FillSize(90, "the payer takes at most 34 days at a time."),)


def test_up_to_all_that_is_authorized_where_law_and_payer_let_it(make):
    assert sizes(make, Rules(payer_longest_days=90, up_to_authorized=True)) == (FillSize(90),)


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        (Schedule.IV, "it is a controlled substance (C-IV)"),
        (Schedule.UNKNOWN, "whether it is a controlled substance is not known"),
    ],
)
def test_what_is_or_may_be_controlled_is_filled_as_it_is(make, schedule, why):
    drug = make.drug(schedule=schedule)
    assert sizes(make, drug=drug) == (FillSize(90, f"{why}: not more than 30 days at a time."),)
    (less,) = sizes(make, days=90, drug=drug, quantity=make.amount(90))
    assert less == FillSize(30, f"{why}.")


def test_a_new_start_is_filled_thirty_days_at_a_time(make):
    prescription = make.prescription(quantity=make.amount(90), authored_on=make.day(-20))
    fill = make.dispense(-10, days=30)
    (therapy,) = review(make.history([prescription], [fill]), make.today).therapies
    (no,) = other_sizes(therapy, Rules())
    assert no.days == 90
    assert no.why_not == f"new or changed on {make.day(-10)}: at most 30 days at a time for 60 days."


def test_packs_are_filled_for_whole_packs(make):
    pack = make.drug("drospirenone", "3 mg", kind=Kind.PACK, package=Fraction(28))
    assert sizes(make, days=28, drug=pack, quantity=make.amount(84)) == (FillSize(84),)
    assert sizes(make, days=84, drug=pack, quantity=make.amount(84)) == (FillSize(28),)


def test_where_nobody_knows_how_a_fill_can_be_split_the_usual_one_stays(make):
    (no,) = sizes(make, days=90, quantity=make.amount(90), drug=make.drug(package=None))
    assert no.why_not == "how it is packed is not known."
    (no,) = sizes(make, days=90, units=180, quantity=make.amount(180))
    assert no.days == 30
    assert no.why_not is not None
    assert no.why_not.startswith("Only the usual fill of 180 tablets for 90 days")


def test_what_a_law_leaves_out_is_never_filled_for_less(make):
    law = Exclusion("Some Law 1", "this is left out")
    (no,) = sizes(make, Rules(exclusions=(law,)), days=90, quantity=make.amount(90))
    assert no == FillSize(30, "this is left out (Some Law 1).")


def test_a_fortnights_fill_can_become_a_month_or_three(make):
    fills = [make.dispense(-14 * number - 5, days=14, units=14) for number in range(8)]
    (therapy,) = review(make.history([make.prescription(quantity=make.amount(90))], fills), make.today).therapies
    assert other_sizes(therapy, Rules()) == (FillSize(30), FillSize(90))


def proposed(make, chosen, **changes):
    chart = history(make, **changes)
    (therapy,) = review(chart, make.today).therapies
    programme = Programme((EveryDays(30),))
    return propose_plan(chart, programme, Preferences(), make.today, fill_days={therapy.id: chosen})


def test_a_chosen_size_is_planned(make):
    monthly = proposed(make, 30, days=90, quantity=make.amount(90)).plan
    assert {fill.days_supply for fill in monthly.fills} == {30}
    long = proposed(make, 90, quantity=make.amount(90)).plan
    assert max(fill.days_supply for fill in long.fills) == 90
    assert long.objective.trips < monthly.objective.trips


def test_the_usual_size_is_no_choice_and_one_that_is_not_possible_says_why(make):
    assert proposed(make, 30).plan is not None
    with pytest.raises(ProblemError, match="500 mg oral tablet for 90 days: whether the payer takes more is not known"):
        proposed(make, 90)
    with pytest.raises(ProblemError, match="for 77 days: that is no size of it"):
        proposed(make, 77)


def test_a_size_for_a_medicine_that_is_gone_changes_nothing(make):
    chart = history(make)
    programme = Programme((EveryDays(30),))
    assert propose_plan(chart, programme, Preferences(), make.today, fill_days={"gone": 90}).plan is not None

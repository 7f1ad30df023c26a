"""How much one fill may be: usual, largest, unsplittable, short."""

from fractions import Fraction

import pytest

from pickupday.drugs import Kind, Schedule
from pickupday.review.therapies import review
from pickupday.rules import Rules


def searched(make, *, fills=((30, 30), (30, 30)), rules=None, on=None, **changes):
    """The therapy as the search sees it, for fills of (days, units) one after the other, the last one 5 days ago."""
    quantity_unit = changes.pop("unit", "{tablet}")
    prescription = make.prescription(**changes)
    dispenses, day = [], -5
    for place, (days, units) in enumerate(reversed(fills)):
        amount = None if units is None else make.amount(units, quantity_unit)
        dispenses.append(
            make.dispense(day, days=days, quantity=amount, drug=prescription.drug, **((on or {}) if not place else {}))
        )
        day -= max(days, 60)
    reviewed = review(make.history([prescription], dispenses), make.today, rules)
    assert [one.code for one in reviewed.not_planned] == []
    return reviewed.therapies[0]


def sizes(therapy):
    problem = therapy.problem
    assert (problem.usual_days * problem.units_per_day) % problem.dispensable_unit == 0
    return problem.usual_days, problem.max_days, problem.units_per_day, problem.dispensable_unit


def test_tablets_are_filled_for_any_number_of_days_up_to_the_prescribed_quantity(make):
    therapy = searched(make, quantity=make.amount(90))
    assert sizes(therapy) == (30, 90, 1, 1)
    assert therapy.problem.short_fill_allowed


def test_the_last_fill_is_the_usual_one_even_when_it_is_more_than_prescribed(make):
    assert sizes(searched(make, fills=((30, 30), (90, 90)))) == (90, 90, 1, 1)


def test_a_part_fill_is_not_the_usual_one(make):
    assert sizes(searched(make, fills=((30, 30), (9, 9)), on={"supply_type": "RFP"})) == (30, 30, 1, 1)
    assert sizes(searched(make, fills=((30, 30), (9, 9)))) == (30, 30, 1, 1)


def test_where_all_fills_are_part_fills_the_last_one_is_usual(make):
    assert sizes(searched(make, fills=((28, 28), (28, 28))))[0] == 28


def test_half_tablets_are_filled_in_whole_ones(make):
    assert sizes(searched(make, fills=((30, 15), (30, 15)), per_day=Fraction(1, 2))) == (30, 60, Fraction(1, 2), 1)


def test_packs_are_never_split(make):
    pack = make.drug("drospirenone", "3 mg", kind=Kind.PACK, package=Fraction(28))
    therapy = searched(make, fills=((28, 28), (28, 28)), drug=pack, quantity=make.amount(84))
    assert sizes(therapy) == (28, 84, 1, 28)
    assert not therapy.problem.short_fill_allowed
    assert "pack is handed out in whole packages" in therapy.reasons[-1]


def test_a_usual_fill_that_is_no_whole_package_is_taken_as_it_is(make):
    pack = make.drug("drospirenone", "3 mg", kind=Kind.PACK, package=Fraction(28))
    therapy = searched(make, fills=((30, 30), (30, 30)), drug=pack)
    assert sizes(therapy) == (30, 30, 1, 30)
    assert "no whole number of packages" in therapy.reasons[-1]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"schedule": Schedule.UNKNOWN}, "whether it is a controlled substance is not known"),
        ({"schedule": Schedule.IV}, "it is a controlled substance (C-IV)"),
        ({"package": None}, "how it is packed is not known"),
    ],
)
def test_a_drug_that_is_not_well_known_or_controlled_is_never_short_filled(make, facts, why):
    therapy = searched(make, drug=make.drug(**facts))
    assert not therapy.problem.short_fill_allowed
    assert sizes(therapy)[0] == 30
    assert why in therapy.reasons[-1]


def test_controlled_substances_are_marked_and_get_no_overrides(make):
    rules = Rules(sync_overrides=2)
    assert searched(make, rules=rules).problem.sync_overrides_left == 2
    controlled = searched(make, rules=rules, drug=make.drug(schedule=Schedule.IV)).problem
    assert (controlled.controlled, controlled.sync_overrides_left) == (True, 0)
    unknown = searched(make, rules=rules, drug=make.drug(schedule=Schedule.UNKNOWN)).problem
    assert (unknown.controlled, unknown.sync_overrides_left) == (False, 0)


def test_where_dosage_and_days_supply_disagree_only_the_usual_fill_is_made(make):
    therapy = searched(make, per_day=1, fills=((90, 200), (90, 200)), quantity=make.amount(200))
    assert sizes(therapy) == (90, 90, Fraction(20, 9), 200)
    assert not therapy.problem.short_fill_allowed
    assert "by the dosage (1 tablet a day) it would last 200 days" in therapy.reasons[-1]


def test_a_dosage_in_another_unit_leaves_only_the_usual_fill(make):
    drops = make.drug("latanoprost", "0.05 mg/ml", kind=Kind.DROPS, package=None, form="eye drops")
    therapy = searched(make, drug=drops, unit="mL", fills=((30, 5), (30, 5)), quantity=make.amount(5, "mL"))
    assert sizes(therapy) == (30, 30, Fraction(1, 6), 5)
    assert "another unit" in therapy.reasons[-1]


def test_without_a_dosage_only_the_usual_fill_is_made(make):
    therapy = searched(make, per_day=None)
    assert sizes(therapy) == (30, 30, 1, 30)
    assert "not known from a dosage" in therapy.reasons[-1]


def test_without_a_dispensed_quantity_the_units_are_worked_out_but_not_split(make):
    therapy = searched(make, per_day=2, fills=((30, None), (30, None)), quantity=make.amount(60))
    assert sizes(therapy) == (30, 30, 2, 60)
    assert "does not say how much" in therapy.reasons[-1]
    assert any("for 30 days (daysSupply)" in reason for reason in therapy.reasons)


def test_without_quantity_and_dosage_nothing_is_planned(make):
    dispenses = [make.dispense(-60, units=None), make.dispense(-30, units=None)]
    [line] = review(make.history([make.prescription(per_day=None)], dispenses), make.today).not_planned
    assert (line.code, line.missing, line.next_step) == ("unknown-quantity", "quantity", "Ask for quantity.")


def test_an_unknown_package_still_allows_the_prescribed_multiple(make):
    therapy = searched(make, drug=make.drug(package=None), quantity=make.amount(90))
    assert sizes(therapy) == (30, 90, 1, 30)


def test_a_prescribed_quantity_in_another_unit_limits_nothing(make):
    assert sizes(searched(make, quantity=make.amount(1, "{box}"))) == (30, 30, 1, 1)
    assert sizes(searched(make, quantity=None)) == (30, 30, 1, 1)


def test_a_weekly_tablet_is_filled_in_whole_weeks(make):
    therapy = searched(make, per_day=Fraction(1, 7), fills=((28, 4), (28, 4)), quantity=make.amount(12))
    assert sizes(therapy) == (28, 84, Fraction(1, 7), 1)


def new(make, **changes):
    return review(make.history([make.prescription(authored_on=make.day(-3), **changes)]), make.today)


def test_a_new_start_is_sized_by_the_prescription(make):
    assert sizes(new(make).therapies[0]) == (30, 30, 1, 1)
    assert sizes(new(make, expected_supply_days=Fraction(30)).therapies[0]) == (30, 30, 1, 1)


def test_a_new_start_of_ninety_days_is_filled_for_thirty(make):
    therapy = new(make, quantity=make.amount(90)).therapies[0]
    assert sizes(therapy) == (30, 30, 1, 1)
    assert any("30 days at a time instead of 90" in reason for reason in therapy.reasons)


def test_a_new_start_that_cannot_be_split_needs_a_smaller_prescription(make):
    [line] = new(make, quantity=make.amount(90), drug=make.drug(package=None)).not_planned
    assert (line.code, line.next_step) == ("first-fill-too-large", "A smaller prescription is needed.")
    [line] = new(make, quantity=make.amount(90), drug=make.drug(schedule=Schedule.IV)).not_planned
    assert line.code == "first-fill-too-large"


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"quantity": None, "expected_supply_days": Fraction(400)}, "dispenseRequest.quantity"),
        ({"expected_supply_days": Fraction(400)}, "dosageInstruction"),
    ],
)
def test_a_new_start_of_impossible_length_is_not_sized(make, changes, missing):
    [line] = new(make, **changes).not_planned
    assert (line.code, line.missing) == ("unknown-days-supply", missing)


def test_part_fills_of_the_past_year_count_against_the_yearly_cap(make):
    on = {"supply_type": "FFP"}
    capped = searched(make, rules=Rules(short_fills_a_year=3), fills=((30, 30), (9, 9)), on=on)
    assert capped.problem.short_fills_left == 2
    assert searched(make, fills=((30, 30), (9, 9)), on=on).problem.short_fills_left is None


def test_the_active_prescriptions_supply_the_plan_oldest_expiry_first(make):
    old = make.prescription("MedicationRequest/1", valid_to=make.day(20))
    new_one = make.prescription("MedicationRequest/2", authored_on=make.day(-20))
    undated = make.prescription("MedicationRequest/3", authored_on=None, repeats=None)
    history = make.history([new_one, undated, old], [make.dispense(-60), make.dispense(-30)])
    [therapy] = review(history, make.today).therapies
    assert [(one.units, one.expires) for one in therapy.problem.prescriptions] == [
        (300, make.day(20)),
        (360, make.today.replace(year=2027, month=2, day=10)),
        (None, None),
    ]


@pytest.mark.parametrize(
    ("share", "days", "early"), [(Fraction(3, 4), 30, 7), (Fraction(3, 4), 90, 22), (Fraction(17, 20), 30, 4)]
)
def test_the_next_claim_is_taken_when_the_share_of_the_last_fill_is_used(make, share, days, early):
    therapy = searched(make, rules=Rules(refill_too_soon=share), fills=((days, days), (days, days)))
    assert (therapy.run_out - therapy.earliest).days == early
    assert therapy.problem.refill_too_soon == share


def test_each_schedule_may_have_its_own_share(make):
    rules = Rules(refill_too_soon_by_schedule={Schedule.IV: Fraction(9, 10)})
    therapy = searched(make, rules=rules, drug=make.drug(schedule=Schedule.IV))
    assert (therapy.run_out - therapy.earliest).days == 3


def test_stock_above_one_usual_fill_is_asked(make):
    dispenses = [make.dispense(day) for day in (-90, -88, -86, -84)]
    reviewed = review(make.history([make.prescription()], dispenses), make.today)
    assert [one.code for one in reviewed.findings] == ["stock-above-one-fill"]
    assert reviewed.therapies[0].run_out == make.day(30)


@pytest.mark.parametrize(("quantity", "per_day"), [(1, 20), (4000, 1)])
def test_a_prescribed_quantity_that_cannot_be_one_fill_is_not_believed(make, quantity, per_day):
    prescription = make.prescription(
        authored_on=make.today,
        per_day=per_day,
        quantity=make.amount(quantity),
        expected_supply_days=Fraction(30),
        dosages=(make.dosage(per_day),),
    )
    [line] = review(make.history([prescription]), make.today).not_planned
    assert (line.code, line.missing) == ("quantity-doubtful", "dispenseRequest.quantity")

from datetime import date
from fractions import Fraction

from pickupday.review.supply import DoseChange, JudgedFill, days_without_supply, lay_out, lay_out_from_count


def fills(make, *pairs):
    return [
        JudgedFill(make.dispense(on, key=f"d{place}"), make.day(on), days, "daysSupply", None, date.max, date.max, None)
        for place, (on, days) in enumerate(pairs)
    ]


def spans(make, laid):
    return [((one.covers_from - make.today).days, (one.covers_to - make.today).days) for one in laid]


def test_an_early_refill_starts_when_the_previous_supply_ends(make):
    assert spans(make, lay_out(fills(make, (0, 30), (25, 30)))) == [(0, 30), (30, 60)]


def test_a_late_refill_starts_when_it_is_handed_over(make):
    assert spans(make, lay_out(fills(make, (0, 30), (40, 30)))) == [(0, 30), (40, 70)]


def test_fills_of_the_same_day_add_up(make):
    assert spans(make, lay_out(fills(make, (0, 30), (0, 30)))) == [(0, 30), (30, 60)]


def test_the_order_in_which_fills_are_given_does_not_matter(make):
    ordered = fills(make, (0, 30), (25, 30), (80, 7))
    assert lay_out(reversed(ordered)) == lay_out(ordered)


def test_after_a_dose_change_what_is_at_hand_is_divided_by_the_new_daily_use(make):
    doubled = DoseChange(make.day(10), Fraction(1, 2))
    assert spans(make, lay_out(fills(make, (0, 30)), [doubled])) == [(0, 20)]
    assert spans(make, lay_out(fills(make, (0, 30), (10, 30)), [doubled])) == [(0, 20), (20, 50)]


def test_a_dose_change_rounds_down_to_whole_days(make):
    assert spans(make, lay_out(fills(make, (0, 30)), [DoseChange(make.day(9), Fraction(1, 2))])) == [(0, 19)]


def test_a_dose_change_after_the_supply_ended_changes_nothing(make):
    assert spans(make, lay_out(fills(make, (0, 30)), [DoseChange(make.day(40), Fraction(1, 2))])) == [(0, 30)]


def test_a_count_runs_from_the_day_it_was_told_and_later_fills_add_up(make):
    given = fills(make, (-20, 30), (0, 30), (5, 30))
    assert lay_out_from_count(make.day(0), Fraction(15), Fraction(2), given) == make.day(7 + 30)


def test_days_without_supply_begin_with_the_first_fill(make):
    laid = lay_out(fills(make, (-60, 30), (-20, 10)))
    assert days_without_supply(laid, make.day(-365), make.today) == 10 + 10
    assert days_without_supply(laid, make.day(-15), make.today) == 10
    assert days_without_supply((), make.day(-15), make.today) == 0

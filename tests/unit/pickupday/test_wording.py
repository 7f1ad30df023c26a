from fractions import Fraction

import pytest

from pickupday.history import Quantity
from pickupday.wording import say_amount, say_count, say_number


@pytest.mark.parametrize(
    ("value", "said"), [(30, "30"), (Fraction(5, 2), "2.5"), (Fraction(1, 7), "1/7"), (Fraction(1, 8), "0.125")]
)
def test_a_number_is_written_exactly(value, said):
    assert say_number(Fraction(value)) == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1, "{tablet}", "1 tablet"),
        (30, "{tablet}", "30 tablets"),
        (75, "mL", "75 mL"),
        (2, "", "2 units"),
        (3, "{drops}", "3 drops"),
        (4, "{patch}", "4 patches"),
        (2, "[drp]", "2 drops"),
        (10, "[IU]", "10 IU"),
        (Fraction(1, 7), "{tablet}", "1/7 tablet"),
        (Fraction(1, 2), "{tablet}", "0.5 tablets"),
        (1, "{patch}", "1 patch"),
        (2, "{box}", "2 boxes"),
        (3, "{suppository}", "3 suppositories"),
        (2, "{spray}", "2 sprays"),
    ],
)
def test_an_amount_is_written_with_its_unit(value, unit, said):
    assert say_amount(Quantity(Fraction(value), unit)) == said


def test_one_day_is_not_days():
    assert (say_count(1, "day"), say_count(2, "day")) == ("1 day", "2 days")

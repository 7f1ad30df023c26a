"""What people call one unit of a medicine."""

import pytest

from pickupday.review.therapies import review
from pickupday.rules import Rules


@pytest.mark.parametrize(
    ("form", "called"), [("oral capsule", "{capsule}"), ("oral tablet", "{tablet}"), (None, "{tablet}")]
)
def test_capsules_are_counted_like_tablets_and_called_capsules(make, form, called):
    drug = make.drug(form=form)
    history = make.history([make.prescription(drug=drug)], [make.dispense(day, drug=drug) for day in (-55, -25)])
    (therapy,) = review(history, make.today, Rules()).therapies
    assert therapy.unit == called

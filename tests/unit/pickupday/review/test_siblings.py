"""The same ingredient twice: replaced, or a possible duplicate."""

from pickupday.drugs import Kind
from pickupday.history import PrescriptionStatus
from pickupday.review.therapies import review

OLD, NEW = "MedicationRequest/old", "MedicationRequest/new"


def two(make, old_days, new_days, *, old=None, new=None):
    """Lisinopril 10 mg filled on some days and lisinopril 20 mg on others."""
    weak, strong = make.drug("lisinopril", "10 mg"), make.drug("lisinopril", "20 mg")
    prescriptions = [
        make.prescription(OLD, **{"drug": weak, "authored_on": make.day(-300), **(old or {})}),
        make.prescription(NEW, **{"drug": strong, "authored_on": make.day(-100), **(new or {})}),
    ]
    dispenses = [make.dispense(day, key=f"o{day}", prescription=OLD, drug=weak) for day in old_days]
    dispenses += [make.dispense(day, key=f"n{day}", prescription=NEW, drug=prescriptions[1].drug) for day in new_days]
    return make.history(prescriptions, dispenses)


def outcome(make, history):
    reviewed = review(history, make.today)
    return (
        [one.drug.strength for one in reviewed.therapies],
        [(one.drug.strength, one.code) for one in reviewed.not_planned],
        [one.code for one in reviewed.findings if one.code == "possible-duplicate"],
    )


def test_an_older_strength_followed_by_a_newer_one_is_replaced(make):
    history = two(make, (-95, -65, -35), (-30, -1))
    assert outcome(make, history) == (["20 mg"], [("10 mg", "replaced")], [])
    [line] = review(history, make.today).not_planned
    assert line.reason == "It was followed by lisinopril 20 mg oral tablet."


def test_a_replaced_strength_is_planned_again_when_someone_says_that_both_are_taken(make):
    history = two(make, (-95, -65, -35), (-30, -1))
    reviewed = review(history, make.today, confirmed=["lisinopril-10-mg-oral-tablet"])
    assert len(reviewed.therapies) == 2
    assert "possible-duplicate" in [one.code for one in reviewed.findings]


def test_two_strengths_that_are_both_still_filled_are_asked_and_never_merged(make):
    assert outcome(make, two(make, (-65, -35, -5), (-60, -30, -1))) == (["10 mg", "20 mg"], [], ["possible-duplicate"])


def test_a_strength_that_lapsed_while_the_other_went_on_is_replaced(make):
    history = two(make, (-160, -130), (-155, -95, -65, -35, -5))
    assert outcome(make, history) == (["20 mg"], [("10 mg", "replaced")], [])


def test_a_strength_that_was_tried_and_given_up_is_replaced_by_the_old_one(make):
    history = two(make, (-300, -270, -95, -65, -35, -5), (-240, -210))
    assert outcome(make, history) == (["10 mg"], [("20 mg", "replaced")], [])


def test_a_new_strength_that_waits_for_its_first_fill_replaces_the_old_one(make):
    history = two(make, (-65, -35, -20), (), new={"authored_on": make.day(-3)})
    assert outcome(make, history) == (["20 mg"], [("10 mg", "replaced")], [])


def test_a_new_strength_that_was_never_filled_for_months_replaces_nothing(make):
    history = two(make, (-125, -95, -65, -35, -5), ())
    assert outcome(make, history) == (["10 mg"], [("20 mg", "never-dispensed")], [])


def test_a_strength_of_unknown_age_that_was_never_filled_replaces_nothing(make):
    history = two(make, (-125, -95, -65, -35, -5), (), new={"authored_on": None})
    assert outcome(make, history)[0] == ["10 mg"]


def test_an_old_strength_that_was_never_filled_is_replaced_by_the_one_that_is(make):
    assert outcome(make, two(make, (), (-65, -35, -5))) == (["20 mg"], [("10 mg", "replaced")], [])
    unfilled_later = two(make, (), (-65, -35, -5), old={"authored_on": make.day(-10)})
    assert "10 mg" in outcome(make, unfilled_later)[0]


def test_a_prescription_that_names_the_one_it_replaces_replaces_it(make):
    history = two(make, (-65, -35, -5), (-60, -1), new={"prior": OLD})
    assert outcome(make, history) == (["20 mg"], [("10 mg", "replaced")], [])
    other = two(make, (-65, -35, -5), (-60, -1), new={"prior": "MedicationRequest/elsewhere"})
    assert outcome(make, other)[2] == ["possible-duplicate"]


def test_a_burst_of_another_strength_replaces_nothing(make):
    burst = {"dosages": (make.dosage(bounded_days=5),), "authored_on": make.day(-3)}
    history = two(make, (-65, -35, -5), (-3,), new=burst)
    assert outcome(make, history) == (["10 mg"], [("20 mg", "bounded-course")], [])


def test_a_stopped_strength_replaces_nothing(make):
    history = two(make, (-65, -35), (-30,), new={"status": PrescriptionStatus.STOPPED})
    assert outcome(make, history) == (["10 mg"], [("20 mg", "ended")], [])


def test_an_inhaler_is_no_replacement_for_a_tablet(make):
    inhaler = make.drug("lisinopril", "20 mg", form="inhaler", kind=Kind.INHALER)
    history = two(make, (-95, -65, -35), (-30, -1), new={"drug": inhaler})
    assert outcome(make, history)[0] == ["10 mg", "20 mg"]


def test_a_medicine_that_moved_to_another_pharmacy_says_so(make):
    drug = make.drug("lisinopril", "10 mg")
    prescriptions = [make.prescription(key, drug=drug) for key in (OLD, NEW)]
    dispenses = [make.dispense(day, prescription=OLD, drug=drug, pharmacy="Organization/a") for day in (-95, -65)] + [
        make.dispense(day, prescription=NEW, drug=drug, pharmacy="Organization/b") for day in (-35, -5)
    ]
    history = make.history(prescriptions, dispenses, places={"Organization/b": "Corner Pharmacy"})
    reviewed = review(history, make.today)
    assert [one.pharmacy for one in reviewed.therapies] == ["Organization/b"]
    assert reviewed.not_planned[0].reason.endswith("at Corner Pharmacy.")


def test_a_renewal_under_a_name_without_a_form_replaces_the_full_name(make):
    short = make.drug("lisinopril", "10 mg", label="Zestril 10 mg", form=None, kind=Kind.UNKNOWN, package=None)
    assert outcome(make, two(make, (-95, -65, -35), (-5,), new={"drug": short}))[1] == [("10 mg", "replaced")]


def test_one_strength_filled_under_two_shapes_of_its_name_is_a_possible_duplicate(make):
    short = make.drug("lisinopril", None, label="Lisinopril", form=None, kind=Kind.UNKNOWN, package=None)
    assert outcome(make, two(make, (-65, -35, -5), (-60, -30, -1), new={"drug": short}))[2] == ["possible-duplicate"]

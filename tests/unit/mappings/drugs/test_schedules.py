import pytest

from mappings.drugs import describe_drug
from pickupday.drugs import Schedule


def schedule(name: str, *, from_rxnorm: bool = True) -> Schedule:
    return describe_drug(name, ((name, from_rxnorm),)).schedule


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("oxycodone hydrochloride 5 MG Oral Tablet", "C-II"),
        ("Acetaminophen 500 MG / Hydrocodone 5 MG Oral Tablet", "C-II"),  # II since 2014, in combinations too
        ("methylphenidate hydrochloride 10 MG Oral Tablet", "C-II"),
        ("amphetamine aspartate 1.25 MG / dextroamphetamine sulfate 1.25 MG Oral Tablet", "C-II"),
        ("lisdexamfetamine dimesylate 30 MG Oral Capsule", "C-II"),
        ("testosterone cypionate 200 MG/ML Injectable Solution", "C-III"),
        ("buprenorphine 8 MG / naloxone 2 MG Sublingual Tablet", "C-III"),
        ("sodium oxybate 500 MG/ML Oral Solution", "C-III"),
        ("tramadol hydrochloride 50 MG Oral Tablet", "C-IV"),
        ("Zolpidem tartrate 10 MG Oral Tablet", "C-IV"),
        ("clorazepate dipotassium 7.5 MG Oral Tablet", "C-IV"),
        ("sibutramine 10 MG Oral Capsule [Meridia]", "C-IV"),
        ("modafinil 200 MG Oral Tablet", "C-IV"),
        ("pregabalin 75 MG Oral Capsule", "C-V"),
        ("lacosamide 100 MG Oral Tablet", "C-V"),
        ("Gabapentin 300 MG Oral Capsule", "not-controlled"),
        ("Lisinopril 10 MG Oral Tablet", "not-controlled"),
    ],
)
def test_the_federal_schedule_of_an_ingredient(name: str, expected: str) -> None:
    assert schedule(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("codeine sulfate 30 MG Oral Tablet", "C-II"),
        ("Acetaminophen 300 MG / Codeine 30 MG Oral Tablet", "C-III"),
        ("Acetaminophen 300 MG / Codeine 120 MG Oral Tablet", "C-II"),
        ("Codeine 2 MG/ML / Guaifenesin 20 MG/ML Oral Solution", "C-V"),
        ("Codeine 2.4 MG/ML / Acetaminophen 24 MG/ML Oral Solution", "C-III"),
        ("Codeine 20 MG/ML / Acetaminophen 24 MG/ML Oral Solution", "C-II"),
        ("codeine-guaifenesin", "unknown"),  # the schedule hangs on a strength that is not given
        ("atropine sulfate 0.025 MG / diphenoxylate hydrochloride 2.5 MG Oral Tablet", "C-V"),
        ("diphenoxylate hydrochloride 2.5 MG Oral Tablet", "C-II"),
        ("dronabinol 5 MG Oral Capsule", "C-III"),
        ("dronabinol 5 MG/ML Oral Solution", "C-II"),
        ("Aspirin 325 MG / Butalbital 50 MG / Caffeine 40 MG Oral Capsule", "C-III"),
        ("Acetaminophen 325 MG / Butalbital 50 MG / Caffeine 40 MG Oral Tablet", "unknown"),  # may be exempted
        ("phenobarbital 30 MG Oral Tablet", "C-IV"),
        ("pseudoephedrine hydrochloride 30 MG Oral Tablet", "not-controlled"),
        ("compound codeine linctus 2 MG/ML Oral Solution", "C-II"),
    ],
)
def test_combinations_go_by_what_they_are_mixed_with_and_how_strong(name: str, expected: str) -> None:
    assert schedule(name) == expected


@pytest.mark.parametrize(
    "brand", ["Percocet", "Xanax 1 MG Oral Tablet", "Adderall XR 20 mg capsule", "Lyrica 75 mg capsule"]
)
def test_a_brand_of_a_controlled_drug_is_controlled(brand: str) -> None:
    assert schedule(brand, from_rxnorm=False).value.startswith("C-")


def test_an_ingredient_that_rxnorm_names_and_no_schedule_lists_is_not_controlled() -> None:
    assert schedule("newdrugamab 10 MG Oral Tablet") is Schedule.NOT_CONTROLLED


@pytest.mark.parametrize(
    ("name", "from_rxnorm"),
    [
        ("Newbrand 10 MG Oral Tablet", False),
        ("newbrand 10mg tablet", True),
        ("newbrand 10 mg tablet", True),
        ("Wonder pill", True),
    ],
)
def test_a_name_that_may_be_a_brand_stays_unknown(name: str, from_rxnorm: bool) -> None:
    assert schedule(name, from_rxnorm=from_rxnorm) is Schedule.UNKNOWN


def test_the_strictest_schedule_of_a_combination_counts() -> None:
    assert schedule("newthing 5 MG / Hydrocodone 5 MG Oral Tablet", from_rxnorm=False) is Schedule.II
    assert schedule("newthing 5 MG / Lisinopril 5 MG Oral Tablet", from_rxnorm=False) is Schedule.UNKNOWN

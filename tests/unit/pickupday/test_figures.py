"""Visits, fills, days without supply and adherence, before and after."""

import csv
import json
import random
from datetime import date, timedelta
from fractions import Fraction

import pytest

from pickupday.adherence import adherence, covered_days, days_away, spells_without
from pickupday.figures import Rhythm, measure, observe
from pickupday.history import InpatientStay
from pickupday.review.therapies import review
from pickupday.rules import Rules


def therapies(make, *days_of_each):
    """One medicine for each tuple of days on which 30 tablets were handed over."""
    names = ("lisinopril", "metformin", "sertraline")
    prescriptions, dispenses = [], []
    for place, days in enumerate(days_of_each):
        drug = make.drug(names[place], "10 mg")
        key = f"MedicationRequest/{place}"
        prescriptions.append(make.prescription(key, drug=drug))
        dispenses += [make.dispense(day, key=f"d{place}/{day}", prescription=key, drug=drug) for day in days]
    found = review(make.history(prescriptions, dispenses), make.today, Rules(lapse_days=1000)).therapies
    assert len(found) == len(days_of_each)
    return found


def test_two_medicines_on_four_days_are_four_visits(make):
    rhythm = observe(therapies(make, (-90, -60), (-80, -50)), make.today)
    assert (rhythm.days, rhythm.visits, rhythm.fills, rhythm.calls) == (90, 4, 4, None)
    assert rhythm.gap_days == 30 + 20
    assert (rhythm.visits_per_90_days, rhythm.fills_per_90_days) == (4, 4)
    assert (rhythm.refill_consolidation, rhythm.medicines_per_visit) == (0, 1)
    assert rhythm.calls_per_month is None


def test_two_medicines_on_the_same_days_are_consolidated(make):
    rhythm = observe(therapies(make, (-60, -30), (-60, -30)), make.today)
    assert (rhythm.visits, rhythm.fills, rhythm.medicines_per_visit) == (2, 4, 2)
    assert rhythm.refill_consolidation == 1 - Fraction(1, 3)


def test_two_pharmacies_on_one_day_are_two_visits(make):
    drug = make.drug("lisinopril", "10 mg")
    prescriptions = [make.prescription(), make.prescription("MedicationRequest/2", drug=drug)]
    dispenses = [make.dispense(-60, pharmacy="Organization/a"), make.dispense(-30, pharmacy="Organization/a")]
    dispenses += [make.dispense(-30, key="x", prescription="MedicationRequest/2", drug=drug)]
    found = review(make.history(prescriptions, dispenses), make.today).therapies
    assert observe(found, make.today).visits == 3


def test_a_year_is_observed_where_the_history_is_longer(make):
    days = tuple(range(-400, 0, 30))
    rhythm = observe(therapies(make, days, (-20, -10)), make.today)
    assert (rhythm.days, rhythm.fills, rhythm.gap_days) == (365, 12 + 2, 0)


def test_nothing_dispensed_in_the_past_year_is_no_rhythm(make):
    assert observe((), make.today) is None
    assert observe(therapies(make, (-500, -470)), make.today) is None
    assert observe(therapies(make, (-10, 0)), make.today).fills == 1  # today is not over


def test_figures_that_are_not_known_are_none():
    nothing = Rhythm(days=90, visits=0, fills=None, calls=None, gap_days=0)
    assert (nothing.fills_per_90_days, nothing.refill_consolidation, nothing.medicines_per_visit) == (None, None, None)
    assert Rhythm(days=90, visits=1, fills=1, calls=3, gap_days=0).refill_consolidation is None
    assert Rhythm(days=90, visits=1, fills=1, calls=3, gap_days=0).calls_per_month == 1


def test_without_a_plan_only_the_past_is_measured(make):
    found = therapies(make, (-60, -30))
    figures = measure(found, (), None, make.today)
    assert (figures.planned, figures.unsynchronized) == (None, None)
    assert figures.observed.visits == 2
    assert [one.therapy for one in figures.pdc] == ["lisinopril-10-mg-oral-tablet"]


def test_another_strength_covers_the_same_ingredient(make):
    weak, strong = make.drug("lisinopril", "10 mg"), make.drug("lisinopril", "20 mg")
    prescriptions = [make.prescription("a", drug=weak), make.prescription("b", drug=strong)]
    dispenses = [make.dispense(day, prescription="a", drug=weak) for day in (-120, -90)]
    dispenses += [make.dispense(day, prescription="b", drug=strong) for day in (-60, -30)]
    reviewed = review(make.history(prescriptions, dispenses), make.today)
    assert [line.code for line in reviewed.not_planned] == ["replaced"]
    figures = measure(reviewed.therapies, (), None, make.today, reviewed.not_planned)
    assert [(one.covered_days, one.days) for one in figures.pdc] == [(120, 120)]
    assert (figures.observed.fills, figures.observed.gap_days) == (2, 0)


def test_two_strengths_taken_in_turn_leave_a_gap_once(make):
    weak, strong = make.drug("lisinopril", "10 mg"), make.drug("lisinopril", "20 mg")
    prescriptions = [make.prescription("a", drug=weak), make.prescription("b", drug=strong)]
    dispenses = [make.dispense(day, prescription="a", drug=weak) for day in (-100, -35)]
    dispenses += [make.dispense(day, prescription="b", drug=strong) for day in (-70, -5)]
    reviewed = review(make.history(prescriptions, dispenses), make.today)
    assert len(reviewed.therapies) == 2
    assert observe(reviewed.therapies, make.today, reviewed.not_planned).gap_days == 5


def test_what_is_taken_as_needed_covers_nothing(make):
    weak, strong = make.drug("lisinopril", "10 mg"), make.drug("lisinopril", "20 mg")
    prescriptions = [
        make.prescription("a", drug=weak, dosages=(make.dosage(as_needed=True),)),
        make.prescription("b", drug=strong),
    ]
    dispenses = [make.dispense(-90, prescription="a", drug=weak)]
    dispenses += [make.dispense(day, prescription="b", drug=strong) for day in (-120, -60)]
    reviewed = review(make.history(prescriptions, dispenses), make.today)
    assert observe(reviewed.therapies, make.today, reviewed.not_planned).gap_days == 60


def test_pdc_is_the_share_of_days_covered_since_the_first_fill_of_the_year(make):
    [therapy] = therapies(make, (-100, -60, -30))
    pdc = adherence(therapy.id, therapy.fills, (), make.today)
    assert (pdc.covered_days, pdc.days, pdc.value, pdc.adherent) == (90, 100, Fraction(9, 10), True)


def test_pdc_below_four_fifths_is_not_adherent(make):
    [therapy] = therapies(make, (-100, -30))
    assert adherence(therapy.id, therapy.fills, (), make.today).adherent is False


def test_fills_before_the_year_are_not_counted_in_pdc(make):
    [therapy] = therapies(make, (-380, -340, -100))
    pdc = adherence(therapy.id, therapy.fills, (), make.today)
    assert (pdc.covered_days, pdc.days) == (60, 340)


def test_early_refills_shift_forward_in_pdc(make):
    [therapy] = therapies(make, (-95, -90, -30))
    assert adherence(therapy.id, therapy.fills, (), make.today).covered_days == 90


def test_hospital_days_leave_both_sides_of_pdc(make):
    [therapy] = therapies(make, (-100, -60, -30))
    stay = InpatientStay("Encounter/1", make.day(-70), make.day(-61))
    pdc = adherence(therapy.id, therapy.fills, (stay,), make.today)
    assert (pdc.covered_days, pdc.days) == (90, 90)


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        ((-100,), "fewer than two fills"),
        ((-500, -470), "fewer than two fills"),
        ((-90, -60), "less than 91 days"),
    ],
)
def test_pdc_needs_two_fills_and_91_days(make, days, reason):
    prescription = make.prescription()
    dispenses = [make.dispense(day) for day in days]
    found = review(make.history([prescription], dispenses), make.today, Rules(lapse_days=1000)).therapies
    pdc = adherence(found[0].id, found[0].fills, (), make.today)
    assert (pdc.value, pdc.adherent) == (None, None)
    assert reason in pdc.reason


def test_pdc_of_a_year_in_hospital_is_not_given(make):
    [therapy] = therapies(make, (-100, -60))
    pdc = adherence(therapy.id, therapy.fills, (InpatientStay("Encounter/1", make.day(-500)),), make.today)
    assert (pdc.value, pdc.reason) == (None, "all days were spent in hospital")


def test_both_days_of_a_stay_belong_to_it():
    stay = InpatientStay("Encounter/1", date(2026, 1, 5), date(2026, 1, 6))
    assert days_away((stay,), date(2026, 1, 6), date(2026, 2, 1)) == {date(2026, 1, 6)}


def test_supply_from_before_the_window_carries_into_it():
    start = date(2026, 1, 1)
    assert covered_days([(date(2025, 12, 20), 30)], start, start + timedelta(days=60)) == 18
    assert covered_days([], start, start + timedelta(days=60)) == 0


@pytest.mark.shared
def test_covered_days_equal_the_published_values_of_another_program(shared_data):
    """AdhereR 0.8.1, CMA7: every patient and drug of 28 charts in three windows, and the vignette's two patients."""
    events: dict[str, list[tuple[date, int]]] = {}
    for chart in sorted((shared_data / "smart-patients-r4").glob("*.json")):
        for entry in json.loads(chart.read_text())["entry"]:
            one = entry["resource"]
            if one["resourceType"] == "MedicationDispense":
                patient = one["subject"]["reference"].split("/")[-1]
                code = one["medicationCodeableConcept"]["coding"][0]["code"]
                on = date.fromisoformat(one["whenHandedOver"][:10])
                events.setdefault(f"{patient}|{code}", []).append((on, int(one["daysSupply"]["value"])))
    compared = 0
    with (shared_data / "adherer" / "smart_refills_cma.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            if row["cma"] == "CMA7":
                assert _share(events[row["id"]], row) == pytest.approx(float(row["value"]), abs=1e-9), row
                compared += 1
    assert compared == 213
    with (shared_data / "adherer" / "vignette_events.csv").open(newline="") as rows:
        vignette = [
            (row["PATIENT_ID"], date.fromisoformat(row["DATE"]), int(row["DURATION"])) for row in csv.DictReader(rows)
        ]
    with (shared_data / "adherer" / "vignette_cma.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            if row["cma"] == "CMA7":
                supplies = [(on, days) for patient, on, days in vignette if patient == row["patient"]]
                assert _share(supplies, row) == pytest.approx(float(row["value"]), abs=1e-9), row


def _share(supplies, row):
    start = min(on for on, _ in supplies) + timedelta(days=int(row["obs.start"]))
    window = int(row["obs.days"])
    return covered_days(supplies, start, start + timedelta(days=window)) / window


def test_fills_and_days_without_medicine_are_told_per_90_days_too():
    rhythm = Rhythm(days=180, visits=6, fills=12, calls=None, gap_days=5)
    assert (rhythm.fills_per_90_days, rhythm.gap_days_per_90_days) == (6, Fraction(5, 2))


def test_a_spell_without_supply_ends_with_its_refill_or_lasts():
    start = date(2026, 1, 1)
    supplies = [(start, 30), (start + timedelta(days=35), 30)]
    spells = spells_without(supplies, start, start + timedelta(days=70))
    assert [(one.start, one.days, one.refilled) for one in spells] == [
        (date(2026, 1, 31), 5, date(2026, 2, 5)),
        (date(2026, 3, 7), 5, None),
    ]
    assert len(spells_without(supplies, date(2026, 2, 5), start + timedelta(days=70))) == 1
    assert spells_without([], start, start + timedelta(days=70)) == ()


def test_days_in_hospital_are_no_days_without_supply():
    start = date(2026, 1, 1)
    away = frozenset(start + timedelta(days=day) for day in (30, 31))
    [spell] = spells_without([(start, 30)], start, start + timedelta(days=35), away)
    assert (spell.start, spell.days) == (date(2026, 2, 2), 3)


@pytest.mark.parametrize("seed", range(40))
def test_counting_ranges_and_counting_days_agree(seed):
    """A day in hospital that lies before everything makes every day be looked at, and changes nothing."""
    draw = random.Random(seed)
    start = date(2026, 1, 1)
    supplies = [
        (start + timedelta(days=draw.randrange(-60, 130)), draw.choice((0, 7, 30, 30, 90)))
        for _ in range(draw.randrange(6))
    ]
    end = start + timedelta(days=draw.randrange(1, 130))
    long_ago = frozenset({date(2000, 1, 1)})
    assert covered_days(supplies, start, end) == covered_days(supplies, start, end, long_ago)
    assert spells_without(supplies, start, end) == spells_without(supplies, start, end, long_ago)

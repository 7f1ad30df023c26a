"""Every gap between refills of 71 patient-drugs equals that of AdhereR 0.8.1, fill by fill; the vignette too."""

import csv
from datetime import date, timedelta
from itertools import groupby

import pytest

from pickupday.adherence import covered_days, spells_without


@pytest.mark.shared
def test_every_gap_between_two_refills_equals_the_published_one(shared_data):
    """gap.days: days of the interval after a fill that it does not cover, supply carried over, 365 days in all."""
    with (shared_data / "adherer" / "smart_refills_gaps.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    compared = 0
    for name, of_one in groupby(rows, key=lambda row: row["ID"]):
        fills = list(of_one)
        supplies = [(date.fromisoformat(row["handed_over"]), int(row["days_supply"])) for row in fills]
        start = supplies[0][0]
        end = start + timedelta(days=365)
        spells = spells_without(supplies, start, end)
        found = {spell.refilled or end: spell.days for spell in spells}
        for row, following in zip(fills, [*(on for on, _ in supplies[1:]), end], strict=True):
            same_day = following == date.fromisoformat(row["handed_over"])
            assert (0 if same_day else found.get(following, 0)) == int(row["gap.days"]), (name, row)
            compared += 1
        covered = covered_days(supplies, start, end)
        assert covered + sum(spell.days for spell in spells) == 365
    assert compared == len(rows) == 451


@pytest.mark.shared
@pytest.mark.parametrize(("patient", "covered"), [("37", 149), ("76", 252)])
def test_the_vignettes_patients_have_the_published_days_covered(shared_data, patient, covered):
    with (shared_data / "adherer" / "vignette_events.csv").open(newline="") as file:
        supplies = [
            (date.fromisoformat(row["DATE"]), int(row["DURATION"]))
            for row in csv.DictReader(file)
            if row["PATIENT_ID"] == patient
        ]
    with (shared_data / "adherer" / "vignette_cma.csv").open(newline="") as file:
        [published] = [
            float(row["value"]) for row in csv.DictReader(file) if (row["cma"], row["patient"]) == ("CMA7", patient)
        ]
    start = min(on for on, _ in supplies) + timedelta(days=182)
    assert covered_days(supplies, start, start + timedelta(days=365)) == covered
    assert covered / 365 == pytest.approx(published, abs=1e-9)

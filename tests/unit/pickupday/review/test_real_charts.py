"""28 charts of real rhythm and real disorder: nothing is lost, and every therapy is a problem that can be solved."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from mappings.inbound import read_bundle
from pickupday.history import PrescriptionStatus
from pickupday.review.therapies import review


@pytest.fixture(scope="module")
def reviewed_charts(shared_data):
    """Each chart with its review on the day after the last dispense, or on the last date that it holds."""
    found = []
    for path in sorted((shared_data / "smart-patients-r4").glob("*.json")):
        history = read_bundle(path.read_bytes(), zone=ZoneInfo("America/New_York")).history
        assert history is not None, path
        dates = [one.handed_over for one in history.dispenses if one.handed_over is not None]
        starts = [dosage.start for one in history.prescriptions for dosage in one.dosages if dosage.start is not None]
        today = max(dates) + timedelta(days=1) if dates else max(starts, default=date(2013, 1, 1))
        found.append((path.stem, history, today, review(history, today)))
    return found


@pytest.mark.shared
def test_every_dispense_of_a_real_chart_has_its_days_and_their_source(reviewed_charts):
    with_dispenses = 0
    for name, history, _, reviewed in reviewed_charts:
        fills = [fill for one in (*reviewed.therapies, *reviewed.not_planned) for fill in one.fills]
        assert len(fills) == len(history.dispenses), name
        assert all(fill.days_source == "daysSupply" and fill.days >= 1 for fill in fills), name
        with_dispenses += bool(fills)
    assert with_dispenses == 22


@pytest.mark.shared
def test_every_prescription_of_a_real_chart_is_planned_or_has_a_reason_and_a_next_step(reviewed_charts):
    for name, history, _, reviewed in reviewed_charts:
        seen = [one.key for therapy in reviewed.therapies for one in therapy.prescriptions]
        seen += [key for line in reviewed.not_planned for key in line.keys]
        assert sorted(seen) == sorted(one.key for one in history.prescriptions), name
        assert all(line.code and line.reason and line.next_step for line in reviewed.not_planned), name
        assert all(therapy.reasons for therapy in reviewed.therapies), name


@pytest.mark.shared
def test_every_therapy_of_a_real_chart_is_a_problem_that_can_be_solved(reviewed_charts):
    therapies = 0
    for name, _, today, reviewed in reviewed_charts:
        for therapy in reviewed.therapies:
            searched = therapy.problem
            assert 1 <= searched.usual_days <= searched.max_days, (name, therapy.id)
            assert (searched.usual_days * searched.units_per_day) % searched.dispensable_unit == 0, (name, therapy.id)
            assert searched.run_out >= today <= searched.earliest <= max(today, searched.run_out), (name, therapy.id)
            assert therapy.prescriptions[-1].status is PrescriptionStatus.ACTIVE, (name, therapy.id)
            therapies += 1
    assert therapies == 53


@pytest.mark.shared
def test_a_stale_active_prescription_is_asked_and_not_planned(reviewed_charts):
    codes = {line.code for _, _, _, reviewed in reviewed_charts for line in reviewed.not_planned}
    assert {"lapsed", "replaced", "as-needed", "acute-course", "dose-varies", "supply-estimated"} <= codes

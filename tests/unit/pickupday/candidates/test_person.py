"""Older and transportation issues: met, not met, or cannot tell, each with its evidence; and who pays."""

from dataclasses import replace
from datetime import date

import pytest

from pickupday.candidates.assess import assess_candidate
from pickupday.candidates.criterion import Status, Thresholds
from pickupday.candidates.person import age_on, benefit, older, transportation
from pickupday.circumstances import Benefit, Circumstances, Says, TransportRecord
from pickupday.history import MedicationHistory, Patient

TODAY = date(2026, 3, 2)
MET, NOT_MET, CANNOT_TELL = Status.MET, Status.NOT_MET, Status.CANNOT_TELL


def born(day, **changes):
    return older(Patient("Patient/1", birth_date=day), TODAY, Thresholds(**changes))


def answer(says, on, key="Observation/1", **changes):
    return TransportRecord(key, "Yes, it has kept me" if says is Says.YES else "No", says, on, True, **changes)


def condition(says=Says.YES, on=date(2025, 1, 1), **changes):
    return TransportRecord("Condition/1", "Transportation insecurity", says, on, **changes)


def judged(*records, unread=None):
    return transportation(Circumstances(records, unread=unread or {}), TODAY, Thresholds())


def test_who_turns_65_today_is_older_and_tomorrow_is_not():
    assert born(date(1961, 3, 2)).status is MET
    assert born(date(1961, 3, 3)).status is NOT_MET


def test_the_age_of_older_can_be_set():
    assert born(date(1966, 3, 2), older_from=60).status is MET
    assert born(date(1966, 3, 3), older_from=60).title == "60 or older"


def test_a_birthday_on_29_february_is_kept_on_1_march():
    assert age_on(date(1960, 2, 29), date(2025, 2, 28)) == 64
    assert age_on(date(1960, 2, 29), date(2025, 3, 1)) == 65


def test_age_names_the_record_it_comes_from():
    [evidence] = born(date(1950, 5, 6)).evidence
    assert (evidence.resource, evidence.date, evidence.value) == ("Patient/1", date(1950, 5, 6), "born 1950-05-06")


@pytest.mark.parametrize("day", [None, date(1880, 1, 1), date(2030, 1, 1)])
def test_without_a_possible_birth_date_nobody_can_tell(day):
    found = born(day)
    assert (found.status, found.missing) == (CANNOT_TELL, "Patient.birthDate")


def test_an_active_condition_is_a_transportation_issue():
    found = judged(condition())
    assert found.status is MET
    assert [one.resource for one in found.evidence] == ["Condition/1"]
    assert "since 2025-01-01" in found.reason


def test_a_yes_on_screening_is_a_transportation_issue_beside_the_condition():
    found = judged(condition(), answer(Says.YES, date(2026, 2, 1)))
    assert found.status is MET
    assert [one.resource for one in found.evidence] == ["Observation/1", "Condition/1"]


def test_a_no_on_screening_is_evidence_of_none():
    found = judged(answer(Says.NO, date(2026, 2, 1)))
    assert (found.status, found.missing) == (NOT_MET, None)
    assert found.evidence[0].date == date(2026, 2, 1)


def test_the_last_answer_counts():
    earlier, later = date(2025, 2, 1), date(2026, 2, 1)
    assert judged(answer(Says.YES, earlier), answer(Says.NO, later, "Observation/2")).status is NOT_MET
    assert judged(answer(Says.NO, earlier), answer(Says.YES, later, "Observation/2")).status is MET


def test_two_answers_of_one_day_that_contradict_each_other_are_asked():
    day = date(2026, 2, 1)
    assert judged(answer(Says.YES, day), answer(Says.NO, day, "Observation/2")).status is CANNOT_TELL


def test_an_answer_of_two_years_ago_is_asked_again():
    found = judged(answer(Says.NO, date(2023, 2, 1)))
    assert (found.status, found.next_step) == (CANNOT_TELL, "Ask again.")
    assert judged(answer(Says.YES, date(2023, 2, 1))).status is CANNOT_TELL


def test_an_old_answer_does_not_outweigh_an_active_condition():
    assert judged(condition(), answer(Says.NO, date(2023, 2, 1))).status is MET


def test_a_no_after_the_condition_was_recorded_contradicts_it():
    found = judged(condition(), answer(Says.NO, date(2026, 2, 1)))
    assert found.status is CANNOT_TELL
    assert {one.resource for one in found.evidence} == {"Condition/1", "Observation/1"}
    assert judged(condition(on=None), answer(Says.NO, date(2026, 2, 1))).status is CANNOT_TELL


def test_a_condition_recorded_after_the_no_is_met():
    assert judged(condition(on=date(2026, 2, 20)), answer(Says.NO, date(2026, 2, 1))).status is MET


def test_what_is_dated_after_today_is_not_known_yet():
    assert judged(answer(Says.YES, date(2026, 3, 3))).status is CANNOT_TELL


def test_a_resolved_condition_is_no_issue_any_more():
    assert judged(condition(Says.NO)).status is NOT_MET


def test_a_resolved_condition_settles_nothing_where_the_screening_cannot_be_read():
    found = judged(condition(Says.NO), unread={"Observation": "The server does not give Observation."})
    assert found.status is CANNOT_TELL
    assert found.reason == "The server does not give Observation."


def test_a_condition_that_is_not_confirmed_settles_nothing():
    doubt = "The condition is provisional."
    found = judged(condition(Says.UNSETTLED, doubt=doubt, missing="Condition.verificationStatus"))
    assert (found.status, found.reason, found.missing) == (CANNOT_TELL, doubt, "Condition.verificationStatus")


def test_a_chart_that_says_nothing_is_no_evidence_of_none():
    found = judged()
    assert found.status is CANNOT_TELL
    assert found.missing == "Condition or Observation of transportation"


def test_the_payer_is_named_and_90_days_are_never_assumed():
    coverage = Benefit("Coverage/1", "Hudson Health", "Part D, 90-day mail benefit", True)
    said = benefit(Circumstances(benefits=(coverage,)), TODAY)
    assert (said.payer, said.ninety_days) == ("Hudson Health", None)
    assert "not stated: taken as not allowed" in said.reason


@pytest.mark.parametrize(("longest", "allowed"), [(90, True), (34, False)])
def test_a_programme_that_knows_the_payer_says_how_many_days_are_paid(longest, allowed):
    said = benefit(Circumstances(benefits=(Benefit("Coverage/1", "Hudson Health"),)), TODAY, longest)
    assert (said.ninety_days, said.missing) == (allowed, None)
    assert f"up to {longest} days" in said.reason


@pytest.mark.parametrize(
    "changes", [{"active": False}, {"end": date(2026, 3, 1)}, {"start": date(2026, 3, 3)}], ids=str
)
def test_a_coverage_that_is_not_in_force_pays_nothing(changes):
    coverage = replace(Benefit("Coverage/1", "Hudson Health"), **changes)
    said = benefit(Circumstances(benefits=(coverage,)), TODAY)
    assert (said.payer, said.missing) == (None, "Coverage.payor")
    assert said.reason.startswith("The chart names no coverage in force.")


def test_two_payers_are_both_named_and_neither_is_taken_for_the_one():
    both = Circumstances(benefits=(Benefit("Coverage/1", "A"), Benefit("Coverage/2", "B")))
    assert benefit(both, TODAY).payer is None
    assert "A, B" in benefit(both, TODAY).reason


def test_a_coverage_without_payer_and_one_that_cannot_be_read_say_so():
    assert "does not name its payer" in benefit(Circumstances(benefits=(Benefit("Coverage/1", None),)), TODAY).reason
    unread = Circumstances(unread={"Coverage": "The server declares no search for Coverage."})
    assert benefit(unread, TODAY).reason.startswith("The server declares no search for Coverage.")


def test_nobody_who_must_not_be_planned_for_is_assessed():
    patient = Patient("Patient/1", birth_date=date(1930, 1, 1), do_not_plan="deceased")
    candidate = assess_candidate(MedicationHistory(patient), TODAY)
    assert {one.status for one in candidate.criteria} == {CANNOT_TELL}
    assert {one.reason for one in candidate.criteria} == {"Not assessed: deceased."}
    assert candidate.met == ()

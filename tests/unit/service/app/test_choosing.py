"""The choices of the page: each plans again at once, nothing else is lost, and each can be taken back."""

from __future__ import annotations

import re

import pytest

from service.use_cases import opt_in
from tests.app_in_memory import words


@pytest.fixture
def page(make_world):
    """The page under a programme with two rhythms, open six days a week."""
    return make_world(extra={"PICKUPDAY_SITE_PROGRAMME": "chain-monthly"}).browser().launch()


DAY = re.compile(r'name="first_pickup" value="(\d{4}-\d\d-\d\d)" title="([^"]+)"( aria-current="date")?')


def first_days(page):
    return {day: bool(chosen) for day, _, chosen in DAY.findall(page.answer.text)}


def chosen_day(page):
    return next((day for day, chosen in first_days(page).items() if chosen), None)


def test_each_possible_first_day_says_what_it_would_cost(page):
    found = DAY.findall(page.answer.text)
    assert len(found) > 10
    assert all(cost.endswith(".") for _, cost, _ in found)
    assert sum(bool(chosen) for _, _, chosen in found) == 1


def test_another_first_day_is_planned_and_the_calendar_keeps_every_day(page):
    before = first_days(page)
    other = next(day for day, chosen in before.items() if not chosen)
    assert page.choose(first_pickup=other).status_code == 303
    again = page.again()
    assert chosen_day(again) == other
    assert set(first_days(again)) == set(before)
    assert "Take the best day again" in again.words


def test_the_best_day_can_be_taken_again(page):
    best = chosen_day(page)
    other = next(day for day, chosen in first_days(page).items() if not chosen)
    page.choose(first_pickup=other)
    page.choose(first_pickup="any")
    assert chosen_day(page.again()) == best


def test_a_choice_keeps_the_choices_before_it(page):
    page.choose(**{"on_hand.MedicationRequest/lisinopril": "3", "weekday": "1"})
    other = next(day for day, chosen in first_days(page).items() if not chosen)
    page.choose(**{"on_hand.MedicationRequest/lisinopril": "3", "weekday": "1", "first_pickup": other})
    again = page.again()
    assert "as told by the patient" in again.words
    assert re.search(r'name="weekday" value="1" checked', again.answer.text)
    assert chosen_day(again) == other


def test_a_medicine_left_out_is_in_no_visit_and_can_come_back(page):
    page.choose(left_out=re.search(r'name="left_out" value="(lisinopril[^"]*)"', page.answer.text)[1])
    without = page.again()
    visits = without.answer.text.partition('id="visits"')[2].partition('id="left-out"')[0]
    assert "<dt>Lisinopril" not in visits
    assert "<dt>Metformin" in visits
    page.choose()
    assert "<dt>Lisinopril" in page.again().answer.text


def test_everything_left_out_still_offers_the_way_back(page):
    page.choose(left_out=re.findall(r'name="left_out" value="([^"]+)"', page.answer.text))
    empty = page.again()
    assert "every medicine that could be planned was left out by choice" in empty.words
    assert "Leave medicines out" in empty.words
    assert "Start over" in empty.words


def test_a_rhythm_can_be_chosen(page):
    page.choose(cycle="every 30 days")
    again = page.again()
    assert "One pickup every 30 days." in again.words
    assert 'value="every 30 days" checked' in again.answer.text


def test_days_away_hold_no_visit(page):
    first = chosen_day(page)
    page.choose(away_from=first, away_to=first)
    again = page.again()
    assert chosen_day(again) != first
    assert first not in first_days(again)


def test_every_step_can_be_undone_one_by_one(page):
    page.choose(cycle="every 30 days")
    page.choose(cycle="every 30 days", weekday="1")
    page.choose(undo="yes")
    once = page.again()
    assert 'value="every 30 days" checked' in once.answer.text
    assert not re.search(r'name="weekday" value="1" checked', once.answer.text)
    page.choose(undo="yes")
    twice = page.again()
    assert 'value="every 30 days" checked' not in twice.answer.text
    assert "Undo the last change" not in twice.words


def test_starting_over_can_be_undone_too(page):
    page.choose(cycle="every 30 days")
    page.choose(reset="yes")
    assert 'value="every 30 days" checked' not in page.again().answer.text
    page.choose(undo="yes")
    assert 'value="every 30 days" checked' in page.again().answer.text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"first_pickup": "soon"}, "The first day is no date."),
        ({"away_from": "2026-12-24", "away_to": "2026-12-20"}, "Days away: write two dates"),
        ({"away_from": "christmas"}, "Days away: write two dates"),
    ],
)
def test_what_is_no_day_is_said_and_changes_nothing(page, fields, sentence):
    answer = page.choose(**fields)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert "Undo the last change" not in page.again().words


def test_a_day_on_which_the_pharmacy_is_closed_is_not_followed_and_the_plan_stays(page):
    page.choose(first_pickup="2001-01-01")
    again = page.again()
    assert "These choices cannot be followed, the plan is made without them" in again.words
    assert "The plan, visit by visit" in again.words


def test_what_was_chosen_is_what_is_written(page):
    other = next(day for day, chosen in reversed(first_days(page).items()) if not chosen)
    page.choose(first_pickup=other)
    assert page.again().enrol().status_code == 200
    starts = sorted(one["start"][:10] for one in page.browser.world.held("Appointment"))
    assert other in starts


def test_the_bundle_can_be_read_before_it_is_written(page):
    shown = page.browser.get(page.url + "enrolment.json")
    assert shown.headers["content-type"].startswith("application/fhir+json")
    entries = shown.json()["entry"]
    page.enrol()
    held = sum(len(page.browser.world.held(kind)) for kind in {entry["resource"]["resourceType"] for entry in entries})
    assert len(entries) == held
    assert page.browser.get(page.url + "enrolment.json").status_code == 200


def test_the_costs_of_the_other_days_are_found_with_what_the_plan_has_found_out(page, monkeypatch):
    other = next(day for day, chosen in first_days(page).items() if not chosen)
    page.choose(first_pickup=other)
    known = []
    search = opt_in.solve

    def noted(problem, *, remembered):
        known.append(len(remembered.machines))
        return search(problem, remembered=remembered)

    monkeypatch.setattr(opt_in, "solve", noted)
    assert chosen_day(page.again()) == other
    assert known
    assert all(known)

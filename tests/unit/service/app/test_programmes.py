"""The programme that a patient joins: chosen on the page, planned at once, written by its name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.app_in_memory import Page, World, small_chart, words

CORNER = """
name = "corner"
description = "An invented corner pharmacy."
cycles = [{ every_days = 30 }]
open_weekdays = [1, 2]
opens = 10:00:00
closes = 16:00:00
horizon_days = 90
call_lead_days = 10

[pharmacy]
name = "Corner Pharmacy"
phone = "555-0100"
fax = "555-0101"
takes_part = "fax"
opt_in = "Ask for the pickup club."

[consent]
en = "I join the pickup club."
"""


@pytest.fixture
def page(make_world: Callable[..., World], tmp_path) -> Page:
    """The page of a site with two programmes: its own and the corner pharmacy's."""
    (tmp_path / "corner.toml").write_text(CORNER)
    return make_world(extra={"PICKUPDAY_SITE_PROGRAMMES": str(tmp_path / "corner.toml")}).browser().launch()


def test_the_page_says_which_programme_is_joined_and_lists_the_others(page):
    assert "quick , a pickup every 28 days" in page.words
    assert "An invented corner pharmacy." in page.words
    assert "every 30 days; a call 10 days before each pickup Takes part fax: works from a faxed plan" in page.words
    assert "phone 555-0100 To opt in Ask for the pickup club." in page.words
    assert 'name="programme" value="quick" checked' in page.answer.text


def test_one_programme_alone_is_shown_and_nothing_is_to_be_chosen(world):
    page = world.browser().launch()
    assert "quick , a pickup every 28 days" in page.words
    assert 'name="programme"' not in page.answer.text


def test_another_programme_plans_anew_with_its_rhythm_days_and_words(page):
    assert page.choose(programme="corner").status_code == 303
    again = page.again()
    assert "One pickup every 30 days." in again.words
    assert "I join the pickup club." in again.words
    assert "555-0100" in again.words
    assert 'name="programme" value="corner" checked' in again.answer.text


def test_a_chosen_programme_can_be_undone_and_its_words_with_it(page):
    page.choose(programme="corner")
    page.choose(undo="yes")
    again = page.again()
    assert "One pickup every 28 days." in again.words
    assert "I join the pickup club." not in again.words


def test_words_that_were_changed_for_one_programme_are_not_agreed_to_for_another(page):
    page.enrol(agreed="", consent="Words of the first programme.")
    assert "Words of the first programme." in page.again().words
    page.choose(programme="corner")
    assert "Words of the first programme." not in page.again().words


def test_another_programme_keeps_the_other_choices(page):
    page.choose(**{"on_hand.MedicationRequest/lisinopril": "3"})
    page.choose(**{"on_hand.MedicationRequest/lisinopril": "3", "programme": "corner"})
    again = page.again()
    assert "as told by the patient" in again.words
    assert "One pickup every 30 days." in again.words


def test_a_rhythm_and_a_first_day_that_the_other_programme_lacks_are_given_up_with_the_old_one(page):
    page.choose(cycle="every 28 days")
    page.choose(cycle="every 28 days", programme="corner")
    again = page.again()
    assert "These choices cannot be followed" not in again.words
    assert "One pickup every 30 days." in again.words


def test_a_programme_that_does_not_exist_is_named_with_those_that_do(page):
    answer = page.choose(programme="nowhere")
    assert answer.status_code == 422
    assert "There is no programme “nowhere” here; choose one of: quick, corner." in words(answer)
    assert "Undo the last change" not in page.again().words


def test_what_is_written_names_the_programme(page):
    page.choose(programme="corner")
    receipt = page.again().enrol()
    assert receipt.status_code == 200
    assert "Corner Pharmacy works from a faxed plan" in words(receipt)
    world = page.browser.world
    (plan,), (agreed,) = world.held("CarePlan"), world.held("Consent")
    assert "programme corner" in plan["description"]
    assert agreed["sourceAttachment"]["title"].endswith("Programme: corner.")
    assert "Programme: corner." in page.again().words
    later = page.browser.launch()
    assert "corner takes part by fax: works from a faxed plan. Open Mon closed; Tue–Wed 10:00–16:00" in later.words


def test_the_handout_of_an_enrolment_has_the_number_of_the_programme_that_was_joined(page):
    page.choose(programme="corner")
    page.again().enrol()
    later = page.browser.launch()
    assert "555-0100" in words(later.browser.get(later.url + "handout"))


def test_a_plan_that_was_shown_under_another_programme_is_not_written(page):
    shown = page.fields["shown"]
    page.choose(programme="corner")
    page.again()
    answer = page.enrol(shown=shown)
    assert answer.status_code == 409
    assert page.browser.world.held("Consent") == []


def test_a_programme_that_is_offered_no_more_is_said_and_the_sites_own_is_planned(page):
    page.choose(programme="corner")
    world = page.browser.world
    del world.environ["PICKUPDAY_SITE_PROGRAMMES"]
    page.browser.network.apps |= type(page.browser.network)({"pickupday.example": world.another_process()}).apps
    again = page.again()
    assert "The programme corner is not offered here any more; this is planned with quick." in again.words
    assert "One pickup every 28 days." in again.words


def test_the_programme_of_another_pharmacy_than_the_charts_asks_for_the_prescriptions_to_be_moved(make_world, tmp_path):
    (tmp_path / "corner.toml").write_text(CORNER)
    harbor = {"resourceType": "Organization", "id": "harbor", "name": "Harbor Street Pharmacy"}
    performer = [{"actor": {"reference": "Organization/harbor"}}]
    chart = [
        one | {"performer": performer} if one["resourceType"] == "MedicationDispense" else one for one in small_chart()
    ]
    extra = {"PICKUPDAY_SITE_PROGRAMMES": str(tmp_path / "corner.toml")}
    page = make_world(chart=[*chart, harbor], extra=extra).browser().launch()
    assert "the programme is that of" not in page.words
    page.choose(programme="corner")
    again = page.again()
    assert "The medicines come from Harbor Street Pharmacy; the programme is that of Corner Pharmacy." in again.words
    assert "Have the prescriptions moved to Corner Pharmacy first" in again.words
    assert "555-0100 from" not in again.words  # that is not the number of where the medicines are

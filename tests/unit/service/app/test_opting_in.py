"""The whole job in the browser: launch, read, plan, opt in, write back, receipt, leave."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from service.sandbox.faults import Fault
from tests.app_in_memory import day, medicine, words

READ = "openid fhirUser launch patient/*.rs"


def test_the_page_shows_the_gain_the_plan_and_who_it_is_about(page):
    assert page.answer.status_code == 200
    assert "2 medicines: " in page.words
    assert "Wilhelmina Canaryson" in page.words
    assert "Metformin hydrochloride 500 MG Oral Tablet" in page.words
    assert "The plan, visit by visit" in page.words


def test_no_second_banner_where_the_ehr_shows_one(world):
    assert "Wilhelmina" not in world.browser().launch(banner=False).words


def test_an_opt_in_is_written_once_and_each_resource_has_its_receipt(page):
    receipt = page.enrol()
    assert receipt.status_code == 200
    assert "The patient is enrolled." in words(receipt)
    world = page.browser.world
    for kind in ("Consent", "Appointment", "CommunicationRequest"):
        held = world.held(kind)
        assert held
        assert all(f"{kind}/{one['id']}" in receipt.text for one in held)
    before = [len(world.held(kind)) for kind in ("Consent", "Appointment", "CommunicationRequest")]
    again = page.enrol()
    assert "enrolled already" in words(again)
    assert [len(world.held(kind)) for kind in ("Consent", "Appointment", "CommunicationRequest")] == before


def test_the_agreement_is_recorded_in_the_words_that_were_shown(page):
    page.enrol(consent="Sí, acepto.", language="es")
    (consent,) = page.browser.world.held("Consent")
    assert consent["sourceAttachment"]["language"] == "es"


def test_who_signed_in_is_recorded_as_the_one_who_asked(page):
    page.enrol()
    (care_plan,) = page.browser.world.held("CarePlan")
    assert care_plan["author"]["reference"] == "Practitioner/sandbox-clinician"


def test_an_enrolled_patient_is_shown_as_such_and_can_leave(page):
    page.enrol()
    enrolled = page.again()
    assert "Leave the programme" in enrolled.words
    assert "Enrol and write the plan" not in enrolled.words
    left = enrolled.leave()
    assert "The patient has left." in words(left)
    world = page.browser.world
    assert [one["status"] for one in world.held("Consent")] == ["inactive"]
    assert {one["status"] for one in world.held("Appointment")} <= {"cancelled"}
    assert {one["status"] for one in world.held("CommunicationRequest")} <= {"revoked", "completed"}
    assert "Enrol and write the plan" in page.again().words


def test_leaving_twice_changes_nothing_more(page):
    page.enrol()
    enrolled = page.again()
    enrolled.leave()
    assert "there is nothing to end" in words(enrolled.leave())


def test_leaving_needs_its_tick(page):
    page.enrol()
    refused = page.again().leave(leaves="")
    assert refused.status_code == 422
    assert [one["status"] for one in page.browser.world.held("Consent")] == ["active"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"agreed": ""}, "Tick that the patient agreed"),
        ({"consent": "  "}, "The words that the patient agreed to are missing."),
        ({"language": "tlh"}, "Choose the language"),
    ],
)
def test_without_an_agreement_nothing_is_written(page, changed, sentence):
    answer = page.enrol(**changed)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert page.browser.world.held("Appointment") == []


def test_a_chart_that_changed_since_it_was_shown_is_not_written_over(page):
    store = page.browser.world.ehr.store
    changed = medicine("amlodipine", "Amlodipine 5 MG Oral Tablet", 5)[0]
    with store.transaction():
        store.add("MedicationRequest", "amlodipine", changed, page.browser.world.ehr.authority.now())
    answer = page.enrol()
    assert answer.status_code == 409
    assert "MedicationRequest/amlodipine (Amlodipine 5 MG Oral Tablet) is new." in words(answer)
    assert page.browser.world.held("Appointment") == []
    page.answer = answer
    assert page.enrol().status_code == 200
    assert page.browser.world.held("Appointment")


def test_what_an_older_window_showed_is_not_confirmed(page):
    older = page.fields
    page.choose(**{"on_hand.MedicationRequest/lisinopril": "3"})
    page.again()
    answer = page.enrol(**older)
    assert answer.status_code == 409
    assert page.browser.world.held("Appointment") == []


def test_a_count_of_what_is_left_changes_the_plan_and_is_kept(page):
    answer = page.choose(**{"on_hand.MedicationRequest/lisinopril": "3"})
    assert answer.status_code == 303
    again = page.again()
    assert "as told by the patient" in again.words
    assert 'value="3"' in again.answer.text
    page.choose(reset="yes")
    assert "as told by the patient" not in page.again().words


def test_a_count_that_is_none_is_said_and_keeps_the_plan(page):
    answer = page.choose(**{"on_hand.MedicationRequest/lisinopril": "a few"})
    assert answer.status_code == 422
    assert "“a few” is no count" in words(answer)


def test_without_write_scopes_the_page_is_read_only_and_says_why(make_world):
    page = make_world(scopes=READ).browser().launch()
    assert page.answer.status_code == 200
    assert "Read-only." in page.words
    assert "This launch was not given the permission to create Consent." in page.words
    assert "Enrol and write the plan" not in page.words
    assert page.enrol().status_code in (409, 422)
    assert page.browser.world.held("Appointment") == []


def test_signing_out_revokes_the_tokens_and_forgets_the_session(page):
    answer = page.sign_out()
    assert "You are signed out" in words(answer)
    assert "/auth/revoke" in page.browser.world.outbound.paths("ehr.example")
    assert page.again().answer.status_code == 401


def test_a_token_that_ends_is_renewed_in_silence(make_world):
    page = make_world(token_life=timedelta(seconds=31)).browser().launch()
    world = page.browser.world
    asked = world.outbound.paths("ehr.example").count("/auth/token")
    assert page.again().answer.status_code == 200
    assert world.outbound.paths("ehr.example").count("/auth/token") >= asked


def test_a_token_that_is_turned_down_in_flight_is_renewed_once_and_the_request_repeated(world):
    page = world.browser().launch(faults=[Fault.EXPIRES_IN_FLIGHT])
    assert page.answer.status_code == 200
    assert "2 medicines" in page.words
    assert world.outbound.paths("ehr.example").count("/auth/token") == 2


def test_a_refresh_that_is_refused_asks_for_a_new_launch_and_keeps_what_was_entered(world):
    browser = world.browser()
    page = browser.launch(faults=[Fault.REFRESH_REFUSED])
    page.choose(**{"on_hand.MedicationRequest/lisinopril": "7"})
    world.end_access(page)
    lost = page.again()
    assert lost.answer.status_code == 401
    assert "Start the app again from the patient's record." in lost.words
    assert 'value="7"' in browser.launch().answer.text


def test_tokens_of_three_seconds_carry_a_whole_enrolment(world):
    page = world.browser().launch(faults=[Fault.THREE_SECONDS])
    first = world.tokens(page)
    while world.ehr.authority.now() < first.expires_at:
        time.sleep(0.1)
    assert page.again().answer.status_code == 200
    assert world.tokens(page).access_token.reveal() != first.access_token.reveal()
    assert "The patient is enrolled." in words(page.enrol())


def test_who_agreed_for_the_patient_how_and_when_is_written_and_shown_again(page):
    answer = page.enrol(
        who="representative",
        by_name="Ana Delgado",
        by_relation="daughter",
        to="Nurse Ada",
        how="phone",
        on=day(-3),
    )
    assert answer.status_code == 200
    (consent,) = page.browser.world.held("Consent")
    assert consent["dateTime"] == day(-3)
    assert consent["performer"] == [{"reference": "#representative"}]
    assert "by Ana Delgado (daughter) for the patient, to Nurse Ada." in page.again().words


def test_where_nobody_is_signed_in_by_name_somebody_must_be_named(make_world):
    page = make_world(faults=[Fault.NO_ID_TOKEN]).browser().launch()
    refused = page.enrol()
    assert refused.status_code == 422
    assert "Write down who took the agreement" in words(refused)
    assert page.browser.world.held("Consent") == []
    assert page.enrol(to="Nurse Ada").status_code == 200


def test_what_was_typed_comes_back_with_what_is_missing(page):
    answer = page.enrol(how="", to="Nurse Ada", consent="My own words.")
    assert answer.status_code == 422
    assert 'value="Nurse Ada"' in answer.text
    assert "My own words." in answer.text


def test_the_receipt_links_each_resource_and_names_what_it_is(page):
    receipt = page.enrol()
    (consent,) = page.browser.world.held("Consent")
    address = f"https://ehr.example/fhir/Consent/{consent['id']}"
    assert f'href="{address}" target="_blank" rel="noopener noreferrer"' in receipt.text
    assert "The agreement" in words(receipt)
    assert "Undo: leave the programme" in words(receipt)


def test_what_will_be_written_is_said_in_words_and_folded_as_fhir(page):
    assert "The agreement (Consent), in the words above." in page.words
    assert "The patient's handout (DocumentReference)" in page.words
    folded = page.browser.get(page.url + "enrolment.json").text
    assert '"resourceType": "Consent"' in folded
    assert '"resourceType": "DocumentReference"' in folded

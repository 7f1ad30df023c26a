from base64 import b64decode
from dataclasses import replace
from datetime import date

from mappings.outbound.codes import Systems
from mappings.outbound.communication_request import communication_request
from mappings.outbound.consent import consent
from mappings.outbound.identity import Identifier
from mappings.outbound.pharmacy import UNKNOWN_PHARMACY
from mappings.outbound.planned import AgreedHow, Representative
from mappings.validation import problems_of

ENROLMENT = Identifier("urn:enrolment", "e")


def call(plan, pickup):
    return communication_request(
        plan,
        pickup,
        call_id=Identifier("urn:call", "c"),
        plan_id=Identifier("urn:plan", "p"),
        enrolment_id=ENROLMENT,
        appointment_url="urn:uuid:visit",
    )


def test_a_call_ahead_is_active_on_its_day_by_phone(plan):
    ahead = call(plan, plan.pickups[1])
    assert (ahead["status"], ahead["occurrenceDateTime"]) == ("active", "2026-12-01")
    assert ahead["medium"][0]["coding"][0]["code"] == "PHONE"
    assert ahead["category"][0]["coding"][0]["code"] == "reminder"
    assert "statusReason" not in ahead


def test_the_enrolment_conversation_is_the_call_of_a_pickup_inside_the_call_lead(plan):
    done = call(plan, plan.pickups[0])
    assert (done["status"], done["occurrenceDateTime"]) == ("completed", "2026-11-23")
    assert done["statusReason"]["text"] == "Confirmed in the enrolment conversation"


def test_a_call_is_about_its_pickup_and_the_prescriptions(plan):
    assert call(plan, plan.pickups[1])["about"] == [
        {"reference": "urn:uuid:visit"},
        {"reference": "MedicationRequest/lisinopril-1"},
        {"reference": "MedicationRequest/metformin-1"},
    ]


def test_the_pharmacy_calls_the_patient(plan):
    ahead = call(plan, plan.pickups[1])
    assert ahead["sender"] == {"reference": "Organization/corner", "display": "Corner Pharmacy"}
    assert ahead["recipient"] == [{"reference": "Patient/1"}]


def test_nobody_is_named_as_caller_while_the_pharmacy_is_unknown(plan):
    ahead = call(replace(plan, pharmacy=UNKNOWN_PHARMACY), plan.pickups[1])
    assert "sender" not in ahead
    assert "pickup at the pharmacy on" in ahead["payload"][0]["contentString"]


def script_of(plan, pickup):
    return call(plan, pickup)["payload"][0]["contentString"]


def test_the_script_says_date_medicines_amounts_and_what_to_ask(plan):
    script = script_of(plan, plan.pickups[1])
    assert "Call to confirm the pickup at Corner Pharmacy on Tuesday 8 December 2026." in script
    assert "- Lisinopril 10 MG Oral Tablet: 30 tablets for 30 days" in script
    for question in ("doses missed", "new medicine", "hospital stay", "anything to change before it is filled"):
        assert question in script


def test_the_script_says_what_changed_since_the_last_time(plan):
    assert "7 days instead of 30 days last time, to line it up with the other medicines." in script_of(
        plan, plan.pickups[0]
    )
    assert "30 days instead of 7 days last time.\n" in script_of(plan, plan.pickups[1])


def test_the_script_says_that_nothing_changed(plan):
    same = replace(plan.pickups[1], fills=plan.pickups[1].fills[:1])
    assert "- Nothing: each medicine in the same amount as last time." in script_of(plan, same)


def test_the_consent_keeps_the_exact_words_and_their_language(plan):
    agreed = consent(plan, plan.agreement, ENROLMENT, Systems())
    attachment = agreed["sourceAttachment"]
    assert b64decode(attachment["data"]).decode() == plan.agreement.wording
    assert attachment["language"] == "en-US"
    assert agreed["performer"] == [{"reference": "Patient/1"}]
    assert agreed["organization"] == [{"reference": "Organization/corner"}]
    assert [category["coding"][0]["code"] for category in agreed["category"]] == [
        "medication-synchronization",
        "59284-0",
    ]


def consent_by(plan, **changes):
    return consent(plan, replace(plan.agreement, **changes), ENROLMENT, Systems())


def test_the_consent_says_who_agreed_how_when_and_to_whom(plan):
    agreed = consent_by(plan, to="Practitioner/5", how=AgreedHow.PHONE, on=date(2026, 11, 20))
    said = "Agreed by phone on Friday 20 November 2026 by the patient, to Practitioner/5."
    assert agreed["sourceAttachment"]["title"] == said
    assert said in agreed["text"]["div"]
    assert agreed["dateTime"] == agreed["sourceAttachment"]["creation"] == "2026-11-20"
    assert agreed["verification"] == [
        {"verified": True, "verifiedWith": {"reference": "Patient/1"}, "verificationDate": "2026-11-20"}
    ]


def test_a_representative_agrees_in_her_own_name(plan):
    agreed = consent_by(plan, by=Representative("Ana Delgado", "daughter"), how=AgreedHow.IN_PERSON)
    (who,) = agreed["contained"]
    assert (who["name"], who["relationship"]) == ([{"text": "Ana Delgado"}], [{"text": "daughter"}])
    assert who["patient"] == {"reference": "Patient/1"}
    assert agreed["performer"] == [{"reference": "#representative"}]
    assert agreed["verification"][0]["verifiedWith"] == {"reference": "#representative"}
    assert "by Ana Delgado (daughter) for the patient" in agreed["sourceAttachment"]["title"]
    assert problems_of(agreed) == ()


def test_what_is_not_known_of_an_agreement_is_not_said(plan):
    assert consent_by(plan)["sourceAttachment"]["title"] == "Agreed on Monday 23 November 2026 by the patient."


def test_a_name_cannot_break_out_of_its_line(plan):
    agreed = consent_by(plan, by=Representative("Ana\n- <b>", "x\ny"))
    assert "by Ana - &lt;b&gt; (x y) for the patient" in agreed["text"]["div"]


def test_the_consent_names_no_organization_while_the_pharmacy_is_unknown(plan):
    assert "organization" not in consent(replace(plan, pharmacy=UNKNOWN_PHARMACY), plan.agreement, ENROLMENT, Systems())

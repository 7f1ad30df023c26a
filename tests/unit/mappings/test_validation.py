import copy
import json
from pathlib import Path

import pytest

from mappings.validation import problems_of

BUNDLE = json.loads(
    (Path(__file__).parents[3] / "fixtures/cases/60-enrolment-transaction/expected.bundle.json").read_text()
)
DIV = '<div xmlns="http://www.w3.org/1999/xhtml"><p>x</p></div>'


@pytest.fixture
def appointment():
    return copy.deepcopy(BUNDLE["entry"][3]["resource"])


def test_the_golden_transaction_is_valid():
    assert problems_of(BUNDLE) == ()


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("status",), "bogus", "Appointment.status: 'bogus' is not in the required value set"),
        (("participant", 0, "status"), "maybe", "Appointment.participant.status: 'maybe' is not in the required"),
        (("text", "status"), "made-up", "Appointment.text.status: 'made-up'"),
        (("text", "div"), "<div>x</div>", "text.div: not one XHTML div"),
        (("text", "div"), "<div>x", "text.div: not well-formed"),
        (("text", "div"), DIV.replace("p>", "script>"), "unexpected elements"),
        (("text", "div"), DIV.replace("x</p>", " </p>"), "text.div: empty (txt-2)"),
        (("comment",), "a\x01b", "Appointment.comment: control character"),
        (("colour",), "red", "Extra inputs"),
        (("start",), "tomorrow", "Appointment.start"),
        (("cancelationReason",), {"text": "x"}, "app-4"),
        (("participant", 1), {"status": "accepted"}, "app-1"),
    ],
)
def test_a_broken_appointment_is_found(appointment, path, value, expected):
    place = appointment
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert any(expected in problem for problem in problems_of(appointment))


def test_start_and_end_come_together_and_are_missing_only_before_it_is_booked(appointment):
    del appointment["end"]
    assert any("app-2" in problem for problem in problems_of(appointment))
    del appointment["start"]
    assert problems_of(appointment) == ()
    appointment["status"] = "booked"
    assert any("app-3" in problem for problem in problems_of(appointment))


def test_a_consent_needs_a_policy():
    consent = copy.deepcopy(BUNDLE["entry"][0]["resource"])
    del consent["policyRule"]
    assert any("ppc-1" in problem for problem in problems_of(consent))


def test_a_missing_required_element_is_found(appointment):
    del appointment["participant"]
    assert any("Appointment.participant" in problem for problem in problems_of(appointment))


def test_what_is_no_r4_resource_is_said():
    assert problems_of({}) == ("resourceType: missing",)
    assert problems_of({"resourceType": "Basket"}) == ("resourceType: Basket is no R4 resource",)


def test_a_problem_inside_a_bundle_names_its_entry():
    bundle = copy.deepcopy(BUNDLE)
    bundle["entry"][1]["resource"]["status"] = "bogus"
    assert problems_of(bundle) == ("entry[1]: Appointment.status: 'bogus' is not in the required value set",)


def test_an_entry_without_a_resource_is_judged_as_an_entry():
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "EAT", "url": "x"}}]}
    assert problems_of(bundle) == ("Bundle.entry.request.method: 'EAT' is not in the required value set",)


def test_a_reference_to_no_entry_and_a_url_used_twice_are_found():
    bundle = copy.deepcopy(BUNDLE)
    bundle["entry"][1]["fullUrl"] = bundle["entry"][3]["fullUrl"]
    problems = problems_of(bundle)
    assert any("twice (bdl-7)" in problem for problem in problems)
    assert any("entry[2].resource.about[0].reference" in problem for problem in problems)


def a_care_plan(**changes):
    plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": {"reference": "Patient/1"}}
    return plan | changes


def test_an_activity_with_both_a_reference_and_a_detail_breaks_cpl_3():
    both = {"reference": {"reference": "Task/1"}, "detail": {"status": "scheduled"}}
    assert [one for one in problems_of(a_care_plan(activity=[both])) if "cpl-3" in one]
    assert problems_of(a_care_plan(activity=[{"reference": both["reference"]}])) == ()


def test_what_is_contained_is_pointed_at_or_points_back():
    inside = {"resourceType": "Patient", "id": "p"}
    assert [one for one in problems_of(a_care_plan(contained=[inside])) if "dom-3" in one]
    assert problems_of(a_care_plan(contained=[inside], subject={"reference": "#p"})) == ()
    back = inside | {"generalPractitioner": [{"reference": "#"}]}
    assert [one for one in problems_of(a_care_plan(contained=[back])) if "dom-3" in one] == []

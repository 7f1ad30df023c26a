import json

from mappings.enrolments import EnrolmentState


def test_before_any_enrolment_there_is_nothing_to_show(shown):
    assert shown().all == ()
    assert shown().current is None
    assert shown().ended == frozenset()


def test_the_active_enrolment_is_shown_before_one_that_ended(enrol, server, shown):
    first = enrol().enrolment
    server.set_status("Appointment", "cancelled")
    second = enrol().enrolment
    assert shown().current == second
    assert shown().ended == {first.value}
    assert shown().with_value(first.value).state is EnrolmentState.ENDED


def test_an_enrolment_that_ended_is_still_shown(enrol, server, shown):
    enrol()
    server.set_status("Appointment", "fulfilled")
    assert shown().current.state is EnrolmentState.ENDED


def test_a_withdrawn_agreement_is_shown_before_a_write_that_broke_off(enrol, server, shown):
    consent = enrol().enrolment.consent.reference
    server.set_status("Consent", "inactive")
    broken_off = json.loads(json.dumps(server.held["Appointment/2"]).replace(shown().all[0].value, "0" * 32))
    server.held["Appointment/99"] = broken_off | {"id": "99"}
    assert shown().current.consent.reference == consent
    assert len(shown().all) == 2

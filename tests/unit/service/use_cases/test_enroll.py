import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from mappings.enrolments import EnrolmentState
from mappings.issues import MappingIssue
from mappings.outbound.codes import Systems
from mappings.outbound.planned import Agreement, Representative
from pickupday.findings import Severity
from pickupday.problem import EveryDays, Preferences, Programme
from service.errors import BadArgument
from service.use_cases.enroll import Result
from service.use_cases.ports import (
    Capabilities,
    Conflict,
    EntryReceipt,
    FhirRefused,
    ResourceCapability,
    ServerFault,
    ServerGone,
)

CONFLICT = Conflict("409", attempted="transaction", status=409)
GONE = ServerGone("no answer", attempted="transaction", maybe_written=True)


def later(asked, days, **changes):
    return replace(asked, wishes=replace(asked.wishes, today=asked.wishes.today + timedelta(days=days), **changes))


def once(*errors):
    """A fault that raises each error once and then is over."""
    pending = list(errors)

    def fault():
        if pending:
            raise pending.pop(0)

    return fault


def test_an_enrolment_writes_one_consent_and_a_call_for_each_pickup(enrol, server, shown):
    outcome = enrol()
    assert outcome.result is Result.WRITTEN
    assert outcome.exit_code == 0
    assert len(server.of("Consent")) == 1
    assert len(server.of("Appointment")) == len(server.of("CommunicationRequest")) > 1
    assert all(receipt.created and receipt.reference and receipt.status for receipt in outcome.receipts)
    assert shown().current == outcome.enrolment
    assert outcome.enrolment.state is EnrolmentState.ACTIVE


def test_calls_point_at_the_pickups_as_the_server_named_them(enrol):
    enrolment = enrol().enrolment
    assert all(enrolment.call_of(pickup) is not None for pickup in enrolment.pickups)


def test_an_id_may_be_given_as_a_reference(enrol, asked):
    assert enrol(replace(asked, patient_id="Patient/1")).result is Result.WRITTEN


@pytest.mark.parametrize("days", [0, 5, 400])
def test_enrolling_again_shows_what_is_there_and_leaves_it_alone(enrol, server, asked, days):
    written = enrol().enrolment
    before = server.snapshot()
    again = enrol(later(asked, days))
    assert (again.result, again.exit_code, again.enrolment) == (Result.ALREADY, 0, written)
    assert server.snapshot() == before


def test_an_active_enrolment_is_left_alone_also_when_the_plan_would_be_another(enrol, server, asked):
    enrol()
    before = server.snapshot()
    other = later(asked, 1, programme=Programme((EveryDays(30),)))
    assert enrol(other).result is Result.ALREADY
    assert server.snapshot() == before


def test_a_dry_run_gives_the_bundle_and_writes_nothing(enrol, server, asked):
    outcome = enrol(replace(asked, dry_run=True))
    assert outcome.result is Result.DRY_RUN
    assert outcome.offer.bundle.entries
    assert server.held == {}


def test_without_a_yes_nothing_is_written(enrol, server):
    outcome = enrol(confirm=lambda offer: False)
    assert (outcome.result, outcome.exit_code) == (Result.NOT_CONFIRMED, 2)
    assert server.held == {}


def test_what_is_asked_about_is_what_is_written(enrol, server):
    offers = []
    enrol(confirm=lambda offer: offers.append(offer) or True)
    (offer,) = offers
    meant = {entry.identifier.value for entry in offer.bundle.entries}
    assert {resource["identifier"][0]["value"] for resource in server.held.values()} == meant


def test_a_pharmacy_that_the_chart_does_not_name_is_an_issue(enrol, asked):
    offer = enrol(replace(asked, dry_run=True)).offer
    assert [issue.code for issue in offer.issues if issue.code == "pharmacy-unknown"] == ["pharmacy-unknown"]


def test_a_named_pharmacy_is_no_issue(enrol, asked, server):
    for resource in server.chart:
        if resource["resourceType"] == "MedicationRequest":
            resource["dispenseRequest"]["performer"] = {"reference": "Organization/7", "display": "Corner Pharmacy"}
    offer = enrol(replace(asked, dry_run=True)).offer
    assert offer.pharmacy.organization == "Organization/7"
    assert [issue for issue in offer.issues if issue.code == "pharmacy-unknown"] == []


def test_a_chart_that_changed_since_it_was_shown_stops_everything(enrol, server):
    def changed_meanwhile(offer):
        server.chart[1]["status"] = "stopped"
        server.chart[1]["meta"]["versionId"] = "2"
        del server.chart[2]
        server.chart.append(json.loads(json.dumps(server.chart[-1])) | {"id": "new"})
        return True

    outcome = enrol(confirm=changed_meanwhile)
    assert (outcome.result, outcome.exit_code) == (Result.CHART_CHANGED, 5)
    assert server.held == {}
    changes = " ".join(outcome.details)
    assert "MedicationRequest/metformin (Metformin hydrochloride 500 MG Oral Tablet) was changed." in changes
    assert "MedicationDispense/metformin-0 (Metformin hydrochloride 500 MG Oral Tablet) is gone." in changes
    assert "MedicationDispense/new (Lisinopril 10 MG Oral Tablet) is new." in changes


def test_a_chart_that_cannot_be_planned_any_more_says_why(enrol, server):
    def broke(offer):
        server.issues = (MappingIssue("cut-off", Severity.ERROR, "The chart was cut off.", fatal=True),)
        return True

    outcome = enrol(confirm=broke)
    assert (outcome.result, outcome.details) == (Result.CHART_CHANGED, ("The chart was cut off.",))


def test_a_patient_who_was_enrolled_while_the_question_stood_is_left_alone(enrol, server):
    def somebody_was_faster(offer):
        enrol()
        return True

    outcome = enrol(confirm=somebody_was_faster)
    assert outcome.result is Result.ALREADY
    assert server.writes == 1


def test_of_two_commands_at_the_same_instant_the_second_finds_the_first(enrol, server):
    def lost_the_race():
        server.before_write = None
        enrol()
        raise CONFLICT

    server.before_write = lost_the_race
    outcome = enrol()
    assert (outcome.result, outcome.exit_code) == (Result.ALREADY, 0)
    assert server.writes == 1


def test_on_a_server_that_merges_silently_the_second_finds_nothing_of_its_own(enrol, server):
    def merged():
        server.before_write = None
        enrol()

    server.before_write = merged
    outcome = enrol()
    assert outcome.result is Result.ALREADY
    assert not any(receipt.created for receipt in outcome.receipts)


def test_a_conflict_whose_winner_cannot_be_seen_is_tried_once_more(enrol, server):
    server.before_write = once(CONFLICT)
    assert enrol().result is Result.WRITTEN


def test_a_conflict_that_stays_is_an_error(enrol, server):
    server.before_write = once(CONFLICT, CONFLICT)
    with pytest.raises(Conflict):
        enrol()
    assert server.held == {}


def test_an_answer_lost_after_the_server_wrote_is_found_and_a_rerun_changes_nothing(enrol, server):
    server.after_write = once(GONE)
    assert enrol().result is Result.ALREADY
    before = server.snapshot()
    assert enrol().result is Result.ALREADY
    assert server.snapshot() == before


def test_an_answer_lost_before_the_server_wrote_is_an_error(enrol, server):
    server.before_write = once(GONE)
    with pytest.raises(ServerGone):
        enrol()


def test_a_server_fault_after_it_wrote_is_found_too(enrol, server):
    server.after_write = once(ServerFault("500", attempted="transaction", status=500))
    assert enrol().result is Result.ALREADY


def test_a_refusal_is_an_error_and_not_tried_again(enrol, server):
    server.before_write = once(FhirRefused("422", attempted="transaction", status=422))
    with pytest.raises(FhirRefused):
        enrol()
    assert server.held == {}


def test_after_leaving_a_new_enrolment_is_a_new_series(enrol, server, shown):
    for opt_in in (1, 2, 3):
        outcome = enrol()
        assert outcome.result is Result.WRITTEN
        assert all(receipt.created for receipt in outcome.receipts)
        assert len(server.of("Consent")) == opt_in
        server.set_status("Appointment", "cancelled")
        server.set_status("CommunicationRequest", "revoked")
        server.set_status("Consent", "inactive")
    assert [found.state for found in shown().all] == [EnrolmentState.ENDED] * 3
    assert len({found.value for found in shown().all}) == 3


def test_cancelled_pickups_alone_are_leaving_too(enrol, server):
    enrol()
    server.set_status("Appointment", "cancelled")
    assert enrol().result is Result.WRITTEN


def test_a_withdrawn_agreement_with_open_pickups_is_for_a_person_to_clear(enrol, server):
    enrol()
    server.set_status("Consent", "inactive")
    outcome = enrol()
    assert (outcome.result, outcome.exit_code) == (Result.REFUSED, 4)
    assert set(outcome.details) == {f"Appointment/{found['id']}" for found in server.of("Appointment")}
    assert server.writes == 1


def test_a_write_that_broke_off_is_completed(enrol, server, shown):
    complete = enrol()
    del server.held[complete.enrolment.consent.reference]
    del server.held[complete.enrolment.pickups[-1].reference]
    assert shown().current.state is EnrolmentState.PARTIAL
    outcome = enrol()
    assert outcome.result is Result.WRITTEN
    assert sum(receipt.created for receipt in outcome.receipts) == 2
    assert len(server.of("Appointment")) == len(complete.enrolment.pickups)


def test_a_write_that_broke_off_is_not_mixed_with_another_plan(enrol, server, asked):
    del server.held[enrol().enrolment.consent.reference]
    before = server.snapshot()
    outcome = enrol(later(asked, 0, programme=Programme((EveryDays(14),))))
    assert outcome.result is Result.REFUSED
    assert all(detail.startswith(("Appointment/", "CommunicationRequest/")) for detail in outcome.details)
    assert server.snapshot() == before


def test_a_broken_off_write_under_another_key_is_for_a_person_to_clear(enrol, server, site):
    del server.held[enrol().enrolment.consent.reference]
    outcome = enrol(site=replace(site, key=b"another key"))
    assert outcome.result is Result.REFUSED
    assert "belongs to another opt-in" in outcome.details[0]


def test_two_plans_are_never_mixed_what_the_slower_one_added_is_taken_back(enrol, server, asked, shown):
    def somebody_with_a_shorter_plan():
        server.before_write = None
        wanted = Preferences(first_pickup=asked.wishes.today + timedelta(days=9))
        short = later(asked, 0, rules=replace(asked.wishes.rules, horizon_days=84), preferences=wanted)
        assert enrol(short).result is Result.WRITTEN

    server.before_write = somebody_with_a_shorter_plan
    outcome = enrol()
    assert outcome.result is Result.ALREADY
    assert all(detail.endswith("was taken back.") for detail in outcome.details)
    taken_back = [found for found in server.of("Appointment") if found["status"] == "entered-in-error"]
    assert len(taken_back) == len([detail for detail in outcome.details if detail.startswith("Appointment/")]) > 0
    assert len(shown().current.open_pickups) + len(taken_back) == len(server.of("Appointment"))


def test_a_server_that_says_yes_and_holds_nothing_is_not_believed(enrol, server):
    server.after_write = lambda: server.held.clear() or setattr(server, "after_write", None)
    server._receipt = lambda reference, created: EntryReceipt(201)
    outcome = enrol()
    assert (outcome.result, outcome.enrolment) == (Result.REFUSED, None)
    assert [receipt.status for receipt in outcome.receipts] == [None] * len(outcome.receipts)


def without_transaction(server):
    server.declared = replace(server.declared, transaction=False)


def test_without_transactions_each_resource_is_created_by_itself_and_the_agreement_last(enrol, server):
    without_transaction(server)
    outcome = enrol()
    assert outcome.result is Result.WRITTEN
    assert server.writes == len(server.held) == len(outcome.receipts)
    assert list(server.held.values())[-1]["resourceType"] == "Consent"
    assert "urn:uuid" not in server.snapshot()
    assert all(outcome.enrolment.call_of(pickup) for pickup in outcome.enrolment.pickups)


def test_a_stepwise_write_that_breaks_off_is_completed_by_a_repetition(enrol, server, shown):
    without_transaction(server)

    def breaks_off():
        if server.writes == 3:
            raise GONE

    server.after_write = breaks_off
    with pytest.raises(ServerGone):
        enrol()
    assert len(server.held) == 3
    assert shown().current.state is EnrolmentState.PARTIAL
    server.after_write = None
    outcome = enrol()
    assert outcome.result is Result.WRITTEN
    assert sum(receipt.created for receipt in outcome.receipts) == len(server.held) - 3


def test_a_server_that_declares_too_little_is_not_written_to(enrol, server):
    server.declared = Capabilities(
        known=True,
        resources={"Appointment": ResourceCapability(frozenset({"create", "search-type"}))},
    )
    outcome = enrol()
    assert (outcome.result, outcome.exit_code) == (Result.REFUSED, 4)
    assert "Appointment conditional create" in outcome.details
    assert "Consent create" in outcome.details
    assert server.held == {}


def test_an_empty_chart_has_nothing_to_plan(enrol, server):
    del server.chart[1:]
    outcome = enrol()
    assert (outcome.result, outcome.exit_code) == (Result.NOTHING_TO_PLAN, 3)
    assert "no prescription" in outcome.message


def test_an_incomplete_chart_has_no_plan_only_the_reason(enrol, server):
    server.issues = (MappingIssue("cut-off", Severity.ERROR, "The chart was cut off.", fatal=True),)
    outcome = enrol()
    assert (outcome.result, outcome.message) == (Result.NOTHING_TO_PLAN, "The chart was cut off.")
    assert outcome.chart.in_part


def test_a_medicine_that_had_to_be_left_out_makes_it_a_plan_in_part(enrol, server):
    server.chart += [
        {
            "resourceType": "MedicationRequest",
            "id": "mystery",
            "status": "active",
            "intent": "order",
            "subject": {"reference": "Patient/1"},
            "medicationCodeableConcept": {"text": "Mystery 5 MG Oral Tablet"},
            "authoredOn": "2026-01-01",
        }
    ]
    outcome = enrol()
    assert (outcome.result, outcome.exit_code) == (Result.WRITTEN, 3)


@pytest.mark.parametrize(
    "agreement",
    [
        Agreement(" \n"),
        Agreement("I agree.", "english please"),
        Agreement("I agree \ud800"),
        Agreement("I agree.", by=Representative("Ana", " ")),
        Agreement("I agree.", on=date(2026, 11, 24)),
    ],
)
def test_a_consent_that_cannot_be_recorded_is_refused_before_anything_is_read(enrol, asked, agreement):
    with pytest.raises(BadArgument):
        enrol(replace(asked, agreement=agreement))


def test_what_is_no_id_is_refused(enrol, asked):
    with pytest.raises(BadArgument, match="not the id of a patient"):
        enrol(replace(asked, patient_id="1&_include=*"))


def test_what_is_not_valid_is_not_sent(enrol, server, site):
    outcome = enrol(site=replace(site, systems=Systems("https://clinic.test/\x01")))
    assert outcome.result is Result.REFUSED
    assert server.held == {}


def test_a_write_that_broke_off_while_the_question_stood_is_not_mixed_either(enrol, server, asked):
    def another_run_broke_off(offer):
        del server.held[enrol(later(asked, 0, programme=Programme((EveryDays(14),)))).enrolment.consent.reference]
        return True

    outcome = enrol(confirm=another_run_broke_off)
    assert outcome.result is Result.REFUSED
    assert server.writes == 1

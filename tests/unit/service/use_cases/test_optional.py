"""Care plan, tasks and provenance: written where the server takes them, said where not, read back by the next run."""

import asyncio
import json
from base64 import b64decode
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from mappings.outbound.pharmacy import Pharmacy
from mappings.outbound.planned import Agreement
from pickupday.history import ToldCount
from service.programmes.file import PharmacyTable
from service.use_cases.enroll import Result
from service.use_cases.handing_out import PharmacyNumber, number_of, phone_of
from service.use_cases.leave import leave
from service.use_cases.optional import left_out, taken
from service.use_cases.ports import Capabilities, FhirRefused, ResourceCapability, ServerFault
from service.use_cases.propose import plan_chart

ALL = {"CarePlan", "Task", "DocumentReference", "Provenance"}
LATER = timedelta(days=1)


@pytest.fixture
def telling(asked):
    """The same request, with a count of metformin."""
    count = ToldCount("metformin", Fraction(6), asked.wishes.today)
    return replace(asked, wishes=replace(asked.wishes, told_counts=(count,)))


@pytest.fixture
def planned(server, asked):
    """Plan the chart on the day after, without telling anything."""
    wishes = replace(asked.wishes, today=asked.wishes.today + LATER)
    return lambda **told: asyncio.run(plan_chart(server, "1", replace(wishes, **told)))


def run_out(chart, word):
    return next(one for one in chart.proposal.review.therapies if word in one.id)


def kinds(server):
    return {resource["resourceType"] for resource in server.held.values()}


def test_a_server_that_takes_everything_gets_everything_once(generous, enrol):
    server = generous
    for medicine in server.chart[1:]:
        if medicine["resourceType"] == "MedicationRequest":
            medicine["dispenseRequest"]["numberOfRepeatsAllowed"] = 3
    outcome = enrol()
    assert outcome.result is Result.WRITTEN
    assert kinds(server) >= ALL
    assert outcome.details == ()
    assert (len(server.of("CarePlan")), len(server.of("Provenance"))) == (1, 1)
    assert outcome.enrolment.care_plan.title == "Medication synchronization"
    assert [task.status for task in outcome.enrolment.tasks] == ["requested"] * len(server.of("Task"))
    assert all(task.about[0].startswith("MedicationRequest/") and task.on for task in outcome.enrolment.tasks)
    before = server.snapshot()
    assert enrol().result is Result.ALREADY
    assert server.snapshot() == before


def test_a_server_that_declares_none_of_it_is_enrolled_on_and_told_so(enrol, server):
    outcome = enrol()
    assert outcome.result is Result.WRITTEN
    assert kinds(server).isdisjoint(ALL)
    assert outcome.details == tuple(
        f"This server takes no {kind} (create is not declared): not written."
        for kind in ("CarePlan", "Task", "DocumentReference", "Provenance")
    )


def test_a_dry_run_says_too_what_would_be_left_out(enrol, asked):
    assert len(enrol(replace(asked, dry_run=True)).details) == len(ALL)


@pytest.mark.parametrize(
    ("capability", "why"),
    [
        (ResourceCapability(), "create"),
        (ResourceCapability(frozenset({"create"})), "conditional create"),
        (ResourceCapability(frozenset({"create"}), conditional_create=True), "search by patient"),
        (
            ResourceCapability(frozenset({"create", "search-type"}), frozenset({"status"}), conditional_create=True),
            "search by patient",
        ),
    ],
)
def test_what_a_type_cannot_do_without_is_named(capability, why):
    declared = Capabilities(known=True, resources={"CarePlan": capability})
    assert taken(declared) == frozenset()
    assert left_out(declared)[0] == f"This server takes no CarePlan ({why} is not declared): not written."


def test_without_transactions_they_are_created_one_by_one_the_provenance_last(generous, enrol):
    generous.declared = replace(generous.declared, transaction=False)
    assert enrol().result is Result.WRITTEN
    assert [found["resourceType"] for found in generous.held.values()][-2:] == ["Consent", "Provenance"]
    assert "urn:uuid" not in generous.snapshot()


def test_what_is_taken_back_is_never_the_provenance(generous, enrol, asked, shown):
    def somebody_with_another_plan():
        generous.before_write = None
        other = replace(asked, wishes=replace(asked.wishes, rules=replace(asked.wishes.rules, horizon_days=84)))
        assert enrol(other).result is Result.WRITTEN

    generous.before_write = somebody_with_another_plan
    assert enrol().result is Result.ALREADY
    assert all("status" not in one for one in generous.of("Provenance"))
    assert {one["status"] for one in generous.of("CarePlan")} == {"active"}


def test_a_care_plan_that_says_something_else_disagrees(generous, enrol, shown):
    del generous.held[enrol().enrolment.consent.reference]
    generous.of("CarePlan")[0]["description"] = "One pickup every 14 days."
    outcome = enrol()
    assert outcome.result is Result.REFUSED
    assert any(detail.startswith("CarePlan/") for detail in outcome.details)


def test_a_count_told_at_enrolment_is_read_back_by_the_next_plan(generous, enrol, telling, planned):
    before = run_out(planned(), "metformin")
    enrol(telling)
    therapy = run_out(planned(), "metformin")
    assert (before.run_out_source, therapy.run_out_source) == ("computed", "told")
    assert therapy.run_out == telling.wishes.today + timedelta(days=3)
    assert any("kept in CarePlan/" in reason for reason in therapy.reasons)


def test_a_newer_count_wins_over_the_one_in_the_chart(generous, enrol, telling, planned):
    enrol(telling)
    newer = ToldCount("metformin", Fraction(20), telling.wishes.today + LATER)
    assert run_out(planned(told_counts=(newer,)), "metformin").told == newer


def test_a_later_dispense_is_added_to_the_count(generous, enrol, telling, planned):
    enrol(telling)
    later = dict(generous.chart[4], id="later", whenHandedOver=(telling.wishes.today + LATER).isoformat())
    generous.chart.append(later)
    assert run_out(planned(), "metformin").run_out == telling.wishes.today + timedelta(days=3 + 30)


def test_a_count_is_kept_after_the_patient_has_left(generous, enrol, telling, planned):
    enrol(telling)
    generous.set_status("CarePlan", "revoked")
    assert run_out(planned(), "metformin").run_out_source == "told"
    generous.set_status("CarePlan", "entered-in-error")
    assert run_out(planned(), "metformin").run_out_source == "computed"


def test_a_count_that_changed_while_the_question_stood_stops_everything(generous, enrol, telling):
    enrol(telling)
    for kind in ("Appointment", "Consent"):
        generous.set_status(kind, "cancelled" if kind == "Appointment" else "inactive")

    def told_again(offer):
        generous.of("CarePlan")[0]["contained"][0]["valueQuantity"]["value"] = 2
        return True

    outcome = enrol(confirm=told_again)
    assert outcome.result is Result.CHART_CHANGED
    assert outcome.details == ("The counts of what is left that the chart keeps are different now.",)


def refusing(server, error):
    search = server.search

    async def refuse(resource_type, params):
        if resource_type == "CarePlan":
            raise error
        return await search(resource_type, params)

    server.search = refuse


def test_care_plans_that_may_not_be_read_are_an_issue_and_the_rest_is_planned(generous, planned):
    refusing(generous, FhirRefused("403", attempted="search CarePlan", status=403))
    chart = planned()
    assert chart.reason is None
    assert [issue.code for issue in chart.issues if issue.path == "CarePlan"] == ["told-counts-unread"]


@pytest.mark.parametrize(
    "error",
    [
        FhirRefused("401", attempted="search CarePlan", status=401),
        ServerFault("503", attempted="search CarePlan", status=503),
    ],
)
def test_what_signing_in_or_waiting_would_heal_is_an_error(generous, planned, error):
    refusing(generous, error)
    with pytest.raises(FhirRefused):
        planned()


def test_the_handout_is_kept_with_the_plan_and_read_back(generous, enrol):
    outcome = enrol()
    (document,) = generous.of("DocumentReference")
    pdf = b64decode(document["content"][0]["attachment"]["data"])
    assert pdf.startswith(b"%PDF-")
    assert "urn:uuid" not in json.dumps(document)
    (read_back,) = outcome.enrolment.documents
    assert (read_back.title, read_back.language, read_back.status) == ("Your medicine pickup days", "en", "current")
    assert read_back.on == date(2026, 11, 23)


def test_the_handout_speaks_the_language_of_the_agreement(generous, enrol, asked):
    enrol(replace(asked, agreement=Agreement("Acepto.", "es-MX")))
    (document,) = generous.of("DocumentReference")
    assert document["content"][0]["attachment"]["title"] == "Sus días para recoger medicinas"


def test_documents_that_cannot_be_searched_by_type_are_not_searched_and_not_written():
    by_patient = ResourceCapability(
        frozenset({"create", "search-type"}), frozenset({"patient"}), conditional_create=True
    )
    declared = Capabilities(known=True, resources={"DocumentReference": by_patient})
    assert "This server takes no DocumentReference (search by type is not declared): not written." in left_out(declared)


def test_leaving_supersedes_the_handout(generous, enrol, site):
    enrol()
    left = asyncio.run(leave(generous, site, "1"))
    assert {one.status for one in left.closed if one.reference.startswith("DocumentReference/")} == {"superseded"}
    assert left.enrolment.documents[0].status == "superseded"


def test_the_number_of_another_pharmacy_is_nobodys():
    table = PharmacyTable(name="Corner Pharmacy", phone="(555) 010-0134")
    assert phone_of(table, "CORNER pharmacy") == phone_of(table, None) == "(555) 010-0134"
    assert phone_of(table, "Other Pharmacy") is None
    assert phone_of(PharmacyTable(phone="(555) 010-0134"), "Other Pharmacy") == "(555) 010-0134"


def test_where_the_programme_file_has_no_number_that_of_the_chart_is_taken_and_said():
    corner = Pharmacy("Corner Pharmacy", "Organization/corner", phone="555-0110")
    assert number_of(PharmacyTable(phone="555-0100"), corner) == PharmacyNumber("555-0100", "programme file")
    assert number_of(PharmacyTable(), corner) == PharmacyNumber("555-0110", "chart")
    of_another = PharmacyTable(name="Other Pharmacy", phone="555-0100")
    assert number_of(of_another, corner) == PharmacyNumber("555-0110", "chart")
    assert number_of(of_another, Pharmacy("Corner Pharmacy")) is None

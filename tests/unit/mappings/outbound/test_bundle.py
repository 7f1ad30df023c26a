import json
from dataclasses import replace
from pathlib import Path

from mappings.outbound.bundle import enrolment_bundle
from mappings.outbound.codes import Systems
from mappings.validation import problems_of

GOLDEN = Path(__file__).parents[4] / "fixtures/cases/60-enrolment-transaction/expected.bundle.json"


def entries(plan, key):
    return enrolment_bundle(plan, key=key, systems=Systems()).bundle["entry"]


def resources(plan, key, resource_type):
    return [entry["resource"] for entry in entries(plan, key) if entry["resource"]["resourceType"] == resource_type]


def test_the_transaction_is_the_one_on_file(plan, key):
    bundle = enrolment_bundle(plan, key=key, systems=Systems())
    assert json.loads(bundle.json) == json.loads(GOLDEN.read_text())


def test_the_transaction_is_valid_r4(plan, key):
    assert problems_of(enrolment_bundle(plan, key=key, systems=Systems()).bundle) == ()


def test_one_consent_and_per_visit_one_appointment_with_its_call(plan, key):
    kinds = [entry["resource"]["resourceType"] for entry in entries(plan, key)]
    assert kinds == ["Consent", "Appointment", "CommunicationRequest", "Appointment", "CommunicationRequest"]


def test_every_create_is_conditional_on_an_identifier_that_the_resource_carries(plan, key):
    for entry in entries(plan, key):
        condition = entry["request"]["ifNoneExist"]
        tokens = [f"identifier={own['system']}|{own['value']}" for own in entry["resource"]["identifier"]]
        assert condition == tokens[0]
        assert entry["request"] == {
            "method": "POST",
            "url": entry["resource"]["resourceType"],
            "ifNoneExist": condition,
        }


def test_the_same_decision_gives_the_same_bytes(plan, key):
    first, second = (enrolment_bundle(plan, key=key, systems=Systems()).json for _ in range(2))
    assert first == second


def test_another_plan_of_the_same_opt_in_has_the_same_identifiers(plan, key):
    moved = replace(plan, pickups=(plan.pickups[0], replace(plan.pickups[1], on=plan.pickups[1].on.replace(day=9))))
    conditions = [[entry["request"]["ifNoneExist"] for entry in entries(either, key)] for either in (plan, moved)]
    assert conditions[0] == conditions[1]


def test_a_new_opt_in_a_new_revision_and_another_key_share_no_identifier(plan, key):
    variants = [
        entries(plan, key),
        entries(replace(plan, enrolment="another"), key),
        entries(plan, b"another key"),
    ]
    conditions = [entry["request"]["ifNoneExist"] for variant in variants for entry in variant[1:]]
    assert len(set(conditions)) == len(conditions)
    revised = {entry["request"]["ifNoneExist"] for entry in entries(replace(plan, revision=2), key)[1:]}
    assert revised.isdisjoint(conditions)


def test_nothing_of_the_patient_can_be_read_from_an_identifier(plan, key):
    for entry in entries(plan, key):
        for own in entry["resource"]["identifier"]:
            assert len(own["value"]) == 32
            assert set(own["value"]) <= set("0123456789abcdef")


def test_all_resources_of_an_opt_in_can_be_grouped(plan, key):
    for entry in entries(plan, key):
        values = {own["system"]: own["value"] for own in entry["resource"]["identifier"]}
        assert values["https://pickupday.example/fhir/identifier/enrolment"] == plan.enrolment


def test_calls_of_one_plan_share_their_group(plan, key):
    groups = {json.dumps(call["groupIdentifier"]) for call in resources(plan, key, "CommunicationRequest")}
    assert len(groups) == 1


def test_our_systems_follow_the_configured_base(plan, key):
    bundle = enrolment_bundle(plan, key=key, systems=Systems("https://fhir.clinic.test/sync")).json.decode()
    assert "pickupday.example" not in bundle
    assert "https://fhir.clinic.test/sync/identifier/pickup" in bundle


def test_a_preview_holds_no_consent_because_nobody_has_agreed(plan, key):
    kinds = [entry["resource"]["resourceType"] for entry in entries(replace(plan, agreement=None), key)]
    assert "Consent" not in kinds
    assert len(kinds) == 4


def test_every_system_of_ours_is_documented(plan, key):
    documented = (Path(__file__).parents[4] / "docs/written-resources.md").read_text()
    ours = Systems("")
    for system in (ours.enrolment, ours.plan, ours.pickup, ours.call, ours.consent_category):
        assert f"`{system}`" in documented

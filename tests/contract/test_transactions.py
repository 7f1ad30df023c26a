"""Transaction Bundles: how everything is written that belongs together."""

from __future__ import annotations

import pytest

from tests.contract.servers import (
    appointment,
    call,
    fresh_urn,
    identifier,
    patient,
    placed,
    posted,
    receipts,
    refusal,
    replaced,
    token,
)


def test_entries_are_answered_in_the_order_sent(server, name):
    there = server.create(patient(f"{name}-there"))
    who = f"Patient/{there['id']}"
    answered = receipts(
        server.transaction(
            replaced(there | {"active": True}, if_match="1"),
            posted(appointment(who, name), if_none_exist=name),
            posted(call(who, name), if_none_exist=name),
        )
    )
    assert [each["status"][:3] for each in answered] == ["200", "201", "201"]
    assert [placed(each).partition("/")[0] for each in answered] == ["Patient", "Appointment", "CommunicationRequest"]
    assert [each["etag"].removeprefix("W/").strip('"') for each in answered] == ["2", "1", "1"]  # HAPI leaves W/"" out


def test_references_between_entries_lead_to_what_was_created_whatever_their_order(server, name):
    pickup_url, patient_url = fresh_urn(), fresh_urn()
    reminder = call(patient_url, name, about=[{"reference": pickup_url}])
    answered = receipts(
        server.transaction(
            posted(reminder), posted(appointment(patient_url, name), pickup_url), posted(patient(name), patient_url)
        )
    )
    reminder_at, pickup_at, patient_at = map(placed, answered)
    stored = server.get(reminder_at).json()
    assert stored["subject"]["reference"] == patient_at
    assert stored["about"][0]["reference"] == pickup_at
    assert server.get(pickup_at).json()["participant"][0]["actor"]["reference"] == patient_at


def test_sent_twice_it_is_done_once(server, name):
    patient_url = fresh_urn()
    bundle = (
        posted(patient(name), patient_url, if_none_exist=name),
        posted(appointment(patient_url, name), if_none_exist=name),
        posted(call(patient_url, name), if_none_exist=name),
    )
    first, again = (receipts(server.transaction(*bundle)) for _ in range(2))
    assert [each["status"][:3] for each in first] == ["201"] * 3
    assert [each["status"][:3] for each in again] == ["200"] * 3
    assert [placed(each) for each in again] == [placed(each) for each in first]
    assert server.found("Appointment", {"identifier": token(name)}) == [placed(first[1]).rpartition("/")[2]]


def test_a_new_entry_points_at_what_a_condition_found(server, name):
    who = server.patient(name)
    patient_url = fresh_urn()
    _, pickup = receipts(
        server.transaction(
            posted(patient(name), patient_url, if_none_exist=name), posted(appointment(patient_url, name))
        )
    )
    assert server.get(placed(pickup)).json()["participant"][0]["actor"]["reference"] == who


def test_a_condition_that_matches_several_undoes_everything(server, name):
    for _ in range(2):
        server.create(patient(name))
    answer = server.transaction(
        posted(patient(f"{name}-first")), posted(patient(name, active=True), if_none_exist=name)
    )
    assert answer.status_code == 412
    assert refusal(answer)
    assert server.found("Patient", {"identifier": f"{name}-first"}) == []


def test_a_stale_version_undoes_everything(server, name):
    there = server.create(patient(f"{name}-there"))
    server.put(f"Patient/{there['id']}", there | {"active": True})
    answer = server.transaction(posted(patient(name)), replaced(there | {"active": False}, if_match="1"))
    assert answer.status_code in (409, 412)
    assert refusal(answer)
    assert server.found("Patient", {"identifier": name}) == []
    assert server.get(f"Patient/{there['id']}").json()["active"] is True


@pytest.mark.parametrize("pointing", ["Patient/nobody-at-all", "urn:uuid:6f2b3f5e-0000-4000-8000-000000000000"])
def test_a_reference_to_nothing_undoes_everything(server, name, pointing):
    answer = server.transaction(posted(patient(name)), posted(appointment(pointing, name)))
    assert answer.status_code in (400, 404, 422)
    assert refusal(answer)
    assert server.found("Patient", {"identifier": name}) == []


def test_an_entry_that_cannot_be_read_undoes_everything(server, name):
    answer = server.transaction(posted(patient(name)), posted(patient(name, gender="bogus")))
    assert answer.status_code in (400, 422)
    assert refusal(answer)
    assert server.found("Patient", {"identifier": name}) == []


def test_an_entry_without_a_request_is_refused(server, name):
    answer = server.transaction({"resource": patient(name)})
    assert answer.status_code in (400, 422)
    assert refusal(answer)


def test_an_update_creates_under_the_id_it_names(server, name):
    (made,) = receipts(server.transaction(replaced(patient(name, id=name))))
    assert made["status"].startswith("201")
    assert placed(made) == f"Patient/{name}"


def test_the_whole_resources_come_back_when_that_is_preferred(server, name):
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [posted(patient(name), if_none_exist=name)]}
    for _ in range(2):
        answer = server.post("", bundle, Prefer="return=representation")
        (entry,) = answer.json()["entry"]
        assert entry["resource"]["identifier"] == [identifier(name)]
        assert entry["resource"]["meta"]["versionId"] == "1"


def test_provenance_may_stand_before_what_it_is_about(server, name):
    pickup_url, who = fresh_urn(), server.patient(name)
    provenance = {
        "resourceType": "Provenance",
        "target": [{"reference": pickup_url}],
        "recorded": "2026-11-23T10:00:00Z",
        "agent": [{"who": {"display": "PickupDay 0.1.0"}}],
    }
    made, pickup = receipts(server.transaction(posted(provenance), posted(appointment(who, name), pickup_url)))
    assert server.found("Provenance", {"target": placed(pickup)}) == [placed(made).rpartition("/")[2]]


def test_an_empty_transaction_is_done(server):
    answer = server.post("", {"resourceType": "Bundle", "type": "transaction"})
    assert answer.status_code == 200
    assert answer.json()["type"] == "transaction-response"

"""Updates: of the version that was read, or of nothing."""

from __future__ import annotations

from tests.contract.servers import patient, refusal


def test_an_update_makes_the_next_version(server, name):
    made = server.create(patient(name))
    answer = server.put(f"Patient/{made['id']}", made | {"active": True}, Prefer="return=representation")
    assert answer.status_code == 200
    assert answer.headers["etag"] == 'W/"2"'
    assert answer.json()["meta"]["versionId"] == "2"
    assert server.get(f"Patient/{made['id']}").json()["active"] is True


def test_an_update_of_the_version_that_was_read_is_done(server, name):
    made = server.create(patient(name))
    assert server.put(f"Patient/{made['id']}", made | {"active": True}, If_Match='W/"1"').status_code == 200


def test_an_update_of_an_older_version_is_refused(server, name):
    made = server.create(patient(name))
    server.put(f"Patient/{made['id']}", made | {"active": True})
    answer = server.put(f"Patient/{made['id']}", made | {"active": False}, If_Match='W/"1"')
    assert answer.status_code in (409, 412)
    assert refusal(answer)
    assert server.get(f"Patient/{made['id']}").json()["active"] is True


def test_an_update_that_changes_nothing_makes_no_version(server, name):
    made = server.create(patient(name, active=True))
    answer = server.put(f"Patient/{made['id']}", made)
    assert answer.status_code == 200
    assert server.get(f"Patient/{made['id']}").json()["meta"]["versionId"] == "1"


def test_an_update_of_an_unknown_id_creates_it(server, name):
    answer = server.put(f"Patient/{name}", patient(name, id=name))
    assert answer.status_code == 201
    assert server.get(f"Patient/{name}").json()["meta"]["versionId"] == "1"


def test_an_id_of_digits_only_is_the_servers_to_give(server):
    answer = server.put("Patient/20270302090015", {"resourceType": "Patient", "id": "20270302090015"})
    assert answer.status_code == 400
    assert refusal(answer)


def test_the_id_of_the_resource_must_be_that_of_the_address(server, name):
    made = server.create(patient(name))
    for wrong in (made | {"id": "another"}, {key: value for key, value in made.items() if key != "id"}):
        answer = server.put(f"Patient/{made['id']}", wrong)
        assert answer.status_code == 400
        assert refusal(answer)


def test_tags_that_are_not_repeated_stay(server, name):
    tag = {"system": "https://pickupday.example/fhir/test/tag", "code": name}
    made = server.create(patient(name, meta={"tag": [tag]}))
    server.put(f"Patient/{made['id']}", {**patient(name, active=True), "id": made["id"]})
    assert server.get(f"Patient/{made['id']}").json()["meta"]["tag"] == [tag]


def test_an_update_is_found_by_what_it_says_now(server, name):
    made = server.create(patient(name))
    server.put(f"Patient/{made['id']}", {**patient(f"{name}-new"), "id": made["id"]})
    assert server.found("Patient", {"identifier": name}) == []
    assert server.found("Patient", {"identifier": f"{name}-new"}) == [made["id"]]


def test_a_conditional_update_replaces_the_match_or_creates(server, name):
    path = f"Patient?identifier={name}"
    assert server.put(path, patient(name)).status_code == 201
    assert server.put(path, patient(name, active=True)).status_code == 200
    (only,) = server.found("Patient", {"identifier": name})
    assert server.get(f"Patient/{only}").json()["active"] is True


def test_a_conditional_update_with_two_matches_is_refused(server, name):
    for _ in range(2):
        server.create(patient(name))
    answer = server.put(f"Patient?identifier={name}", patient(name, active=True))
    assert answer.status_code == 412
    assert refusal(answer)

"""What a token may do at the FHIR server."""

from __future__ import annotations

import pytest

LAB = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory"


@pytest.fixture
def token(app):
    """An access token for Ann's chart with the given scopes."""
    return lambda *scopes, patient="ann": app.token(app.begin(patient), scope=" ".join(("launch", *scopes)))[
        "access_token"
    ]


def outcome(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/fhir+json")
    (issue,) = answer.json()["issue"]
    return issue["diagnostics"]


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [entry["resource"]["id"] for entry in answer.json().get("entry", [])]


def appointment(patient="ann", **changes):
    actor = {"actor": {"reference": f"Patient/{patient}"}, "status": "needs-action"}
    return {"resourceType": "Appointment", "status": "proposed", "participant": [actor], **changes}


PATHS = ["", "Patient", "Patient/ann", "Patient/ann/_history/1", "Patient?_id=ann", "Spaceship"]


@pytest.mark.parametrize("path", PATHS)
def test_nothing_but_the_statement_is_served_without_a_token(http, path):
    answer = http.get(f"/fhir/{path}")
    assert "access token is needed" in outcome(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert http.get("/fhir/metadata").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_is_written_without_a_token(http, method):
    assert http.request(method, "/fhir/Patient/ann").status_code == 401
    assert http.request(method, "/fhir/Patient").status_code == 401


@pytest.mark.parametrize("header", ["Bearer unknown", "Basic YTpi", "Bearer", "bearer  "])
def test_only_a_good_bearer_token_counts(http, header):
    answer = http.get("/fhir/Patient/ann", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_in_the_address_does_not_count(http, token):
    assert http.get(f"/fhir/Patient/ann?access_token={token('patient/*.rs')}").status_code == 401


def test_the_links_of_an_answer_are_under_the_base(app, token):
    answer = app.fhir(token("patient/*.rs"), "Observation?_count=1")
    assert all(link["url"].startswith("http://ehr.example/fhir") for link in answer.json()["link"])


def test_a_patient_token_sees_its_own_patient_only(app, token):
    ann = token("patient/*.rs")
    assert ids(app.fhir(ann, "Patient")) == ["ann"]
    assert ids(app.fhir(ann, "Observation")) == ["ann-observation", "ann-lab"]
    assert ids(app.fhir(ann, "Observation?patient=bob")) == []
    assert "outside of the record" in outcome(app.fhir(ann, "Patient/bob"), 403)
    assert "outside of the record" in outcome(app.fhir(ann, "Observation/bob-observation/_history/1"), 403)
    assert app.fhir(ann, "Observation/nobody").status_code == 404


def test_what_belongs_to_nobody_may_be_read_and_not_written(app, token):
    ann = token("patient/*.cruds")
    assert app.fhir(ann, "Medication/aspirin").status_code == 200
    assert ids(app.fhir(ann, "MedicationRequest?_include=MedicationRequest:medication")) == [
        "ann-medicationrequest",
        "aspirin",
    ]
    assert app.fhir(ann, "Medication", "POST", json={"resourceType": "Medication"}).status_code == 403


def test_what_may_not_be_read_is_not_included(app, token):
    ann = token("patient/MedicationRequest.rs")
    assert ids(app.fhir(ann, "MedicationRequest?_include=MedicationRequest:medication")) == ["ann-medicationrequest"]


def test_a_user_token_sees_everybody(app, token):
    assert ids(app.fhir(token("user/Patient.rs"), "Patient")) == ["ann", "bob"]


@pytest.mark.parametrize(
    ("scope", "method", "path", "missing"),
    [
        ("patient/*.s", "GET", "Patient/ann", "patient/Patient.r"),
        ("patient/*.r", "GET", "Patient", "patient/Patient.s"),
        ("patient/*.r", "POST", "Patient/_search", "patient/Patient.s"),
        ("patient/Observation.cruds", "GET", "Patient/ann", "patient/Patient.r"),
        ("patient/*.ruds", "POST", "Appointment", "patient/Appointment.c"),
        ("patient/*.crds", "PUT", "Patient/ann", "patient/Patient.u"),
        ("patient/*.crds", "PUT", "Patient?_id=ann", "patient/Patient.u"),
        ("patient/*.crus", "DELETE", "Observation/ann-lab", "patient/Observation.d"),
        ("user/Patient.r", "GET", "Observation", "user/Observation.s"),
        ("openid", "GET", "Patient/ann", "patient/Patient.r"),
    ],
)
def test_the_missing_scope_is_named(app, token, scope, method, path, missing):
    answer = app.fhir(token(scope), path, method)
    assert missing in outcome(answer, 403)
    assert answer.headers["www-authenticate"] == f'Bearer error="insufficient_scope", scope="{missing}"'


def test_each_letter_permits_its_interaction(app, token):
    ann = token("patient/Appointment.cud", "patient/Appointment.r")
    made = app.fhir(ann, "Appointment", "POST", json=appointment())
    assert made.status_code == 201
    path = f"Appointment/{made.json()['id']}"
    assert app.fhir(ann, path).status_code == 200
    assert app.fhir(ann, path, "PUT", json={**made.json(), "comment": "later"}).status_code == 200
    assert app.fhir(ann, path, "DELETE").status_code == 204
    assert app.fhir(ann, f"{path}/_history/1").status_code == 403  # nobody can say whose it was


@pytest.mark.parametrize("patient", ["bob", "both"])
def test_nothing_is_written_into_another_record(app, token, ehr, patient):
    resource = appointment("bob" if patient == "bob" else "ann")
    if patient == "both":
        resource["participant"] += appointment("bob")["participant"]
    answer = app.fhir(token("patient/*.cruds"), "Appointment", "POST", json=resource)
    assert "outside of the record" in outcome(answer, 403)
    assert ehr.store.rows("SELECT 1 FROM version WHERE type = 'Appointment'") == []


def test_a_resource_can_be_moved_neither_in_nor_out_of_the_record(app, token, ehr):
    ann = token("patient/*.cruds")
    theirs = ehr.store.current("Observation", "bob-lab").resource
    mine = ehr.store.current("Observation", "ann-lab").resource
    for resource, subject in ((theirs, "ann"), (mine, "bob")):
        moved = {**resource, "subject": {"reference": f"Patient/{subject}"}}
        assert app.fhir(ann, f"Observation/{resource['id']}", "PUT", json=moved).status_code == 403
        assert ehr.store.current("Observation", resource["id"]).resource == resource
    assert app.fhir(ann, "Observation/bob-lab", "DELETE").status_code == 403


def test_a_condition_does_not_tell_of_another_record(app, token):
    ann, bob = token("patient/*.cruds"), token("patient/*.cruds", patient="bob")
    named = {"identifier": [{"system": "urn:test", "value": "7"}]}
    assert app.fhir(bob, "Appointment", "POST", json=appointment("bob", **named)).status_code == 201
    condition = {"If-None-Exist": "identifier=urn:test|7"}
    assert app.fhir(ann, "Appointment", "POST", json=appointment(**named), headers=condition).status_code == 403
    update = app.fhir(ann, "Appointment?identifier=urn:test|7", "PUT", json=appointment(**named))
    assert update.status_code == 403


def entry(resource, method="POST", url=None):
    return {"resource": resource, "request": {"method": method, "url": url or resource["resourceType"]}}


def bundle(*entries, kind="transaction"):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def test_each_entry_of_a_transaction_needs_its_scope(app, token, ehr):
    communication = {
        "resourceType": "CommunicationRequest",
        "status": "active",
        "subject": {"reference": "Patient/ann"},
    }
    sent = bundle(entry(appointment()), entry(communication))
    answer = app.fhir(token("patient/Appointment.c"), "", "POST", json=sent)
    assert "patient/CommunicationRequest.c" in outcome(answer, 403)
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[1]"]
    assert ehr.store.rows("SELECT 1 FROM version WHERE type = 'Appointment'") == []
    good = app.fhir(token("patient/Appointment.c", "patient/CommunicationRequest.c"), "", "POST", json=sent)
    assert good.status_code == 200


def test_one_entry_for_another_record_undoes_the_transaction(app, token, ehr):
    sent = bundle(entry(appointment()), entry(appointment("bob")))
    answer = app.fhir(token("patient/*.cruds"), "", "POST", json=sent)
    assert "outside of the record" in outcome(answer, 403)
    assert ehr.store.rows("SELECT 1 FROM version WHERE type = 'Appointment'") == []


def test_in_a_batch_each_entry_is_answered_for_itself(app, token):
    sent = bundle(entry(appointment()), entry(appointment("bob")), kind="batch")
    answer = app.fhir(token("patient/*.cruds"), "", "POST", json=sent).json()
    assert [each["response"]["status"] for each in answer["entry"]] == ["201 Created", "403"]


def test_provenance_of_what_is_written_with_it_is_in_the_record(app, token):
    made = {**entry(appointment()), "fullUrl": "urn:uuid:11111111-1111-4111-8111-111111111111"}
    provenance = {
        "resourceType": "Provenance",
        "target": [{"reference": made["fullUrl"]}],
        "recorded": "2026-11-24T09:00:00Z",
        "agent": [{"who": {"display": "PickupDay"}}],
    }
    ann = token("patient/Appointment.c", "patient/Provenance.cs")
    answer = app.fhir(ann, "", "POST", json=bundle(entry(provenance), made))
    assert answer.status_code == 200, answer.text
    assert len(ids(app.fhir(ann, "Provenance"))) == 1
    assert ids(app.fhir(token("patient/Provenance.s", patient="bob"), "Provenance")) == []


def test_a_granular_scope_reaches_what_meets_its_query(app, token):
    ann = token(f"patient/Observation.rs?category={LAB}")
    assert ids(app.fhir(ann, "Observation")) == ["ann-lab"]
    assert app.fhir(ann, "Observation/ann-lab").status_code == 200
    assert app.fhir(ann, "Observation/ann-observation").status_code == 403


def test_several_scopes_add_up(app, token):
    both = token(f"patient/Observation.rs?category={LAB}", "user/Observation.r", "patient/Patient.rs")
    assert ids(app.fhir(both, "Observation")) == ["ann-lab"]
    assert app.fhir(both, "Observation/bob-observation").status_code == 200


def test_a_further_page_is_for_who_searched(app, token):
    page = app.fhir(token("user/Observation.rs"), "Observation?_count=1").json()
    link = next(each["url"] for each in page["link"] if each["relation"] == "next")
    path = link.removeprefix("http://ehr.example/fhir")
    assert app.fhir(token("patient/Observation.rs"), path).status_code == 403
    assert app.fhir(token("user/Observation.rs"), path).status_code == 200


def test_a_patient_scope_without_a_patient_permits_nothing(app, token):
    assert app.fhir(token("patient/*.rs", "user/Task.s", patient=None), "Patient").status_code == 403

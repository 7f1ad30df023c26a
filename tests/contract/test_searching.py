"""Searches with the parameters that we send, and what must never come back."""

from __future__ import annotations

import pytest

from tests.contract.servers import SYSTEM, WHOLE, appointment, call, identifier, link, patient, refusal, token


@pytest.fixture
def who(server, name):
    return server.patient(name)


def dispense(server, who, name, **changes):
    return {
        "resourceType": "MedicationDispense",
        "identifier": [identifier(name)],
        "status": "completed",
        "subject": {"reference": who},
        **server.medicine(),
        **changes,
    }


def encounter(server, who, code, status="finished"):
    coding = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code}
    in_release = {"R4": coding, "R5": [{"coding": [coding]}]}[server.release]
    status = {"finished": {"R4": "finished", "R5": "completed"}[server.release]}.get(status, status)
    return {"resourceType": "Encounter", "status": status, "class": in_release, "subject": {"reference": who}}


def test_a_patients_records_are_found_by_bare_id_and_by_reference(server, who, name):
    mine = server.create(server.request(who, name))["id"]
    server.create(server.request(server.patient(f"{name}-other"), f"{name}-other"))
    bare = who.partition("/")[2]
    for params in ({"patient": bare}, {"patient": who}, {"subject": who}, {"subject:Patient": bare}):
        assert server.found("MedicationRequest", params) == [mine]


def test_a_patient_whom_nobody_knows_has_no_records(server, name):
    page = server.search("MedicationRequest", {"patient": name})
    assert page["type"] == "searchset"
    assert page.get("entry", []) == []


def test_a_comma_means_any_of_them_and_two_parameters_mean_both(server, who, name):
    made = {
        (status, intent): server.create(server.request(who, name, status=status, intent=intent))["id"]
        for status, intent in [("active", "order"), ("on-hold", "order"), ("stopped", "order"), ("active", "plan")]
    }
    current = server.found(
        "MedicationRequest", {"patient": who, "status": "active,on-hold", "intent": "order,filler-order"}
    )
    assert current == sorted([made["active", "order"], made["on-hold", "order"]])


def test_dispenses_are_found_by_status_and_prescription(server, who, name):
    prescription = server.create(server.request(who, name))["id"]
    pointing = {"authorizingPrescription": [{"reference": f"MedicationRequest/{prescription}"}]}
    filled = server.create(dispense(server, who, name, **pointing))["id"]
    server.create(dispense(server, who, name, status="cancelled"))
    assert server.found("MedicationDispense", {"patient": who, "status": "completed"}) == [filled]
    assert server.found("MedicationDispense", {"prescription": f"MedicationRequest/{prescription}"}) == [filled]
    assert server.found("MedicationDispense", {"prescription": prescription}) == [filled]


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("2026-11-10", ["10"]),
        ("ge2026-11-10", ["10", "20"]),
        ("gt2026-11-10", ["20"]),
        ("le2026-11-10", ["01", "10"]),
        ("lt2026-11-10", ["01"]),
        ("2026-11", ["01", "10", "20"]),
    ],
)
def test_dispenses_are_found_by_the_day_they_were_handed_over(server, who, name, query, days):
    made = {
        day: server.create(dispense(server, who, name, whenHandedOver=f"2026-11-{day}"))["id"]
        for day in ("01", "10", "20")
    }
    found = server.found("MedicationDispense", {"patient": who, "whenhandedover": query})
    assert found == sorted(made[day] for day in days)


def test_two_dates_bound_a_stretch(server, who, name):
    made = [server.create(appointment(who, name, f"2027-03-{day}T09:00:00-05:00"))["id"] for day in ("01", "10", "20")]
    stretch = [("patient", who), ("date", "ge2027-03-05"), ("date", "le2027-03-15")]
    assert server.found("Appointment", stretch) == [made[1]]


def test_an_instant_is_compared_across_offsets(server, who, name):
    nine_in_albany = server.create(appointment(who, name, "2027-03-02T09:00:00-05:00"))["id"]
    assert server.found("Appointment", {"patient": who, "date": "ge2027-03-02T14:00:00Z"}) == [nine_in_albany]
    assert server.found("Appointment", {"patient": who, "date": "gt2027-03-02T14:00:00Z"}) == []
    assert server.found("Appointment", {"patient": who, "date": "lt2027-03-02T14:00:01Z"}) == [nine_in_albany]


@pytest.mark.parametrize("query", ["2027-03-02", "ge2027-03-02", "le2027-03-02"])
def test_a_day_is_the_day_that_the_resource_shows(server, who, name, query):
    late = server.create(appointment(who, name, "2027-03-02T23:30:00-05:00"))["id"]  # in UTC it is the next day
    early = server.create(appointment(who, name, "2027-03-02T00:30:00+13:00"))["id"]  # in UTC it is the day before
    assert server.found("Appointment", {"patient": who, "date": query}) == sorted([late, early])


def test_two_dates_are_no_alternatives(server, who):
    answer = server.get("Appointment", {"patient": who, "date": "2027-03-02,2027-03-09"})
    assert answer.status_code == 400
    assert refusal(answer)


def test_a_date_that_is_none_is_refused(server, who):
    answer = server.get("Appointment", {"patient": who, "date": "ge2027-13-45"})
    assert answer.status_code == 400
    assert refusal(answer)


def test_an_identifier_is_found_with_and_without_its_system(server, name):
    made = server.create(patient(name))["id"]
    for value in (token(name), name):
        assert server.found("Patient", {"identifier": value}) == [made]
    for value in (f"https://other.example|{name}", f"|{name}", name.upper(), name[:-1]):
        assert server.found("Patient", {"identifier": value}) == []
    assert server.found("Patient", {"_id": made, "identifier": f"{SYSTEM}|"}) == [made]


def test_several_identifiers_are_found_at_once(server, name):
    made = [server.create(patient(f"{name}-{ordinal}"))["id"] for ordinal in range(3)]
    asked = ",".join(token(f"{name}-{ordinal}") for ordinal in range(2))
    assert server.found("Patient", {"identifier": asked}) == sorted(made[:2])


def test_a_comma_inside_a_value_is_escaped(server, name):
    made = server.create(patient(f"{name},jr"))["id"]
    server.create(patient(name))
    assert server.found("Patient", {"identifier": f"{SYSTEM}|{name}\\,jr"}) == [made]


def test_pickups_are_found_by_whom_they_are_for_and_how_they_stand(server, who, name):
    booked = server.create(appointment(who, name, status="booked"))["id"]
    server.create(appointment(who, name, status="cancelled"))
    assert server.found("Appointment", {"patient": who, "status": "booked,proposed"}) == [booked]
    assert server.found("Appointment", {"actor": who, "status": "booked"}) == [booked]


def test_calls_of_one_plan_are_found_by_their_group(server, who, name):
    plan = {"groupIdentifier": identifier(f"{name}-plan")}
    calls = [server.create(call(who, f"{name}-{ordinal}", **plan))["id"] for ordinal in range(2)]
    server.create(call(who, f"{name}-elsewhere"))
    assert server.found("CommunicationRequest", {"group-identifier": token(f"{name}-plan")}) == sorted(calls)
    assert server.found("CommunicationRequest", {"patient": who, "identifier": token(f"{name}-0")}) == [calls[0]]


def test_tasks_are_found_by_their_focus(server, who, name):
    prescription = f"MedicationRequest/{server.create(server.request(who, name))['id']}"
    task = {
        "resourceType": "Task",
        "identifier": [identifier(name)],
        "status": "requested",
        "intent": "order",
        "for": {"reference": who},
        "focus": {"reference": prescription},
    }
    made = server.create(task)["id"]
    assert server.found("Task", {"focus": prescription}) == [made]
    assert server.found("Task", {"patient": who, "status": "requested"}) == [made]
    assert server.found("Task", {"subject": who, "identifier": token(name)}) == [made]


def test_hospital_stays_are_found_by_class(server, who):
    stay = server.create(encounter(server, who, "IMP"))["id"]
    server.create(encounter(server, who, "AMB"))
    assert server.found("Encounter", {"patient": who, "class": "IMP,ACUTE,NONAC"}) == [stay]


def test_a_condition_is_found_by_code_and_category(server, who):
    coding = {"system": "http://snomed.info/sct", "code": "551731000124103"}
    condition = {
        "resourceType": "Condition",
        "clinicalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
        },
        "category": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "problem-list-item"}
                ]
            }
        ],
        "code": {"coding": [coding]},
        "subject": {"reference": who},
    }
    made = server.create(condition)["id"]
    assert server.found("Condition", {"patient": who, "code": f"{coding['system']}|{coding['code']}"}) == [made]
    assert server.found("Condition", {"patient": who, "category": "problem-list-item"}) == [made]
    assert server.found("Condition", {"patient": who, "category": "encounter-diagnosis"}) == []


def test_a_pharmacys_places_are_found_by_organization(server, name):
    pharmacy = f"Organization/{server.create({'resourceType': 'Organization', 'name': f'{name} Pharmacy'})['id']}"
    counter = {"resourceType": "Location", "name": "counter", "managingOrganization": {"reference": pharmacy}}
    service = {"resourceType": "HealthcareService", "providedBy": {"reference": pharmacy}}
    places = {each["resourceType"]: server.create(each)["id"] for each in (counter, service)}
    assert server.found("Location", {"organization": pharmacy}) == [places["Location"]]
    assert server.found("HealthcareService", {"organization": pharmacy}) == [places["HealthcareService"]]
    assert server.found("Organization", {"name": f"{name.upper()} phar"}) == [pharmacy.partition("/")[2]]


def test_a_caregiver_is_found_by_patient(server, who):
    made = server.create({"resourceType": "RelatedPerson", "patient": {"reference": who}})["id"]
    assert server.found("RelatedPerson", {"patient": who}) == [made]


def test_provenance_is_found_by_target_and_by_tag(server, who, name):
    tag = {"system": "https://pickupday.example/fhir/test/tag", "code": name}
    provenance = {
        "resourceType": "Provenance",
        "meta": {"tag": [tag]},
        "target": [{"reference": who}],
        "recorded": "2026-11-23T10:00:00Z",
        "agent": [{"who": {"display": "PickupDay 0.1.0"}}],
    }
    made = server.create(provenance)["id"]
    assert server.found("Provenance", {"target": who}) == [made]
    assert server.found("Provenance", {"_tag": f"{tag['system']}|{name}"}) == [made]


def test_medicines_come_along_with_their_prescriptions(server, who, name):
    medicine = {"resourceType": "Medication", "code": {"text": "lisinopril 20 MG Oral Tablet"}}
    medication = f"Medication/{server.create(medicine)['id']}"
    for _ in range(2):
        server.create(server.request(who, name, **server.medication_at(medication)))
    page = server.search("MedicationRequest", {"patient": who, "_include": "MedicationRequest:medication"})
    modes = sorted((entry["resource"]["resourceType"], entry["search"]["mode"]) for entry in page["entry"])
    assert modes == [("Medication", "include"), ("MedicationRequest", "match"), ("MedicationRequest", "match")]
    assert all(entry["fullUrl"].startswith(f"{server.base}/Medication") for entry in page["entry"])


def test_prescriptions_come_along_with_their_dispenses(server, who, name):
    prescription = server.create(server.request(who, name))["id"]
    pointing = {"authorizingPrescription": [{"reference": f"MedicationRequest/{prescription}"}]}
    server.create(dispense(server, who, name, **pointing))
    page = server.search("MedicationDispense", {"patient": who, "_include": "MedicationDispense:prescription"})
    modes = {entry["resource"]["resourceType"]: entry["search"]["mode"] for entry in page["entry"]}
    assert modes == {"MedicationDispense": "match", "MedicationRequest": "include"}


def test_an_include_brings_only_the_type_it_names(server, who, name):
    server.create(appointment(who, name))
    for target, kinds in (("Patient", {"Appointment", "Patient"}), ("Location", {"Appointment"})):
        page = server.search("Appointment", {"patient": who, "_include": f"Appointment:actor:{target}"})
        assert {entry["resource"]["resourceType"] for entry in page["entry"]} == kinds


def test_pages_show_every_match_once(server, who, name):
    made = sorted(server.create(appointment(who, f"{name}-{ordinal}"))["id"] for ordinal in range(7))
    page = server.search("Appointment", {"patient": who, "_count": 3, "_total": "accurate"})
    assert len(page["entry"]) == 3
    assert page["total"] == 7
    assert link(page, "next").startswith(f"{server.base}?")
    assert server.found("Appointment", {"patient": who, "_count": 3}) == made


def test_what_is_written_between_two_pages_moves_nothing(server, who, name):
    made = sorted(server.create(appointment(who, f"{name}-{ordinal}"))["id"] for ordinal in range(4))
    page = server.search("Appointment", {"patient": who, "_count": 2})
    server.create(appointment(who, f"{name}-late"))
    rest = server.client.get(link(page, "next")).json()
    assert sorted(entry["resource"]["id"] for entry in page["entry"] + rest["entry"]) == made


def test_included_resources_do_not_count(server, who, name):
    for ordinal in range(3):
        server.create(appointment(who, f"{name}-{ordinal}"))
    asked = {"patient": who, "_count": 2, "_include": "Appointment:patient", "_total": "accurate"}
    page = server.search("Appointment", asked)
    assert page["total"] == 3
    assert [entry["search"]["mode"] for entry in page["entry"]] == ["match", "match", "include"]


def test_the_self_link_repeats_what_was_asked(server, who, name):
    server.create(server.request(who, name))
    page = server.search("MedicationRequest", {"patient": who, "status": "active,on-hold"})
    said = link(page, "self").replace("%2F", "/").replace("%2C", ",")
    assert f"patient={who}" in said
    assert "status=active,on-hold" in said


def test_matches_come_in_the_order_asked_for(server, who, name):
    made = [
        server.create(appointment(who, f"{name}-{day}", f"2027-03-{day}T09:00:00-05:00"))["id"]
        for day in ("10", "01", "20")
    ]
    for order, expected in (("date", [1, 0, 2]), ("-date", [2, 0, 1]), ("-_lastUpdated", [2, 1, 0])):
        page = server.search("Appointment", {"patient": who, "_sort": order})
        assert [entry["resource"]["id"] for entry in page["entry"]] == [made[index] for index in expected]


def test_what_changed_since_is_found(server, who, name):
    made = server.create(appointment(who, name))
    moment = made["meta"]["lastUpdated"]
    assert server.found("Appointment", {"patient": who, "_lastUpdated": f"ge{moment}"}) == [made["id"]]
    assert server.found("Appointment", {"patient": who, "_lastUpdated": "lt2020-01-01"}) == []


def test_a_search_may_be_posted(server, who, name):
    made = server.create(server.request(who, name))["id"]
    answer = server.client.post(
        f"{server.base}/MedicationRequest/_search",
        data={"patient": who, "status": "active"},
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 200, answer.text
    assert [entry["resource"]["id"] for entry in answer.json()["entry"]] == [made]


def test_an_unknown_parameter_is_refused_when_strictness_is_asked_for(server, who):
    answer = server.get(
        "MedicationDispense", {"patient": who, "whenhandledover": "2026-01-01"}, Prefer="handling=strict"
    )
    assert answer.status_code == 400
    assert "whenhandledover" in refusal(answer)


def test_a_search_sees_what_was_written_just_before(server, who, name):
    assert server.found("Appointment", {"identifier": token(name)}) == []
    made = server.create(appointment(who, name))
    assert server.found("Appointment", {"identifier": token(name)}) == [made["id"]]
    server.put(f"Appointment/{made['id']}", made | {"status": "cancelled"}, **WHOLE)
    assert server.found("Appointment", {"identifier": token(name), "status": "proposed"}) == []


def test_an_empty_parameter_is_ignored(server, who, name):
    made = server.create(server.request(who, name))["id"]
    answer = server.get("MedicationRequest", {"patient": who, "status": ""})
    assert [entry["resource"]["id"] for entry in answer.json()["entry"]] == [made]

import json

import pytest

from service.use_cases.writing import disagreements, standing


@pytest.fixture
def meant(enrol):
    return enrol().offer.bundle


def changed(server, shown, meant, reference, **fields):
    server.held[reference] |= fields
    return disagreements(meant, standing(meant, shown().all[0]))


def test_what_was_written_agrees_with_what_was_meant(meant, shown):
    assert disagreements(meant, standing(meant, shown().all[0])) == ()


def test_another_day_other_words_and_a_closed_pickup_disagree(server, meant, shown):
    first, second, third, *_ = server.of("Appointment")
    for one, fields in ((first, {"start": "2027-01-01T10:00:00-05:00"}), (second, {"comment": "To fill: nothing"})):
        found = changed(server, shown, meant, f"Appointment/{one['id']}", **fields)
    assert any("is on 2027-01-01, the plan says" in one for one in found)
    assert any("has other medicines or amounts" in one for one in found)
    found = changed(server, shown, meant, f"Appointment/{third['id']}", status="cancelled")
    assert any(one.endswith("is cancelled already.") for one in found)


def test_layout_of_words_is_no_disagreement(server, meant, shown):
    visit = server.of("Appointment")[0]
    spaced = visit["comment"].replace("\n", "\r\n ")
    assert changed(server, shown, meant, f"Appointment/{visit['id']}", comment=spaced) == ()


def test_a_call_that_was_made_already_disagrees_with_one_to_be_made(server, meant, shown):
    call = server.of("CommunicationRequest")[-1]
    found = changed(server, shown, meant, f"CommunicationRequest/{call['id']}", status="completed")
    assert found == (f"CommunicationRequest/{call['id']} is completed already.",)


def test_identifiers_of_ours_that_were_not_meant_do_not_count(server, meant, shown):
    stray = json.loads(json.dumps(server.of("Appointment")[0])) | {"id": "stray"}
    stray["identifier"][0]["value"] = "0" * 32
    server.held["Appointment/stray"] = stray
    assert len(standing(meant, shown().all[0])) == len(meant.entries)

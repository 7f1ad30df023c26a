"""What a launch may do, and what is changed on the way to a pickup server that is not the chart's."""

from __future__ import annotations

import asyncio
import json

from service.use_cases.elsewhere import Elsewhere
from service.use_cases.granted import GrantedServer, narrowed, not_granted
from service.use_cases.writing import lacking
from smart_launch import Granted


def test_only_what_is_declared_and_granted_can_be_done(server):
    declared = server.declared
    everything = Granted.parse("patient/*.cruds")
    assert narrowed(declared, everything) == declared
    reading = narrowed(declared, Granted.parse("patient/*.rs"))
    assert reading.can("Consent", "search-type")
    assert not reading.can("Consent", "create")
    assert not reading.creates_conditionally("Consent")
    assert "Consent create" in lacking(reading)
    assert narrowed(declared, Granted.parse("patient/Consent.write")).can("Consent", "create")


def test_a_grant_of_more_than_the_server_declares_adds_nothing(server):
    assert not narrowed(server.declared, Granted.parse("patient/*.cruds")).can("Task", "create")


def test_what_was_not_granted_is_named_in_words():
    assert not_granted(Granted.parse("patient/*.*")) == ()
    assert not_granted(Granted.parse("patient/Appointment.cs patient/CommunicationRequest.s patient/Consent.cs")) == (
        "create CommunicationRequest",
    )


def test_the_server_answers_as_far_as_it_is_granted(server):
    granted = GrantedServer(server, Granted.parse("patient/Consent.s"))
    assert not asyncio.run(granted.capabilities()).can("Appointment", "search-type")
    assert asyncio.run(granted.search("Consent", {"patient": "Patient/1"})) == ()


class Recorder:
    def __init__(self):
        self.sent = []

    async def transaction(self, bundle):
        self.sent.append(json.loads(bundle))
        return ()

    async def create_if_none(self, resource, identifier, *, by="identifier"):
        self.sent.append(json.loads(resource))


def test_records_of_the_chart_are_pointed_at_by_identifier_and_all_else_stays():
    recorder = Recorder()
    elsewhere = Elsewhere(recorder, "https://ehr.example/fhir/")
    entry = {
        "supportingInformation": [{"reference": "MedicationRequest/1", "display": "Metformin"}],
        "participant": [{"actor": {"reference": "Patient/1"}}, {"actor": {"reference": "urn:uuid:5"}}],
        "entity": [{"what": {"reference": "MedicationDispense/2/_history/3"}}],
        "about": [{"reference": "Appointment/9"}],
        "reference": 3,
    }
    asyncio.run(elsewhere.transaction(json.dumps({"entry": [{"resource": entry}]}).encode()))
    asyncio.run(elsewhere.create_if_none(json.dumps(entry).encode(), "a|b"))
    for sent in (recorder.sent[0]["entry"][0]["resource"], recorder.sent[1]):
        assert sent["supportingInformation"] == [
            {
                "type": "MedicationRequest",
                "identifier": {
                    "system": "urn:ietf:rfc:3986",
                    "value": "https://ehr.example/fhir/MedicationRequest/1",
                },
                "display": "Metformin",
            }
        ]
        assert sent["participant"] == entry["participant"]
        assert sent["entity"][0]["what"]["identifier"]["value"].endswith("/MedicationDispense/2/_history/3")
        assert (sent["about"], sent["reference"]) == (entry["about"], 3)

"""What a CapabilityStatement declares, and that what it does not declare is not there."""

from __future__ import annotations

import json

import pytest

from service.gateway.statement import read_statement
from service.use_cases.ports import Capabilities

STATEMENT = {
    "resourceType": "CapabilityStatement",
    "fhirVersion": "4.0.1",
    "software": {"name": "Pretended EHR", "version": "7"},
    "rest": [
        {"mode": "client", "resource": [{"type": "Patient", "interaction": [{"code": "delete"}]}]},
        {
            "mode": "server",
            "interaction": [{"code": "transaction"}, {"code": "search-system"}],
            "resource": [
                {
                    "type": "Appointment",
                    "interaction": [{"code": "read"}, {"code": "create"}],
                    "searchParam": [{"name": "patient", "type": "reference"}],
                    "searchInclude": ["Appointment:actor"],
                    "conditionalCreate": True,
                },
                {"type": "Patient"},
            ],
        },
    ],
}


def test_what_is_declared_is_there_and_nothing_else():
    declared = read_statement(json.dumps(STATEMENT).encode())
    assert declared is not None
    assert declared.known
    assert (declared.fhir_version, declared.software, declared.software_version) == ("4.0.1", "Pretended EHR", "7")
    assert declared.transaction
    assert declared.can("Appointment", "create")
    assert not declared.can("Appointment", "update")
    assert not declared.can("Patient", "delete")
    assert declared.searches("Appointment", "patient")
    assert not declared.searches("Appointment", "date")
    assert declared.includes("Appointment", "Appointment:actor")
    assert not declared.includes("Appointment", "Appointment:location")
    assert declared.creates_conditionally("Appointment")
    assert not declared.creates_conditionally("Patient")


def test_an_unknown_server_declares_nothing():
    nothing = Capabilities()
    assert not nothing.known
    assert not nothing.transaction
    assert not nothing.can("Patient", "read")
    assert not nothing.searches("Patient", "_id")
    assert not nothing.includes("Patient", "Patient:link")
    assert not nothing.creates_conditionally("Patient")


def test_a_bare_statement_declares_nothing_but_is_known():
    bare = read_statement(b'{"resourceType": "CapabilityStatement"}')
    assert bare == Capabilities(known=True)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"resourceType": "Bundle"}', b"[" * 100_000])
def test_what_is_no_statement_declares_nothing(data):
    assert read_statement(data) is None

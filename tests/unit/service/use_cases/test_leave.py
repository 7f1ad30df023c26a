"""Leaving: the agreement ends first, everything open is closed, and a leaving that broke off is completed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from service.use_cases.leave import cannot_leave, leave
from service.use_cases.ports import Conflict, ServerGone


@pytest.fixture
def go(server, site):
    return lambda: asyncio.run(leave(server, site, "Patient/1"))


def statuses(server):
    return {
        kind: {one["status"] for one in server.of(kind)} for kind in ("Consent", "Appointment", "CommunicationRequest")
    }


def test_everything_open_is_closed_the_agreement_first(server, enrol, go):
    enrol()
    leaving = go()
    assert leaving.message == "The patient has left. No pickup and no call is open any more."
    assert leaving.closed[0].reference.startswith("Consent/")
    found = statuses(server)
    assert found["Consent"] == {"inactive"}
    assert found["Appointment"] == {"cancelled"}
    assert found["CommunicationRequest"] <= {"revoked", "completed"}
    assert all(one["cancelationReason"]["text"] for one in server.of("Appointment"))


def test_what_is_past_stays_as_it_was(server, enrol, go):
    enrol()
    first = server.of("Appointment")[0]
    first["status"] = "fulfilled"
    leaving = go()
    assert f"Appointment/{first['id']}" not in {closed.reference for closed in leaving.closed}
    assert first["status"] == "fulfilled"


def test_who_is_not_enrolled_cannot_leave(server, go):
    assert go().message == "The patient is not enrolled: there is nothing to end."
    assert server.writes == 0


def test_a_leaving_that_broke_off_is_completed_by_repeating_it(server, enrol, go, monkeypatch):
    enrol()
    real, calls = server.update, []

    async def once(resource, version):
        calls.append(resource)
        if len(calls) == 3:
            raise ServerGone("gone", attempted="update Appointment")
        return await real(resource, version)

    monkeypatch.setattr(server, "update", once)
    with pytest.raises(ServerGone):
        go()
    assert statuses(server)["Consent"] == {"inactive"}
    assert go().message.startswith("The patient has left.")
    assert statuses(server)["Appointment"] == {"cancelled"}


def test_somebody_who_was_faster_is_read_again(server, enrol, go, monkeypatch):
    enrol()
    real, refused = server.update, []

    async def conflict_first(resource, version):
        if not refused:
            refused.append(version)
            raise Conflict("changed", attempted="update Consent", status=412)
        return await real(resource, version)

    monkeypatch.setattr(server, "update", conflict_first)
    assert go().message.startswith("The patient has left.")


def test_a_version_that_never_holds_still_is_given_up(server, enrol, go, monkeypatch):
    enrol()

    async def conflict(resource, version):
        raise Conflict("changed", attempted="update Consent", status=412)

    monkeypatch.setattr(server, "update", conflict)
    with pytest.raises(Conflict):
        go()


def test_what_may_not_be_changed_is_named(server):
    assert cannot_leave(server.declared) == ()
    resources = {
        kind: replace(one, interactions=one.interactions - {"update"}) if kind == "Consent" else one
        for kind, one in server.declared.resources.items()
    }
    assert cannot_leave(replace(server.declared, resources=resources)) == ("change Consent",)

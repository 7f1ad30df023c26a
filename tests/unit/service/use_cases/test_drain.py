"""Writes that were not acknowledged: sent again only if they are missing, still meant, and agreed to."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from mappings.enrolments import EnrolmentState
from mappings.issues import MappingIssue
from pickupday.findings import Severity
from pickupday.problem import EveryDays, Programme
from service.store.outbox import SqliteOutbox
from service.use_cases.drain import drain
from service.use_cases.enroll import Result
from service.use_cases.ports import FhirRefused, OutboxUnusable, ServerFault, ServerGone

GONE = ServerGone("no answer", attempted="transaction", maybe_written=True)


class Killed(BaseException):
    """What happens to a process, not to a program."""


@pytest.fixture
def reopened(tmp_path, site):
    return lambda: SqliteOutbox(tmp_path, site.key, "https://ehr.test/fhir")


@pytest.fixture
def outbox(reopened):
    return reopened()


@pytest.fixture
def settle(server, site, asked, reopened):
    """Drain as the next run does; `days` later."""

    def run(days=0):
        today = asked.wishes.today + timedelta(days=days)
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(drain(server, server, site, reopened(), today))).result()

    return run


def raising(error):
    def fault():
        raise error

    return fault


@pytest.fixture
def unsent(enrol, server, outbox):
    """An enrolment that was put down, and then the process was killed before anything was sent."""
    server.before_write = raising(Killed())
    with pytest.raises(Killed):
        enrol(outbox=outbox)
    server.before_write = None
    assert server.held == {}
    assert len(outbox.waiting()) == 1


@pytest.fixture
def unanswered(enrol, server, outbox):
    """An enrolment that the server holds, and the process was killed before it knew."""
    server.after_write = raising(Killed())
    with pytest.raises(Killed):
        enrol(outbox=outbox)
    server.after_write = None
    assert len(outbox.waiting()) == 1


def test_what_was_acknowledged_does_not_wait(enrol, outbox):
    assert enrol(outbox=outbox).result is Result.WRITTEN
    assert outbox.waiting() == ()


def test_nothing_waits_means_nothing_is_asked(settle):
    assert settle() == ()


def test_killed_between_recording_and_sending_it_is_sent_by_the_next_run(unsent, settle, shown, outbox):
    (said,) = settle()
    assert "it was sent again and stands on the server" in said
    assert shown().current.state is EnrolmentState.ACTIVE
    assert outbox.waiting() == ()
    assert settle() == ()


def test_killed_between_sending_and_receipt_it_is_found_and_not_sent_again(unanswered, settle, server, outbox):
    before = server.snapshot()
    (said,) = settle()
    assert "it stands on the server" in said
    assert (server.snapshot(), server.writes) == (before, 1)
    assert outbox.waiting() == ()


def test_an_enrolment_after_the_next_run_has_settled_it_is_already_there(unsent, settle, enrol, outbox):
    settle()
    assert enrol(outbox=outbox).result is Result.ALREADY
    assert outbox.waiting() == ()


def test_a_server_that_was_gone_gets_it_later(enrol, server, outbox, settle, shown):
    server.before_write = raising(GONE)
    with pytest.raises(ServerGone):
        enrol(outbox=outbox)
    assert "still waiting: no answer" in settle()[0]
    assert len(outbox.waiting()) == 1
    server.before_write = None
    settle()
    assert shown().current.state is EnrolmentState.ACTIVE
    assert outbox.waiting() == ()


def test_what_the_server_refused_for_good_does_not_wait(enrol, server, outbox):
    server.before_write = raising(FhirRefused("422", attempted="transaction", status=422))
    with pytest.raises(FhirRefused):
        enrol(outbox=outbox)
    assert outbox.waiting() == ()


def test_what_waits_for_a_signature_or_a_sick_server_stays(enrol, server, outbox):
    for error in (
        FhirRefused("401", attempted="transaction", status=401),
        ServerFault("500", attempted="transaction", status=500),
    ):
        server.before_write = raising(error)
        with pytest.raises(FhirRefused):
            enrol(outbox=outbox)
    assert len(outbox.waiting()) == 2


def test_a_refusal_when_it_is_sent_again_drops_it(unsent, settle, server, outbox):
    server.before_write = raising(FhirRefused("no such thing", attempted="transaction", status=422))
    assert "dropped, the server refused it: no such thing" in settle()[0]
    assert outbox.waiting() == ()


def test_a_server_that_cannot_be_read_keeps_it_waiting(unsent, settle, server, outbox):
    async def gone(resource_type, params):
        raise ServerGone("no connection", attempted="search")

    server.search = gone
    assert "still waiting: no connection" in settle()[0]
    assert len(outbox.waiting()) == 1


def test_a_server_that_says_yes_and_holds_nothing_keeps_it_waiting(enrol, server, outbox, settle):
    server.after_write = lambda: server.held.clear()
    assert enrol(outbox=outbox).result is Result.REFUSED
    assert "does not give back everything" in settle()[0]
    assert len(outbox.waiting()) == 1


def test_a_decision_is_kept_for_a_week(unsent, settle, shown):
    assert "sent again" in settle(7)[0]
    assert shown().current.state is EnrolmentState.ACTIVE


@pytest.mark.parametrize(("kept", "reason"), [(7, "older than 7 days"), (99, "its first pickup")])
def test_an_old_decision_is_dropped(unsent, settle, server, outbox, monkeypatch, kept, reason):
    monkeypatch.setattr("service.use_cases.drain.KEEP_DAYS", kept)
    assert reason in settle(40)[0]
    assert server.held == {}
    assert outbox.waiting() == ()


def test_a_chart_that_changed_since_drops_it(unsent, settle, server, outbox):
    server.chart[1]["meta"]["versionId"] = "2"
    assert "prescriptions or dispenses have changed since. Enrol again." in settle()[0]
    assert server.held == {}
    assert outbox.waiting() == ()


def test_a_chart_that_cannot_be_read_drops_it(unsent, settle, server):
    server.issues = (MappingIssue("cut-off", Severity.ERROR, "The chart was cut off.", fatal=True),)
    assert "the chart cannot be read (The chart was cut off)" in settle()[0]
    assert server.held == {}


def test_another_enrolment_that_was_written_meanwhile_is_left_alone(unsent, settle, enrol, server, asked, outbox):
    other = replace(asked, wishes=replace(asked.wishes, programme=Programme((EveryDays(14),))))
    assert enrol(other).result is Result.WRITTEN
    before = server.snapshot()
    assert "another plan stands on the server" in settle()[0]
    assert server.snapshot() == before
    assert outbox.waiting() == ()


def test_an_enrolment_under_another_key_is_left_alone(unsent, settle, enrol, server, site, outbox):
    assert enrol(site=replace(site, key=b"another key for tests")).result is Result.WRITTEN
    before = server.snapshot()
    assert "another enrolment of the patient" in settle()[0]
    assert server.snapshot() == before
    assert outbox.waiting() == ()


def test_another_revision_of_the_plan_supersedes_it(unanswered, settle, server, outbox):
    newer = json.loads(json.dumps(server.of("Appointment")[0])) | {"id": "newer"}
    newer["identifier"][0]["value"] = "0" * 32
    server.held["Appointment/newer"] = newer
    before = server.snapshot()
    assert "another revision of the plan" in settle()[0]
    assert server.snapshot() == before


@pytest.mark.parametrize("closed", [("Consent", "inactive"), ("Appointment", "cancelled")])
def test_after_the_patient_has_left_nothing_is_sent(unanswered, settle, server, outbox, closed):
    server.set_status(*closed)
    lost = server.of("CommunicationRequest")[-1]
    del server.held[f"CommunicationRequest/{lost['id']}"]
    before = server.snapshot()
    assert "the patient has left" in settle()[0]
    assert server.snapshot() == before
    assert outbox.waiting() == ()


def test_without_the_agreement_in_it_nothing_is_sent(unsent, settle, server, reopened):
    (name,) = reopened().waiting()
    with reopened().take(name) as held:
        bundle = held.write.bundle
        stripped = replace(held.write, bundle=replace(bundle, entries=bundle.entries[1:]))
        held.done()
    with reopened().recorded(stripped):
        pass
    assert "the patient's agreement is not in it" in settle()[0]
    assert server.held == {}


def test_of_two_processes_that_settle_at_once_one_sends(unsent, settle, server, outbox, shown):
    others = []
    server.before_write = lambda: others.append(settle())
    (said,) = settle()
    assert others == [()]
    assert "sent again" in said
    assert server.writes == 1
    assert shown().current.state is EnrolmentState.ACTIVE


def test_while_it_is_being_sent_no_other_process_sends_it(enrol, server, outbox, settle):
    others = []
    server.before_write = lambda: others.append(settle())
    assert enrol(outbox=outbox).result is Result.WRITTEN
    assert others == [()]
    assert server.writes == 1


def test_a_plan_that_was_written_between_reading_and_sending_wins(unsent, settle, enrol, server, asked, shown):
    def somebody_was_faster():
        server.before_write = None
        other = replace(asked, wishes=replace(asked.wishes, programme=Programme((EveryDays(14),))))
        assert enrol(other).result is Result.WRITTEN

    server.before_write = somebody_was_faster
    assert "another plan was written meanwhile" in settle()[0]
    assert shown().current.state is EnrolmentState.ACTIVE


def test_a_stepwise_write_that_broke_off_is_completed_with_its_provenance(generous, enrol, outbox, settle, shown):
    generous.declared = replace(generous.declared, transaction=False)

    def breaks_off():
        if generous.of("Consent"):
            raise Killed

    generous.after_write = breaks_off
    with pytest.raises(Killed):
        enrol(outbox=outbox)
    generous.after_write = None
    assert shown().current.state is EnrolmentState.ACTIVE
    assert generous.of("Provenance") == []
    assert "sent again" in settle()[0]
    assert len(generous.of("Provenance")) == 1
    assert outbox.waiting() == ()


def test_an_outbox_that_cannot_be_used_stops_before_anything_is_sent(enrol, server, outbox, tmp_path):
    (tmp_path / "outbox.sqlite").write_bytes(b"no database" * 200)
    with pytest.raises(OutboxUnusable):
        enrol(outbox=outbox)
    assert server.held == {}

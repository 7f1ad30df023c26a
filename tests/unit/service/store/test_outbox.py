"""The outbox on disk: what is put down outlives the process, reveals nobody, and is never lost without a word."""

import os
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mappings.outbound.bundle import EnrolmentBundle, MeantEntry
from mappings.outbound.identity import Identifier
from service.store.outbox import FILE_NAME, SqliteOutbox
from service.use_cases.ports import OutboxUnusable, PendingWrite

KEY = b"a key for tests of the outbox"
SERVER = "https://canary-server.test/fhir"
ROOT = Path(__file__).parents[4]


def a_write(patient="Patient/canary-patient"):
    resource = {"resourceType": "Consent", "text": "canary words", "size": 2.5}
    entry = MeantEntry("Consent", Identifier("urn:s", "v"), date(2026, 11, 23), "active", "canary words", resource)
    return PendingWrite(
        patient,
        date(2026, 11, 23),
        EnrolmentBundle(Identifier("urn:s", "v"), (entry,)),
        ("MedicationRequest/canary-record/_history/1",),
    )


@pytest.fixture
def reopened(tmp_path):
    """The outbox as another process opens it."""
    return lambda server=SERVER, key=KEY, **more: SqliteOutbox(tmp_path / "state", key, server, **more)


@pytest.fixture
def outbox(reopened):
    return reopened()


def test_what_is_not_done_waits_for_the_next_process(outbox, reopened):
    with outbox.recorded(a_write()) as held:
        assert held.write == a_write()
    (name,) = reopened().waiting()
    with reopened().take(name) as held:
        assert held.write == a_write()
        held.done()
    assert reopened().waiting() == ()


def test_it_is_on_disk_before_anything_is_sent(outbox, reopened):
    with outbox.recorded(a_write()) as held:
        assert len(reopened().waiting()) == 1
        held.done()
    assert outbox.waiting() == ()


def test_an_error_while_sending_leaves_it_there(outbox):
    with pytest.raises(ValueError, match="lost"), outbox.recorded(a_write()):
        raise ValueError("the answer was lost")
    assert len(outbox.waiting()) == 1


def test_what_one_process_holds_no_other_takes(outbox, reopened):
    with outbox.recorded(a_write()) as held:
        (name,) = reopened().waiting()
        with reopened().take(name) as second:
            assert second is None
        held.done()
    with reopened().take(name) as second:
        assert second is None


def test_the_oldest_comes_first_and_only_those_of_this_server(reopened):
    for day in (3, 1, 2):
        at = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(days=day)
        with reopened(now=lambda at=at: at).recorded(a_write(f"Patient/{day}")):
            pass
    with reopened(server="https://other.test/fhir").recorded(a_write()):
        pass
    patients = []
    for name in reopened().waiting():
        with reopened().take(name) as held:
            patients.append(held.write.patient)
    assert patients == ["Patient/1", "Patient/2", "Patient/3"]
    assert len(reopened(server="https://other.test/fhir").waiting()) == 1


def test_nothing_in_the_folder_names_a_patient_a_record_or_a_server(outbox, tmp_path):
    with outbox.recorded(a_write()):
        pass
    files = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert b"canary" not in path.read_bytes()
        assert "canary" not in path.name


@pytest.mark.skipif(os.name == "nt", reason="no file modes")
def test_only_this_user_can_read_it(outbox, tmp_path):
    assert stat.S_IMODE((tmp_path / "state" / FILE_NAME).stat().st_mode) == 0o600


def test_a_folder_is_left_clean(outbox, tmp_path):
    with outbox.recorded(a_write()) as held:
        held.done()
    assert list((tmp_path / "state" / "outbox.locks").iterdir()) == []


def test_a_damaged_file_is_an_error_that_says_what_to_do_and_stays_as_it_is(outbox, reopened, tmp_path):
    path = tmp_path / "state" / FILE_NAME
    path.write_bytes(b"this is no database " * 100)
    with pytest.raises(OutboxUnusable, match="move it away") as error:
        reopened()
    assert str(path) in str(error.value)
    assert path.read_bytes() == b"this is no database " * 100


def test_a_folder_that_cannot_be_made_is_an_error_that_says_so(tmp_path):
    (tmp_path / "state").write_text("a file")
    with pytest.raises(OutboxUnusable, match="outbox cannot be used"):
        SqliteOutbox(tmp_path / "state", KEY, SERVER)


def test_a_newer_outbox_is_refused_by_name_and_left_alone(outbox, reopened, tmp_path):
    path = tmp_path / "state" / FILE_NAME
    connection = sqlite3.connect(path)
    connection.execute("UPDATE schema_version SET version = 7")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(OutboxUnusable, match=r"newer PickupDay .outbox schema 7; this one knows 1.*Update PickupDay"):
        reopened()
    assert path.read_bytes() == before


def test_a_write_that_cannot_be_decrypted_is_kept_and_named(outbox, tmp_path):
    with outbox.recorded(a_write()):
        pass
    connection = sqlite3.connect(tmp_path / "state" / FILE_NAME)
    connection.execute("UPDATE pending_write SET payload = x'00'")
    connection.commit()
    connection.close()
    (name,) = outbox.waiting()
    with pytest.raises(OutboxUnusable, match="PICKUPDAY_IDENTIFIER_KEY"), outbox.take(name):
        pass
    assert outbox.waiting() == (name,)


def test_under_another_key_it_is_another_outbox_and_nothing_is_lost(outbox, reopened):
    with outbox.recorded(a_write()):
        pass
    assert reopened(key=b"quite another key").waiting() == ()
    assert len(reopened().waiting()) == 1


def test_that_it_cannot_be_removed_does_not_undo_what_was_done(outbox, reopened, tmp_path):
    path = tmp_path / "state" / FILE_NAME
    with outbox.recorded(a_write()) as held:
        kept = path.read_bytes()
        path.write_bytes(b"this is no database " * 100)
        held.done()
    path.write_bytes(kept)
    assert len(reopened().waiting()) == 1


def test_processes_that_make_the_outbox_at_once_share_it(reopened):
    with ThreadPoolExecutor(8) as pool:
        outboxes = list(pool.map(lambda _: reopened(), range(16)))
    with outboxes[0].recorded(a_write()):
        assert all(len(outbox.waiting()) == 1 for outbox in outboxes)


KILLED = """
import os, signal, sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
spec = spec_from_file_location("outbox_tests", sys.argv[1])
tests = module_from_spec(spec)
spec.loader.exec_module(tests)
with tests.SqliteOutbox(Path(sys.argv[2]), tests.KEY, tests.SERVER).recorded(tests.a_write()):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_the_lock_of_a_killed_process_is_free_at_once(reopened, tmp_path):
    command = [sys.executable, "-c", KILLED, __file__, str(tmp_path / "state")]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert killed.returncode == -9, killed.stderr.decode()
    (name,) = reopened().waiting()
    with reopened().take(name) as held:
        assert held.write == a_write()

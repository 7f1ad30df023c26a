"""`serve`, `keys` and `sites`, as commands."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from service.sandbox.authorization.clients import Client
from service.sandbox.serve import running_ehr

ROOT = Path(__file__).parents[4]
COMMAND = [sys.executable, "-c", "from service.cli import main; main()"]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "NO_COLOR": "1",
        "PYTHONPATH": str(ROOT),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "PICKUPDAY_DEV_LOOPBACK": "1",
    }


@pytest.fixture
def pickupday(tmp_path: Path, environ: dict[str, str]):
    """Run a command to its end."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*COMMAND, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environ | more,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


@contextmanager
def serving(environ: dict[str, str], *arguments: str) -> Iterator[tuple[str, list[str]]]:
    """`pickupday serve` on a free port, until the block is left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", str(port), *arguments], env=environ, stderr=subprocess.PIPE, text=True
    )
    said: list[str] = []  # on standard error, when it has ended
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", said
    finally:
        process.terminate()
        said.append(process.communicate(timeout=15)[1])


def test_keys_are_made_listed_rotated_and_retired(pickupday):
    assert "no key yet" in pickupday("keys", "list").stderr
    first = pickupday("keys", "new").stdout.split()
    assert first[1:] == ["ES384", "active"]
    assert pickupday("keys", "new").stdout.split()[1:] == ["ES384", "announced"]
    second = pickupday("keys", "rotate").stdout.split()
    assert second[0] != first[0]
    listed = pickupday("keys", "list").stdout
    assert "retiring" in listed
    published = json.loads(pickupday("keys", "list", "--jwks").stdout)["keys"]
    assert {key["kid"] for key in published} == {first[0], second[0]}
    assert not [key for key in published if "d" in key]
    assert "retired" in pickupday("keys", "retire", first[0]).stdout
    published = json.loads(pickupday("keys", "list", "--jwks").stdout)["keys"]
    assert [key["kid"] for key in published] == [second[0]]
    assert pickupday("keys", "new", "--alg", "RS384").stdout.split()[1:] == ["RS384", "active"]


def test_a_key_that_is_not_there_is_said(pickupday):
    done = pickupday("keys", "retire", "nobody")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nobody: there is no such key" in done.stderr


def test_private_keys_are_opened_by_their_secret_only(pickupday):
    pickupday("keys", "new", PICKUPDAY_STORE_KEYS="a" * 32)
    done = pickupday("keys", "list", PICKUPDAY_STORE_KEYS="b" * 32)
    assert done.returncode == 2
    assert "PICKUPDAY_STORE_KEYS" in done.stderr
    assert pickupday("keys", "list", PICKUPDAY_STORE_KEYS=f"{'b' * 32},{'a' * 32}").returncode == 0


def test_sites_check_says_what_is_wrong_with_each_site(pickupday, tmp_path):
    client = Client("pickupday", "PickupDay", ("http://127.0.0.1:8765/callback/good",))
    with running_ehr(clients=[client]) as ehr:
        (tmp_path / "sites.toml").write_text(
            f'[sites.good]\nissuer = "{ehr.base}"\nclient_id = "pickupday"\nauth = "public"\n'
            '[sites.gone]\nissuer = "http://127.0.0.1:1/fhir"\nclient_id = "x"\n'
        )
        done = pickupday("sites", "check", PICKUPDAY_SITES="sites.toml")
        assert done.returncode == 4
        good, gone = done.stdout.split("\ngone ")
        assert "✗" not in good
        assert "redirect URI: http://127.0.0.1:8765/callback/good" in good
        assert "✗ discovery: The server cannot be reached." in gone
        assert "no active key for ES384" in gone
        assert pickupday("sites", "check", "good", PICKUPDAY_SITES="sites.toml").returncode == 0


def test_a_site_that_is_not_registered_cannot_be_checked(pickupday):
    done = pickupday("sites", "check", "nobody")
    assert done.returncode == 2
    assert "there is no site nobody: none is registered" in done.stderr


def test_serving_says_where_and_logs_no_request(environ):
    with serving(environ) as (base, log):
        answer = httpx.get(f"{base}/launch?iss=https://canary.example&launch=canary", trust_env=False)
        assert answer.status_code == 403
        assert "server" not in answer.headers
    (said,) = log
    assert f"PickupDay for browsers: {base}/" in said
    assert "Development: PICKUPDAY_DEV_LOOPBACK" in said
    assert "No site is registered" in said
    assert "canary" not in said
    assert "UnknownIssuer" in said


def test_the_flag_for_development_binds_this_machine_only(pickupday):
    done = pickupday("serve", "--host", "0.0.0.0")
    assert done.returncode == 2
    assert "--host 0.0.0.0 is refused" in done.stderr


@pytest.mark.parametrize("url", ["http://pickupday.example", "http://192.0.2.1", ""])
def test_browsers_must_come_by_https(pickupday, url):
    done = pickupday("serve", PICKUPDAY_DEV_LOOPBACK="0", PICKUPDAY_PUBLIC_URL=url)
    assert done.returncode == 2
    assert "PICKUPDAY_PUBLIC_URL" in done.stderr

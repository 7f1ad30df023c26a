"""A private PostgreSQL for the tests: a cluster in a temporary folder, on a socket there, run by nobody important."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.postgres_programs import programs


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a running server with an empty database; it is gone after the tests."""
    folder = programs()
    assert folder is not None
    home = Path(tempfile.mkdtemp(prefix="pickupday-pg-"))
    as_user = _not_root(home)

    def run(program: str, *arguments: str) -> None:
        environ = {"PATH": f"{folder}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(home)}
        subprocess.run(
            [folder / program, *arguments],
            check=True,
            capture_output=True,
            cwd=home,
            env=environ,
            timeout=120,
            **as_user,
        )

    try:
        run("initdb", "-D", f"{home}/data", "-U", "tests", "-A", "trust", "--no-sync", "--encoding=UTF8")
        quick = f"-k {home} -h '' -F -c full_page_writes=off -c synchronous_commit=off"
        run("pg_ctl", "-D", f"{home}/data", "-w", "-t", "60", "-l", f"{home}/log", "-o", quick, "start")
        try:
            yield f"postgresql://tests@/postgres?host={quote(str(home))}"
        finally:
            run("pg_ctl", "-D", f"{home}/data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _not_root(home: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root: there it runs as the user of its package, or as nobody."""
    if os.getuid() != 0:
        return {}
    names = {user.pw_name for user in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(home, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

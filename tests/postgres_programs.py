"""Where PostgreSQL's server programs are on this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

_PLACES = Path("/usr/lib/postgresql")
TO_ENABLE = "install PostgreSQL 15 or newer (Debian and Ubuntu: the package postgresql), then `make test`"


def programs() -> Path | None:
    """The folder with initdb and pg_ctl, of the newest version that is installed; None where there is none."""
    versions = sorted(_PLACES.glob("*/bin/pg_ctl"), key=lambda path: float(path.parts[-3]))
    found = versions[-1] if versions else shutil.which("pg_ctl")
    return Path(found).parent if found else None


def what_is_missing() -> str | None:
    return None if programs() else "PostgreSQL is not installed"

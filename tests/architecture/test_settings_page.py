"""docs/settings.md says every setting and environment variable that the code knows, as the code knows it."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from service.config import Settings, variable
from service.sites.file import BACKEND_SCOPES, DEFAULT_SCOPES, QuirkEntry, SiteEntry, WriteEntry

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text()
READ_ELSEWHERE = ("XDG_STATE_HOME", "LOCALAPPDATA", "NO_COLOR", "TZ", "SSL_CERT_FILE", "SMART_LAUNCHER_URL")


def default_of(value: object) -> str:
    if value in (DEFAULT_SCOPES, BACKEND_SCOPES):
        return "those of [ehr-setup](ehr-setup.md#scopes)" if value == DEFAULT_SCOPES else "as patient scopes, system"
    if value in ("", (), None, PydanticUndefined):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def rows(keys: type[BaseModel], name: object = str) -> list[str]:
    """One row of a table for each key."""
    return [
        f"| `{name(key)}` | {default_of(field.default)} | {field.description} |".replace("|  |", "| |")  # type: ignore[operator]
        for key, field in keys.model_fields.items()
    ]


def missing(expected: list[str]) -> str:
    """The rows that the page lacks, ready to be pasted into it."""
    return "\n".join(row for row in expected if row not in PAGE.splitlines())


def test_every_setting_stands_on_the_page_with_its_default():
    assert missing(rows(Settings, variable)) == ""


def test_every_key_of_a_site_stands_on_the_page_with_its_default():
    assert missing(rows(SiteEntry) + rows(QuirkEntry) + rows(WriteEntry)) == ""


def test_every_environment_variable_of_the_code_stands_on_the_page():
    ours = "\n".join(path.read_text() for folder in ("service", "mappings") for path in (ROOT / folder).rglob("*.py"))
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    named = set(re.findall(r"\bPICKUPDAY_[A-Z][A-Z_]*[A-Z]\b", ours))
    named |= set(re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"', tests)) - {
        "PATH",
        "HOME",
        "HYPOTHESIS_PROFILE",
        "JAVA_HOME",
        "XDG_CACHE_HOME",
    }
    named |= {name for name in READ_ELSEWHERE if name in ours + tests}
    sites = {f"PICKUPDAY_SITE_{key.upper()}" for key in SiteEntry.model_fields}
    assert sorted(name for name in named - sites - {"PICKUPDAY_SITE"} if f"`{name}`" not in PAGE) == []


def test_the_page_names_no_variable_that_is_gone():
    known = {variable(key) for key in Settings.model_fields} | {
        f"PICKUPDAY_SITE_{key.upper()}" for key in SiteEntry.model_fields
    }
    sources = "\n".join(path.read_text() for folder in ("service", "tests") for path in (ROOT / folder).rglob("*.py"))
    named = set(re.findall(r"`(PICKUPDAY_[A-Z_]*[A-Z])`", PAGE))
    assert sorted(name for name in named - known if name not in sources) == []

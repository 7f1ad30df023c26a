"""Reading the sites: the file that PICKUPDAY_SITES names, and one site from PICKUPDAY_SITE_... variables.

Every error names the file or the variable, the key, and what is allowed there.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from service.config import Settings, variable
from service.errors import BadArgument, SettingsError
from service.programmes import PharmacyProgramme, load_programme
from service.sites.file import SiteEntry, WriteEntry
from service.sites.registered import LaunchSite, LaunchSites, WriteTarget
from smart_launch import Authentication, Hidden, PrivateKey, Public, Quirks, Secret, Site, SiteError, origin

PREFIX = "PICKUPDAY_SITE_"
FROM_ENVIRONMENT = "environment"
_SEVERAL = frozenset({"scopes", "frame_ancestors", "programmes"})


def load_sites(settings: Settings, environ: Mapping[str, str] | None = None) -> LaunchSites:
    """All sites of the file and of the environment. Raises SettingsError naming file, site, key and what is allowed."""
    environ = os.environ if environ is None else environ
    entries = _from_file(settings.sites) if settings.sites else {}
    if (given := _from_environment(environ)) is not None:
        entries[FROM_ENVIRONMENT] = given
    where = _Where(settings, environ, alone=len(entries) == 1)
    try:
        return LaunchSites(where.site(name, entry) for name, entry in entries.items())
    except SiteError as odd:
        raise SettingsError(f"sites: {odd}") from None


def site_variable(key: str) -> str:
    """The environment variable of a key of the one site that the environment describes."""
    return PREFIX + key.upper()


def _from_file(path: str) -> dict[str, SiteEntry]:
    try:
        document = tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {getattr(error, 'strerror', None) or 'not UTF-8 text'}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not TOML: {error}") from None
    sites = document.pop("sites", {})
    if document:
        raise SettingsError(f"{path}: {next(iter(document))}: unknown key; a site begins with [sites.NAME]")
    if not isinstance(sites, dict) or not all(isinstance(entry, dict) for entry in sites.values()):
        raise SettingsError(f"{path}: sites: a site begins with [sites.NAME]")
    return {name: _entry(entry, f"{path}: sites.{name}") for name, entry in sites.items()}


def _from_environment(environ: Mapping[str, str]) -> SiteEntry | None:
    given: dict[str, object] = {}
    for name in SiteEntry.model_fields:
        value = environ.get(site_variable(name), "")
        if value and name not in ("quirks", "write"):
            given[name] = tuple(value.split()) if name in _SEVERAL else value
    return _entry(given, "environment", shown=site_variable) if given else None


def _entry(values: object, where: str, shown: object = None) -> SiteEntry:
    try:
        return SiteEntry.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = [str(part) for part in first["loc"]]
        key = site_variable(path[0]) if shown is not None and path else ".".join(path) or "site"
        message = "unknown key" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
        known = f"; the keys are {', '.join(SiteEntry.model_fields)}" if first["type"] == "extra_forbidden" else ""
        raise SettingsError(f"{where}: {key}: {message}{known}") from None


def _programmes(entry: SiteEntry) -> list[PharmacyProgramme]:
    """The programme of the site, then the others; each is named once. Raises BadArgument."""
    loaded = [load_programme(name) for name in dict.fromkeys((entry.programme, *entry.programmes))]
    names = [one.name for one in loaded]
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise BadArgument(f"programmes: two of them are called {repeated!r}; give each `name` once")
    return loaded


@dataclass(frozen=True, slots=True)
class _Where:
    """What turns an entry into a site: the settings, the environment, and whether it is the only one."""

    settings: Settings
    environ: Mapping[str, str]
    alone: bool

    def site(self, name: str, entry: SiteEntry) -> LaunchSite:
        try:
            smart = self._smart(name, entry)
            programme, *further = _programmes(entry)
            write = self._write(name, entry.write) if entry.write is not None else None
        except (SiteError, BadArgument) as odd:
            raise SettingsError(f"sites.{name}: {odd}") from None
        return LaunchSite(
            name=name,
            label=entry.label or (urlsplit(entry.issuer).hostname or name if name == FROM_ENVIRONMENT else name),
            smart=smart,
            programme=programme,
            zone=ZoneInfo(entry.timezone) if entry.timezone else None,
            frame_ancestors=entry.frame_ancestors or (origin(entry.issuer),),
            write=write,
            standalone=entry.standalone,
            public_base=entry.quirks.public_base,
            medication_request_intents=entry.quirks.medication_request_intents,
            programmes=tuple(further),
        )

    def _smart(self, name: str, entry: SiteEntry) -> Site:
        quirks = entry.quirks
        return Site(
            issuer=entry.issuer,
            client_id=entry.client_id,
            authentication=self._authentication(name, entry),
            redirect_uri=entry.redirect or self._address("callback" if self.alone else f"callback/{name}"),
            scopes=entry.scopes,
            name=name,
            scope_language=entry.scope_language,
            quirks=Quirks(
                refresh_with_scope=quirks.refresh_with_scope,
                scopes_verbatim=quirks.scopes_verbatim,
                openid_issuer=quirks.openid_issuer,
                assertion_audience=quirks.assertion_audience,
                style_origins=quirks.style_origins,
            ),
            allow_loopback=self.settings.dev_loopback,
        )

    def _write(self, name: str, entry: WriteEntry) -> WriteTarget:
        if entry.auth == "none":
            return WriteTarget(entry.base)
        backend = Site(
            issuer=entry.base,
            client_id=entry.client_id or "",
            authentication=PrivateKey(entry.algorithm, self._address(".well-known/jwks.json")),
            redirect_uri=self._address(f"callback/{name}"),
            scopes=entry.scopes,
            name=f"{name}.write",
            allow_loopback=self.settings.dev_loopback,
        )
        return WriteTarget(entry.base, backend)

    def _authentication(self, name: str, entry: SiteEntry) -> Authentication:
        if entry.auth == "public":
            return Public()
        if entry.auth == "private_key_jwt":
            return PrivateKey(entry.algorithm, self._address(".well-known/jwks.json"))
        if entry.client_secret:
            return Secret(Hidden(entry.client_secret))
        if entry.client_secret_file:
            try:
                return Secret(Hidden(Path(entry.client_secret_file).read_text("utf-8").strip()))
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "not UTF-8 text"
                raise SettingsError(f"sites.{name}: client_secret_file: {reason}") from None
        raise SettingsError(f"sites.{name}: client_secret_basic needs client_secret_file (or client_secret)")

    def _address(self, path: str) -> str:
        if not self.settings.public_url:
            raise SettingsError(
                f"{variable('public_url')} is not set: the address under which browsers reach this app, "
                "such as https://pickupday.example.org"
            )
        return f"{self.settings.public_url.rstrip('/')}/{path}"

"""A registered site, checked and ready to launch at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from service.programmes import PharmacyProgramme
from smart_launch import Site, SiteList, UnknownIssuer


@dataclass(frozen=True, slots=True)
class WriteTarget:
    """Another FHIR server that takes the pickups and calls; it knows the patients by the same ids.

    `backend` is its own registration (SMART Backend Services); None where it asks for nothing, on this machine only.
    """

    base: str
    backend: Site | None = None


@dataclass(frozen=True, slots=True)
class LaunchSite:
    """One site: `name` in files and addresses, `label` for people. `zone` None: the programme's, else the machine's."""

    name: str
    label: str
    smart: Site
    programme: PharmacyProgramme
    zone: ZoneInfo | None = None
    frame_ancestors: tuple[str, ...] = ()
    write: WriteTarget | None = None
    standalone: bool = True  # whether people may start here without an EHR
    public_base: str = ""
    medication_request_intents: tuple[str, ...] = ()
    programmes: tuple[PharmacyProgramme, ...] = ()  # further ones, to be chosen on the page

    @property
    def offered(self) -> tuple[PharmacyProgramme, ...]:
        """Every programme that a patient can join here, the site's own first."""
        return (self.programme, *self.programmes)

    @property
    def issuer(self) -> str:
        """The FHIR base, as the server spells it."""
        return self.smart.issuer


class LaunchSites:
    """All registered sites. Looked up by the exact issuer, or by name; anything else is no site of ours."""

    def __init__(self, sites: Iterable[LaunchSite] = ()) -> None:
        """Raises SiteError where two sites have one issuer."""
        self._sites = tuple(sites)
        self.smart = SiteList(site.smart for site in self._sites)
        self._by_issuer = {site.issuer: site for site in self._sites}

    def __iter__(self) -> Iterator[LaunchSite]:
        return iter(self._sites)

    def __len__(self) -> int:
        return len(self._sites)

    def of_issuer(self, issuer: str) -> LaunchSite:
        """The site with this very issuer. Raises UnknownIssuer before anything is fetched."""
        return self._by_issuer[self.smart.exact(issuer).issuer]

    def named(self, name: str) -> LaunchSite:
        """The site with this name. Raises UnknownIssuer."""
        for site in self._sites:
            if site.name == name:
                return site
        raise UnknownIssuer("No site of that name is on this app's list.")

    @property
    def frame_ancestors(self) -> tuple[str, ...]:
        """Everybody who frames this app: for pages that belong to no launch and hold nothing of a patient."""
        return tuple(dict.fromkeys(origin for site in self._sites for origin in site.frame_ancestors))

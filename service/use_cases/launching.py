"""From a launch URL to a session, and out again: the application's side of SMART App Launch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mappings.outbound.identity import keyed_hash
from service.errors import ServiceError
from service.sites import LaunchSite, LaunchSites
from service.use_cases.sessions import Holder, Session, Sessions, Work
from smart_launch import AuthorizationRequest, Grant, LaunchClient, PendingLaunch, state_of

_ACTORS = ("Practitioner/", "PractitionerRole/", "Patient/", "RelatedPerson/")


class NoPatientChosen(ServiceError):  # noqa: N818 - named for what happened
    """The launch came back without a patient; there is nothing to show."""


class SessionOver(ServiceError):  # noqa: N818 - named for what happened
    """There is no such session for this browser: it ended, or was never there."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A launch on its way to the authorization server; `pending` is kept, its secret goes into the browser's cookie."""

    pending: PendingLaunch
    request: AuthorizationRequest


@dataclass(frozen=True, slots=True)
class Launching:
    """Launches at the registered sites. `key` hashes whose unsaved work is whose."""

    client: LaunchClient
    sites: LaunchSites
    sessions: Sessions
    key: bytes

    async def start(self, iss: str, launch: str | None) -> Departure:
        """Begin an EHR launch, or with None a standalone one. Raises SmartError; UnknownIssuer before any request."""
        site = self.sites.of_issuer(iss)
        pending, request = await self.client.start(site.issuer, launch)
        await self.sessions.begin(pending)
        return Departure(pending, request)

    async def finish(
        self, query: Iterable[tuple[str, str]], *, browser: str, path: str, new_browser: str
    ) -> tuple[str, Grant]:
        """Turn the answer into a session of its own, bound to a new secret; returns its key.

        `browser` is the secret that came with the answer, `new_browser` the fingerprint of the one that follows: what
        was known before signing in opens nothing after it. Raises SmartError, NoPatientChosen.
        """
        query = list(query)
        pending = await self.sessions.take(state_of(query))
        grant = await self.client.finish(query, pending, browser=browser, path=path)
        if grant.context.patient is None:
            await self.client.log_out(grant)
            raise NoPatientChosen("The server signed you in but named no patient.")
        kept = await self.sessions.pick_up(self._owner(grant))
        launch = await self.sessions.open(Holder(grant.issuer, new_browser), grant, kept or Work())
        return launch, grant

    async def end(self, session: Session) -> bool:
        """Sign out: forget the session, then revoke its tokens; True where the server confirms that."""
        await self.sessions.close(session.launch)
        return await self.client.log_out(session.grant)

    async def lose(self, session: Session) -> None:
        """The session cannot go on: forget it, and keep what was entered for this person's next launch."""
        latest = await self.sessions.find(session.launch) or session
        await self.sessions.lay_aside(self._owner(session.grant), latest.work)
        await self.sessions.close(session.launch)

    def site(self, session: Session) -> LaunchSite:
        """The site of a session. Raises UnknownIssuer where it is registered no more."""
        return self.sites.of_issuer(session.holder.issuer)

    def _owner(self, grant: Grant) -> str:
        person = grant.identity.subject if grant.identity is not None else ""
        return keyed_hash(self.key, "work", grant.issuer, person, grant.context.patient or "")


def requester_of(grant: Grant) -> str | None:
    """Who signed in, as a relative reference to a record that may ask for something; None where that is not known."""
    user = grant.identity.user if grant.identity is not None else None
    return user if user is not None and user.startswith(_ACTORS) else None

"""What a finished launch was given: the tokens, what they allow, for whom, and who signed in."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from smart_launch.authorize import PendingLaunch
from smart_launch.context import LaunchContext, context_from_stored, context_to_store
from smart_launch.hidden import Hidden
from smart_launch.id_token import Identity
from smart_launch.reading import Json, read_object, text, texts, whole_number
from smart_launch.scopes import Granted
from smart_launch.token import TokenAnswer


@dataclass(frozen=True, slots=True)
class Grant:
    """What one launch was given, as a rule for one patient. Keep it on the server, encrypted, under an opaque id."""

    issuer: str  # the FHIR base; the access token is sent nowhere else
    client_id: str
    access_token: Hidden
    expires_at: datetime
    refresh_token: Hidden | None
    requested: tuple[str, ...]
    granted: Granted
    context: LaunchContext
    identity: Identity | None
    launched_at: datetime
    received_at: datetime  # when the access token came
    notes: tuple[str, ...] = ()  # sentences for the page; not kept in the store

    @classmethod
    def opened(cls, pending: PendingLaunch, answer: TokenAnswer, identity: Identity | None, now: datetime) -> Grant:
        """What a token answer gives."""
        return cls(
            issuer=pending.issuer,
            client_id=pending.client_id,
            access_token=answer.access_token,
            expires_at=answer.expires_at,
            refresh_token=answer.refresh_token,
            requested=pending.scopes,
            granted=answer.granted,
            context=answer.context,
            identity=identity,
            launched_at=now,
            received_at=now,
            notes=(*answer.notes, *(identity.notes if identity else ())),
        )

    def refreshed(self, answer: TokenAnswer, spent: Hidden, now: datetime) -> Grant:
        """The grant after a refresh: a rotated refresh token replaces the spent one, the context stays."""
        return replace(
            self,
            access_token=answer.access_token,
            expires_at=answer.expires_at,
            refresh_token=answer.refresh_token or spent,
            granted=answer.granted,
            received_at=now,
            notes=answer.notes,
        )

    def to_json(self) -> str:
        """The grant as text, to be stored encrypted: it holds tokens."""
        person = self.identity
        return json.dumps(
            {
                "issuer": self.issuer,
                "client_id": self.client_id,
                "access_token": self.access_token.reveal(),
                "expires_at": int(self.expires_at.timestamp()),
                "refresh_token": self.refresh_token.reveal() if self.refresh_token else None,
                "requested": list(self.requested),
                "granted": list(self.granted.scopes),
                "context": context_to_store(self.context),
                "identity": person
                and {
                    "issuer": person.issuer,
                    "subject": person.subject,
                    "fhir_user": person.fhir_user,
                    "user": person.user,
                },
                "launched_at": int(self.launched_at.timestamp()),
                "received_at": int(self.received_at.timestamp()),
            }
        )

    @classmethod
    def from_json(cls, stored: str | bytes) -> Grant:
        """Read what `to_json` wrote. Raises ValueError on anything else."""
        found = read_object(stored)
        issuer, client_id, token = text(found, "issuer"), text(found, "client_id"), text(found, "access_token")
        expires, launched = whole_number(found, "expires_at"), whole_number(found, "launched_at")
        received = whole_number(found, "received_at")
        context, person, refresh = found.get("context"), found.get("identity"), text(found, "refresh_token")
        if (
            issuer is None
            or client_id is None
            or token is None
            or expires is None
            or launched is None
            or received is None
        ):
            raise ValueError("this is no stored grant")
        return cls(
            issuer=issuer,
            client_id=client_id,
            access_token=Hidden(token),
            expires_at=datetime.fromtimestamp(expires, UTC),
            refresh_token=Hidden(refresh) if refresh else None,
            requested=texts(found, "requested"),
            granted=Granted(texts(found, "granted")),
            context=context_from_stored(context) if isinstance(context, dict) else LaunchContext(),
            identity=_identity(person) if isinstance(person, dict) else None,
            launched_at=datetime.fromtimestamp(launched, UTC),
            received_at=datetime.fromtimestamp(received, UTC),
        )


def _identity(stored: Json) -> Identity:
    issuer, subject = text(stored, "issuer"), text(stored, "subject")
    if issuer is None or subject is None:
        raise ValueError("this is no stored grant")
    return Identity(issuer, subject, text(stored, "fhir_user"), text(stored, "user"))

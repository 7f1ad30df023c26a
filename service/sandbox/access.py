"""What a caller may do with which resources: everything, or what the scopes of a token permit.

A patient scope permits what is in that patient's record: the Patient, everything that names it as its `patient`, and
Provenance of such things. What belongs to nobody (Medication, Organization) it lets read and never write.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from service.sandbox.authorization.scopes import resource_scope
from service.sandbox.matching import Sql, condition
from service.sandbox.outcome import FhirError
from service.sandbox.parameters import SEARCHABLE
from service.sandbox.query import Criterion, read_search
from service.sandbox.store import Store, Version

_NAMES = {"c": "create", "r": "read", "u": "update", "d": "delete", "s": "search"}
_OWN = "v.key IN (SELECT key FROM reference WHERE parameter = 'patient' AND first = ?)"
_ABOUT_OWN = (  # Provenance: of a thing that is the patient's
    "v.key IN (SELECT t.key FROM reference AS t WHERE t.parameter = 'target' AND t.first IN"
    " (SELECT w.type || '/' || w.id FROM version AS w JOIN reference AS p ON p.key = w.key"
    " WHERE w.current AND p.parameter = 'patient' AND p.first = ?))"
)
_NOBODY_ELSES = "v.key NOT IN (SELECT key FROM reference WHERE parameter = 'patient' AND first <> ?)"


@dataclass(frozen=True, slots=True)
class Permission:
    """One granted resource scope. `patient` is whose record it is limited to, None: everybody's."""

    context: str  # "patient", "user", "system"
    type: str
    letters: str
    patient: str | None
    criteria: tuple[Criterion, ...] = ()

    def covers(self, kind: str, letter: str) -> bool:
        """Whether it speaks of this interaction with this type at all."""
        return self.type in ("*", kind) and letter in self.letters

    def limits(self, kind: str, letter: str) -> Sql:
        """The condition that a stored resource `v` must meet."""
        parts = [condition(criterion) for criterion in self.criteria]
        if self.patient is not None:
            parts.append(_in_record(kind, self.patient, writing=letter in "cud"))
        text = " AND ".join(f"({part.text})" for part in parts) or "1"
        return Sql(text, tuple(value for part in parts for value in part.values))


@dataclass(frozen=True, slots=True)
class Access:
    """What one caller may do. `permissions` None: everything."""

    permissions: tuple[Permission, ...] | None = None

    def demand(self, kind: str, letter: str) -> Sql | None:
        """The condition that resources must meet, None: any. 403 naming the scope where nothing permits it at all."""
        if self.permissions is None:
            return None
        found = [each for each in self.permissions if each.covers(kind, letter)]
        if not found:
            raise self._missing(kind, letter)
        limits = [each.limits(kind, letter) for each in found]
        return Sql(
            " OR ".join(f"({limit.text})" for limit in limits),
            tuple(value for limit in limits for value in limit.values),
        )

    def check(self, store: Store, version: Version, letter: str) -> None:
        """403 where the stored resource is outside of what is permitted."""
        limits = self.demand(version.type, letter)
        if limits is None:
            return
        found = store.rows(
            f"SELECT 1 FROM version AS v WHERE v.current AND v.type = ? AND v.id = ? AND ({limits.text})",  # noqa: S608
            (version.type, version.id, *limits.values),
        )
        if not found:
            what = f"{_NAMES[letter]} this {version.type}"
            raise FhirError(
                403,
                f"The token does not permit to {what}: it is outside of the record, or of the query, "
                "that its scopes are for.",
                challenge=_challenge(None),
            )

    def sees(self, store: Store, version: Version) -> bool:
        """Whether the stored resource may be read."""
        try:
            self.check(store, version, "r")
        except FhirError:
            return False
        return True

    def _missing(self, kind: str, letter: str) -> FhirError:
        contexts = dict.fromkeys(each.context for each in self.permissions or ())
        scope = f"{next(iter(contexts), 'patient')}/{kind}.{letter}"
        text = f"The token does not permit to {_NAMES[letter]} {kind}: it lacks the scope {scope}."
        return FhirError(403, text, challenge=_challenge(scope))


OPEN = Access()


def granted(scopes: Iterable[str], patient: str | None) -> Access:
    """The access that granted scopes give; patient scopes are for this patient's record."""
    permissions = []
    for text in scopes:
        scope = resource_scope(text)
        if scope is None or (scope.context == "patient" and patient is None):
            continue
        criteria = read_search(scope.type, scope.query, strict=True).criteria if scope.query else ()
        record = patient if scope.context == "patient" else None
        permissions.append(Permission(scope.context, scope.type, scope.letters, record, criteria))
    return Access(tuple(permissions))


def _in_record(kind: str, patient: str, *, writing: bool) -> Sql:
    reference = f"Patient/{patient}"
    if kind == "Patient":
        return Sql("v.id = ?", (patient,))
    if "patient" not in SEARCHABLE[kind]:
        return Sql("0" if writing else "1", ())
    own = Sql(f"{_OWN} OR {_ABOUT_OWN}", (reference,) * 2) if kind == "Provenance" else Sql(_OWN, (reference,))
    return Sql(f"({own.text}) AND {_NOBODY_ELSES}", (*own.values, reference)) if writing else own


def _challenge(scope: str | None) -> str:
    """WWW-Authenticate as RFC 6750, 3.1 wants it."""
    return 'Bearer error="insufficient_scope"' + (f', scope="{scope}"' if scope else "")

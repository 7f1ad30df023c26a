"""The EHR's pages for people: Jinja templates, every value escaped, no script anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from service.sandbox.authorization.clients import Client
from service.sandbox.patients import Patients

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, status: int = 200, *, frames: str = "'none'", **values: object) -> HTMLResponse:
    """A page. `frames` is what it may show in frames, as the Content-Security-Policy names it.

    No form-action in the policy: a browser would hold it against the redirect to the app as well.
    """
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; frame-src {frames}; base-uri 'none'; frame-ancestors 'self'"
    )
    headers: Mapping[str, str] = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(values), status, dict(headers))


class Pages:
    """The pages of the authorization server."""

    def __init__(self, patients: Patients) -> None:
        self._patients = patients

    def has_patient(self, patient: str) -> bool:
        """Whether this id is a patient's."""
        return self._patients.find(patient) is not None

    def refusal(self, says: str, status: int) -> HTMLResponse:
        """Say why nobody can be sent back to the app."""
        return page("refusal.html", status, says=says)

    def ask(self, key: str, client: Client, scopes: tuple[str, ...], *, choose: bool) -> HTMLResponse:
        """Ask the person for a patient, for consent to the scopes, or for both."""
        people = self._patients.everybody() if choose else []
        return page("ask.html", key=key, app=client.name or client.id, scopes=scopes, people=people)

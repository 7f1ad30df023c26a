"""The authorization endpoint: GET and POST, with a page where a person has to choose a patient or to consent."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.sandbox.authorization.authority import Authority
from service.sandbox.authorization.clients import Client
from service.sandbox.authorization.errors import NO_STORE, OAuthError
from service.sandbox.authorization.forms import Parameters, once_each, read_form, read_text
from service.sandbox.authorization.grants import AuthorizationRequest, Context, Grant
from service.sandbox.authorization.requests import NoWayBackError, grantable, read_request, whom_to_answer
from service.sandbox.faults import FOREIGN, Fault
from service.sandbox.pages import Pages

_MOST_PENDING = 1000


@dataclass(frozen=True, slots=True)
class _Pending:
    """A request that waits for a person."""

    request: AuthorizationRequest
    client: Client
    context: Context


class AuthorizationEndpoint:
    """Answers /auth/authorize and /auth/decision. `user` is who is at the screen in a standalone launch."""

    def __init__(self, authority: Authority, pages: Pages, user: str) -> None:
        self._authority = authority
        self._pages = pages
        self._user = user
        self._pending: dict[str, _Pending] = {}

    async def authorize(self, request: Request) -> Response:
        """Check the request, and send the browser back with a code, at once or after a page."""
        try:
            parameters = await read_form(request) if request.method == "POST" else once_each(request.url.query)
            client, redirect_uri = whom_to_answer(parameters, self._authority)
        except NoWayBackError as error:
            return self._pages.refusal(str(error), 400)
        except OAuthError as error:
            return self._pages.refusal(f"The app sent a request that cannot be read: {error.says}.", error.status)
        try:
            asked = read_request(parameters, client, redirect_uri, self._authority)
            context = self._context(asked)
            if Fault.ACCESS_DENIED in context.faults | self._authority.faults:
                raise OAuthError("access_denied", "the person said no")
            return self._ask_or_finish(_Pending(asked, client, context))
        except OAuthError as error:
            return self._back(redirect_uri, _failure(error, parameters.get("state")))

    async def decide(self, request: Request) -> Response:
        """What the person chose on the page."""
        try:
            form = read_decision(await read_text(request))
        except OAuthError:
            return self._pages.refusal("The form cannot be read.", 400)
        pending = self._pending.pop(form.fields.get("request", ""), None)
        if pending is None:
            return self._pages.refusal("This page was used before. Go back to the app and start again.", 400)
        asked, context = pending.request, pending.context
        try:
            if form.fields.get("decision") != "allow":
                raise OAuthError("access_denied", "the person said no")
            if context.patient is None and "launch/patient" in asked.scopes:
                chosen = form.fields.get("patient", "")
                if not self._pages.has_patient(chosen):
                    raise OAuthError("access_denied", "no patient was chosen")
                context = replace(context, patient=chosen)
            ticked = form.scopes if context.consent or self._authority.consent else None
            return self._finish(asked, pending.client, context, ticked)
        except OAuthError as error:
            return self._back(asked.redirect_uri, _failure(error, asked.state))

    def _context(self, asked: AuthorizationRequest) -> Context:
        if asked.launch is None:
            return Context(self._user)
        return self._authority.memory.see_launch(asked.launch, asked.client_id)

    def _ask_or_finish(self, pending: _Pending) -> Response:
        choose = pending.context.patient is None and "launch/patient" in pending.request.scopes
        consent = pending.context.consent or self._authority.consent
        if not choose and not consent:
            return self._finish(pending.request, pending.client, pending.context, None)
        while len(self._pending) >= _MOST_PENDING:
            del self._pending[next(iter(self._pending))]
        key = secrets.token_urlsafe(32)
        self._pending[key] = pending
        shown = replace(pending.context, patient="chosen") if choose else pending.context
        scopes = grantable(pending.request, pending.client, shown, self._authority) if consent else ()
        return self._pages.ask(key, pending.client, scopes, choose=choose)

    def _finish(
        self, asked: AuthorizationRequest, client: Client, context: Context, ticked: tuple[str, ...] | None
    ) -> Response:
        """Use the launch up and hand out the code. `ticked`: what the person left of the scopes; None: all."""
        memory = self._authority.memory
        if asked.launch is not None:
            memory.end_launch(asked.launch)
        scopes = grantable(asked, client, context, self._authority)
        if ticked is not None:
            scopes = tuple(scope for scope in scopes if scope in ticked)
        grant = Grant(client.id, scopes, context, asked.nonce)
        answer = {"code": memory.new_code(asked, grant), "state": asked.state, "iss": self._authority.base}
        faults = self._authority.faults_of(grant)
        if Fault.WRONG_STATE in faults:
            answer["state"] = secrets.token_urlsafe(24)
        if Fault.WRONG_ISSUER in faults:
            answer["iss"] = FOREIGN
        return self._back(asked.redirect_uri, answer)

    def _back(self, redirect_uri: str, answer: Parameters) -> Response:
        """Send the browser to the app. A query that the address has already is kept (RFC 6749, 3.1.2)."""
        parts = urlsplit(redirect_uri)
        told = {"iss": self._authority.base, **answer}
        query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *told.items()])
        headers = {**NO_STORE, "Referrer-Policy": "no-referrer"}
        return RedirectResponse(urlunsplit(parts._replace(query=query)), 302, headers)


@dataclass(frozen=True, slots=True)
class Decision:
    """The form of the page: its fields, and the scopes that stayed ticked."""

    fields: Parameters
    scopes: tuple[str, ...]


def read_decision(encoded: str) -> Decision:
    """Read the form; only `scope` may come more than once."""
    pairs = parse_qsl(encoded, keep_blank_values=True)
    fields = once_each(urlencode([pair for pair in pairs if pair[0] != "scope"]))
    return Decision(fields, tuple(value for name, value in pairs if name == "scope"))


def _failure(error: OAuthError, state: str | None) -> dict[str, str]:
    answer = {"error": error.code, "error_description": error.says}
    return answer | {"state": state} if state else answer

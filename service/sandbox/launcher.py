"""The EHR's pages: the list of patients, and a chart with the app in a panel, as EHRs frame apps.

Everything works without a script: options are in the address, and the panel is filled by one redirect.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.sandbox.authorization.authority import Authority
from service.sandbox.authorization.clients import Client
from service.sandbox.authorization.errors import NO_STORE, OAuthError
from service.sandbox.authorization.forms import read_text
from service.sandbox.authorization.grants import Context
from service.sandbox.faults import Fault
from service.sandbox.pages import page
from service.sandbox.patients import Patients, Person

WIDTHS = {"400": "400 px", "600": "600 px", "full": "full width"}


@dataclass(frozen=True, slots=True)
class Options:
    """What was chosen for a launch; everything else in the address is ignored."""

    app: Client | None
    width: str
    faults: tuple[Fault, ...]
    consent: bool

    @property
    def query(self) -> str:
        """The options as they stand in an address."""
        return self.wide(self.width)

    def wide(self, width: str) -> str:
        """The same options with another width."""
        pairs = [("width", width), *(("fault", fault.value) for fault in self.faults)]
        pairs += [("consent", "yes")] if self.consent else []
        pairs += [("app", self.app.id)] if self.app else []
        return urlencode(pairs)


class Launcher:
    """Answers the addresses for people. `user` is who is at the screen."""

    def __init__(self, authority: Authority, patients: Patients, user: str) -> None:
        self._authority = authority
        self._patients = patients
        self._user = user

    async def people(self, _: Request) -> Response:
        """The list of patients."""
        return page(
            "people.html",
            people=self._patients.everybody(),
            apps=self._apps(),
            base=self._authority.base,
            standalone=self._standalone,
        )

    async def chart(self, request: Request) -> Response:
        """One patient's chart, with the app in a panel."""
        person = self._find(request)
        if person is None:
            return _nobody()
        options = self._options(request.query_params)
        launch_url = options.app.launch_url if options.app else None
        frames = "'self'" + (f" {_origin(launch_url)}" if launch_url else "")
        return page(
            "chart.html",
            frames=frames,
            person=person,
            medicines=self._patients.medicines(person.id),
            visits=self._patients.visits(person.id),
            options=options,
            apps=self._apps(),
            widths=WIDTHS,
            faults=[fault for fault in Fault if not fault.for_whole_server],
            standalone=self._standalone,
        )

    async def launch(self, request: Request) -> Response:
        """Send the frame or the window to the app, with a launch of its own."""
        person, options = self._find(request), self._options(request.query_params)
        if person is None or options.app is None or options.app.launch_url is None:
            return _nobody()
        context = Context(
            self._user,
            person.id,
            encounter=self._patients.current_encounter(person.id),
            need_patient_banner="window" in request.query_params,
            consent=options.consent,
            faults=frozenset(options.faults),
        )
        handle = self._authority.memory.begin_launch(options.app.id, context)
        address = launch_address(options.app.launch_url, self._authority.base, handle)
        return RedirectResponse(address, 302, {**NO_STORE, "Referrer-Policy": "no-referrer"})

    async def faults(self, request: Request) -> Response:
        """The faults of the whole server: shown, and set by the form on the page."""
        if request.method == "POST":
            if request.headers.get("origin", self._authority.origin) != self._authority.origin:
                return page("refusal.html", 403, says="This form was sent from another site.")
            try:
                chosen = {value for _, value in parse_qsl(await read_text(request))}
            except OAuthError as error:
                return page("refusal.html", error.status, says=f"This form cannot be read: {error.says}.")
            self._authority.faults.clear()
            self._authority.faults.update(fault for fault in Fault if fault in chosen)
            return RedirectResponse("/faults", 303)
        return page("faults.html", faults=list(Fault), active=frozenset(self._authority.faults))

    def _find(self, request: Request) -> Person | None:
        return self._patients.find(request.path_params["patient"])

    def _apps(self) -> list[Client]:
        return [client for client in self._authority.clients.values() if client.launch_url]

    def _options(self, given: QueryParams) -> Options:
        apps = self._apps()
        chosen = [app for app in apps if app.id == given.get("app")] or apps
        width = given.get("width", "")
        return Options(
            app=chosen[0] if chosen else None,
            width=width if width in WIDTHS else "600",
            faults=tuple(fault for fault in Fault if fault in given.getlist("fault")),
            consent=given.get("consent") == "yes",
        )

    def _standalone(self, client: Client) -> str:
        assert client.launch_url is not None
        return launch_address(client.launch_url, self._authority.base, None)


def launch_address(launch_url: str, base: str, handle: str | None) -> str:
    """The launch URL with iss and launch; without a handle it is a standalone launch."""
    parts = urlsplit(launch_url)
    query = urlencode({"iss": base} | ({"launch": handle} if handle else {}))
    return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _nobody() -> Response:
    return page("refusal.html", 404, says="There is no such patient here, or no app that could be opened.")

"""/l/{launch}/handout, handout.pdf, pickups.ics: what the patient takes home, in a preview and after enrolment."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from mappings.enrolments import EnrolmentState, RecordedEnrolment
from mappings.outbound.pharmacy import Pharmacy
from service.handout.calendar_file import draw_calendar
from service.handout.content import Handout, compose, language_for
from service.handout.days import PickupDays, planned_days, recorded_days
from service.handout.page import Tools, handout_style, render_page
from service.handout.pdf import draw_pdf
from service.handout.words import LANGUAGES
from service.programmes.directory import find_programme
from service.programmes.file import PharmacyTable
from service.routes.parts import Parts, parts_of
from service.routes.problems import Problem
from service.routes.sessions import session_of
from service.use_cases.handing_out import number_of
from service.use_cases.opt_in import Desk, Look, look

STYLE = "/static/handout.css"
_NAMES = {"en": "English", "es": "Español"}
_BACK = "Go back to the patient's page and look at it again."
_FROM_SERVER = "Made from what stands on the FHIR server now."
_UNSAID = "For some pickups the server's text does not say the medicines in PickupDay's words: they are left open."
_UNNAMED = "The pharmacy is not named there: write it down."
_PHONE_FROM = "The pharmacy's number is from the {source}."
_NO_PHONE = "The pharmacy's number is not known here: write it down."


@dataclass(frozen=True, slots=True)
class _Handed:
    """The days to tell of, in which language, with which number, and what the person who hands it out must know."""

    parts: Parts
    launch: str
    days: PickupDays
    language: str
    phone: str | None
    notes: tuple[str, ...]

    @property
    def handout(self) -> Handout:
        return compose(self.days, language=self.language, phone=self.phone)

    def address(self, page: str, language: str | None = None) -> str:
        return f"{self.parts.address(f'/l/{self.launch}/{page}')}?language={language or self.language}"


async def page(request: Request) -> Response:
    """The handout to read and to print."""
    handed = await _handed(request)
    if isinstance(handed, Response):
        return handed
    tools = Tools(
        back=handed.parts.address(f"/l/{handed.launch}/"),
        pdf=handed.address("handout.pdf"),
        calendar=handed.address("pickups.ics"),
        languages=tuple((code, _NAMES[code], handed.address("handout", code)) for code in LANGUAGES),
        notes=handed.notes,
    )
    return HTMLResponse(render_page(handed.handout, stylesheet=handed.parts.address(STYLE), tools=tools))


async def document(request: Request) -> Response:
    """The handout as a PDF, under a file name that names nobody."""
    handed = await _handed(request)
    if isinstance(handed, Response):
        return handed
    pdf = await asyncio.to_thread(draw_pdf, handed.handout, made=handed.parts.now())
    return _file(pdf, "application/pdf", "pickup-days.pdf")


async def calendar(request: Request) -> Response:
    """The pickups as a calendar file."""
    handed = await _handed(request)
    if isinstance(handed, Response):
        return handed
    file = draw_calendar(handed.days, language=handed.language)
    return _file(file, "text/calendar; charset=utf-8", "pickups.ics")


async def style(_request: Request) -> Response:
    """The style sheet of the handout, for screen and print."""
    return Response(handout_style(), media_type="text/css")


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def _handed(request: Request) -> _Handed | Response:
    """What is handed out, or a page that says why there is nothing."""
    parts = parts_of(request)
    session = await session_of(request, request.path_params["launch"])
    async with parts.desk(session) as desk:
        seen = await look(desk, session.work)
        wanted = request.query_params.get("language") or _spoken(seen, session.work.choices.language)
        pharmacy = desk.site.pharmacy
        if seen.enrolment is not None:
            joined = find_programme(desk.programmes, seen.enrolment.programme)
            pharmacy = joined.pharmacy if joined is not None else PharmacyTable()
            days, notes = _of_record(seen.enrolment, desk)
        elif seen.offer is None:
            return _nothing(parts, 404, "There is no plan for this patient, so there is nothing to hand out.")
        elif session.work.shown is None or seen.shown is None or seen.shown.plan != session.work.shown.plan:
            return _nothing(parts, 409, "The plan is not the one that was shown last: look at it first.")
        else:
            days, notes = planned_days(seen.offer.plan), ()
    if not days.days:
        return _nothing(parts, 404, "No pickup is open from today on, so there is nothing to hand out.")
    named = Pharmacy(days.pharmacy or None)
    if seen.offer is not None and seen.offer.pharmacy.name == named.name:
        named = seen.offer.pharmacy
    found = number_of(pharmacy, named)
    phone = found.number if found is not None else None
    notes = (*notes, _PHONE_FROM.format(source=found.source) if found is not None else _NO_PHONE)
    return _Handed(parts, session.launch, days, language_for(wanted), phone, notes)


def _of_record(enrolment: RecordedEnrolment, desk: Desk) -> tuple[PickupDays, tuple[str, ...]]:
    """The days as the server holds them, and what of them is not known."""
    days = recorded_days(enrolment, desk.wishes.today, desk.site.zone, desk.site.hours)
    unsaid = not all(one.medicines for one in days.days)
    said = (_FROM_SERVER, *((_UNSAID,) if unsaid else ()), *(() if days.pharmacy else (_UNNAMED,)))
    if enrolment.state is EnrolmentState.ACTIVE:
        return days, said
    return PickupDays(days.enrolment, days.pharmacy, days.today, days.zone, days.days, agreed=False), said


def _spoken(seen: Look, chosen: str) -> str | None:
    """The language of the handout in the chart, or of the agreement; else the one chosen or that the chart names."""
    if seen.enrolment is not None and seen.enrolment.documents and seen.enrolment.documents[-1].language:
        return seen.enrolment.documents[-1].language
    if seen.enrolment is not None and seen.enrolment.consent is not None and seen.enrolment.consent.language:
        return seen.enrolment.consent.language
    if chosen:
        return chosen
    return seen.chart.history.patient.language if seen.chart.history is not None else None


def _nothing(parts: Parts, status: int, happened: str) -> Response:
    problem = Problem(status, "Nothing to hand out", happened, _BACK)
    return parts.pages.answer("problem.html", status, problem=problem)

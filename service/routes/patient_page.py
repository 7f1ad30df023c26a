"""/l/{launch}/: the page after launch. It shows the chart as planned, takes the opt-in, and lets a patient leave."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mappings.outbound.pharmacy import Pharmacy
from pickupday.errors import ProblemError
from service.pictures.timeline import draw_timeline
from service.programmes.directory import find_programme, list_programmes, say_onward
from service.routes import plan_view
from service.routes.calls import view_calls
from service.routes.choices import read_choices, view_choices
from service.routes.consent_form import draft_of, read_agreement, say_what_is_written, view_consent
from service.routes.parts import Parts, parts_of
from service.routes.problems import only_one
from service.routes.receipt_view import receipt_lines
from service.routes.sessions import session_for_write, session_of, token_for
from service.routes.waiting import Reading, Ready
from service.routes.writes import Form, read_form
from service.use_cases.handing_out import number_of
from service.use_cases.leave import cannot_leave, leave
from service.use_cases.offer import as_written
from service.use_cases.opt_in import Answer, Confirmed, Desk, Look, confirm, look, settle
from service.use_cases.ports import AccessDenied
from service.use_cases.sessions import Session, Work
from smart_launch import RelaunchNeeded

_SEE_OTHER = 303
_NOT_YET = 202
_NOT_SIGNED_IN = 401


async def show(request: Request) -> Response:
    """Read the chart, plan it, and show both; where that takes long, a page that says so and looks again."""
    visit = await _visit(request)
    try:
        found = await visit.parts.readings.ready(visit.session, visit.read)
    except Exception as error:
        await visit.lay_aside(error)
        raise
    if isinstance(found, Reading):
        return visit.not_yet(found)
    return await visit.shown(found.desk, found.seen, settled=found.settled)


async def change(request: Request) -> Response:
    """Take the choices from the page, keep them, and show the plan anew."""
    visit, form = await _visit_for_write(request)
    site = visit.parts.launching.site(visit.session)
    work, wrong = read_choices(form, visit.session.work, site.offered)
    if wrong:
        async with visit.desk() as desk:
            return await visit.page(desk, status=422, errors=wrong)
    await visit.parts.sessions.keep_work(visit.session.launch, work)
    return RedirectResponse(visit.parts.address(f"/l/{visit.session.launch}/"), _SEE_OTHER)


async def as_fhir(request: Request) -> Response:
    """The Bundle that an opt-in would write, as the plan stands; 404 where there is none."""
    visit = await _visit(request)
    work = visit.session.work
    async with visit.desk() as desk:
        seen = await look(desk, work)
        if seen.offer is None or seen.chart.history is None:
            return Response("null", 404, media_type="application/json")
        signed_in, today = desk.requester, desk.wishes.today
        spoken = seen.chart.history.patient.language
        consent = view_consent(
            desk.programme.consent, spoken, today, signed_in=signed_in is not None, work=work, form=None
        )
        bundle = as_written(seen.offer, draft_of(consent, today, signed_in), desk.site).bundle
    return Response(json.dumps(bundle, indent=1, ensure_ascii=False), media_type="application/fhir+json")


async def enrol(request: Request) -> Response:
    """Opt in: read and plan again, and write what was shown; 409 with the difference where it is not the same now."""
    visit, form = await _visit_for_write(request)
    language = form.get("language")
    work = replace(visit.session.work, consent=form.get(f"consent.{language}"), language=language)
    await visit.parts.sessions.keep_work(visit.session.launch, work)
    visit = replace(visit, session=replace(visit.session, work=work))
    async with visit.desk() as desk:
        agreement, errors = read_agreement(form, desk.wishes.today, desk.requester)
        if agreement is None:
            return await visit.page(desk, status=422, errors=errors, form=form)
        if work.shown is None or form.get("shown") != work.shown.plan:
            changes = ("The plan was shown anew in another window, or the choices were changed there.",)
            return await visit.page(desk, status=409, changes=changes, form=form)
        outbox = visit.parts.outbox(visit.session)
        try:
            confirmed = await confirm(desk, work, agreement, at=visit.parts.now(), outbox=outbox)
        except ProblemError as error:
            return await visit.page(
                desk, status=409, changes=(f"The choices do not fit any more: {error.message}.",), form=form
            )
        if confirmed.answer is Answer.CHANGED:
            return await visit.page(desk, status=409, changes=confirmed.changes, form=form)
        return await visit.receipt(desk, confirmed)


async def end(request: Request) -> Response:
    """Leave the programme: the agreement ends, and so does everything that is still open."""
    visit, form = await _visit_for_write(request)
    async with visit.desk() as desk:
        if form.get("leaves") != "yes":
            errors = ("Tick that the patient wants to leave; nothing was changed.",)
            return await visit.page(desk, status=422, errors=errors)
        leaving = await leave(desk.server, desk.site, desk.patient)
        over = replace(visit.session.work, consent="", language="", shown=None)
        await visit.parts.sessions.keep_work(visit.session.launch, over)
        return visit.answer("left.html", leaving=leaving)


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request to one session's page."""

    request: Request
    parts: Parts
    session: Session

    def desk(self) -> _OpenDesk:
        return _OpenDesk(self)

    async def page(
        self,
        desk: Desk,
        *,
        status: int = 200,
        errors: tuple[str, ...] = (),
        changes: tuple[str, ...] = (),
        form: Form | None = None,
    ) -> Response:
        """The page as it stands now."""
        seen = await look(desk, self.session.work)
        return await self.shown(desk, seen, status=status, errors=errors, changes=changes, form=form)

    async def shown(
        self,
        desk: Desk,
        seen: Look,
        *,
        status: int = 200,
        errors: tuple[str, ...] = (),
        changes: tuple[str, ...] = (),
        settled: tuple[str, ...] = (),
        form: Form | None = None,
    ) -> Response:
        """The page of this look; what it shows is kept, so that a confirmation can be compared with it."""
        work = replace(self.session.work, shown=seen.shown)
        await self.parts.sessions.keep_work(self.session.launch, work)
        if seen.refused is not None:
            errors = (*errors, f"These choices cannot be followed, the plan is made without them: {seen.refused}.")
        said = {"errors": errors, "changes": changes, "settled": settled}
        return self.answer("patient.html", status, **_page_values(desk, seen, work, form), **said)

    async def receipt(self, desk: Desk, confirmed: Confirmed) -> Response:
        done = confirmed.answer is Answer.DONE
        site = self.parts.launching.site(self.session)
        return self.answer(
            "receipt.html",
            200 if done else 422,
            outcome=confirmed.outcome,
            done=done,
            onward=say_onward(desk.programme),
            lines=receipt_lines(confirmed.outcome, site.write.base if site.write is not None else site.issuer),
            cannot_end=cannot_leave(await desk.server.capabilities()),
        )

    async def read(self, reading: Reading) -> Ready:
        """Look after writes that were never acknowledged, then read the chart and plan it."""
        async with self.parts.desk(self.session) as desk:
            settled = await settle(desk, self.parts.outbox(self.session))
            seen = await look(replace(desk, source=reading.noting(desk.source)), self.session.work)
            return Ready(desk, seen, settled)

    def not_yet(self, reading: Reading) -> Response:
        """The page of a chart that takes long; it looks again by itself unless it is asked not to."""
        by_itself = "by-hand" not in self.request.query_params
        page = self.answer(
            "waiting.html",
            _NOT_YET,
            doing="Making the plan" if reading.chart_read else "Reading the chart",
            chart_read=reading.chart_read,
            seconds=reading.seconds,
            next_look=reading.next_look,
            by_itself=by_itself,
        )
        if by_itself:
            page.headers["Refresh"] = str(reading.next_look)
        return page

    async def lay_aside(self, error: BaseException | None) -> None:
        """Where the launch cannot go on after this error its session ends and its unsaved work is laid aside."""
        lost = only_one(error) if isinstance(error, Exception) else None
        denied = isinstance(lost, AccessDenied) and lost.status == _NOT_SIGNED_IN
        if denied or isinstance(lost, RelaunchNeeded):
            await self.parts.launching.lose(self.session)

    def answer(self, template: str, status: int = 200, **values: object) -> Response:
        """A page of this session, with what its forms need."""
        here = self.parts.address(f"/l/{self.session.launch}/")
        return self.parts.pages.answer(
            template,
            status,
            here=here,
            launch=self.session.launch,
            form_token=token_for(self.request, self.session),
            site=self.parts.launching.site(self.session).label,
            **values,
        )


class _OpenDesk:
    """The chart's server, open for one request. Where the launch cannot go on its unsaved work is laid aside."""

    def __init__(self, visit: _Visit) -> None:
        self._visit = visit
        self._desk = visit.parts.desk(visit.session)

    async def __aenter__(self) -> Desk:
        return await self._desk.__aenter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        await self._desk.__aexit__(kind, error, trace)  # type: ignore[arg-type]
        await self._visit.lay_aside(error)


async def _visit(request: Request) -> _Visit:
    return _Visit(request, parts_of(request), await session_of(request, request.path_params["launch"]))


async def _visit_for_write(request: Request) -> tuple[_Visit, Form]:
    form = await read_form(request)
    session = await session_for_write(request, request.path_params["launch"], form)
    parts_of(request).readings.drop(session.launch)  # it would show what was before
    return _Visit(request, parts_of(request), session), form


def _page_values(desk: Desk, seen: Look, work: Work, form: Form | None) -> dict[str, object]:
    chart, proposal = seen.chart, seen.chart.proposal
    today = desk.wishes.today
    spoken = chart.history.patient.language if chart.history is not None else None
    signed_in = desk.requester
    words = desk.programme.consent
    consent = view_consent(words, spoken, today, signed_in=signed_in is not None, work=work, form=form)
    offer = seen.offer
    before = find_programme(desk.programmes, seen.enrolment.programme) if seen.enrolment is not None else None
    return {
        "today": today,
        "banner": plan_view.banner(chart.history.patient, today) if chart.history is not None else None,
        "show_banner": desk.shows_banner,
        "plan": plan_view.plan_view(proposal, proposal.plan, seen.offer)
        if proposal is not None and proposal.plan
        else None,
        "reason": chart.reason,
        "supplies": plan_view.supplies(proposal) if proposal is not None else (),
        "left_out": plan_view.left_out(proposal) if proposal is not None else (),
        "answered": plan_view.answered(proposal, work.choices.still_taken) if proposal is not None else (),
        "after": draw_timeline(proposal, today, synchronized=True) if proposal is not None else None,
        "before": draw_timeline(proposal, today, synchronized=False) if proposal is not None else None,
        "choices": view_choices(proposal, desk.wishes.programme, work, seen.any_first_day) if proposal else None,
        "criteria": proposal.candidate.criteria if proposal is not None and proposal.candidate is not None else (),
        "doubts": plan_view.doubts(seen.issues, proposal.review.findings if proposal is not None else ()),
        "enrolment": seen.enrolment,
        "off": seen.off,
        "cannot_end": seen.cannot_end,
        "not_written": seen.left_out,
        "offer": seen.offer,
        "pharmacy": seen.offer.pharmacy.label if seen.offer is not None else "",
        "written": say_what_is_written(offer.plan) if offer is not None else (),
        "programmes": list_programmes(desk.programmes),
        "joined": list_programmes((desk.programme,))[0],
        "joined_before": list_programmes((before,))[0] if before is not None else None,
        "phone": number_of(desk.site.pharmacy, offer.pharmacy if offer is not None else Pharmacy()),
        "calls": view_calls(
            chart.history.patient if chart.history is not None else None, desk.programme.hours, work.choices, today
        ),
        "work": work,
        "consent": consent,
        "shown": seen.shown.plan if seen.shown is not None else "",
    }

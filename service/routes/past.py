"""/l/{launch}/past: the past year as it was and as it would have been; a page of its own, because it takes a while."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from pickupday.back_test import ASSUMPTIONS, BackTest, LeftOut, back_test, say_back_test
from service.routes.parts import parts_of
from service.routes.sessions import session_of, token_for
from service.use_cases.opt_in import look


@dataclass(frozen=True, slots=True)
class PastRow:
    """One figure of the year: as it was, synchronized, and with each medicine refilled apart but in time."""

    what: str
    was: str
    synchronized: str
    apart: str


@dataclass(frozen=True, slots=True)
class PastView:
    """The back-test in a sentence and in figures; without figures the sentence says why there are none."""

    sentence: str
    rows: tuple[PastRow, ...]
    left_out: tuple[LeftOut, ...]
    assumptions: tuple[str, ...]
    proven: bool


def view_past(found: BackTest) -> PastView:
    """What the page shows of a back-test."""
    rows: tuple[PastRow, ...] = ()
    if found.observed is not None and found.synchronized is not None and found.apart is not None:
        years = (found.observed, found.synchronized, found.apart)
        rows = (
            PastRow("Trips", *(_known(one.visits) for one in years)),
            PastRow("Fills", *(_known(one.fills) for one in years)),
            PastRow("Calls", *(_known(one.calls) for one in years)),
            PastRow("Days without medicine", *(_known(one.gap_days) for one in years)),
        )
    return PastView(say_back_test(found), rows, found.left_out, ASSUMPTIONS if rows else (), found.proven)


def _known(number: int | None) -> str:
    return "not known" if number is None else str(number)


async def page(request: Request) -> Response:
    """The back-test of the plan as it stands; the year is lived again in a thread."""
    parts = parts_of(request)
    session = await session_of(request, request.path_params["launch"])
    async with parts.desk(session) as desk:
        proposal = (await look(desk, session.work)).chart.proposal
    past = view_past(await asyncio.to_thread(back_test, proposal)) if proposal is not None else None
    return parts.pages.answer(
        "past.html",
        past=past,
        here=parts.address(f"/l/{session.launch}/"),
        launch=session.launch,
        form_token=token_for(request, session),
        site=parts.launching.site(session).label,
    )

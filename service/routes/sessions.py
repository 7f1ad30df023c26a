"""Which session a request belongs to: the key in the address and the secret in this browser's cookie, both."""

from __future__ import annotations

from starlette.requests import Request

from service.routes.cookies import is_secret_of
from service.routes.headers import FRAMED_BY
from service.routes.parts import parts_of
from service.routes.writes import Form, check_write, form_token
from service.use_cases.launching import SessionOver
from service.use_cases.sessions import Session


async def session_of(request: Request, launch: str) -> Session:
    """The session of this launch in this browser; its pages may be framed by its site. Raises SessionOver."""
    parts = parts_of(request)
    secret = parts.cookies.secret(request, launch)
    session = await parts.sessions.find(launch) if secret is not None else None
    if session is None or not is_secret_of(secret, session.holder.browser):
        raise SessionOver("no session of this browser")
    setattr(request.state, FRAMED_BY, parts.launching.site(session).frame_ancestors)
    return session


async def session_for_write(request: Request, launch: str, form: Form) -> Session:
    """The session that a form may change. Raises SessionOver, ForgedWrite."""
    session = await session_of(request, launch)
    check_write(request, form, origin=parts_of(request).origin, token=token_for(request, session))
    return session


def token_for(request: Request, session: Session) -> str:
    """The token that the forms of this session carry in this browser."""
    return form_token(parts_of(request).cookies.secret(request, session.launch) or "", session.launch)

"""What is no patient's: the first page, the published keys, the health of the application, styles."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from service.errors import StoreUnusable
from service.routes.headers import FRAMED_BY
from service.routes.parts import parts_of


async def home(request: Request) -> Response:
    """What this is, and the sites where it may be started without an EHR."""
    parts = parts_of(request)
    setattr(request.state, FRAMED_BY, parts.sites.frame_ancestors)
    sites = [site for site in parts.sites if site.standalone]
    return parts.pages.answer("home.html", sites=sites)


async def published_keys(request: Request) -> Response:
    """The public half of the signing keys, old and new side by side while they change."""
    keys = await asyncio.to_thread(parts_of(request).published_keys)
    headers = {
        "Cache-Control": "public, max-age=300",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return JSONResponse(keys, headers=headers)


async def health(request: Request) -> Response:
    """Whether the application can work: its database answers."""
    try:
        await asyncio.to_thread(parts_of(request).healthy)
    except StoreUnusable:
        return JSONResponse({"status": "the database cannot be used"}, 503)
    return JSONResponse({"status": "ok"})

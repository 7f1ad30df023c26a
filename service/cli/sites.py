"""`pickupday sites`: what is registered, and what is wrong with it."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from service import clock
from service.cli import streams
from service.cli.exits import Exit
from service.config import Settings

if TYPE_CHECKING:
    from service.sites import LaunchSite, LaunchSites
    from smart_launch import KeyRing, SiteFinding

app = typer.Typer(no_args_is_help=True, help="The sites that launch this app.")
_MARKS = {"ok": ("✓", "green"), "doubt": ("!", "yellow"), "fault": ("✗", "bold red")}
_PUBLIC = "http://127.0.0.1:8765"


@app.command()
def check(
    name: Annotated[str | None, typer.Argument(help="One site only, by its name.")] = None,
) -> None:
    """Look at every site from outside, without launching, and say what is wrong. Exit code 4 where something is."""
    from service.app import Store  # the web takes half a second: only for commands that need it
    from service.sites import load_sites

    settings = Settings.from_environment()
    if settings.dev_loopback and not settings.public_url:
        settings = settings.model_copy(update={"public_url": _PUBLIC})
    sites = load_sites(settings)
    chosen = [site for site in sites if name in (None, site.name)]
    if not chosen:
        known = ", ".join(site.name for site in sites) or "none is registered"
        raise streams.stop(Exit.BAD_INPUT, f"there is no site {name or ''}: {known}")
    keys = Store.opened(settings, os.environ).signing_keys.load()
    findings = asyncio.run(_check(chosen, sites, keys))
    for site in chosen:
        _say(site, settings, findings[site.name])
    if any(one.grade == "fault" for found in findings.values() for one in found):
        raise typer.Exit(Exit.SERVER)


async def _check(chosen: list[LaunchSite], sites: LaunchSites, keys: KeyRing) -> dict[str, list[SiteFinding]]:
    import httpx

    from smart_launch import SiteFinding, SiteList, check_site

    found: dict[str, list[SiteFinding]] = {}
    async with httpx.AsyncClient(follow_redirects=False) as http:
        for site in chosen:
            found[site.name] = [*await check_site(http, site.smart, sites.smart, keys=keys, now=clock.now())]
            if site.write is not None and site.write.backend is not None:
                backend = site.write.backend
                checked = await check_site(http, backend, SiteList([backend]), keys=keys, now=clock.now())
                found[site.name] += [SiteFinding(f"write: {one.subject}", one.grade, one.sentence) for one in checked]
    return found


def _say(site: LaunchSite, settings: Settings, findings: list[SiteFinding]) -> None:
    out = streams.out()
    out.print(Text(f"{site.name}  {site.issuer}", style="bold"), soft_wrap=True)
    base = settings.public_url.rstrip("/")
    for what, value in (("launch URL", f"{base}/launch"), ("redirect URI", site.smart.redirect_uri)):
        out.print(Text(f"  · {what}: {value}", style="dim"), soft_wrap=True)
    for finding in findings:
        out.print(Text.assemble("  ", _MARKS[finding.grade], f" {finding.subject}: {finding.sentence}"), soft_wrap=True)

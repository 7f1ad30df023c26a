"""`pickupday serve`: the application for browsers, on one port, without an access log."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from service.cli import streams
from service.cli.exits import Exit
from service.config import Settings, variable

if TYPE_CHECKING:
    from service.sites import LaunchSites

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def run(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port to listen on.")] = 8765,
    migrate: Annotated[
        bool, typer.Option("--migrate", help="Bring an older PostgreSQL database up; make a copy of it first.")
    ] = False,
    proxy: Annotated[
        str, typer.Option(metavar="ADDRESSES", help="Proxies whose X-Forwarded headers are believed.")
    ] = "127.0.0.1",
) -> None:
    """Serve the page that the electronic health record opens, until Ctrl-C."""
    import uvicorn  # the web takes half a second: only for commands that need it

    from service.app import Store, create_app
    from service.sites import load_sites

    settings = Settings.from_environment()
    if settings.dev_loopback:
        settings = _for_development(settings, host, port)
    store = Store.opened(settings, os.environ, migrate=migrate)
    sites = load_sites(settings)
    app = create_app(settings, sites, store=store)
    _say(settings, sites)
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,  # it would log launch handles, codes and session keys
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=proxy,
        timeout_graceful_shutdown=10,
    )


def _for_development(settings: Settings, host: str, port: int) -> Settings:
    """Plain http on this machine: said loudly, and bound to nothing else."""
    if host not in _LOOPBACK:
        raise streams.stop(
            Exit.BAD_INPUT,
            f"{variable('dev_loopback')} is for this machine only: --host {host} is refused. Unset it, or listen on "
            "127.0.0.1.",
        )
    streams.err().print(
        Text(
            f"Development: {variable('dev_loopback')} permits plain http and this machine for listed issuers. Never "
            "use it with real patients.",
            style="bold yellow",
        )
    )
    if settings.public_url:
        return settings
    return settings.model_copy(update={"public_url": f"http://{'[::1]' if host == '::1' else host}:{port}"})


def _say(settings: Settings, sites: LaunchSites) -> None:
    out, base = streams.err(), settings.public_url.rstrip("/")
    out.print(Text.assemble("PickupDay for browsers: ", (f"{base}/", "bold")), soft_wrap=True)
    out.print(Text(f"Launch URL {base}/launch, key set {base}/.well-known/jwks.json"), soft_wrap=True)
    for site in sites:
        out.print(Text(f"  {site.name}: {site.issuer}, redirect URI {site.smart.redirect_uri}"), soft_wrap=True)
    if not len(sites):
        out.print(Text(f"No site is registered: set {variable('sites')} to a sites.toml (docs/ehr-setup.md)."))

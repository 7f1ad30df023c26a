"""The app beside the sandbox EHR, in the demo's own process: registered there with keys of its own, gone with it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from service import clock
from service.app import Store, create_app
from service.config import Settings, variable
from service.programmes import shipped_programmes
from service.sandbox.authorization.clients import Client
from service.sandbox.ehr import Ehr
from service.sandbox.serve import listening, served
from service.sites import load_sites
from service.sites.sources import site_variable
from service.store.identifier_key import VARIABLE as IDENTIFIER_KEY
from service.store.store_keys import VARIABLE as STORE_KEYS

CLIENT = "pickupday"


@contextmanager
def running_app(ehr: Ehr, zone: ZoneInfo, identifier_key: str) -> Iterator[str]:
    """Serve the app on a free port of 127.0.0.1 and register it at the EHR (private_key_jwt); yields its address.

    Sessions are kept in a temporary folder that is removed at the end. Nothing of the user's own configuration is
    read, and the environment of this process stays as it is.
    """
    with (
        TemporaryDirectory(prefix="pickupday-demo-", ignore_cleanup_errors=True) as folder,
        closing(listening("127.0.0.1")) as listener,
    ):
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PICKUPDAY_")},
            "XDG_STATE_HOME": folder,
            IDENTIFIER_KEY: identifier_key,
            STORE_KEYS: secrets.token_hex(32),
            variable("dev_loopback"): "1",
            variable("public_url"): address,
            site_variable("issuer"): ehr.base,
            site_variable("client_id"): CLIENT,
            site_variable("label"): "Sandbox EHR",
            site_variable("timezone"): zone.key,
            site_variable("programmes"): " ".join(shipped_programmes()),
        }
        settings = Settings.from_environment(environ)
        store = Store.opened(settings, environ)
        with closing(store.database):
            store.signing_keys.change(lambda ring: ring.with_new("ES384", clock.now())[0])
            app = create_app(settings, load_sites(settings, environ), environ=environ, store=store)
            ehr.register(
                Client(
                    CLIENT,
                    name="PickupDay",
                    redirect_uris=(f"{address}/callback",),
                    launch_url=f"{address}/launch",
                    jwks_url=f"{address}/.well-known/jwks.json",
                )
            )
            with served(app, [listener], "app", grace=20):  # planning takes seconds
                yield address

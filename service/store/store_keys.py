"""The secrets that the store's encryption rests on: given by the environment, else one made once for this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping

from service.errors import SettingsError
from service.store.identifier_key import made_once, state_folder

VARIABLE = "PICKUPDAY_STORE_KEYS"
SHORTEST = 32


def store_secrets(environ: Mapping[str, str] | None = None) -> tuple[bytes, ...]:
    """The secrets, the newest first: PICKUPDAY_STORE_KEYS, separated by commas, else one kept in the state folder.

    Several processes on one database need the same. Raises SettingsError where one is too short, or none can be made.
    """
    environ = os.environ if environ is None else environ
    given = tuple(part.strip() for part in environ.get(VARIABLE, "").split(",") if part.strip())
    if any(len(part) < SHORTEST for part in given):
        raise SettingsError(f"{VARIABLE}: each secret needs at least {SHORTEST} characters; the newest stands first")
    if given:
        return tuple(part.encode("utf-8", "surrogateescape") for part in given)
    path = state_folder(environ) / "store.key"
    try:
        return (made_once(path),)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}. Set {VARIABLE} to a secret of your own instead") from None

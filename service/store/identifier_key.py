"""The secret with which identifiers are hashed, so that what we write can be found again but reveals nobody."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from service.errors import SettingsError

VARIABLE = "PICKUPDAY_IDENTIFIER_KEY"
SHORTEST = 16


def identifier_key(environ: Mapping[str, str] | None = None) -> bytes:
    """The key of this installation: PICKUPDAY_IDENTIFIER_KEY, else one made once and kept in the user's state folder.

    The same key must be used for as long as enrolments live: without it a later run does not recognise as its own what
    an earlier one wrote. Raises SettingsError where it is too short or can be neither read nor made.
    """
    environ = os.environ if environ is None else environ
    given = environ.get(VARIABLE, "")
    if given:
        if len(given) < SHORTEST:
            raise SettingsError(f"{VARIABLE} is too short: at least {SHORTEST} characters of a secret of your own")
        return given.encode("utf-8", "surrogateescape")
    path = state_folder(environ) / "identifier.key"
    try:
        return made_once(path)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}. Set {VARIABLE} to a secret of your own instead") from None


def state_folder(environ: Mapping[str, str]) -> Path:
    """Where this user's programs keep their state."""
    if environ.get("XDG_STATE_HOME"):
        return Path(environ["XDG_STATE_HOME"]) / "pickupday"
    if sys.platform == "win32" and environ.get("LOCALAPPDATA"):
        return Path(environ["LOCALAPPDATA"]) / "pickupday"
    return Path.home() / ".local" / "state" / "pickupday"


def made_once(path: Path) -> bytes:
    """The key in the file; where there is none yet, a new one for this user alone. Raises OSError.

    Of two programs that make it at once the first one wins.
    """
    if path.exists():
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(secrets.token_hex(32).encode())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()

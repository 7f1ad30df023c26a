"""The Chromium of this machine: what browser tests need, and never download."""

from __future__ import annotations

import importlib.util
import shutil

TO_ENABLE = "install Chromium (on Debian the package chromium), then `make test`"


def browser_program() -> str | None:
    """Where it is; None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def what_is_missing() -> str | None:
    """What this machine lacks for browser tests; None: nothing."""
    if importlib.util.find_spec("playwright") is None:
        return "Playwright is not installed"
    return None if browser_program() else "Chromium is not installed"

"""The key of an installation is made once, kept for its user alone, and the same for programs that start at once."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.errors import SettingsError
from service.store.identifier_key import identifier_key, state_folder


def test_a_secret_of_ones_own_is_used_as_it_is() -> None:
    assert identifier_key({"PICKUPDAY_IDENTIFIER_KEY": "a secret of our own"}) == b"a secret of our own"


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(SettingsError, match="at least 16 characters"):
        identifier_key({"PICKUPDAY_IDENTIFIER_KEY": "short"})


def test_without_one_a_key_is_made_once_for_this_user_alone(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    made = identifier_key(environ)
    assert len(made) == 64
    assert identifier_key(environ) == made
    kept = list((tmp_path / "pickupday").iterdir())
    assert [path.name for path in kept] == ["identifier.key"]
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600


def test_programs_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: identifier_key({"XDG_STATE_HOME": str(tmp_path)}), range(16)))
    assert len(keys) == 1


def test_a_folder_that_cannot_be_made_is_answered_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "pickupday").write_text("in the way")
    with pytest.raises(SettingsError, match="Set PICKUPDAY_IDENTIFIER_KEY"):
        identifier_key({"XDG_STATE_HOME": str(tmp_path)})


def test_the_state_folder_is_where_the_platform_keeps_state(monkeypatch: pytest.MonkeyPatch) -> None:
    assert state_folder({}) == Path.home() / ".local" / "state" / "pickupday"
    monkeypatch.setattr("sys.platform", "win32")
    assert state_folder({"LOCALAPPDATA": "C:/Users/x/AppData/Local"}) == Path("C:/Users/x/AppData/Local/pickupday")

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def programme_file(tmp_path: Path) -> Callable[[str], str]:
    """Write a programme file; returns its path."""

    def write(text: str) -> str:
        path = tmp_path / "programme.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write

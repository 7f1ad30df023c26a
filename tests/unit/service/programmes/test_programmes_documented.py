"""Every key of a programme file, every shipped programme and every rule pack stands in the guide."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.programmes import shipped_programmes
from service.programmes.file import ClaimHints, PharmacyTable, ProgrammeFile
from service.programmes.opening import HolidaysTable
from service.programmes.payers import Payer, StockTable
from service.programmes.rule_packs import STATES, load_pack

GUIDE = (Path(__file__).parents[4] / "docs" / "programmes.md").read_text("utf-8")


@pytest.mark.parametrize("table", [ProgrammeFile, Payer, StockTable, PharmacyTable, ClaimHints, HolidaysTable])
def test_every_key_is_documented(table) -> None:
    assert not [key for key in table.model_fields if f"`{key}`" not in GUIDE and f"[{key}]" not in GUIDE]


def test_every_shipped_programme_is_documented() -> None:
    assert not [name for name in shipped_programmes() if f"`{name}`" not in GUIDE]


@pytest.mark.parametrize("state", STATES)
def test_every_rule_pack_is_documented(state: str) -> None:
    assert load_pack(state).state == state
    assert f"\n| {state} | " in GUIDE

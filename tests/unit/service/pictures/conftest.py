"""The invented patient with seven medicines and many trips, planned on a fixed day."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from service.cli.demo_charts import read_demo_chart
from service.programmes import load_programme
from service.use_cases.propose import Wishes, plan_bundle

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="session")
def rosa():
    programme = load_programme()
    wishes = Wishes(TODAY, ZoneInfo("America/New_York"), programme.search, rules=programme.rules)
    return plan_bundle(read_demo_chart("rosa-delgado", TODAY), None, wishes).proposal

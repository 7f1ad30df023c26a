"""One thing goes wrong in a sound chart: the plan's problem is as before, or the place is named. Never a traceback."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.inbound import read_bundle
from tests.properties.judgement import ZONE, all_originals, check_once
from tests.properties.mutations import as_bundle

thorough = settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))


@thorough
@given(st.integers(0, 2**32), st.data())
def test_a_changed_demo_chart_gives_the_same_problem_or_names_the_place(seed: int, data: st.DataObject) -> None:
    original = data.draw(st.sampled_from(all_originals(None)))
    assert check_once(original, Random(seed)) is None


@pytest.mark.shared
@thorough
@given(seed=st.integers(0, 2**32), number=st.integers(0, 10_000))
def test_a_changed_real_chart_gives_the_same_problem_or_names_the_place(
    shared_data: Path, seed: int, number: int
) -> None:
    charts = [original for original in all_originals(shared_data) if original.name.startswith("smart-")]
    assert check_once(charts[number % len(charts)], Random(seed)) is None


@thorough
@given(st.integers(0, 2**32), st.data())
def test_any_byte_of_a_chart_may_be_another(seed: int, data: st.DataObject) -> None:
    random = Random(seed)
    original = data.draw(st.sampled_from(all_originals(None)))
    raw = bytearray(as_bundle(original.resources))
    for _ in range(random.choice([1, 1, 1, 5])):
        raw[random.randrange(len(raw))] = random.randrange(256)
    chart = read_bundle(bytes(raw), zone=ZONE)
    assert (chart.history is None) == any(issue.fatal for issue in chart.issues)

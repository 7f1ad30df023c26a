"""A programme says where the criteria begin; what it leaves out is as everywhere."""

from __future__ import annotations

import pytest

from pickupday.candidates.criterion import Thresholds
from service.errors import BadArgument
from service.programmes import load_programme


@pytest.fixture
def load(tmp_path):
    def read(table: str):
        path = tmp_path / "own.toml"
        path.write_text(f'name = "own"\n{table}\n')
        return load_programme(str(path)).rules.candidates

    return read


def test_without_a_table_each_criterion_begins_where_it_does_everywhere(load):
    assert load("") == Thresholds()


def test_a_pharmacy_may_begin_at_sixty_and_with_two_medicines(load):
    found = load("[candidates]\nolder_from = 60\nseveral = 2\nadherent = 0.75")
    assert (found.older_from, found.several, float(found.adherent)) == (60, 2, 0.75)
    assert found.late_days == Thresholds().late_days


@pytest.mark.parametrize("line", ["older_from = 0", "several = 0", "adherent = 80", "oldr_from = 60"])
def test_what_cannot_be_meant_is_refused_by_its_key(load, line):
    with pytest.raises(BadArgument, match=line.split()[0]):
        load(f"[candidates]\n{line}")

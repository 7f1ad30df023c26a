from __future__ import annotations

from dataclasses import replace
from datetime import date

from service.pictures.timeline import MarkKind, draw_timeline

TODAY = date(2026, 11, 24)


def test_every_planned_medicine_has_a_row_and_every_fill_a_mark(rosa):
    picture = draw_timeline(rosa, TODAY, synchronized=True)
    assert [row.therapy for row in picture.rows] == sorted(
        (one.id for one in rosa.review.therapies), key=lambda name: [row.therapy for row in picture.rows].index(name)
    )
    assert len(picture.rows) == len(rosa.review.therapies)
    planned = [mark for row in picture.rows for mark in row.marks if mark.kind is not MarkKind.FILLED]
    assert len(planned) == len(rosa.plan.fills)
    assert {mark.day for mark in planned} == {fill.date for fill in rosa.plan.fills}


def test_the_visits_are_those_of_the_plan_and_before_it_those_without(rosa):
    after = draw_timeline(rosa, TODAY, synchronized=True)
    before = draw_timeline(rosa, TODAY, synchronized=False)
    assert (after.trips, before.trips) == (rosa.plan.objective.trips, rosa.plan.unsynchronized.trips)
    assert {mark.kind for row in before.rows for mark in row.marks} == {MarkKind.FILLED, MarkKind.ALONE}


def test_a_bridge_trip_and_a_short_fill_have_marks_of_their_own(rosa):
    picture = draw_timeline(rosa, TODAY, synchronized=True)
    bridges = {mark.day for row in picture.rows for mark in row.marks if mark.kind is MarkKind.BRIDGE}
    assert bridges == set(rosa.plan.bridge_trips)


def test_each_planned_mark_says_amount_days_and_why(rosa):
    picture = draw_timeline(rosa, TODAY, synchronized=True)
    planned = [mark for row in picture.rows for mark in row.marks if mark.kind is not MarkKind.FILLED]
    assert all(" for " in mark.facts and "day" in mark.facts for mark in planned)
    assert all(any(reason in mark.why for mark in planned) for fill in rosa.plan.fills for reason in fill.reasons)


def test_places_run_from_left_to_right_and_today_parts_fact_from_plan(rosa):
    picture = draw_timeline(rosa, TODAY, synchronized=True)
    for row in picture.rows:
        ends = 0.0
        for piece in row.stretches:
            assert piece.at >= ends - 0.02
            assert piece.planned == (piece.at >= picture.today.at - 0.01)
            ends = piece.at + piece.width
        assert ends <= 100.02


def test_a_plan_without_gaps_draws_none_ahead(rosa):
    assert rosa.plan.objective.gap_days == 0
    picture = draw_timeline(rosa, TODAY, synchronized=True)
    assert not [piece for row in picture.rows for piece in row.stretches if piece.planned and not piece.supplied]


def test_a_row_can_be_heard(rosa):
    row = next(row for row in draw_timeline(rosa, TODAY, synchronized=True).rows if "lisinopril" in row.label)
    assert "fills in the past 90 days" in row.facts
    assert "supply until Tue 1 Dec" in row.facts


def test_without_a_plan_there_is_nothing_to_draw(rosa):
    assert draw_timeline(replace(rosa, plan=None), TODAY, synchronized=True) is None

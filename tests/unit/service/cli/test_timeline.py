"""The small picture of one therapy says with characters, not with colour alone, what is supplied and what is not."""

from __future__ import annotations

from datetime import date, timedelta

from service.cli.timeline import Scale, draw_row, fit, month_heading

TODAY = date(2026, 11, 23)


def days(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def test_a_row_shows_past_fills_gaps_today_and_planned_pickups() -> None:
    row = draw_row(
        Scale(days(-6), 1, 14),
        TODAY,
        supplied=[(days(-4), days(-1)), (days(2), days(8))],
        fills={days(-4): "past", days(2): "bridge", days(4): "pickup"},
        pickups=[days(4), days(6)],
    )
    assert row.plain == "  ○━━╌┃╌◆━●━│━"


def test_a_therapy_never_filled_shows_nothing_before_its_first_fill() -> None:
    row = draw_row(Scale(TODAY, 1, 4), TODAY, supplied=[], fills={}, pickups=[])
    assert row.plain == "┃   "


def test_a_cell_of_several_days_shows_a_gap_when_any_of_its_days_has_none() -> None:
    row = draw_row(Scale(days(1), 2, 2), TODAY, supplied=[(days(1), days(4))], fills={}, pickups=[])
    assert row.plain == "━╌"


def test_the_scale_takes_as_many_whole_days_per_cell_as_the_terminal_needs() -> None:
    scale = fit(TODAY, past_days=90, future_days=120, width=70)
    assert scale.days_per_cell == 3
    assert scale.cells <= 70
    assert scale.cell(TODAY) == 30
    assert scale.cell(days(-91)) is None
    assert scale.cell(days(400)) is None


def test_a_terminal_too_narrow_for_a_picture_still_gets_one() -> None:
    assert fit(TODAY, past_days=10, future_days=10, width=1).cells <= 10


def test_months_stand_above_their_first_day() -> None:
    assert month_heading(Scale(date(2026, 11, 28), 1, 6)).plain == "   Dec"
    assert month_heading(Scale(date(2026, 11, 28), 1, 5)).plain == "   De"

"""The directory of programmes: what a person compares them by."""

from __future__ import annotations

from service.programmes import load_programme
from service.programmes.directory import find_programme, list_programmes, say_onward


def listed(name):
    (one,) = list_programmes([load_programme(name)])
    return one


def test_a_programme_is_told_by_rhythm_call_hours_and_how_it_takes_part():
    one = listed("independent")
    assert one.rhythm == "on the second or third Tuesday of the month"
    assert one.call == "10 days before each pickup"
    assert one.takes_part == "fax: works from a faxed plan"
    assert one.hours == (
        "Mon–Tue 9:00–12:30, 13:30–18:00; Wed 9:00–12:30; Thu–Fri 9:00–12:30, 13:30–18:00; Sat–Sun closed"
    )


def test_days_of_the_month_are_said_together():
    assert listed("chain-calendar").rhythm == "on day 5, 10, 15, 20 or 25 of the month or every 90 days"
    assert listed("chain-monthly").rhythm == "every 28 or 30 days"


def test_the_last_day_of_the_month_is_no_number(programme_file):
    text = 'name = "x"\ncycles = [{ monthly_on_day = 31 }, { monthly_on_day = 15 }, { nth_weekday = [-1, 4] }]'
    rhythm = "on the last day of the month, on day 15 of the month or on the last Friday of the month"
    assert listed(programme_file(text)).rhythm == rhythm


def test_how_to_opt_in_is_the_pharmacys_own_sentence_or_follows_from_how_it_takes_part(programme_file):
    assert listed(programme_file('name = "x"\n[pharmacy]\nopt_in = "Ask for Ana."')).opt_in == "Ask for Ana."
    faxed = 'name = "x"\n[pharmacy]\ntakes_part = "fax"\nfax = "555-0101"'
    assert listed(programme_file(faxed)).opt_in == "Opt in on this page, then fax the printed plan to 555-0101."
    assert "finds the pickups on the server" in listed("chain-calendar").opt_in


def test_after_the_opt_in_a_pharmacy_that_reads_no_fhir_still_has_to_be_told(programme_file):
    named = 'name = "x"\n[pharmacy]\nname = "Corner Pharmacy"\ntakes_part = "fax"\nfax = "555-0101"'
    assert say_onward(load_programme(programme_file(named))).startswith("Corner Pharmacy works from a faxed plan")
    assert "fax them to 555-0101" in say_onward(load_programme(programme_file(named)))
    assert "hand them over" in say_onward(load_programme("chain-monthly"))
    assert "nothing more is to be sent" in say_onward(load_programme("chain-calendar"))


def test_no_name_means_the_first_and_an_unknown_name_nothing():
    several = [load_programme("chain-monthly"), load_programme("independent")]
    assert find_programme(several, "") is several[0]
    assert find_programme(several, "independent") is several[1]
    assert find_programme(several, "gone") is None

from fractions import Fraction

import pytest

from mappings.inbound.sig import frequency_in, read_sig


@pytest.mark.parametrize(
    ("text", "daily", "unit"),
    [
        ("take 1 tablet by mouth twice daily", "2", "{tablet}"),
        ("1 tab qd", "1", "{tablet}"),
        ("2 tabs bid", "4", "{tablet}"),
        ("10 mL bid", "20", "mL"),
        ("1 tsp. tid", "15", "mL"),
        ("1 cap once a week", "1/7", "{tablet}"),
        ("1 cap 2x/week", "2/7", "{tablet}"),
        ("1 qhs", "1", ""),
        ("two puffs four times a day", "8", "{puff}"),
        ("one half tablet daily", "1/2", "{tablet}"),
        ("Take half a tablet daily", "1/2", "{tablet}"),
        ("1/2 tab bid", "1", "{tablet}"),
        ("½ tab daily", "1/2", "{tablet}"),
        ("1 1/2 tabs qd", "3/2", "{tablet}"),
        ("one and one-half tablets daily", "3/2", "{tablet}"),
        ("Take 1.5 tablets by mouth nightly", "3/2", "{tablet}"),
        ("1 tab every other day", "1/2", "{tablet}"),
        ("1 tab every third day", "1/3", "{tablet}"),
        ("1 tab every 3 days", "1/3", "{tablet}"),
        ("1 patch every 2 weeks", "1/14", "{patch}"),
        ("1 tablet once monthly", "1/30", "{tablet}"),
        ("1 tablet every month", "1/30", "{tablet}"),
        ("1 tab po q8h", "3", "{tablet}"),
        ("1 puff every 12 hrs for asthma", "2", "{puff}"),
        ("1 tab bid wf", "2", "{tablet}"),
        ("1 tab daily with meal", "1", "{tablet}"),
        ("Take 2 capsules 3 times a day with meals", "6", "{tablet}"),
        ("15 mL swish/spit bid", "30", "mL"),
        ("40 units SQ once daily", "40", "[iU]"),
        ("inject 10 units under the skin at bedtime", "10", "[iU]"),
        ("1 injection SQ weekly", "1/7", "{injection}"),
        ("Instil one drop in each eye twice daily", "4", "[drp]"),
        ("1 drop OU bid", "4", "[drp]"),
        ("1 gtt daily in OD", "1", "[drp]"),
        ("Take 3 tablets (6mg) once daily", "3", "{tablet}"),
        ("take 1 tablet on mondays, wednesdays and fridays", "3/7", "{tablet}"),
        ("take 1 tablet by mouth once weekly on sunday", "1/7", "{tablet}"),
        ("1 tab bid on monday and thursday", "4/7", "{tablet}"),
        ("apply one patch three times per week", "3/7", "{patch}"),
        ("1 tab in the morning and 2 tabs at bedtime", "3", "{tablet}"),
        ("1 tablet in the morning and at bedtime", "2", "{tablet}"),
        ("take one tablet by mouth every morning and every evening", "2", "{tablet}"),
        ("1 tablet before breakfast and before dinner", "2", "{tablet}"),
        ("1 tab twice daily in the morning and at bedtime", "2", "{tablet}"),
        ("one tablet one time daily in the morning for rib pain", "1", "{tablet}"),
        ("take one tablet by mouth daily for high blood pressure", "1", "{tablet}"),
        ("take one tablet daily as directed", "1", "{tablet}"),
        ("1 tablet at bedtime once weekly", "1/7", "{tablet}"),
    ],
)
def test_a_plain_sig_gives_units_a_day(text: str, daily: str, unit: str) -> None:
    sig = read_sig(text)
    assert (sig.daily, sig.unit) == (Fraction(daily), unit)
    assert not sig.varies
    assert not sig.as_needed


@pytest.mark.parametrize(
    ("text", "daily"),
    [
        ("1-2 tablets every 4-6 hours as needed", "12"),
        ("take 1 to 2 tablets by mouth every 6 hours if needed for pain", "8"),
        ("2 puffs q4-6 hrs prn asthma", "12"),
        ("Take 1-2 tablets once daily at bedtime as needed for restless legs", "2"),
        ("1 bid prn anxiety", "2"),
    ],
)
def test_as_needed_use_counts_at_its_most_and_is_marked(text: str, daily: str) -> None:
    sig = read_sig(text)
    assert sig.daily == Fraction(daily)
    assert sig.as_needed


@pytest.mark.parametrize(
    "text",
    [
        "1 tab daily, 2 on Sundays",
        "1 tab daily and 2 tabs on Sundays",
        "1 tab daily or bid",
        "1 tab bid-tid",
        "1 tab bid qhs",
        "1 tab bid daily",
        "1 tab three times daily in the morning and at bedtime",
        "1 tab every other day on monday and friday",
        "0 tabs daily",
        "1/0 tab daily",
        "take 1 tablet every 0 hours",
        "1 tab q5min",
        "1 sl q5min x3 prn angina",
        "1 nev q4h prn",
        "1/4 inch in eye bid x5 days",
        "500mg IV q6h x 3 days",
        "1 tab daily for one week if better",
        "1 tab daily for pain and 2 tabs for fever",
        "1 tab bid and at sunrise",
        "1 tab in the morning and at sunrise",
        "1 tab in the morning and 5 mL at bedtime",
        "1 tab in the morning and 2 tabs at bedtime for 7 days",
        "take 2 tablets",
        "apply x1 as directed",
        "lorem ipsum",
        "1 tab daily " + "x" * 300,
    ],
)
def test_what_is_not_wholly_understood_gives_no_number(text: str) -> None:
    assert read_sig(text).daily is None


@pytest.mark.parametrize(
    "text",
    [
        "taper as directed",
        "sliding scale prn",
        "1 tab daily x 7 days then 2 tabs daily",
        "increase by 1 tablet every week",
        "Titrate to effect",
        "take 5 mg daily, dose per INR",
    ],
)
def test_a_changing_dose_is_said_to_vary_and_gives_no_number(text: str) -> None:
    sig = read_sig(text)
    assert sig.varies
    assert sig.daily is None


def test_a_frequency_without_a_dose_is_kept_as_a_frequency() -> None:
    for text in ("bid", "apply bid to affected area", "Apply bid x7 days", "2 times daily"):
        sig = read_sig(text)
        assert (sig.dose, sig.per_day) == (None, 2), text


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("10 mL bid x 10 days", 10),
        ("1 tid x7 days", 7),
        ("1 tab daily for 2 weeks", 14),
        ("1 tab daily for three months", 90),
        ("1/4 inch in eye bid x5 days", 5),
        ("1 tab daily", None),
    ],
)
def test_a_course_says_how_many_days_it_lasts(text: str, length: int | None) -> None:
    assert read_sig(text).bounded_days == length


@pytest.mark.parametrize(
    ("text", "per_day"),
    [
        ("BID", "2"),
        ("every 6 hours", "4"),
        ("Once a day", "1"),
        ("1 tab bid", None),
        ("when it hurts", None),
        ("", None),
    ],
)
def test_a_text_that_is_only_a_frequency(text: str, per_day: str | None) -> None:
    assert frequency_in(text) == (Fraction(per_day) if per_day else None)


@pytest.mark.parametrize(
    ("text", "daily"),
    [
        ("Take 1 tablet by mouth every morning before breakfast", 1),
        ("1 tab every night at bedtime", 1),
        ("1 tab in the morning and at bedtime", 2),
        ("1 tab in the morning at 8 am", 1),
        ("1 tab in the morning at bedtime", None),
        ("1 tab in the evening at 8 pm", None),
    ],
)
def test_two_words_for_one_moment_are_one_moment(text: str, daily: int | None) -> None:
    assert read_sig(text).daily == daily


@pytest.mark.parametrize(
    "text",
    [
        "1 tablet in the morning and 2 in the evening",
        "Take 1 tablet by mouth in the morning, then 2 tablets in the evening",
        "1 tab every morning then take 2 tabs at bedtime",
    ],
)
def test_different_doses_through_the_day_are_no_taper(text: str) -> None:
    sig = read_sig(text)
    assert (sig.daily, sig.varies) == (3, False)


@pytest.mark.parametrize(
    "text",
    [
        "2 tablets daily for 7 days, then 1 tablet daily",
        "1 tablet at bedtime, then 2 tablets at bedtime",
        "Take 2 tablets today, then 1 tablet daily",
        "1 tablet in the morning, then 2 in the evening, increase weekly",
    ],
)
def test_one_dose_after_another_is_a_taper(text: str) -> None:
    sig = read_sig(text)
    assert (sig.daily, sig.varies) == (None, True)

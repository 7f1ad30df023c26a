from __future__ import annotations

import re
from datetime import date, datetime
from html import unescape

import pypdfium2
import pytest
from icalendar import Calendar
from pyphen import Pyphen

from service.handout.calendar_file import draw_calendar
from service.handout.content import compose, language_for
from service.handout.page import Tools, handout_style, render_page
from service.handout.pdf import draw_pdf
from service.handout.qr import dialled, qr_cells

PHONE = "(555) 010-0134"
WORD = re.compile(r"[^\W\d_]+")


def text_of_page(html):
    body = re.sub(r"(?s)<(head|svg|table)\b.*?</\1>", " ", html)
    return unescape(re.sub(r"<[^>]+>", " ", body))


def text_of_pdf(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(document[number].get_textpage().get_text_range() for number in range(len(document)))


def squeezed(text):
    return re.sub(r"\s+", "", text)


def syllables(word, language):
    """By hyphenation, and in English at least one for each group of vowels that is heard."""
    hyphens = Pyphen(lang=language).inserted(word).count("-") + 1
    if not language.startswith("en"):
        return hyphens
    heard = re.sub(r"(?<=[^aeiouyl])e$", "", word.lower())
    return max(hyphens, len(re.findall(r"[aeiouy]+", heard)), 1)


def measured(prose, language):
    sentences = [one for line in prose for one in re.split(r"[.!?:]", line) if WORD.search(one)]
    words = [word for one in sentences for word in WORD.findall(one)]
    return len(sentences), len(words), sum(syllables(word, language) for word in words)


def test_english_reads_at_school_level(plan):
    sentences, words, sounds = measured(compose(plan, phone=PHONE).prose, "en_US")
    assert words > 100
    assert 0.39 * words / sentences + 11.8 * sounds / words - 15.59 <= 8


def test_spanish_reads_easily(plan):
    sentences, words, sounds = measured(compose(plan, language="es", phone=PHONE).prose, "es")
    assert words > 100
    assert 206.84 - 60 * sounds / words - 1.02 * words / sentences >= 70


def test_spanish_says_that_no_clinician_has_reviewed_it(plan):
    assert "no ha sido revisada" in text_of_page(render_page(compose(plan, language="es")))
    assert "no ha sido revisada" in text_of_pdf(draw_pdf(compose(plan, language="es")))


@pytest.mark.parametrize("language", ["en", "es"])
def test_page_and_pdf_say_the_same(plan, language):
    handout = compose(plan, language=language, phone=PHONE)
    page = squeezed(text_of_page(render_page(handout)))
    pdf = squeezed(text_of_pdf(draw_pdf(handout)))
    said = [
        handout.words.title,
        *handout.opening,
        *(part for visit in handout.visits for part in (visit.day, visit.what, visit.call)),
        *handout.words.step_list,
        *handout.words.problem_list,
        *handout.calendar_key,
        *handout.medicines,
        handout.call_us,
        handout.words.scan,
    ]
    assert [one for one in said if squeezed(one) not in page] == []
    assert [one for one in said if squeezed(one) not in pdf] == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_usual_plan_fits_one_page(plan, language):
    assert len(pypdfium2.PdfDocument(draw_pdf(compose(plan, language=language, phone=PHONE)))) == 1


def test_forty_medicines_go_on_over_the_page_and_none_is_lost(plan_with):
    medicines = tuple(f"medicine number {number} 500 MG Extended Release Oral Tablet" for number in range(40))
    pdf = draw_pdf(compose(plan_with(medicines=medicines)))
    assert len(pypdfium2.PdfDocument(pdf)) > 1
    assert all(squeezed(one) in squeezed(text_of_pdf(pdf)) for one in medicines)


def test_the_pdf_carries_title_language_and_its_font(plan):
    pdf = draw_pdf(compose(plan, language="es"))
    assert pypdfium2.PdfDocument(pdf).get_metadata_dict()["Title"] == "Sus días para recoger medicinas"
    assert b"/Lang (es-US)" in pdf
    assert b"/FontFile2" in pdf


def test_the_same_plan_makes_the_same_pdf(plan):
    assert draw_pdf(compose(plan)) == draw_pdf(compose(plan))


def test_pickups_are_marked_in_the_calendar_and_extra_trips_otherwise(plan):
    november, december, _ = compose(plan).months
    assert (november.title, november.extra_trips, november.pickups) == ("November 2026", {24}, set())
    assert (december.extra_trips, december.pickups) == (set(), {18})
    assert november.weeks[0] == (1, 2, 3, 4, 5, 6, 7)  # Sunday first, and 1 November 2026 is one


def test_without_extra_trips_none_is_explained(plan_with):
    handout = compose(plan_with(bridge=False))
    assert handout.extra_trips_why is None
    assert "trip" not in " ".join(handout.calendar_key)


def test_a_visit_agreed_at_enrolment_announces_no_call(plan):
    first, second, *_ = compose(plan).visits
    assert first.call == "You have said yes to this day."
    assert second.call == "We call on Friday, December 11."


def test_a_pharmacy_without_a_known_number_leaves_room_for_it(plan):
    page = render_page(compose(plan))
    assert "write it here" in page
    assert "<svg" not in page


def test_medicine_names_cannot_become_markup(plan_with):
    page = render_page(compose(plan_with(medicines=("<script>alert(1)</script> & co",))))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_name_in_another_script_is_no_trouble(plan_with):
    assert draw_pdf(compose(plan_with(medicines=("ميتفورمين 500",), pharmacy="صيدلية")))


def test_a_plan_without_pickups_has_no_handout(plan_with):
    with pytest.raises(ValueError, match="at least one pickup"):
        compose(plan_with(bridge=False, pickups=0))


@pytest.mark.parametrize(
    ("wanted", "spoken"), [("es-MX", "es"), ("ES", "es"), ("en-GB", "en"), ("tl", "en"), (None, "en")]
)
def test_the_language_that_is_ours_is_taken(wanted, spoken):
    assert language_for(wanted) == spoken


def test_the_code_dials_the_number():
    assert dialled("+1 (555) 010-0134") == "tel:+15550100134"
    cells = qr_cells(PHONE)
    assert len(cells) == len(cells[0]) >= 21


def test_the_calendar_file_has_one_event_a_visit_at_the_hour_expected(plan):
    events = Calendar.from_ical(draw_calendar(plan)).walk("VEVENT")
    assert len(events) == len(plan.days)
    assert [event.decoded("dtstart").astimezone(plan.zone).date() for event in events] == [one.on for one in plan.days]
    assert {event.decoded("dtstart").astimezone(plan.zone).hour for event in events} == {10}


def test_the_calendar_file_keeps_the_hour_across_summer_time(plan_with):
    *_, last = Calendar.from_ical(draw_calendar(plan_with())).walk("VEVENT")
    start = last.decoded("dtstart")
    assert isinstance(start, datetime)
    assert start.date() == date(2027, 4, 9)
    assert (start.hour, start.astimezone(plan_with().zone).hour) == (14, 10)


def test_the_calendar_file_names_no_medicine_and_no_key_of_the_chart(plan):
    file = draw_calendar(plan).decode()
    assert "lisinopril" not in file
    assert "enrolment-key" not in file
    assert "Patient/" not in file


def test_a_later_revision_replaces_the_events(plan_with):
    earlier = Calendar.from_ical(draw_calendar(plan_with())).walk("VEVENT")
    later = Calendar.from_ical(draw_calendar(plan_with(revision=2))).walk("VEVENT")
    assert [event["uid"] for event in earlier] == [event["uid"] for event in later]
    assert ({int(event["sequence"]) for event in earlier}, {int(event["sequence"]) for event in later}) == ({1}, {2})


def test_a_preview_says_on_the_page_on_paper_and_in_the_calendar_that_nothing_is_agreed(plan_with):
    preview = plan_with(agreed=False)
    said = "Not agreed yet. These days may still change."
    assert said in text_of_page(render_page(compose(preview)))
    assert squeezed(said) in squeezed(text_of_pdf(draw_pdf(compose(preview))))
    events = Calendar.from_ical(draw_calendar(preview)).walk("VEVENT")
    assert {str(event["status"]) for event in events} == {"TENTATIVE"}
    assert all("not agreed yet" in event["summary"] for event in events)


def test_a_preview_never_says_that_the_patient_has_said_yes(plan_with):
    assert compose(plan_with(agreed=False)).visits[0].call == "We settle this day with you now."
    assert "said yes" not in text_of_page(render_page(compose(plan_with(agreed=False))))


def test_an_agreed_plan_replaces_its_preview_in_the_calendar(plan_with):
    preview, agreed = (Calendar.from_ical(draw_calendar(plan_with(agreed=one))).walk("VEVENT") for one in (False, True))
    assert [event["uid"] for event in preview] == [event["uid"] for event in agreed]
    assert max(int(event["sequence"]) for event in preview) < min(int(event["sequence"]) for event in agreed)
    assert "not agreed" not in agreed[0]["summary"]


def test_the_tools_above_the_page_are_not_printed(plan):
    tools = Tools("/l/x/", "/l/x/handout.pdf", "/l/x/pickups.ics", (("en", "English", "?language=en"),), ("A note.",))
    page = render_page(compose(plan), tools=tools)
    assert 'class="tools"' in page
    assert "A note." in page
    assert ".handout .tools { display: none; }" in handout_style().partition("@media print")[2]

"""What the patient takes home from the signed-in page, before the opt-in and after it."""

from __future__ import annotations

import threading

import pypdfium2
from icalendar import Calendar

from service.use_cases import handing_out
from tests.app_in_memory import PROGRAMME, small_chart, words

PREVIEW = "Not agreed yet. These days may still change."
WITH_NUMBER = f'{PROGRAMME}\n[pharmacy]\nphone = "(555) 010-0134"\n'


def get(page, name):
    return page.browser.get(page.url + name)


def pdf_text(answer):
    document = pypdfium2.PdfDocument(answer.content)
    return " ".join(document[number].get_textpage().get_text_range() for number in range(len(document)))


def events(answer):
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_before_the_opt_in_everything_handed_out_says_that_nothing_is_agreed(page):
    assert PREVIEW in words(get(page, "handout"))
    assert PREVIEW in " ".join(pdf_text(get(page, "handout.pdf")).split())
    assert {str(event["status"]) for event in events(get(page, "pickups.ics"))} == {"TENTATIVE"}


def test_after_the_opt_in_the_days_are_those_on_the_server(page):
    page.enrol()
    page.again()
    handout = get(page, "handout")
    assert PREVIEW not in words(handout)
    assert "Made from what stands on the FHIR server now." in words(handout)
    assert "Lisinopril 10 MG Oral Tablet" in words(handout)
    starts = sorted(one["start"][:10] for one in page.browser.world.held("Appointment"))
    assert sorted(event.decoded("dtstart").date().isoformat() for event in events(get(page, "pickups.ics"))) == starts


def test_pickups_in_other_words_leave_the_medicines_open_and_the_page_says_so(page):
    page.enrol()
    store, now = page.browser.world.ehr.store, page.browser.world.ehr.authority.now()
    for held in page.browser.world.held("Appointment"):
        with store.transaction():
            store.add("Appointment", held["id"], held | {"comment": "see the fax"}, now)
    handout = words(get(page, "handout"))
    assert "does not say the medicines" in handout
    assert "Ask us which medicines are in this plan." in handout
    assert "Lisinopril" not in handout


def test_a_file_is_named_for_nobody_and_kept_by_nobody(page):
    for name, kind in (("handout.pdf", "application/pdf"), ("pickups.ics", "text/calendar; charset=utf-8")):
        answer = get(page, name)
        assert answer.headers["content-type"] == kind
        assert answer.headers["content-disposition"] in (
            'attachment; filename="pickup-days.pdf"',
            'attachment; filename="pickups.ics"',
        )
        assert answer.headers["cache-control"] == "no-store"
        assert b"Canaryson" not in answer.content
        assert b"canary-1" not in answer.content


def test_the_page_needs_no_style_and_no_script_of_its_own(page):
    answer = get(page, "handout")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<style" not in answer.text
    assert " style=" not in answer.text
    assert "<script" not in answer.text
    assert '<link rel="stylesheet" href="/static/handout.css">' in answer.text
    assert "@media print" in page.browser.get("https://pickupday.example/static/handout.css").text


def test_the_language_is_the_patients_and_another_one_can_be_asked_for(make_world):
    chart = small_chart()
    chart[0]["communication"] = [{"language": {"coding": [{"code": "es"}]}, "preferred": True}]
    page = make_world(chart=chart).browser().launch()
    assert '<html lang="es">' in get(page, "handout").text
    assert '<html lang="en">' in get(page, "handout?language=en").text
    assert "recoger medicinas" in str(events(get(page, "pickups.ics"))[0]["summary"]).lower()


def test_after_the_opt_in_the_language_is_that_of_the_agreement(page):
    page.enrol(consent="Acepto.", language="es")
    assert '<html lang="es">' in get(page, "handout").text


def test_an_unknown_number_leaves_room_and_the_page_says_so(page):
    handout = get(page, "handout")
    assert "The pharmacy's number is not known here" in words(handout)
    assert 'class="blank"' in handout.text


def test_the_programmes_number_stands_on_it_with_its_code(make_world, monkeypatch):
    monkeypatch.setattr("tests.app_in_memory.PROGRAMME", WITH_NUMBER)
    handout = get(make_world().browser().launch(), "handout")
    assert "(555) 010-0134" in words(handout)
    assert "<svg" in handout.text


def test_without_one_the_number_that_the_chart_has_of_the_pharmacy_does_and_the_page_says_so(make_world):
    pharmacy = {
        "resourceType": "Organization",
        "id": "corner",
        "name": "Corner Pharmacy",
        "telecom": [{"system": "phone", "value": "518-555-0110"}],
    }
    performer = [{"actor": {"reference": "Organization/corner"}}]
    chart = [
        one | {"performer": performer} if one["resourceType"] == "MedicationDispense" else one for one in small_chart()
    ]
    page = make_world(chart=[*chart, pharmacy]).browser().launch()
    assert "518-555-0110 from the chart" in page.words
    assert "518-555-0110" in words(get(page, "handout"))
    assert "The pharmacy's number is from the chart." in words(get(page, "handout"))
    page.enrol()
    assert "Call Corner Pharmacy: 518-555-0110" in words(get(page, "handout"))


def test_a_plan_that_nobody_has_seen_is_not_handed_out(page):
    page.choose(**{"on_hand.MedicationRequest/lisinopril": "3"})
    answer = get(page, "handout")
    assert answer.status_code == 409
    assert "The plan is not the one that was shown last" in words(answer)
    page.again()
    assert get(page, "handout").status_code == 200


def test_without_a_plan_there_is_nothing_to_hand_out(make_world):
    page = make_world(chart=small_chart()[:1]).browser().launch()
    for name in ("handout", "handout.pdf", "pickups.ics"):
        answer = get(page, name)
        assert answer.status_code == 404
        assert "there is nothing to hand out" in words(answer)


def test_after_leaving_it_is_a_preview_again(page):
    page.enrol()
    page.again().leave()
    page.again()
    assert PREVIEW in words(get(page, "handout"))


def test_another_browser_gets_nothing(page):
    for name in ("handout", "handout.pdf", "pickups.ics"):
        assert page.browser.world.browser().get(page.url + name).status_code == 401


def test_the_links_stand_on_the_plan_the_receipt_and_the_enrolled_page(page):
    receipt = page.enrol()
    for text in (page.answer.text, receipt.text, page.again().answer.text):
        for name in ("handout", "handout.pdf", "pickups.ics"):
            assert f'/{name}"' in text


def test_the_chart_keeps_the_pdf_that_was_handed_out(page):
    page.enrol()
    (document,) = page.browser.world.held("DocumentReference")
    attachment = document["content"][0]["attachment"]
    assert attachment["contentType"] == "application/pdf"
    assert document["author"] == [{"reference": "Practitioner/sandbox-clinician"}]
    assert {one["reference"].partition("/")[0] for one in document["context"]["related"]} == {"Appointment"}
    page.again().leave()
    assert [one["status"] for one in page.browser.world.held("DocumentReference")] == ["superseded"]


def test_the_pdf_is_drawn_once_for_an_enrolment_and_holds_nobody_up(page, monkeypatch):
    threads = []
    draw = handing_out.draw_pdf

    def noted(*given, **named):
        threads.append(threading.current_thread())
        return draw(*given, **named)

    monkeypatch.setattr(handing_out, "draw_pdf", noted)
    assert page.enrol().status_code == 200
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()

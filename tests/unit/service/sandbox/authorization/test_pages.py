"""The pages for people: choosing a patient, consenting, the list of patients, a chart with the app in a panel."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from service.sandbox.faults import Fault

LAUNCH = "http://127.0.0.1:8000/launch"


class Form(HTMLParser):
    """The inputs of a page's form, by name, each with its values."""

    def __init__(self, text):
        super().__init__()
        self.inputs = {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "input":
            self.inputs.setdefault(given["name"], []).append(given["value"])


def asked(http, request):
    answer = http.get("/auth/authorize", params=request)
    assert answer.status_code == 200, answer.text
    return answer


def decide(http, page, decision="allow", **fields):
    form = {"request": Form(page.text).inputs["request"][0], "decision": decision, **fields}
    return http.post("/auth/decision", data=form)


STANDALONE = {"launch": None, "scope": "launch/patient openid fhirUser offline_access patient/*.rs"}


def test_a_standalone_launch_asks_for_a_patient(app, http, told):
    page = asked(http, app.request(**STANDALONE))
    assert Form(page.text).inputs["patient"] == ["ann", "bob"]
    token = app.exchange(told(decide(http, page, patient="bob"))["code"]).json()
    assert (token["patient"], token["need_patient_banner"]) == ("bob", True)
    assert app.fhir(token["access_token"], "Patient/bob").status_code == 200
    assert app.fhir(token["access_token"], "Patient/ann").status_code == 403


def test_without_launch_patient_nobody_is_asked_and_no_patient_is_granted(app):
    token = app.token(None, scope="openid patient/*.rs user/Patient.rs")
    assert token["scope"] == "openid user/Patient.rs"
    assert "patient" not in token


@pytest.mark.parametrize("choice", [{"decision": "deny", "patient": "ann"}, {"patient": "nobody"}, {}])
def test_without_a_choice_there_is_no_access(app, http, told, choice):
    answer = told(decide(http, asked(http, app.request(**STANDALONE)), **choice))
    assert answer["error"] == "access_denied"
    assert answer["state"] == app.state


def test_a_page_is_for_one_decision(app, http):
    page = asked(http, app.request(**STANDALONE))
    assert decide(http, page, patient="ann").status_code == 302
    assert decide(http, page, patient="ann").status_code == 400


def test_the_oldest_pages_are_forgotten(app, http, monkeypatch):
    monkeypatch.setattr("service.sandbox.authorization.authorize._MOST_PENDING", 1)
    first, second = (asked(http, app.request(**STANDALONE)) for _ in range(2))
    assert decide(http, first, patient="ann").status_code == 400
    assert decide(http, second, patient="ann").status_code == 302


def test_a_decision_without_a_page_leads_nowhere(http):
    answer = http.post("/auth/decision", data={"request": "guessed", "decision": "allow", "patient": "ann"})
    assert answer.status_code == 400
    assert http.post("/auth/decision", content=b"request=1&request=2").status_code == 400
    for path in ("/auth/decision", "/faults"):
        assert http.post(path, content=b"request=\xff").status_code == 400
        assert http.post(path, content=b"x" * 100_001).status_code in (400, 413)


def test_consent_shows_what_may_be_granted_and_grants_what_stays_ticked(app, http, ehr, told):
    ehr.authority.consent = True
    page = asked(http, app.request(scope="launch openid patient/*.rs patient/Spaceship.rs"))
    assert Form(page.text).inputs["scope"] == ["launch", "openid", "patient/*.rs"]
    code = told(decide(http, page, scope=["launch", "openid"]))["code"]
    assert app.exchange(code).json()["scope"] == "launch openid"


def test_nobody_can_tick_more_than_was_asked_for(app, http, ehr, told):
    ehr.authority.consent = True
    page = asked(http, app.request(scope="launch patient/Patient.r"))
    code = told(decide(http, page, scope=["patient/*.cruds", "patient/Patient.r"]))["code"]
    assert app.exchange(code).json()["scope"] == "patient/Patient.r"


def test_saying_no_to_consent_sends_the_app_away(app, http, ehr, told):
    ehr.authority.consent = True
    assert told(decide(http, asked(http, app.request()), "deny"))["error"] == "access_denied"


def test_a_launch_is_used_up_by_the_decision_and_not_by_the_page(app, http, ehr, told):
    ehr.authority.consent = True
    handle = app.begin()
    first, second = asked(http, app.request(handle)), asked(http, app.request(handle))
    assert "code" in told(decide(http, first, scope="launch"))
    assert told(decide(http, second, scope="launch"))["error"] == "invalid_request"


def test_what_comes_from_outside_is_escaped(register, http):
    app = register(name="<script>alert(1)</script>")
    page = asked(http, app.request(**STANDALONE))
    assert "<script" not in page.text


def test_pages_run_no_script_and_are_not_kept(http, app):
    for path in ("/", "/chart/ann", "/faults", "/nowhere/else", "/chart/nobody"):
        answer = http.get(path)
        assert "<script" not in answer.text
        if answer.headers["content-type"].startswith("text/html"):
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_list_shows_every_patient(http):
    text = http.get("/").text
    assert re.findall(r'href="/chart/(\w+)"', text) == ["ann", "bob"]
    assert "No app is registered here" in text


def test_a_chart_frames_the_app_and_allows_no_other_frame(http, app):
    answer = http.get("/chart/ann")
    assert 'src="/launch/ann?width=600&amp;app=app"' in answer.text
    assert "frame-src 'self' http://127.0.0.1:8000;" in answer.headers["content-security-policy"]
    assert "aspirin 81 MG" in answer.text
    assert "24 years" in answer.text


def test_a_chart_without_an_app_says_so(http):
    assert "No app is registered at this EHR" in http.get("/chart/ann").text
    assert http.get("/launch/ann").status_code == 404


def test_each_opening_of_the_panel_is_a_launch_of_its_own(http, app, clock):
    handles = set()
    for _ in range(2):
        answer = http.get("/launch/ann?width=600&app=app")
        address, _, query = answer.headers["location"].partition("?")
        assert address == LAUNCH
        assert parse_qs(query)["iss"] == ["http://ehr.example/fhir"]
        handles.update(parse_qs(query)["launch"])
    assert len(handles) == 2
    assert [app.token(handle)["patient"] for handle in handles] == ["ann", "ann"]


def test_a_window_of_its_own_needs_the_app_s_own_banner(http, app):
    location = http.get("/launch/ann?window").headers["location"]
    assert app.token(parse_qs(urlsplit(location).query)["launch"][0])["need_patient_banner"] is True


def test_faults_and_consent_are_chosen_on_the_chart(http, app):
    text = http.get("/chart/ann?fault=no-kid&fault=slow&fault=unknown&consent=yes&width=400&width=9").text
    assert 'src="/launch/ann?width=600&amp;fault=no-kid&amp;fault=slow&amp;consent=yes&amp;app=app"' in text
    location = http.get("/launch/ann?fault=no-expires-in").headers["location"]
    assert "expires_in" not in app.token(parse_qs(urlsplit(location).query)["launch"][0])


def test_the_consent_of_one_launch_is_asked_for(http, app):
    handle = parse_qs(urlsplit(http.get("/launch/ann?consent=yes").headers["location"]).query)["launch"][0]
    assert "scope" in Form(asked(http, app.request(handle)).text).inputs


def test_the_faults_of_the_server_are_set_by_a_form(http, ehr):
    assert http.post("/faults", data={"fault": ["slow", "no-kid", "unknown"]}).status_code == 303
    assert ehr.faults == {Fault.SLOW, Fault.NO_KID}
    assert "Switched on" in http.get("/faults").text
    http.post("/faults", data={})
    assert ehr.faults == set()


def test_another_site_cannot_set_faults(http, ehr):
    answer = http.post("/faults", data={"fault": "slow"}, headers={"Origin": "https://foreign.example"})
    assert answer.status_code == 403
    assert ehr.faults == set()


def test_the_standalone_link_names_the_ehr_and_no_launch(http, app):
    (link,) = re.findall(r'href="(http://127\.0\.0\.1:8000/launch[^"]*)"', http.get("/").text)
    assert parse_qs(urlsplit(link).query) == {"iss": ["http://ehr.example/fhir"]}

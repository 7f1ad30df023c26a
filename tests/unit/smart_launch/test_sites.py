"""Whom the app talks to: sites as registered, and nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smart_launch import Hidden, Public, Secret, Site, SiteError, SiteList, UnknownIssuer
from tests.smart.driving import SITE, App, run
from tests.smart.strict_server import BASE, StrictServer

OTHER = replace(SITE, issuer="https://other.example/fhir", redirect_uri="https://app.example/callback/other")


def test_a_listed_issuer_is_found_by_its_exact_name() -> None:
    assert SiteList([SITE, OTHER]).exact(BASE) is SITE


@pytest.mark.parametrize(
    "iss",
    [
        "https://evil.example/fhir",
        BASE + "/",
        BASE.upper(),
        BASE + "?x",
        BASE + "#",
        "https://ehr.example",
        "https://ehr.example/fhir/../fhir",
        "https://ehr.example@evil.example/fhir",
        "https://ehr.example.evil.example/fhir",
        "http://ehr.example/fhir",
        "http://127.0.0.1/fhir",
        "http://169.254.169.254/latest/meta-data",
        " " + BASE,
        "",
    ],
)
def test_an_issuer_that_differs_in_one_letter_is_unknown_and_nothing_is_fetched(iss: str) -> None:
    server = StrictServer()
    app = App(server)
    with pytest.raises(UnknownIssuer):
        run(app.client.start(iss, "launch-1"))
    assert server.requests == []


def test_a_slash_too_many_is_told_to_whoever_reads_the_message() -> None:
    with pytest.raises(UnknownIssuer, match="differs only in its last slash"):
        SiteList([SITE]).exact(BASE + "/")


def test_an_issuer_stands_once_on_the_list() -> None:
    with pytest.raises(SiteError, match="same issuer"):
        SiteList([SITE, replace(OTHER, issuer=BASE)])


@pytest.mark.parametrize(
    "field",
    [
        {"issuer": "http://ehr.example/fhir"},
        {"issuer": "https://127.0.0.1/fhir"},
        {"issuer": "https://ehr.example/fhir?tenant=1"},
        {"redirect_uri": "http://app.example/callback"},
        {"redirect_uri": "https://localhost/callback"},
        {"redirect_uri": "/callback"},
        {"redirect_uri": "https://app.example/callback#here"},
        {"client_id": ""},
        {"client_id": "app\n1"},
        {"authentication": Secret(Hidden(""))},
        {"scopes": ("openid fhirUser",)},
        {"scopes": ("",)},
    ],
    ids=str,
)
def test_a_registration_that_cannot_be_meant_is_refused(field: dict[str, object]) -> None:
    with pytest.raises(SiteError):
        replace(SITE, **field)  # type: ignore[arg-type]


def test_https_redirect_and_issuer_are_taken() -> None:
    assert SITE.redirect_uri.startswith("https://")


def test_the_development_flag_allows_http_to_this_machine_only() -> None:
    here = {"issuer": "http://localhost:9000/fhir", "redirect_uri": "http://127.0.0.1:8000/callback"}
    site = Site(client_id="app", authentication=Public(), allow_loopback=True, **here)
    assert site.allow_loopback
    with pytest.raises(SiteError):
        Site(client_id="app", authentication=Public(), **here)
    with pytest.raises(SiteError):
        replace(site, issuer="http://ehr.example/fhir")


def test_the_list_can_be_gone_through() -> None:
    sites = SiteList([SITE, OTHER])
    assert list(sites) == [SITE, OTHER]
    assert len(sites) == 2


def test_sites_that_share_a_redirect_uri_are_known() -> None:
    shared = replace(OTHER, redirect_uri=SITE.redirect_uri)
    assert SiteList([SITE, shared]).shares_redirect(SITE)
    assert not SiteList([SITE, OTHER]).shares_redirect(SITE)

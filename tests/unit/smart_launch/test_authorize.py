"""The authorization request says everything that the standard asks for, and nothing can be guessed."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from smart_launch import AuthorizationRequest, Endpoints, Hidden, PendingLaunch, Quirks, Site, SiteError, SiteList
from smart_launch.authorize import begin
from smart_launch.discovery import read_smart_configuration
from tests.smart.driving import SITE, App, run
from tests.smart.strict_server import BASE, CLIENT, LAUNCH, NOON, REDIRECT, StrictServer


def endpoints(**changes: object) -> Endpoints:
    return read_smart_configuration(SITE, StrictServer(configuration=dict(changes)).smart_configuration())


def asked(request: AuthorizationRequest) -> dict[str, str]:
    return dict(request.fields) or dict(parse_qsl(urlsplit(request.url).query))


def begun(
    launch: str | None = LAUNCH, site: Site = SITE, **changes: object
) -> tuple[PendingLaunch, AuthorizationRequest]:
    return begin(site, endpoints(**changes), launch=launch, now=NOON)


def test_an_ehr_launch_echoes_the_handle_and_asks_for_launch() -> None:
    fields = asked(begun()[1])
    assert fields["launch"] == LAUNCH
    assert fields["scope"].split()[0] == "launch"
    assert "launch/patient" not in fields["scope"]


def test_a_standalone_launch_asks_for_a_patient_and_has_no_handle() -> None:
    fields = asked(begun(None)[1])
    assert "launch" not in fields
    assert fields["scope"].split()[0] == "launch/patient"


def test_a_standalone_launch_keeps_the_context_that_the_site_names() -> None:
    site = replace(SITE, scopes=("launch/encounter", "launch", "openid"))
    assert begun(None, site)[0].scopes == ("launch/encounter", "openid")
    assert begun(LAUNCH, site)[0].scopes == ("launch", "openid")


def test_the_request_names_code_client_redirect_and_audience() -> None:
    fields = asked(begun()[1])
    assert fields["response_type"] == "code"
    assert fields["client_id"] == CLIENT
    assert fields["redirect_uri"] == REDIRECT
    assert fields["aud"] == BASE


def test_state_verifier_nonce_and_cookie_are_new_each_time_and_differ() -> None:
    seen: set[str] = set()
    for _ in range(50):
        pending, _ = begun()
        assert pending.nonce
        secrets = {one.reveal() for one in (pending.state, pending.verifier, pending.nonce, pending.browser)}
        assert len(secrets) == 4
        assert not seen & secrets
        seen |= secrets


def test_a_state_holds_at_least_128_bits() -> None:
    asked_for: list[int] = []

    def random(count: int) -> bytes:
        asked_for.append(count)
        return bytes([len(asked_for)]) * count

    begin(SITE, endpoints(), launch=None, now=NOON, random=random)
    assert min(asked_for) * 8 >= 128


def test_the_challenge_is_the_hash_of_the_verifier() -> None:
    pending, request = begun()
    digest = hashlib.sha256(pending.verifier.reveal().encode()).digest()
    assert asked(request)["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert asked(request)["code_challenge_method"] == "S256"
    assert 43 <= len(pending.verifier.reveal()) <= 128
    assert pending.verifier.reveal() not in request.url


@pytest.mark.parametrize("methods", [None, ["plain"], []])
def test_pkce_is_sent_to_servers_that_do_not_mention_it(methods: list[str] | None) -> None:
    fields = asked(begun(code_challenge_methods_supported=methods)[1])
    assert len(fields["code_challenge"]) == 43
    assert fields["code_challenge_method"] == "S256"


def test_a_long_request_is_posted_where_the_server_takes_it() -> None:
    long = "x" * 2500
    pending, request = begun(long)
    assert (request.method, request.url) == ("POST", "https://auth.ehr.example/authorize")
    assert request.fields["launch"] == long
    assert request.fields["state"] == pending.state.reveal()


@pytest.mark.parametrize(("launch", "capabilities"), [("x" * 2500, ["launch-ehr"]), (LAUNCH, ["authorize-post"])])
def test_other_requests_are_addresses(launch: str, capabilities: list[str]) -> None:
    _, request = begun(launch, capabilities=capabilities)
    assert request.method == "GET"
    assert not request.fields
    assert asked(request)["launch"] == launch


def test_an_authorization_endpoint_with_a_query_keeps_it() -> None:
    _, request = begun(authorization_endpoint="https://auth.ehr.example/authorize?tenant=7")
    assert request.url.startswith("https://auth.ehr.example/authorize?tenant=7&response_type=code&")


def test_what_an_attacker_puts_into_the_handle_stays_in_the_handle() -> None:
    _, request = begun("x&redirect_uri=https://evil.example/#")
    fields = parse_qsl(urlsplit(request.url).query)
    assert [value for name, value in fields if name == "redirect_uri"] == [REDIRECT]


def test_scopes_are_asked_for_in_the_language_of_the_server() -> None:
    granular = replace(SITE, scopes=("patient/Observation.rs?category=vital-signs",))
    assert begun(site=granular)[0].scopes == ("launch", "patient/Observation.rs?category=vital-signs")
    assert begun(site=granular, capabilities=["permission-v1"])[0].scopes == ("launch", "patient/Observation.read")


def test_a_site_may_override_the_language_and_the_wording() -> None:
    site = replace(SITE, scopes=("patient/Observation.rs",), scope_language="v1")
    assert begun(site=site)[0].scopes == ("launch", "patient/Observation.read")
    site = replace(site, quirks=Quirks(scopes_verbatim=True))
    assert begun(site=site)[0].scopes == ("launch", "patient/Observation.rs")


def test_nobody_is_sent_to_a_server_without_an_authorization_endpoint() -> None:
    with pytest.raises(SiteError, match="no authorization endpoint"):
        begun(authorization_endpoint=None)


def test_a_nonce_is_made_only_where_an_id_token_is_asked_for() -> None:
    pending, request = begun(site=replace(SITE, scopes=("patient/Observation.rs",)))
    assert pending.nonce is None
    assert "nonce" not in asked(request)


def test_a_browser_keeps_the_cookie_that_it_has() -> None:
    pending, _ = begin(SITE, endpoints(), launch=None, now=NOON, browser=Hidden("cookie-1"))
    assert pending.browser.reveal() == "cookie-1"


def test_sites_that_share_a_redirect_uri_must_name_themselves() -> None:
    other = replace(SITE, issuer="https://other.example/fhir")
    server = StrictServer()
    app = App(server)
    app.client.sites = SiteList([SITE, other])
    with pytest.raises(SiteError, match="redirect URI of its own"):
        run(app.start())


def test_a_site_that_names_itself_may_share_its_redirect_uri() -> None:
    other = replace(SITE, issuer="https://other.example/fhir")
    app = App(StrictServer(configuration={"authorization_response_iss_parameter_supported": True}))
    app.client.sites = SiteList([SITE, other])
    assert run(app.start())[0].must_name_itself


def test_a_pending_launch_survives_its_store() -> None:
    for pending, _ in (begun(), begun(None, replace(SITE, scopes=()))):
        assert PendingLaunch.from_json(pending.to_json()) == pending


@pytest.mark.parametrize("stored", ["", "[]", "{}", '{"state": "x"}'])
def test_a_stored_launch_that_is_none_is_refused(stored: str) -> None:
    with pytest.raises(ValueError):
        PendingLaunch.from_json(stored)

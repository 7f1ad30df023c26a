"""sites.toml and PICKUPDAY_SITE_...: what is taken, and how every mistake is said."""

from __future__ import annotations

import pytest

from service.config import Settings
from service.errors import SettingsError
from service.sites import load_sites
from service.sites.file import DEFAULT_SCOPES, QuirkEntry, SiteEntry, WriteEntry
from smart_launch import PrivateKey, Public, Secret, UnknownIssuer, parse_scope

ONE = """
[sites.riverside]
label = "Riverside Hospital"
issuer = "https://ehr.example/fhir"
client_id = "abc"
"""


@pytest.fixture
def read(tmp_path):
    """The sites of a file with this text, and of these variables."""

    def load(text="", **environ):
        path = tmp_path / "sites.toml"
        path.write_text(text)
        settings = {"PICKUPDAY_PUBLIC_URL": "https://app.example"} | environ
        if text:
            settings["PICKUPDAY_SITES"] = str(path)
        return load_sites(Settings.from_environment(settings), settings)

    return load


def test_a_site_needs_an_issuer_and_a_client_id_and_has_safe_defaults(read):
    (site,) = read(ONE)
    assert (site.name, site.label, site.issuer) == ("riverside", "Riverside Hospital", "https://ehr.example/fhir")
    assert site.smart.authentication == PrivateKey("ES384", "https://app.example/.well-known/jwks.json")
    assert site.smart.redirect_uri == "https://app.example/callback"
    assert site.smart.scopes == DEFAULT_SCOPES
    assert site.frame_ancestors == ("https://ehr.example",)
    assert not site.smart.allow_loopback


def test_the_default_scopes_are_scopes_and_nothing_is_asked_for_that_is_not_used():
    kinds = {access.resource for scope in DEFAULT_SCOPES if (access := parse_scope(scope))}
    assert "*" not in kinds
    written = {
        access.resource for scope in DEFAULT_SCOPES if (access := parse_scope(scope)) and "c" in access.interactions
    }
    optional = {"CarePlan", "Task", "DocumentReference", "Provenance"}
    assert written == {"Appointment", "CommunicationRequest", "Consent"} | optional
    assert not [scope for scope in DEFAULT_SCOPES if scope.startswith("launch")]


def test_several_sites_have_redirect_uris_of_their_own(read):
    first, second = read(ONE + '[sites.hill]\nissuer = "https://hill.example/r4"\nclient_id = "x"\n')
    assert first.smart.redirect_uri == "https://app.example/callback/riverside"
    assert second.smart.redirect_uri == "https://app.example/callback/hill"
    assert (first.label, second.label) == ("Riverside Hospital", "hill")


def test_a_site_may_come_from_the_environment_alone_or_beside_a_file(read):
    given = {"PICKUPDAY_SITE_ISSUER": "https://one.example/fhir", "PICKUPDAY_SITE_CLIENT_ID": "me"}
    (site,) = read(
        **given,
        PICKUPDAY_SITE_AUTH="public",
        PICKUPDAY_SITE_SCOPES="openid patient/Patient.r",
        PICKUPDAY_SITE_FRAME_ANCESTORS="https://a.example https://*.b.example:8443",
        PICKUPDAY_SITE_STANDALONE="false",
    )
    assert (site.label, site.smart.authentication) == ("one.example", Public())
    assert site.smart.scopes == ("openid", "patient/Patient.r")
    assert site.frame_ancestors == ("https://a.example", "https://*.b.example:8443")
    assert not site.standalone
    assert [site.name for site in read(ONE, **given)] == ["riverside", "environment"]


def test_a_secret_stands_in_a_file_of_its_own(read, tmp_path):
    (tmp_path / "secret").write_text("hush\n")
    text = ONE + f'auth = "client_secret_basic"\nclient_secret_file = "{tmp_path}/secret"\n'
    (site,) = read(text)
    assert isinstance(site.smart.authentication, Secret)
    assert site.smart.authentication.secret.reveal() == "hush"
    assert "hush" not in repr(site)


def test_quirks_programme_zone_and_write_target_are_taken(read):
    (site,) = read(
        ONE
        + """
        timezone = "America/New_York"
        programme = "chain-monthly"
        scope_language = "v1"
        algorithm = "RS384"
        [sites.riverside.quirks]
        refresh_with_scope = true
        openid_issuer = "https://login.example"
        medication_request_intents = ["order", "plan"]
        public_base = "https://public.example/fhir"
        [sites.riverside.write]
        base = "https://pharmacy.example/fhir"
        auth = "backend"
        client_id = "pickups"
        """
    )
    assert str(site.zone) == "America/New_York"
    assert site.smart.quirks.refresh_with_scope
    assert site.medication_request_intents == ("order", "plan")
    assert site.write.backend.client_id == "pickups"
    assert all(scope.startswith("system/") for scope in site.write.backend.scopes)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("clientid = 1", "clientid: unknown key; the keys are issuer, client_id"),
        ('auth = "basic"', "auth: Input should be 'public', 'client_secret_basic' or 'private_key_jwt'"),
        ('auth = "client_secret_basic"', "needs client_secret_file"),
        ('auth = "client_secret_basic"\nclient_secret_file = "/nowhere"', "client_secret_file: No such file"),
        ('timezone = "Mars/Base"', "timezone: not a time zone of the IANA database"),
        ('frame_ancestors = ["*"]', "frame_ancestors.0: '*' is no origin, such as https://ehr.example"),
        ('frame_ancestors = ["https://a.example; script-src *"]', "frame_ancestors.0"),
        ('scopes = ["two words"]', "which is no scope"),
        ('programme = "no-such"', "programme no-such"),
        ("[sites.riverside.quirks]\nfoo = 1", "quirks.foo: unknown key"),
        ('[sites.riverside.write]\nbase = "https://x.example"', 'use auth = "backend"'),
        ('[sites.riverside.write]\nbase = "https://x.example"\nauth = "backend"', "needs client_id"),
    ],
)
def test_a_mistake_is_said_with_site_key_and_what_is_allowed(read, more, sentence):
    with pytest.raises(SettingsError) as refused:
        read(ONE + more)
    assert sentence in str(refused.value)
    assert "riverside" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[sites", "not TOML"),
        ("[site.riverside]\n", "site: unknown key; a site begins with [sites.NAME]"),
        ("sites = 3\n", "a site begins with [sites.NAME]"),
        ('[sites.x]\nissuer = "https://e.example"\n', "client_id: Field required"),
        (ONE.replace("https://", "http://"), "The address is not https"),
        (ONE.replace("ehr.example", "127.0.0.1"), "on the machine that this app runs on"),
        (ONE.replace("ehr.example", "169.254.169.254"), "metadata service"),
        (ONE + ONE.replace("riverside", "twice"), "Two sites have the same issuer"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(read, text, sentence):
    with pytest.raises(SettingsError) as refused:
        read(text)
    assert sentence in str(refused.value)


def test_a_mistake_in_the_environment_is_said_with_its_variable(read):
    with pytest.raises(SettingsError, match="PICKUPDAY_SITE_CLIENT_ID: Field required"):
        read(PICKUPDAY_SITE_ISSUER="https://e.example")
    with pytest.raises(SettingsError, match="PICKUPDAY_SITE_AUTH"):
        read(PICKUPDAY_SITE_ISSUER="https://e.example", PICKUPDAY_SITE_CLIENT_ID="x", PICKUPDAY_SITE_AUTH="no")


def test_a_file_that_is_not_there_is_said(read):
    with pytest.raises(SettingsError, match=r"/nowhere/sites\.toml: No such file"):
        read(PICKUPDAY_SITES="/nowhere/sites.toml")


def test_without_an_address_of_our_own_nothing_can_be_registered(read):
    with pytest.raises(SettingsError, match="PICKUPDAY_PUBLIC_URL is not set"):
        read(ONE, PICKUPDAY_PUBLIC_URL="")


def test_the_flag_for_development_allows_http_and_this_machine(read):
    (site,) = read(ONE.replace("https://ehr.example", "http://localhost:8080"), PICKUPDAY_DEV_LOOPBACK="1")
    assert site.smart.allow_loopback
    with pytest.raises(SettingsError, match="not https"):
        read(ONE.replace("https://", "http://"), PICKUPDAY_DEV_LOOPBACK="1")


def test_only_the_exact_issuer_is_a_site(read):
    sites = read(ONE)
    assert sites.of_issuer("https://ehr.example/fhir").name == "riverside"
    assert sites.named("riverside").issuer == "https://ehr.example/fhir"
    for other in ("https://ehr.example/fhir/", "https://EHR.example/fhir", "https://ehr.example", ""):
        with pytest.raises(UnknownIssuer):
            sites.of_issuer(other)
    with pytest.raises(UnknownIssuer):
        sites.named("nobody")


def test_every_key_says_what_it_is_for():
    for keys in (SiteEntry, QuirkEntry, WriteEntry):
        assert not [name for name, field in keys.model_fields.items() if not field.description]


def test_a_site_offers_its_own_programme_first_and_each_once(read):
    (site,) = read(ONE + 'programme = "independent"\nprogrammes = ["chain-monthly", "independent"]\n')
    assert [one.name for one in site.offered] == ["independent", "chain-monthly"]
    (alone,) = read(ONE)
    assert [one.name for one in alone.offered] == ["chain-monthly"]


def test_further_programmes_may_come_from_the_environment(read):
    given = {"PICKUPDAY_SITE_ISSUER": "https://one.example/fhir", "PICKUPDAY_SITE_CLIENT_ID": "me"}
    (site,) = read(**given, PICKUPDAY_SITE_PROGRAMMES="independent chain-calendar")
    assert [one.name for one in site.offered] == ["chain-monthly", "independent", "chain-calendar"]


def test_a_programme_that_does_not_exist_is_named_with_the_one_that_may_be_meant(read):
    with pytest.raises(
        SettingsError, match=r"sites\.riverside: programme chain-monthy: .*Did you mean chain-monthly\?"
    ):
        read(ONE + 'programmes = ["chain-monthy"]\n')


def test_two_programmes_of_one_name_cannot_be_told_apart(read, tmp_path):
    (tmp_path / "mine.toml").write_text('name = "chain-monthly"\n')
    with pytest.raises(SettingsError, match="two of them are called 'chain-monthly'"):
        read(ONE + f'programmes = ["{tmp_path}/mine.toml"]\n')

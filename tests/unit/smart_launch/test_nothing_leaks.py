"""No token, code, secret or patient in a repr, an error or a log line."""

from __future__ import annotations

import inspect
import logging
import re
from dataclasses import replace

import pytest

from smart_launch import Hidden, SmartError, errors
from tests.smart.driving import PROOFS, SITE, App, MemoryStore, run, server_for
from tests.smart.strict_server import BASE, SECRET


def test_a_hidden_text_shows_dots_and_compares_whole() -> None:
    secret = Hidden("canary")
    assert "canary" not in f"{secret} {secret!r} {[secret]}"
    assert secret.matches("canary")
    assert not secret.matches("canar")
    assert not secret.matches("kanarienvögel")
    assert secret
    assert not Hidden("")


@pytest.mark.parametrize("proof", PROOFS)
def test_nothing_of_a_launch_shows_when_it_is_printed_or_logged(proof: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def whole() -> list[object]:
        app = App(server_for(proof), proof=proof)
        pending, request = await app.start()
        query = app.sign_in(request)
        grant = await app.finish(pending, query)
        store = MemoryStore(s1=grant)
        renewed = await app.client.fresh("s1", store, BASE, rejected=grant.access_token)
        told = await app.client.introspect(renewed)
        await app.client.log_out(renewed)
        shown: list[object] = [
            pending,
            request,
            grant,
            renewed,
            told,
            app.site,
            app.client,
            grant.identity,
            grant.context,
        ]
        secrets = [SECRET, "access-", "refresh-", "code-1", "p1", "nurse-7", "Practitioner/7"]
        assert pending.nonce
        secrets += [one.reveal() for one in (pending.state, pending.verifier, pending.browser, pending.nonce)]
        printed = repr(shown) + str(shown) + caplog.text
        assert [secret for secret in secrets if secret in printed] == []
        return shown

    run(whole())


def test_every_error_has_a_sentence_about_what_to_do_and_a_name_for_the_log() -> None:
    for kind in vars(errors).values():
        if inspect.isclass(kind) and issubclass(kind, SmartError):
            assert re.fullmatch(r"[A-Z].+\.", kind.what_next), kind
            assert kind.__doc__


def test_the_error_tree_is_drawn_whole() -> None:
    drawn = errors.__doc__ or ""
    for kind in vars(errors).values():
        if inspect.isclass(kind) and issubclass(kind, SmartError) and not kind.__name__.startswith("_"):
            assert kind.__name__ in drawn


def test_words_of_a_server_are_cleaned_and_cut_and_kept_out_of_the_log() -> None:
    error = errors.token_refusal("invalid_grant", "patient canary\x00\n" + "x" * 1000, 400)
    assert len(error.description) == 500
    assert "\n" not in error.description
    assert "canary" not in str(error)
    assert error.for_log == "InvalidGrant invalid_grant"
    assert errors.token_refusal("canary", "", 400).for_log == "TokenRefused other"
    assert errors.UnknownIssuer("canary").for_log == "UnknownIssuer"


def test_a_cookie_of_one_answer_is_not_sent_with_the_next_request() -> None:
    async def cookies() -> None:
        app = App(server_for("public"), replace(SITE))
        app.http.cookies.set("session", "canary", domain="auth.ehr.example")
        await app.launch()
        assert all("cookie" not in request.headers for request in app.server.requests)

    run(cookies())

"""The opt-in's wording: what the patient was given, else the programme's in the patient's language."""

from __future__ import annotations

import pytest

from service.cli.options import agreed_words
from service.errors import BadArgument
from service.programmes import load_programme


def test_the_words_that_were_given_go_before_the_programmes() -> None:
    assert agreed_words(load_programme("chain-calendar"), "Yes, I agree.", "en") == "Yes, I agree."


def test_the_programmes_words_are_taken_in_the_patients_language() -> None:
    programme = load_programme("chain-calendar")
    assert agreed_words(programme, None, "es-MX").startswith("Acepto que mi farmacia")
    assert agreed_words(programme, None, "en").startswith("I agree that my pharmacy")


def test_a_language_without_words_is_refused_and_those_that_there_are_named() -> None:
    with pytest.raises(BadArgument, match=r"no wording in fr \(it has: en, es\)"):
        agreed_words(load_programme("chain-calendar"), None, "fr")
    with pytest.raises(BadArgument, match=r"\(it has: none\)"):
        agreed_words(load_programme(), None, "en")

"""Scopes, read and narrowed."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sandbox.authorization.scopes import (
    LETTERS,
    ResourceScope,
    ScopeError,
    narrow,
    resource_scope,
    split,
    without_writing,
)


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("patient/Observation.rs", "rs"),
        ("user/*.cruds", "cruds"),
        ("system/Patient.read", "rs"),
        ("patient/Appointment.write", "cud"),
        ("patient/Appointment.*", "cruds"),
        ("patient/Observation.rs?category=laboratory", "rs"),
    ],
)
def test_scopes_of_both_versions_are_read(text, letters):
    scope = resource_scope(text)
    assert scope.letters == letters
    assert str(scope) == text


@pytest.mark.parametrize(
    "text",
    [
        "patient/",
        "patient/Observation",
        "patient/Observation.",
        "patient/Observation.sr",
        "patient/Observation.rr",
        "patient/observation.rs",
        "patient/Observation.reads",
        "patient/*.rs?category=laboratory",
        "patient/Observation.read?category=laboratory",
        "patient/Observation.rs?unknown=1",
        "patient/Observation.rs?category=",
        "patient/Observation.rs?_count=3",
        "patient/Spaceship.rs?category=1",
        "patient/Observation.rs?date=never",
    ],
)
def test_a_broken_resource_scope_is_named(text):
    with pytest.raises(ScopeError):
        resource_scope(text)


@pytest.mark.parametrize("text", ["openid", "launch/patient", "fhirUser", "anything-else"])
def test_other_scopes_are_none_of_a_resource(text):
    assert resource_scope(text) is None


@pytest.mark.parametrize("text", ["", " ", "a  b", " a", "a ", 'a"', "a\\b", "ä", "a\tb"])
def test_a_scope_parameter_that_cannot_be_read_is_refused(text):
    with pytest.raises(ScopeError):
        split(text)


def test_reading_is_what_is_left_without_writing():
    asked = ("openid", "patient/*.cruds", "patient/Appointment.write", "patient/Patient.read", "user/Task.cu")
    assert without_writing(asked) == ("openid", "patient/*.rs", "patient/Patient.read")


resource_scopes = st.builds(
    lambda context, kind, letters: f"{context}/{kind}.{''.join(each for each in LETTERS if each in letters)}",
    st.sampled_from(["patient", "user"]),
    st.sampled_from(["*", "Patient", "Observation"]),
    st.sets(st.sampled_from(LETTERS), min_size=1),
)


def permits(scopes, context, kind, letter):
    read = [scope for scope in map(resource_scope, scopes) if scope]
    return any(each.context == context and each.type in ("*", kind) and letter in each.letters for each in read)


@given(st.lists(resource_scopes), st.lists(resource_scopes))
def test_what_is_granted_is_what_both_sides_permit(asked, registered):
    granted = narrow(asked, registered)
    for context in ("patient", "user"):
        for kind in ("Patient", "Observation", "Task"):
            for letter in LETTERS:
                both = permits(asked, context, kind, letter) and permits(registered, context, kind, letter)
                assert permits(granted, context, kind, letter) is both


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    with suppress(ScopeError):
        assert all(isinstance(resource_scope(scope), ResourceScope | None) for scope in split(text))

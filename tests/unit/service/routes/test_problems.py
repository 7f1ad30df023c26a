"""Every error has its page: a title, what happened, what to do; and no word that could name somebody."""

from __future__ import annotations

import inspect

import pytest
from starlette.exceptions import HTTPException

import smart_launch.errors
from service import errors as service_errors
from service.routes.problems import only_one, problem_of, what_to_log
from service.routes.writes import ForgedWrite, UnusableForm
from service.use_cases import ports
from service.use_cases.launching import NoPatientChosen, SessionOver
from smart_launch import SmartError

CANARY = "canary-1 Canaryson"


def kinds(module, root):
    return sorted(
        (kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, root)),
        key=lambda kind: kind.__name__,
    )


def server_errors():
    for kind in kinds(ports, ports.ServerError):
        more = {"setting": "PICKUPDAY_MAX_PAGES"} if issubclass(kind, ports.LimitExceeded) else {}
        if issubclass(kind, ports.FhirRefused):
            for status in (401, 403) if kind is ports.AccessDenied else (400,):
                yield kind(CANARY, attempted="read Patient", status=status, details=(CANARY,))
        else:
            yield kind(CANARY, attempted="read Patient", **more)


def smart_errors():
    for kind in kinds(smart_launch.errors, SmartError):
        if kind.__name__.startswith("_"):
            continue
        try:
            yield kind("A plain sentence.")
        except TypeError:
            yield kind("A plain sentence.", sent=True)


OTHERS = [
    service_errors.StoreUnusable(CANARY),
    service_errors.SettingsError(CANARY),
    service_errors.BadArgument(CANARY),
    service_errors.ServiceError(CANARY),
    ports.OutboxUnusable(CANARY),
    SessionOver(CANARY),
    HTTPException(404),
    HTTPException(405),
    HTTPException(418, CANARY),
    RuntimeError(CANARY),
    ValueError(CANARY),
]


@pytest.mark.parametrize("error", [*server_errors(), *smart_errors(), *OTHERS], ids=lambda error: type(error).__name__)
def test_every_error_says_what_happened_and_what_to_do_and_names_nobody(error):
    problem = problem_of(error)
    assert 400 <= problem.status < 600
    for text in (problem.title, problem.happened, problem.next_step):
        assert text.strip()
        assert "canary" not in text.lower()
    assert problem.happened.endswith(".")
    assert problem.next_step.endswith(".")


@pytest.mark.parametrize("error", [*server_errors(), *OTHERS], ids=lambda error: type(error).__name__)
def test_the_log_names_kind_and_place_and_nobody(error):
    try:
        raise error
    except Exception as caught:
        line = what_to_log(caught)
    assert type(error).__name__ in line
    assert "test_problems:" in line
    assert "canary" not in line.lower()


def test_sentences_of_our_own_are_shown():
    for error in (ForgedWrite("Nothing was done."), UnusableForm("No form."), NoPatientChosen("No patient.")):
        assert problem_of(error).happened == str(error)


def test_a_write_that_may_have_happened_is_said():
    gone = ports.ServerGone("x", attempted="transaction", maybe_written=True)
    assert "It may have been written" in problem_of(gone).happened


def test_of_several_errors_side_by_side_the_first_is_told():
    group = ExceptionGroup("", [ExceptionGroup("", [SessionOver("x")]), ValueError("y")])
    assert isinstance(only_one(group), SessionOver)

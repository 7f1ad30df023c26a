"""Our log goes to standard error, at the level that was asked for, and the HTTP libraries never write."""

from __future__ import annotations

import logging

import pytest

from service.logs import set_up_logging


@pytest.fixture(autouse=True)
def as_before():
    ours = logging.getLogger("service")
    kept = ours.handlers, ours.level
    yield
    ours.handlers, ours.level = kept


def test_the_log_is_on_standard_error_only(capsys):
    set_up_logging("INFO")
    set_up_logging("INFO")
    logging.getLogger("service.gateway.wire").info("search Patient: 200")
    logging.getLogger("service.gateway.wire").debug("not shown")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "INFO service.gateway.wire: search Patient: 200\n"


def test_the_http_libraries_never_write(capsys, caplog):
    set_up_logging("DEBUG")
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpcore.connection", "httpcore.http11"):
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).critical("GET https://ehr.example/fhir/Patient/canary")
    assert "canary" not in capsys.readouterr().err + caplog.text

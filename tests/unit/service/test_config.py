"""Settings come from PICKUPDAY_ variables, are checked, and never change afterwards."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mappings.limits import Limits
from service.config import Settings, variable
from service.errors import SettingsError


def test_without_variables_the_defaults_hold():
    assert Settings.from_environment({"PATH": "/bin", "PICKUPDAY_REQUIRE": "hapi"}) == Settings()
    assert Settings().max_response_bytes == 20_000_000
    assert Settings().max_pages == 200
    assert Settings().max_entries == 20_000


def test_the_mapping_keeps_to_the_same_limits():
    assert Settings().chart_limits == Limits()
    assert Settings(max_depth=5).chart_limits.max_depth == 5


def test_a_variable_changes_its_setting():
    settings = Settings.from_environment(
        {
            "PICKUPDAY_MAX_PAGES": "7",
            "PICKUPDAY_ALLOW_HTTP": "true",
            "PICKUPDAY_MEDICATION_REQUEST_INTENTS": "order, plan",
            "PICKUPDAY_READ_SECONDS": "1.5",
            "PICKUPDAY_MAX_DEPTH": "",
        }
    )
    assert (settings.max_pages, settings.allow_http, settings.read_seconds, settings.max_depth) == (7, True, 1.5, 64)
    assert settings.medication_request_intents == ("order", "plan")


def test_the_environment_of_the_process_is_the_default(monkeypatch):
    monkeypatch.setenv("PICKUPDAY_MAX_PAGES", "3")
    assert Settings.from_environment().max_pages == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_pages", "many"),
        ("max_pages", "0"),
        ("max_response_bytes", "-1"),
        ("allow_http", "perhaps"),
        ("read_seconds", "nan"),
        ("read_seconds", "1e9"),
        ("log_level", "LOUD"),
        ("medication_request_intents", "order;drop"),
    ],
)
def test_a_value_that_cannot_be_meant_stops_with_the_variables_name(name, value):
    with pytest.raises(SettingsError, match=f"{variable(name)}={value} cannot be used"):
        Settings.from_environment({variable(name): value})


def test_settings_do_not_change():
    with pytest.raises(ValidationError):
        Settings().max_pages = 3


def test_every_setting_explains_itself():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []

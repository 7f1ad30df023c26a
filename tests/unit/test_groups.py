from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

CONFTEST = """
    import os
    import pytest
    from tests.groups import Group, GroupSkips

    def pytest_configure(config):
        for name in ("engine", "well", "broken"):
            config.addinivalue_line("markers", name)
        config.pluginmanager.register(GroupSkips([
            Group("engine", lambda: "there is no engine", "install an engine, then `make test`"),
            Group("well", lambda: None, "nothing"),
            Group("broken", lambda: None, "repair it"),
        ]), "groups")

    @pytest.fixture(scope="session")
    def fragile(pytestconfig):
        pytestconfig.pluginmanager.get_plugin("groups").cannot_run("broken", "it broke in use")
"""
TESTS = """
    import pytest

    @pytest.mark.engine
    def test_one(): ...

    @pytest.mark.engine
    def test_two(): ...

    @pytest.mark.well
    def test_three(): ...

    @pytest.mark.skip(reason="another reason")
    def test_four(): ...
"""
FRAGILE_TESTS = """
    import pytest

    @pytest.mark.broken
    def test_one(fragile): ...

    @pytest.mark.broken
    def test_two(fragile): ...
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("PICKUPDAY_REQUIRE", raising=False)
    pytester.makeconftest(CONFTEST)
    return pytester


def test_a_group_that_cannot_run_is_skipped_and_the_others_run(project):
    project.makepyfile(TESTS)
    project.runpytest_inprocess().assert_outcomes(passed=1, skipped=3)


def test_the_last_line_names_the_skipped_group_its_count_and_the_command(project):
    project.makepyfile(TESTS)
    lines = project.runpytest_inprocess().outlines
    assert lines[-1] == "skipped 2 of group engine; to enable: install an engine, then `make test`"
    assert not any(line.startswith("skipped") for line in lines[:-1])


def test_each_skip_says_what_is_missing(project):
    project.makepyfile(TESTS)
    result = project.runpytest_inprocess("-rs")
    result.stdout.fnmatch_lines(["*group engine: there is no engine; to enable: install an engine*"])


def test_nothing_is_said_when_nothing_is_skipped(project):
    project.makepyfile("def test_one(): ...")
    assert "1 passed" in project.runpytest_inprocess().outlines[-1]


def test_a_required_group_that_cannot_run_fails(project, monkeypatch):
    monkeypatch.setenv("PICKUPDAY_REQUIRE", "well, engine")
    project.makepyfile(TESTS)
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=1, errors=2, skipped=1)
    result.stdout.fnmatch_lines(
        ["*there is no engine; to enable: install an engine*(PICKUPDAY_REQUIRE requires engine)*"]
    )


def test_an_unknown_group_in_the_variable_is_a_usage_error(project, monkeypatch):
    monkeypatch.setenv("PICKUPDAY_REQUIRE", "engine,motor")
    project.makepyfile(TESTS)
    result = project.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*PICKUPDAY_REQUIRE names motor; the groups are broken, engine, well*"])


def test_what_shows_only_in_use_is_skipped_by_the_fixture(project):
    project.makepyfile(FRAGILE_TESTS)
    result = project.runpytest_inprocess()
    result.assert_outcomes(skipped=2)
    assert result.outlines[-1] == "skipped 2 of group broken; to enable: repair it"


def test_what_shows_only_in_use_fails_where_it_is_required(project, monkeypatch):
    monkeypatch.setenv("PICKUPDAY_REQUIRE", "broken")
    project.makepyfile(FRAGILE_TESTS)
    project.runpytest_inprocess().assert_outcomes(errors=2)


def test_the_groups_work_without_a_terminal(project):
    project.makepyfile(TESTS)
    assert project.runpytest_inprocess("-p", "no:terminal").ret == pytest.ExitCode.OK

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from tests.hapi import server


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "pickupday" / "hapi"


@pytest.fixture
def source(tmp_path, monkeypatch):
    folder = tmp_path / "source"
    (folder / "src").mkdir(parents=True)
    (folder / "pom.xml").write_text("<project/>")
    (folder / "src" / "Main.java").write_text("class Main {}")
    monkeypatch.setattr(server, "SOURCE", folder)
    return folder


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A PATH and no JAVA_HOME: `tools(java="17")` puts a java there that says so."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    says = {"java": 'openjdk version "{}" 2021', "javac": "javac {}", "mvn": "Apache Maven {} (x)"}

    def put(**versions: str) -> None:
        for name, version in versions.items():
            (folder / name).write_text(f"#!/bin/sh\necho '{says[name].format(version)}'\n")
            (folder / name).chmod(0o755)

    return put


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in tools are shell scripts")


def test_a_machine_with_java_and_maven_lacks_nothing(cache, source, tools):
    tools(java="17.0.15", javac="21", mvn="3.8.7")
    assert server.what_is_missing() is None


@pytest.mark.parametrize(
    ("versions", "lack"),
    [
        ({}, "Java is not installed"),
        ({"java": "1.8.0_392"}, "is older than 17"),
        ({"java": "garbage"}, "does not say its version"),
        ({"java": "17"}, "the Java compiler (a JDK) is not installed"),
        ({"java": "17", "javac": "17"}, "Maven is not installed"),
        ({"java": "17", "javac": "17", "mvn": "3.6.3"}, "is older than 3.8"),
    ],
)
def test_what_a_machine_lacks_is_named(cache, source, tools, versions, lack):
    tools(**versions)
    assert lack in server.what_is_missing()


def test_once_the_jar_is_built_java_alone_is_enough(cache, source, tools):
    tools(java="17")
    cache.mkdir(parents=True)
    server._jar_path().touch()
    assert server.what_is_missing() is None


def test_the_java_of_java_home_comes_first(cache, source, tools, tmp_path, monkeypatch):
    tools(java="11")
    home = tmp_path / "jdk"
    (home / "bin").mkdir(parents=True)
    (tmp_path / "bin" / "java").rename(home / "bin" / "java")
    tools(java="17")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert "older than 17" in server.what_is_missing()


def test_the_jar_changes_its_name_with_the_pom_and_with_each_source(cache, source):
    names = {server._jar_path()}
    (source / "pom.xml").write_text("<project></project>")
    names.add(server._jar_path())
    (source / "src" / "Main.java").write_text("class Main { }")
    names.add(server._jar_path())
    (source / "src" / "Main.java").rename(source / "src" / "Start.java")
    names.add(server._jar_path())
    assert len(names) == 4
    assert {name.parent for name in names} == {cache}


def test_the_jar_is_built_once_even_by_two_at_a_time(cache, source, monkeypatch):
    built = []

    def build(jar):
        built.append(jar)
        time.sleep(0.1)
        jar.touch()

    monkeypatch.setattr(server, "_build", build)
    builders = [threading.Thread(target=server.built_jar) for _ in range(2)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert len(built) == 1


def test_a_jar_that_nobody_used_for_long_is_removed(cache, source, monkeypatch):
    monkeypatch.setattr(server, "_build", lambda jar: jar.touch())
    cache.mkdir(parents=True)
    for name, days in (("old.jar", 40), ("recent.jar", 5)):
        (cache / name).touch()
        os.utime(cache / name, (time.time() - days * 86_400,) * 2)
    current = server.built_jar()
    assert {path.name for path in cache.glob("*.jar")} == {"recent.jar", current.name}


def test_a_build_that_fails_says_what_maven_said(cache, source, tools, tmp_path):
    tools(java="17", javac="17")
    maven = tmp_path / "bin" / "mvn"
    maven.write_text(
        '#!/bin/sh\n[ "$1" = -version ] && echo "Apache Maven 3.9.0" && exit\necho "cannot find symbol"\nexit 1\n'
    )
    maven.chmod(0o755)
    with pytest.raises(server.HapiError, match="cannot find symbol"):
        server.built_jar()


def test_a_build_without_the_network_is_a_lack_of_the_machine(cache, source, tools, tmp_path):
    tools(java="17", javac="17")
    maven = tmp_path / "bin" / "mvn"
    maven.write_text(
        '#!/bin/sh\n[ "$1" = -version ] && echo "Apache Maven 3.9.0" && exit\necho "Unknown host x"\nexit 1\n'
    )
    maven.chmod(0o755)
    with pytest.raises(server.CannotRunError, match="Maven Central cannot be reached"):
        server.built_jar()


def test_a_server_that_ends_while_it_starts_shows_what_it_said(source, tools, monkeypatch, tmp_path):
    tools(java="17")
    (tmp_path / "bin" / "java").write_text(
        '#!/bin/sh\n[ "$1" = -version ] && echo "version \\"17\\"" && exit\necho "port in use"\nexit 3\n'
    )
    monkeypatch.setattr(server, "built_jar", lambda: tmp_path / "some.jar")
    with pytest.raises(server.HapiError, match=r"exit code 3\nport in use"):
        server.start()


def test_a_server_that_never_becomes_ready_is_stopped(source, tools, monkeypatch, tmp_path):
    (tmp_path / "bin" / "java").write_text(
        '#!/bin/sh\n[ "$1" = -version ] && echo "version \\"17\\"" && exit\nread forever\n'
    )
    (tmp_path / "bin" / "java").chmod(0o755)
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(server, "built_jar", lambda: tmp_path / "some.jar")
    monkeypatch.setattr(server, "START_SECONDS", 0.1)
    monkeypatch.setattr(server.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1])
    with pytest.raises(server.HapiError, match=r"was not ready after 0\.1 s"):
        server.start()
    assert started[-1].poll() is not None

"""A real HAPI FHIR JPA server on the loopback interface, built once from this folder; standard library only.

`python tests/hapi/server.py [--port N] [--fhir-version R4|R5]` runs one in the foreground until Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Release = Literal["R4", "R5"]

SOURCE = Path(__file__).resolve().parent
START_SECONDS = 240
BUILD_SECONDS = 600
UNUSED_DAYS = 30
# The serial collector and the quick compiler start faster and take half the memory; a test server never gets warm.
JAVA_OPTIONS = ("-Xmx1536m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
TO_ENABLE = "install a JDK 17 or newer and Maven 3.8 or newer, then `make test`"


class HapiError(Exception):
    """The server was not built or did not start; the message ends with what Maven or the server said last."""


class CannotRunError(HapiError):
    """This machine lacks something; the message names it."""


@dataclass(frozen=True, slots=True)
class Hapi:
    """A running server; tests keep apart by patients of their own (`fresh_name`), or empty it (`wipe`)."""

    base_url: str
    release: Release
    process: subprocess.Popen[bytes] = field(repr=False)
    folder: Path

    @property
    def process_id(self) -> int:
        """The id of the Java process, also in the file `server.pid` of `folder`."""
        return self.process.pid

    @property
    def log(self) -> Path:
        """Everything the server has said."""
        return self.folder / "server.log"

    def log_tail(self, lines: int = 40) -> str:
        """The last lines of the log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def fresh_name(self, prefix: str) -> str:
        """An id that no other test uses, legal as a logical id: `patient-5f3c...`."""
        return f"{prefix}-{uuid.uuid4().hex[:16]}"

    def wipe(self) -> None:
        """Remove every resource with all its versions: about a second."""
        everything = {"name": "expungeEverything", "valueBoolean": True}
        body = json.dumps({"resourceType": "Parameters", "parameter": [everything]}).encode()
        _ask(f"{self.base_url}/$expunge", body, timeout=120)

    def stop(self) -> None:
        """End the process, by its id, and remove its folder."""
        if self.process.stdin:
            self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def start(port: int = 0, release: Release = "R4") -> Hapi:
    """Build where needed, start and wait until `/fhir/metadata` answers; port 0 is any free one."""
    jar = built_jar()
    folder = Path(tempfile.mkdtemp(prefix="pickupday-hapi-"))
    with (folder / "server.log").open("wb") as log:
        # The server ends when its standard input does: even a killed test run leaves none behind. In a session of its
        # own it does not get the Ctrl-C meant for us, so that it is us who stop it.
        process = subprocess.Popen(
            [_tool("java"), *JAVA_OPTIONS, "-jar", str(jar), str(port), release],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )
    (folder / "server.pid").write_text(f"{process.pid}\n", encoding="ascii")
    starting = Hapi("", release, process, folder)
    try:
        deadline = time.monotonic() + START_SECONDS
        base_url = _wait_for_ready_line(starting, deadline)
        _wait_for_metadata(starting, base_url, deadline)
    except BaseException:
        starting.stop()
        raise
    return Hapi(base_url, release, process, folder)


@contextlib.contextmanager
def running(port: int = 0, release: Release = "R4") -> Iterator[Hapi]:
    """A server for as long as the block lasts, stopped however it ends."""
    hapi = start(port, release)
    try:
        yield hapi
    finally:
        hapi.stop()


def what_is_missing() -> str | None:
    """What keeps this machine from running the server, or None; Maven and a compiler count until the jar is built."""
    try:
        needed = ["java"] if _jar_path().exists() else ["java", "javac", "mvn"]
        for name in needed:
            _tool(name)
    except CannotRunError as lack:
        return str(lack)
    return None


def built_jar() -> Path:
    """The server as one jar in the user's cache folder, named by the hash of pom and sources, built where needed."""
    jar = _jar_path()
    jar.parent.mkdir(parents=True, exist_ok=True)
    with _only_one_builds(jar.parent / "build.lock"):
        if not jar.exists():
            _build(jar)
        jar.touch()
        _remove_unused(jar.parent)
    return jar


def _build(jar: Path) -> None:
    _tool("javac")
    with tempfile.TemporaryDirectory(prefix="pickupday-hapi-build-") as name:
        folder = Path(name)
        shutil.copy(SOURCE / "pom.xml", folder)
        shutil.copytree(SOURCE / "src", folder / "src")
        command = [_tool("mvn"), "--batch-mode", "--quiet", "--no-transfer-progress", "-Dmaven.test.skip", "package"]
        try:
            maven = subprocess.run(
                command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=BUILD_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as late:
            raise HapiError(f"Maven took longer than {BUILD_SECONDS} s to build {SOURCE}") from late
        if maven.returncode != 0:
            said = "\n".join(maven.stdout.decode(errors="replace").splitlines()[-30:])
            if re.search(
                r"Could not transfer|Unknown host|Connection (refused|timed out)|Network is unreachable", said
            ):
                raise CannotRunError(f"Maven Central cannot be reached, and the server is not built yet\n{said}")
            raise HapiError(f"Maven could not build {SOURCE}\n{said}")
        part = jar.with_suffix(".part")
        shutil.copy(folder / "target" / "pickupday-hapi.jar", part)
        part.replace(jar)


def _wait_for_ready_line(hapi: Hapi, deadline: float) -> str:
    while True:
        ready = re.search(r"^READY (\S+)$", hapi.log.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
        if ready:
            return ready[1]
        _wait_a_moment(hapi, deadline)


def _wait_for_metadata(hapi: Hapi, base_url: str, deadline: float) -> None:
    while True:
        try:
            _ask(f"{base_url}/metadata", timeout=deadline - time.monotonic())
        except OSError:
            _wait_a_moment(hapi, deadline)
        else:
            return


def _wait_a_moment(hapi: Hapi, deadline: float) -> None:
    code = hapi.process.poll()
    if code is not None:
        raise HapiError(f"the HAPI server ended while it started, with exit code {code}\n{hapi.log_tail()}")
    if time.monotonic() > deadline:
        raise HapiError(f"the HAPI server was not ready after {START_SECONDS} s\n{hapi.log_tail()}")
    time.sleep(0.25)


def _ask(url: str, body: bytes | None = None, timeout: float = 30) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy is for the world, not for loopback
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/fhir+json"})
    with direct.open(request, timeout=max(timeout, 1)) as answer:
        answer.read()


def _tool(name: str) -> str:
    """The path of `java`, `javac` or `mvn`, JAVA_HOME before PATH; a `CannotRunError` if missing or too old."""
    wanted = (3, 8) if name == "mvn" else (17,)
    home = os.environ.get("JAVA_HOME")
    in_home = shutil.which(name, path=str(Path(home) / "bin")) if home and name != "mvn" else None
    path = in_home or shutil.which(name)
    product = {"java": "Java", "javac": "the Java compiler (a JDK)", "mvn": "Maven"}[name]
    if path is None:
        raise CannotRunError(f"{product} is not installed")
    asked = subprocess.run([path, "-version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    found = re.search(
        r"(?:version \"|javac |Apache Maven )(\d+)(?:\.(\d+))?", (asked.stdout + asked.stderr).decode(errors="replace")
    )
    if found is None:
        raise CannotRunError(f"{product} at {path} does not say its version")
    if tuple(int(part or 0) for part in found.groups()) < wanted:
        raise CannotRunError(f"{product} at {path} is older than {'.'.join(map(str, wanted))}")
    return path


def _jar_path() -> Path:
    digest = hashlib.sha256()
    for file in sorted([SOURCE / "pom.xml", *(SOURCE / "src").rglob("*")]):
        if file.is_file():
            digest.update(file.relative_to(SOURCE).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return _cache_folder() / f"{digest.hexdigest()}.jar"


def _cache_folder() -> Path:
    if chosen := os.environ.get("XDG_CACHE_HOME"):
        base = Path(chosen)
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path.home() / ".cache"
    return base / "pickupday" / "hapi"


def _remove_unused(folder: Path) -> None:
    for file in [*folder.glob("*.jar"), *folder.glob("*.part")]:
        if time.time() - file.stat().st_mtime > UNUSED_DAYS * 86_400:
            with contextlib.suppress(OSError):  # on Windows a jar in use cannot be removed
                file.unlink()


@contextlib.contextmanager
def _only_one_builds(lock: Path) -> Iterator[None]:
    """A second process waits until the first has built; the operating system frees the lock of a process that died."""
    with lock.open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            while True:
                with contextlib.suppress(OSError):  # gives up after ten seconds of waiting
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Run one server in the foreground; 2 where this machine lacks something."""
    parser = argparse.ArgumentParser(
        description="Run a real HAPI FHIR JPA server in memory, on the loopback interface, until Ctrl-C."
    )
    parser.add_argument("--port", type=int, default=8080, help="0 for any free port (default: 8080)")
    parser.add_argument(
        "--fhir-version", choices=["R4", "R5"], default="R4", help="the release of FHIR it speaks (default: R4)"
    )
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if not _jar_path().exists():
        print("Building the server (once, one to four minutes) ...", file=sys.stderr)
    print("Starting (about half a minute) ...", file=sys.stderr)
    try:
        with running(arguments.port, arguments.fhir_version) as hapi:
            print(hapi.base_url, flush=True)
            print(
                f"process {hapi.process_id}, log {hapi.log}; Ctrl-C stops it, and what it holds is gone",
                file=sys.stderr,
            )
            hapi.process.wait()
            print(f"the server ended by itself\n{hapi.log_tail()}", file=sys.stderr)
            return 1
    except KeyboardInterrupt:
        return 0
    except CannotRunError as lack:
        print(f"{lack}: {TO_ENABLE.replace('make test', 'make hapi')}", file=sys.stderr)
        return 2
    except HapiError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

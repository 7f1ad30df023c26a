"""Which addresses may be asked: the FHIR base that a person gave, and what lies inside it.

Every absolute address that a server hands us (a `next` link) is compared here, part by part, before a request is made
and before any token is attached: a prefix or substring test would let `https://evil.example/?u=<base>` through.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from service.config import variable
from service.errors import BadArgument

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")  # FHIR R4, datatype id
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_PORTS = {"http": 80, "https": 443}
_NEVER = re.compile(r"[\s\\\x00-\x1f\x7f]")  # read differently by different URL parsers


class OutsideError(ValueError):
    """An address that is not inside the base; the text says which part differs."""


@dataclass(frozen=True, slots=True)
class ServerBase:
    """The address under which a FHIR server answers, normalised: lower case, no default port, no slash at the end."""

    scheme: str
    host: str
    port: int
    path: str  # "" or "/fhir/r4"
    public: ServerBase | None = None  # what the server calls itself, told by the operator; never connected to

    @property
    def url(self) -> str:
        """The base as text, "https://ehr.example/fhir"."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def names(self) -> tuple[str, ...]:
        """All addresses by which the server is known: the one that is asked, and its public one."""
        return (self.url, self.public.url) if self.public else (self.url,)

    @property
    def authority(self) -> str:
        """The server's name, with its port where that is not the usual one: "ehr.example", "127.0.0.1:8080"."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def on_this_machine(self) -> bool:
        """Whether the host is the loopback interface, so that nothing crosses a network."""
        return _is_loopback(self.host)

    def inside(self, address: str) -> str:
        """The address resolved against the base, if it names the same server and lies under the base path.

        One under the public name comes back under the base itself. Raises OutsideError. Scheme and host are compared
        without case, the path with it.
        """
        try:
            return self._resolved(address)
        except OutsideError:
            if self.public is None:
                raise
            return self._resolved(self.url + self.public._resolved(address).removeprefix(self.public.url))

    def _resolved(self, address: str) -> str:
        if _NEVER.search(address):
            raise OutsideError("it holds a character that no address may hold")
        try:
            absolute = urljoin(self.url + "/", address)
            url = httpx.URL(absolute)  # what connects is what is compared
            parts = urlsplit(absolute)
            usual = _PORTS.get(parts.scheme.lower())
            named = parts.scheme.lower(), (parts.hostname or "").lower(), usual if parts.port is None else parts.port
        except (ValueError, httpx.InvalidURL):
            raise OutsideError("it cannot be read as an address") from None
        if "@" in parts.netloc:
            raise OutsideError("it carries a user name")
        ours = self.scheme, self.host, self.port
        for part, own, other in zip(("scheme", "host", "port"), ours, named, strict=True):
            if own != other:
                raise OutsideError(f"its {part} is another one")
        if (url.scheme, url.host, usual if url.port is None else url.port) != ours:
            raise OutsideError("it can be read in two ways")
        _check_path(parts.path, self.path)
        return str(url.copy_with(fragment=None))


def parse_base(text: str, *, allow_http: bool = False) -> ServerBase:
    """Read the FHIR base that a person gave. Raises BadArgument.

    Plain http is taken for this machine; for others only where the setting allows it, because a chart would travel in
    the clear.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        scheme, host, port = parts.scheme.lower(), (parts.hostname or "").lower(), parts.port
        httpx.URL(text)
    except (ValueError, httpx.InvalidURL):
        raise BadArgument(f"{text!r} is not an address; a FHIR base looks like https://ehr.example/fhir") from None
    if scheme not in _PORTS or not host or port == 0 or _NEVER.search(text):
        raise BadArgument(f"{text!r} is not an address; a FHIR base looks like https://ehr.example/fhir")
    if "@" in parts.netloc or parts.query or parts.fragment or not host.isascii():
        raise BadArgument("a FHIR base is scheme, host and path only: no user name, no ?, no #, no accented host name")
    if scheme == "http" and not allow_http and not _is_loopback(host):
        raise BadArgument(
            f"http://{host} would carry the chart in the clear; use https, or set {variable('allow_http')}=true "
            "on a network that is protected otherwise"
        )
    path = parts.path.rstrip("/")
    try:
        _check_path(path, path)
    except OutsideError as odd:
        raise BadArgument(f"the FHIR base {text!r} cannot be used: {odd}") from None
    return ServerBase(scheme, host, port or _PORTS[scheme], path)


def patient_id(text: str) -> str:
    """The bare id of "123" or "Patient/123". Raises BadArgument, so that nothing else can reach an address."""
    bare = text.strip().removeprefix("Patient/")
    if not is_id(bare):
        raise BadArgument(f"{text!r} is not a patient id: up to 64 letters, digits, - and . (or Patient/ID)")
    return bare


def is_id(text: str) -> bool:
    """Whether the text is a FHIR id that stands for itself in a path ("." and ".." do not)."""
    return _ID.fullmatch(text) is not None and text.strip(".") != ""


def split_reference(reference: str, base: ServerBase) -> tuple[str, str] | None:
    """Type and id of a reference to this server, relative or absolute, versioned or not; None for any other."""
    if "://" in reference:
        try:
            reference = base.inside(reference).removeprefix(base.url + "/")
        except OutsideError:
            return None
    kind, _, rest = reference.partition("/")
    bare, _, version = rest.partition("/")
    if not _TYPE.fullmatch(kind) or not is_id(bare) or (version and not version.startswith("_history/")):
        return None
    return kind, bare


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_path(path: str, under: str) -> None:
    plain = unquote(path)
    if any(sign in plain for sign in ("\\", "%")) or "%2f" in path.lower():
        raise OutsideError("its path hides a slash")
    if any(segment in ("", ".", "..") for segment in plain.split("/")[1:-1]) or plain.endswith(("/.", "/..")):
        raise OutsideError("its path climbs")
    if path != under and not path.startswith(under + "/"):
        raise OutsideError("its path is not under the base")

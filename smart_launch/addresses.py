"""Which addresses may be asked at all: https to a named server, and never the machine the app runs on.

A launch URL and a discovery document are words of others. Without these rules they could make the app fetch from its
own machine, from a neighbour without a door, or from a cloud's metadata service that hands out credentials.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urljoin, urlsplit

import httpx

from smart_launch.errors import AddressRefused

_NEVER = re.compile(r"[\s\\\x00-\x1f\x7f]")  # read differently by different URL parsers
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)  # the last label of an IPv4 address in any notation
_METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
)
_METADATA = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


def check_address(address: str, *, loopback: bool = False) -> str:
    """The address itself if it may be asked. Raises AddressRefused.

    `loopback` (a development flag) allows http and https to this machine, and http to nowhere else.
    """
    if _NEVER.search(address) or not address.isascii():
        raise AddressRefused("The address holds a character that no address may hold.")
    try:
        parts = urlsplit(address)
        url = httpx.URL(address)  # what connects is what is checked
        host, port = (parts.hostname or "").lower(), parts.port
    except (ValueError, httpx.InvalidURL):
        raise AddressRefused("The address cannot be read.") from None
    if not host or port == 0 or url.host.lower() != host or url.scheme != parts.scheme.lower():
        raise AddressRefused("The address names no server, or can be read in two ways.")
    if "@" in parts.netloc:
        raise AddressRefused("The address carries a user name.")
    if "#" in address:
        raise AddressRefused("The address carries a fragment.")
    here = _is_this_machine(host)
    if here and not loopback:
        raise AddressRefused("The address is on the machine that this app runs on.")
    if url.scheme != "https" and not (url.scheme == "http" and here):
        raise AddressRefused("The address is not https.")
    return address


def resolve(base: str, address: str, *, loopback: bool = False) -> str:
    """The address, made absolute against a FHIR base, if it may be asked. Raises AddressRefused."""
    if _NEVER.search(address):
        raise AddressRefused("The address holds a character that no address may hold.")
    try:
        return check_address(urljoin(base.rstrip("/") + "/", address), loopback=loopback)
    except ValueError:
        raise AddressRefused("The address cannot be read.") from None


def origin(address: str) -> str:
    """Scheme, host and port of an address that was checked: "https://ehr.example", "http://127.0.0.1:9000"."""
    url = httpx.URL(address)
    return f"{url.scheme}://{url.netloc.decode()}".lower()


def _is_this_machine(host: str) -> bool:
    """Whether the host is the loopback interface. Raises AddressRefused for what is never asked, flag or not."""
    name = host.rstrip(".")
    if name in _METADATA_NAMES:
        raise AddressRefused("The address is that of a cloud's metadata service.")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ip = _plain(ipaddress.ip_address(host))
    except ValueError:
        if _NUMERIC.fullmatch(name.rpartition(".")[2]):
            raise AddressRefused("The address is a number in a notation that hides where it leads.") from None
        return False
    if ip in _METADATA or ip.is_link_local:
        raise AddressRefused("The address is link-local, or that of a cloud's metadata service.")
    if ip.is_unspecified or ip.is_multicast or (ip.version == 4 and ip.is_reserved):
        raise AddressRefused("The address is that of no server.")
    return ip.is_loopback


def _plain(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address inside an IPv6 one, whichever way it is wrapped."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1):  # 0 and 1 are "any" and loopback of IPv6 itself
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
